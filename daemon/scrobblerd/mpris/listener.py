"""Edge in: carries messages and calls between the session bus and the watcher; owns the clock.

Every message is stamped on arrival. A callback only parses and enqueues (dbus-next swallows what a
callback raises). Calls have a time-out of their own, so a player that hangs holds up nobody.
"""

import asyncio
from collections.abc import Callable

from dbus_next.constants import MessageType
from dbus_next.message import Message

from ..core.errors import BusLost
from ..core.events import Event
from ..dbus.calls import lost, unpacked
from ..dbus.connection import Bus
from ..dbus.names import DBUS, DBUS_PATH
from ..runtime.clock import now
from .messages import Answer, Call, Signal, WatcherOutput
from .watcher import MATCH_RULES, Watcher

CALL_TIMEOUT = 2.0
"""Seconds; players answer within 1 s even while they start (SMPlayer: 1.7 s at worst)."""

SIGNATURES = {"PropertiesChanged": "sa{sv}as", "Seeked": "x", "NameOwnerChanged": "sss"}


class Listener:
    """Listens to the players on one bus and hands their events to `receive`."""

    def __init__(self, bus: Bus, receive: Callable[[Event], None]) -> None:
        self._bus = bus
        self._receive = receive
        self._watcher = Watcher()
        self._calls: dict[int, Call] = {}  # by serial
        self._timers: dict[int, asyncio.TimerHandle] = {}  # likewise: the time-out, or the wait

    @property
    def players(self) -> list[str]:
        """The names of the players on the bus, without the prefix."""
        return self._watcher.players

    async def start(self) -> None:
        """Subscribe, then ask who is there. Raises BusLost."""
        self._bus.add_message_handler(self._handle)
        self._bus.flow.missed = self._missed
        for rule in MATCH_RULES:
            await self._bus_call("AddMatch", rule)
        self._carry(self._watcher.start())

    def read(self, player: str) -> None:
        """Read all of a player's properties; the answer comes as an event."""
        self._carry(self._watcher.read(player))

    def read_all(self) -> None:
        """Read every player: after a suspend nothing is certain."""
        for player in self.players:
            self.read(player)

    def _missed(self, owner: str) -> None:
        """A connection said too much to be listened to: ask it instead."""
        if owner == DBUS:
            self._carry(self._watcher.start())
        for player in self._watcher.owned(owner):
            self.read(player)

    def stop(self) -> None:
        """Forget the calls under way."""
        self._bus.remove_message_handler(self._handle)
        self._bus.flow.missed = lambda _: None
        for timer in self._timers.values():
            timer.cancel()

    # Signals and replies are handled in one place and at once: they count in the order in which
    # the player sent them, or an older reply would undo a newer signal.

    def _handle(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL:
            if SIGNATURES.get(message.member) == message.signature:
                body = [unpacked(value) for value in message.body]
                signal = Signal(message.sender, message.interface, message.member, body)
                self._carry(self._watcher.handle_signal(signal, now()))
        elif message.reply_serial in self._calls:
            failed = message.message_type is MessageType.ERROR
            answer = [] if failed else [unpacked(value) for value in message.body]
            self._answered(message.reply_serial, answer)

    def _carry(self, news: WatcherOutput) -> None:
        for event in news.events:
            self._receive(event)
        for call in news.calls:
            self._make(call)

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
        self._timers[serial] = loop.call_later(CALL_TIMEOUT, self._answered, serial, None)
        self._bus.send(message).add_done_callback(lost)

    def _answered(self, serial: int, answer: Answer) -> None:
        self._timers.pop(serial).cancel()
        self._carry(self._watcher.handle_reply(self._calls.pop(serial), answer, now()))

    async def _bus_call(self, member: str, word: str) -> None:
        message = Message(DBUS, DBUS_PATH, DBUS, member, signature="s", body=[word])
        reply = await self._bus.call(message)
        if reply is None or reply.message_type is MessageType.ERROR:
            raise BusLost(f"the session bus refused {member}: {reply and reply.body}")
