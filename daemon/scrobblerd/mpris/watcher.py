"""Turns bus messages and replies into events of players, and into calls to make. Pure.

It knows names, owners, processes and which readings are under way. It knows no bus, no clock and
no plays. Signals come from unique names: the signal of an owner holds for every player name that it
has. A reading is a GetAll. If a player refuses that, its properties are read one by one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import cast

from ..core import PREFIX
from ..core.events import Changed, Event, Identified, ReadFailed, Seeked, Snapshot, Vanished
from ..core.model import Moment, Track
from ..dbus.names import DBUS, DBUS_PATH, PROPERTIES
from . import metadata
from .roster import Player, Roster

ROOT = "org.mpris.MediaPlayer2"
PLAYER = "org.mpris.MediaPlayer2.Player"
PATH = "/org/mpris/MediaPlayer2"

MATCH_RULES = (
    f"type='signal',interface='{PROPERTIES}',member='PropertiesChanged',path='{PATH}',arg0='{PLAYER}'",
    f"type='signal',interface='{PLAYER}',member='Seeked',path='{PATH}'",
    f"type='signal',sender='{DBUS}',interface='{DBUS}',member='NameOwnerChanged',"
    "arg0namespace='org.mpris.MediaPlayer2'",
)
"""What to subscribe to, before `start`: three rules serve all players."""

IGNORED_PLAYERS = frozenset({"playerctld"})
"""playerctld 2.4.1 repeats every signal of the active player under its own name."""

RETRY_SECONDS = (0.3, 1.0, 3.0)
"""Waits before a first reading is tried again. Celluloid 0.20 takes its name before its object is
there, and answers UnknownMethod. SMPlayer 22.7.0 takes up to 1.7 s for its first answer."""

MAX_OWNERS_ASKED = 512
"""New names in a list of which the bus is asked who has them."""

PROPERTY_NAMES = ("PlaybackStatus", "Metadata", "Rate", "LoopStatus", "Position", "Volume")


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal off the bus, its body as plain values."""

    sender: str
    interface: str
    member: str
    body: list[object]


@dataclass(frozen=True, slots=True)
class Call:
    """A method call that the watcher wants made, `after` seconds from now."""

    id: int
    destination: str
    path: str
    interface: str
    member: str
    signature: str
    body: tuple[str, ...]
    after: float = 0.0


Answer = list[object] | None
"""The body of a reply as plain values; [] for an error reply; None if no reply came in time."""


@dataclass(slots=True)
class WatcherOutput:
    """What one message led to."""

    events: list[Event] = field(default_factory=list[Event])
    calls: list[Call] = field(default_factory=list[Call])

    def add(self, other: "WatcherOutput") -> None:
        """Adds what else it led to."""
        self.events += other.events
        self.calls += other.calls


@dataclass(frozen=True, slots=True)
class _PendingCall:
    player: str
    owner: str
    handler: "_Handler"


_Handler = Callable[["Watcher", str, Call, Answer, Moment], WatcherOutput]


class Watcher:
    """Keeps the players on one bus, as far as their messages tell."""

    def __init__(self) -> None:
        self.roster = Roster()
        self._players = self.roster.players
        self._pending: dict[int, _PendingCall] = {}  # by call id
        self._last_id = 0
        self._tags: metadata.Tags = {}  # that were parsed last
        self._parsed = metadata.parse({})

    @property
    def players(self) -> list[str]:
        """Returns the names of the players on the bus, without the prefix."""
        return list(self._players)

    # -- in ---------------------------------------------------------------------------------

    def start(self) -> WatcherOutput:
        """Asks who is there. To be called when the rules are set, and after missed signals."""
        return WatcherOutput(calls=[self._ask_bus("", "ListNames", "", Watcher._names_listed)])

    def handle_signal(self, signal: Signal, at: Moment) -> WatcherOutput:
        """Takes a signal that came by one of the MATCH_RULES. Ignores others."""
        if signal.member == "NameOwnerChanged" and signal.sender == DBUS:
            return self._owner_changed(signal.body, at)
        output = WatcherOutput()
        is_change = signal.member == "PropertiesChanged" and signal.interface == PROPERTIES
        changed = self._changed(signal.body[1], at) if is_change else None
        for name in self.roster.owned(signal.sender):
            player = self._players[name]
            if changed is not None:
                self._properties_changed(replace(changed, player=name), signal.body[2], output)
            elif signal.member == "Seeked" and signal.interface == PLAYER:
                output.events.append(Seeked(name, at))
            # It did not answer in the first seconds. A signal shows that it does now.
            if not player.known and player.failures > len(RETRY_SECONDS):
                output.calls.append(self._begin(name, player))
        return output

    def handle_reply(self, call: Call, answer: Answer, at: Moment) -> WatcherOutput:
        """Takes the answer to a call. Ignores it if the name has gone or changed owners since."""
        asked = self._pending.pop(call.id, None)
        if asked is None:
            return WatcherOutput()
        if asked.owner and self._owner(asked.player) != asked.owner:
            return WatcherOutput()
        return asked.handler(self, asked.player, call, answer, at)

    def read(self, player: str) -> WatcherOutput:
        """Reads all of a player's properties. A Snapshot or a ReadFailed will follow."""
        if player not in self._players:
            return WatcherOutput()
        return WatcherOutput(calls=[self._get_all(player, PLAYER, Watcher._player_read)])

    # -- names and owners -------------------------------------------------------------------

    def _names_listed(self, _player: str, _call: Call, answer: Answer, at: Moment) -> WatcherOutput:
        if not answer:
            return WatcherOutput()
        names = [name for name in _strings(answer[0]) if _is_player(name)]
        listed = {name.removeprefix(PREFIX): name for name in names}
        output = WatcherOutput()
        for gone in [player for player in self._players if player not in listed]:
            output.add(self._handed_over(gone, "", at))
        self.roster.keep_listed(listed)
        known = self._players.keys() | self.roster.left_out.keys()
        new = [player for player in listed if player not in known]
        for player in [*self.roster.left_out, *new[MAX_OWNERS_ASKED:]]:
            del listed[player]
        for player, name in listed.items():
            output.calls.append(self._ask_bus(player, "GetNameOwner", name, Watcher._owner_told))
        return output

    def _owner_told(self, player: str, _call: Call, answer: Answer, at: Moment) -> WatcherOutput:
        owner = metadata.text(answer[0]) if answer else ""
        if owner in ("", self._owner(player)):
            return WatcherOutput()
        return self._handed_over(player, owner, at)

    def _owner_changed(self, body: list[object], at: Moment) -> WatcherOutput:
        name, _, owner = (metadata.text(value) for value in body)
        if not _is_player(name):
            return WatcherOutput()
        return self._handed_over(name.removeprefix(PREFIX), owner, at)

    def _handed_over(self, player: str, owner: str, at: Moment) -> WatcherOutput:
        """Gives a name another owner; "" = none. The owner before is gone."""
        output = WatcherOutput()
        if self.roster.remove(player):
            output.events.append(Vanished(player, at))
        if owner:
            output.add(self._appeared(player, owner))
        if another := self.roster.next_left_out():
            self.roster.remove(another[0])
            output.add(self._appeared(*another))
        return output

    def _appeared(self, player: str, owner: str) -> WatcherOutput:
        known = self.roster.add(player, owner)
        if known is None:
            return WatcherOutput()
        return WatcherOutput(
            calls=[
                self._ask_bus(player, "GetConnectionUnixProcessID", owner, Watcher._process_told),
                self._get_all(player, ROOT, Watcher._root_read),
                self._begin(player, known),
            ]
        )

    def _owner(self, player: str) -> str:
        return self._players[player].owner if player in self._players else ""

    def _process_told(self, player: str, call: Call, answer: Answer, at: Moment) -> WatcherOutput:
        known = self._players.get(player)
        if known is None or known.owner != call.body[0]:
            return WatcherOutput()
        if answer and type(answer[0]) is int:  # a bool is an int, too
            known.process = answer[0]
        output = WatcherOutput(events=[Identified(player, at, known.owner, known.process)])
        if surplus := self.roster.leave_out_surplus():
            output.events.append(Vanished(surplus, at))
        return output

    def _root_read(self, player: str, _call: Call, answer: Answer, at: Moment) -> WatcherOutput:
        properties = metadata.as_tags(answer[0] if answer else None) or {}
        known = self._players[player]
        identity = metadata.text(properties.get("Identity"))
        entry = metadata.text(properties.get("DesktopEntry"))
        return WatcherOutput(
            events=[Identified(player, at, known.owner, known.process, identity, entry)]
        )

    # -- properties -------------------------------------------------------------------------

    def _properties_changed(
        self, event: Changed, invalidated: object, output: WatcherOutput
    ) -> None:
        if event != Changed(event.player, event.at):
            output.events.append(event)
        # docs/cases.md, 42: what changed is not in the signal. Of those in docs/players.md only
        # playerctld 2.4.1 sends it so.
        if not {"Metadata", "PlaybackStatus"}.isdisjoint(_strings(invalidated)):
            output.calls += self.read(event.player).calls

    def _begin(self, name: str, player: Player, after: float = 0.0) -> Call:
        player.failures = 0 if player.failures > len(RETRY_SECONDS) else player.failures
        return self._get_all(name, PLAYER, Watcher._player_read, after)

    def _player_read(self, name: str, _call: Call, answer: Answer, at: Moment) -> WatcherOutput:
        player = self._players[name]
        properties = metadata.as_tags(answer[0] if answer else None)
        if properties is not None:
            player.known = True
            return WatcherOutput(events=[self._snapshot(name, properties, at)])
        # docs/cases.md, 69: one property that fails spoils GetAll. The others can still be read.
        if answer is None or player.collected is not None:
            return self._read_failed(name, player, at)
        player.collected, player.missing = {}, len(PROPERTY_NAMES)
        return WatcherOutput(calls=[self._get(name, wanted) for wanted in PROPERTY_NAMES])

    def _read_failed(self, name: str, player: Player, at: Moment) -> WatcherOutput:
        """Tries a first reading again after a while."""
        if player.known:
            return WatcherOutput(events=[ReadFailed(name, at)])
        player.failures += 1
        if player.failures > len(RETRY_SECONDS):
            return WatcherOutput(events=[ReadFailed(name, at)])
        wait = RETRY_SECONDS[player.failures - 1]
        root = self._get_all(name, ROOT, Watcher._root_read, wait)
        return WatcherOutput(calls=[root, self._begin(name, player, wait)])

    def _property_read(self, name: str, call: Call, answer: Answer, at: Moment) -> WatcherOutput:
        player = self._players[name]
        if player.collected is None:
            return WatcherOutput()
        if answer:
            player.collected[call.body[1]] = answer[0]
        player.missing -= 1
        if player.missing:
            return WatcherOutput()
        got, player.collected = player.collected, None
        if not got:
            return self._read_failed(name, player, at)
        player.known = True
        return WatcherOutput(events=[self._snapshot(name, got, at)])

    def _changed(self, changes: object, at: Moment) -> Changed:
        """Returns what a PropertiesChanged says of whoever sent it."""
        changed = metadata.as_tags(changes) or {}
        return Changed(
            "",
            at,
            status=metadata.status(changed.get("PlaybackStatus")),
            track=self._track(changed.get("Metadata")),
            rate=metadata.number(changed.get("Rate")),
            loop=metadata.text(changed.get("LoopStatus")) or None,
            volume=metadata.number(changed.get("Volume")),
        )

    def _snapshot(self, player: str, properties: metadata.Tags, at: Moment) -> Snapshot:
        return Snapshot(
            player,
            at,
            status=metadata.status(properties.get("PlaybackStatus")),
            track=self._track(properties.get("Metadata")),
            rate=metadata.number(properties.get("Rate")),
            loop=metadata.text(properties.get("LoopStatus")) or None,
            position=metadata.position(properties.get("Position")),
            volume=metadata.number(properties.get("Volume")),
        )

    def _track(self, value: object) -> Track | None:
        """Returns the track that a Metadata describes, None if it is none. One that equals the last
        one is not parsed again: players say their tags 2 to 4 times (docs/players.md)."""
        tags = metadata.as_tags(value)
        if tags is not None and tags != self._tags:
            self._tags, self._parsed = tags, metadata.parse(tags)
        return None if tags is None else self._parsed

    # -- calls ------------------------------------------------------------------------------

    def _ask_bus(self, player: str, member: str, word: str, handler: _Handler) -> Call:
        body = (word,) if word else ()
        where = (DBUS, DBUS_PATH, DBUS, member, "s" * len(body), body)
        return self._ask(_PendingCall(player, "", handler), where)

    def _get_all(self, player: str, interface: str, handler: _Handler, after: float = 0.0) -> Call:
        owner = self._owner(player)
        where = (owner, PATH, PROPERTIES, "GetAll", "s", (interface,))
        return self._ask(_PendingCall(player, owner, handler), where, after)

    def _get(self, player: str, name: str) -> Call:
        owner = self._owner(player)
        where = (owner, PATH, PROPERTIES, "Get", "ss", (PLAYER, name))
        return self._ask(_PendingCall(player, owner, Watcher._property_read), where)

    def _ask(
        self,
        asked: _PendingCall,
        where: tuple[str, str, str, str, str, tuple[str, ...]],
        after: float = 0.0,
    ) -> Call:
        self._last_id += 1
        self._pending[self._last_id] = asked
        return Call(self._last_id, *where, after)


def _is_player(name: str) -> bool:
    return name.startswith(PREFIX) and name.removeprefix(PREFIX) not in IGNORED_PLAYERS


def _strings(value: object) -> list[str]:
    entries = cast("list[object]", value) if isinstance(value, list) else []
    return [entry for entry in entries if isinstance(entry, str)]
