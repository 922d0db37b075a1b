"""A bus with players on virtual time: raw messages in, through the watcher to the tracker."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from scrobblerd.core import PREFIX
from scrobblerd.core.events import Event
from scrobblerd.dbus.names import DBUS, PROPERTIES
from scrobblerd.mpris.watcher import PLAYER, Answer, Call, Signal, Watcher, WatcherOutput
from tests.support.timeline import Timeline

TIMEOUT = 2.0
"""Seconds until a call without an answer is given up."""


@dataclass
class Peer:
    """A player's connection to the bus: what it says of itself, and what it refuses to say.

    `refuses` holds methods and properties that are answered with an error; `hangs`: with nothing.
    """

    owner: str
    properties: dict[str, object] = field(default_factory=dict[str, object])
    root: dict[str, object] = field(default_factory=dict[str, object])
    process: int = 0
    refuses: frozenset[str] = frozenset()
    hangs: bool = False

    def answer(self, call: Call) -> Answer:
        """The body of its reply."""
        if self.hangs:
            return None
        if call.member in self.refuses or call.body[-1] in self.refuses:
            return []
        if call.member == "GetAll":
            return [dict(self.properties if call.body == (PLAYER,) else self.root)]
        found = self.properties.get(call.body[-1])
        return [] if found is None else [found]


@dataclass
class Wire(Timeline):
    """A bus with players in virtual time, and watcher and tracker at its other end."""

    peers: dict[str, Peer] = field(default_factory=dict[str, Peer])
    names: dict[str, Peer] = field(default_factory=dict[str, Peer])
    calls: list[Call] = field(default_factory=list[Call])
    events: list[Event] = field(default_factory=list[Event])

    def __post_init__(self) -> None:
        super().__post_init__()
        self.watcher = Watcher()

    def listens(self) -> Self:
        """The daemon comes to the bus."""
        return self._carry(self.watcher.start())

    def owns(self, peer: Peer | None, *names: str) -> Self:
        """The names get an owner, another one, or none any more."""
        for name in names:
            before = self.names.pop(name, None)
            if peer is not None:
                self.names[name] = self.peers[peer.owner] = peer
            words = [PREFIX + name, before.owner if before else "", peer.owner if peer else ""]
            self.sends(DBUS, DBUS, "NameOwnerChanged", *words)
        return self

    def changes(
        self, peer: Peer, properties: dict[str, object], invalidated: Iterable[str] = ()
    ) -> Self:
        """A PropertiesChanged of the Player interface."""
        peer.properties |= properties
        body = (PLAYER, properties, list(invalidated))
        return self.sends(peer.owner, PROPERTIES, "PropertiesChanged", *body)

    def sends(self, sender: str, interface: str, member: str, *body: object) -> Self:
        """Any signal."""
        signal = Signal(sender, interface, member, list(body))
        return self._carry(self.watcher.handle_signal(signal, self.now))

    def read(self, player: str) -> None:
        """The tracker wants to know how the player is."""
        self._carry(self.watcher.read(player))

    def _carry(self, news: WatcherOutput) -> Self:
        for event in news.events:
            self.events.append(event)
            self.tell(event)
        for call in news.calls:
            self.calls.append(call)
            self.do_at(self.t + call.after, lambda call=call: self._call(call))
        return self

    def _call(self, call: Call) -> None:
        answer = self._answer(call)
        later = TIMEOUT if answer is None else 0.0
        self.do_at(self.t + later, lambda: self._carry(self._replied(call, answer)))

    def _replied(self, call: Call, answer: Answer) -> WatcherOutput:
        return self.watcher.handle_reply(call, answer, self.now)

    def _answer(self, call: Call) -> Answer:
        if call.destination != DBUS:
            peer = self.peers.get(call.destination)
            return [] if peer is None else peer.answer(call)
        if call.member == "ListNames":
            return [[DBUS, ":1.2", *(PREFIX + name for name in self.names)]]
        if call.member == "GetNameOwner":
            found = self.names.get(call.body[0].removeprefix(PREFIX))
            return [found.owner] if found else []
        peer = self.peers.get(call.body[0])
        return [peer.process] if peer and peer.process else []
