"""Carries messages and calls between the session bus and the watcher, and stamps them.

Every message gets its moment on arrival. A callback only parses and enqueues, because dbus-next
swallows what it raises. Each call has a time limit of its own, so that a player that hangs holds up
no other.
"""

import asyncio
import logging

from dbus_next.constants import MessageType
from dbus_next.message import Message

from ..core.events import Event, Seen
from ..dbus.calls import ignore_failure, subscribe, unpacked
from ..dbus.connection import Bus
from ..dbus.names import DBUS
from ..runtime.clock import Clock, now
from .roster import MAX_NAMES_PER_OWNER, MAX_PLAYERS
from .watcher import MATCH_RULES, Answer, Call, Signal, Watcher, WatcherOutput

log = logging.getLogger(__name__)

PLAYER_TIMEOUT_SECONDS = 2.0
"""For a reply of a player. SMPlayer 22.7.0 takes up to 1.7 s while it starts, others 0.7 s."""

MAX_NAMES_TOLD = 20
"""Names that are left out which a line of the log, or a list, has."""

TELL_AFTER_SECONDS, TELL_AGAIN_SECONDS = 1.0, 3600.0
"""Names that are left out stand in one line of the log: when they have all come, and hours apart.
"""

SIGNATURES = {"PropertiesChanged": "sa{sv}as", "Seeked": "x", "NameOwnerChanged": "sss"}


class Listener:
    """Listens to the players on one bus and queues their events."""

    def __init__(self, bus: Bus, clock: Clock = now) -> None:
        self.events: asyncio.Queue[Event | None] = asyncio.Queue()
        """What the players said. None asks only to look what is due."""
        self._bus = bus
        self._clock = clock
        self._watcher = Watcher()
        self._calls: dict[int, Call] = {}  # by serial
        self._timers: dict[int, asyncio.TimerHandle] = {}  # by serial: the time limit, or the wait
        self._telling: asyncio.TimerHandle | None = None  # of names that are left out

    @property
    def players(self) -> list[str]:
        """The names of the players on the bus, without the prefix."""
        return self._watcher.players

    def left_out(self) -> list[Seen]:
        """Returns some of the names that are not followed because there are too many."""
        rule = f"too many: of a connection {MAX_NAMES_PER_OWNER} are followed, of all {MAX_PLAYERS}"
        names = list(self._watcher.roster.left_out)[:MAX_NAMES_TOLD]
        return [Seen(name, "", "", "", wanted=False, rule=rule) for name in names]

    async def start(self) -> None:
        """Subscribes, then asks who is there. Raises BusLost."""
        self._bus.add_message_handler(self._handle)
        self._bus.rate_guard.subscribe(self._read_again)
        self._bus.rate_guard.heeds = self._watcher.roster.follows
        await subscribe(self._bus, MATCH_RULES)
        self._carry(self._watcher.start())

    def read(self, player: str) -> None:
        """Reads all of a player's properties; the answer comes as an event."""
        self._carry(self._watcher.read(player))

    def read_all(self) -> None:
        """Reads every player: after a suspend nothing is certain."""
        for player in self.players:
            self.read(player)

    def _read_again(self, owner: str) -> None:
        """Asks a connection that said more than was read."""
        if owner == DBUS:
            self._carry(self._watcher.start())
        for player in self._watcher.roster.owned(owner):
            self.read(player)

    def stop(self) -> None:
        """Forgets the calls under way."""
        self._bus.remove_message_handler(self._handle)
        self._bus.rate_guard.unsubscribe(self._read_again)
        for timer in (*self._timers.values(), self._telling):
            if timer is not None:
                timer.cancel()

    # Signals and replies are handled in one place and at once, in the order in which the player
    # sent them. Otherwise an older reply could undo a newer signal: the first reply of Strawberry
    # 1.0.14 (Stopped, no tags) and its first signal come in the same millisecond.

    def _handle(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL:
            if SIGNATURES.get(message.member) == message.signature:
                body = [unpacked(value) for value in message.body]
                signal = Signal(message.sender, message.interface, message.member, body)
                self._carry(self._watcher.handle_signal(signal, self._clock()))
        elif message.reply_serial in self._calls:
            failed = message.message_type is MessageType.ERROR
            answer = [] if failed else [unpacked(value) for value in message.body]
            self._answered(message.reply_serial, answer)

    def _carry(self, output: WatcherOutput) -> None:
        for event in output.events:
            self.events.put_nowait(event)
        for call in output.calls:
            self._make(call)
        if self._watcher.roster.left_out and self._telling is None:
            loop = asyncio.get_running_loop()
            self._telling = loop.call_later(TELL_AFTER_SECONDS, self._tell_left_out)

    def _tell_left_out(self) -> None:
        if names := [seen.player for seen in self.left_out()]:
            count = len(self._watcher.roster.left_out)
            words = "%d names of players are left out, for of one connection %d are followed: %s"
            log.warning(words, count, MAX_NAMES_PER_OWNER, ", ".join(names))
        loop = asyncio.get_running_loop()
        self._telling = loop.call_later(TELL_AGAIN_SECONDS, self._may_tell_again)

    def _may_tell_again(self) -> None:
        self._telling = None

    def _make(self, call: Call) -> None:
        serial, loop = self._bus.next_serial(), asyncio.get_running_loop()
        self._calls[serial] = call
        if call.after:
            self._timers[serial] = loop.call_later(call.after, self._send, serial)
        else:
            self._send(serial)

    def _send(self, serial: int) -> None:
        call = self._calls[serial]
        message = Message(
            destination=call.destination,
            path=call.path,
            interface=call.interface,
            member=call.member,
            signature=call.signature,
            body=list(call.body),
            serial=serial,
        )
        loop = asyncio.get_running_loop()
        self._timers[serial] = loop.call_later(PLAYER_TIMEOUT_SECONDS, self._answered, serial, None)
        self._bus.send(message).add_done_callback(ignore_failure)

    def _answered(self, serial: int, answer: Answer) -> None:
        self._timers.pop(serial).cancel()
        self._carry(self._watcher.handle_reply(self._calls.pop(serial), answer, self._clock()))
