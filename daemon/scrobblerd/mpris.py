"""Edge in: carries messages and calls between the session bus and the watcher; owns the clock.

Every message is stamped on arrival. A callback only parses and enqueues (dbus-next swallows what a
callback raises). Calls have a time-out of their own, so a player that hangs holds up nobody.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import BusType, MessageType
from dbus_next.errors import AuthError, InvalidAddressError
from dbus_next.message import Message
from dbus_next.signature import Variant

from .errors import BusLost
from .messages import Answer, Call, News, Signal
from .model import Event, Moment
from .watcher import DBUS, DBUS_PATH, MATCH_RULES, Watcher

CALL_TIMEOUT = 2.0
"""Seconds; players answer within 1 s even while they start (SMPlayer: 1.7 s at worst)."""

SIGNATURES = {"PropertiesChanged": "sa{sv}as", "Seeked": "x", "NameOwnerChanged": "sss"}


def now() -> Moment:
    """This moment on the three clocks."""
    return Moment(time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME), time.time())


def boot_id() -> str:
    """The kernel's name for this boot; CLOCK_MONOTONIC only compares within one."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


async def connect() -> MessageBus:
    """A connection to the session bus. Raises BusLost."""
    try:
        return await MessageBus(bus_type=BusType.SESSION).connect()
    except (OSError, EOFError, AuthError, InvalidAddressError, KeyError) as error:
        raise BusLost(
            f"there is no session bus to connect to ({error}); "
            "is DBUS_SESSION_BUS_ADDRESS set, or is this a login session?"
        ) from error


class Listener:
    """Listens to the players on one bus and hands their events to `receive`."""

    def __init__(self, bus: MessageBus, receive: Callable[[Event], None]) -> None:
        self._bus = bus
        self._receive = receive
        self._watcher = Watcher()
        self._calls: set[asyncio.Task[None]] = set()

    @property
    def players(self) -> list[str]:
        """The names of the players on the bus, without the prefix."""
        return self._watcher.players

    async def start(self) -> None:
        """Subscribe, then ask who is there. Raises BusLost."""
        self._bus.add_message_handler(self._handle)
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

    async def stop(self) -> None:
        """Forget the calls under way."""
        self._bus.remove_message_handler(self._handle)
        for task in self._calls:
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def _handle(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if SIGNATURES.get(message.member) != message.signature:
            return
        body = [unpacked(value) for value in message.body]
        signal = Signal(message.sender, message.interface, message.member, body)
        self._carry(self._watcher.handle_signal(signal, now()))

    def _carry(self, news: News) -> None:
        for event in news.events:
            self._receive(event)
        for call in news.calls:
            task = asyncio.create_task(self._make(call))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)

    async def _make(self, call: Call) -> None:
        if call.after:
            await asyncio.sleep(call.after)
        answer = await self._answer(call)
        self._carry(self._watcher.handle_reply(call, answer, now()))

    async def _answer(self, call: Call) -> Answer:
        message = Message(
            destination=call.destination,
            path=call.path,
            interface=call.interface,
            member=call.member,
            signature=call.signature,
            body=list(call.body),
        )
        try:
            async with asyncio.timeout(CALL_TIMEOUT):
                reply = await self._bus.call(message)
        except (TimeoutError, EOFError, OSError):
            return None
        if reply is None or reply.message_type is MessageType.ERROR:
            return []
        return [unpacked(value) for value in reply.body]

    async def _bus_call(self, member: str, word: str) -> None:
        message = Message(DBUS, DBUS_PATH, DBUS, member, signature="s", body=[word])
        reply = await self._bus.call(message)
        if reply is None or reply.message_type is MessageType.ERROR:
            raise BusLost(f"the session bus refused {member}: {reply and reply.body}")


def unpacked(value: Any) -> Any:
    """`value` without its variants, at any depth."""
    if isinstance(value, Variant):
        return unpacked(cast("Any", value).value)  # untyped in dbus-next
    if isinstance(value, list):
        return [unpacked(entry) for entry in cast("list[Any]", value)]
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value)
        return {key: unpacked(entry) for key, entry in pairs.items()}
    return value
