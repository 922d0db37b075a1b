"""Edge in: resume from suspend (logind) and network back (NetworkManager), over the system bus.

Both are hints that make waiting pointless; a machine without them, or without a system bus, is
served just as well, only later.
"""

import contextlib
import logging
from collections.abc import Callable

from dbus_next.constants import BusType, MessageType
from dbus_next.message import Message

from ..core.errors import BusLost
from ..dbus.connection import Bus, connect
from ..dbus.names import DBUS, DBUS_PATH

log = logging.getLogger(__name__)

MATCH_RULES = (
    "type='signal',sender='org.freedesktop.login1',path='/org/freedesktop/login1',"
    "interface='org.freedesktop.login1.Manager',member='PrepareForSleep'",
    "type='signal',sender='org.freedesktop.NetworkManager',path='/org/freedesktop/NetworkManager',"
    "interface='org.freedesktop.NetworkManager',member='StateChanged'",
)
CONNECTED = 60
"""NMState: CONNECTED_SITE (60) and CONNECTED_GLOBAL (70) mean that a request may succeed."""


class Wakeups:
    """Calls `resumed` after a suspend and `connected` when the network is back."""

    def __init__(self, resumed: Callable[[], None], connected: Callable[[], None]) -> None:
        self._resumed = resumed
        self._connected = connected

    async def run(self) -> None:
        """Listen until cancelled; returns at once where there is no system bus."""
        try:
            bus = await connect(BusType.SYSTEM)
        except BusLost as error:
            log.info("%s: suspend and network changes go unnoticed", error)
            return
        with contextlib.closing(bus):
            try:
                await self._listen(bus)
            except (EOFError, OSError):
                log.info("the system bus has gone: suspend and network changes go unnoticed")

    async def _listen(self, bus: Bus) -> None:
        bus.add_message_handler(self._handle)
        for rule in MATCH_RULES:
            await bus.call(Message(DBUS, DBUS_PATH, DBUS, "AddMatch", signature="s", body=[rule]))
        await bus.wait_for_disconnect()

    def _handle(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.member == "PrepareForSleep" and message.body == [False]:
            self._resumed()
        elif message.member == "StateChanged" and message.signature == "u":
            self._network(message.body[0])

    def _network(self, state: int) -> None:
        if state >= CONNECTED:
            self._connected()
