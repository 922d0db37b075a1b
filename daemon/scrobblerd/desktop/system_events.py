"""Hears of a resume from suspend (logind) and of the network (NetworkManager), on the system bus.

Both only end waiting that has become pointless. Without them, or without a system bus, everything
is done all the same, only later.
"""

import contextlib
import logging
from collections.abc import Callable

from dbus_next.constants import BusType, MessageType
from dbus_next.message import Message

from ..core.errors import BusLost
from ..dbus.calls import subscribe
from ..dbus.connection import Bus, connect

log = logging.getLogger(__name__)

MATCH_RULES = (
    "type='signal',sender='org.freedesktop.login1',path='/org/freedesktop/login1',"
    "interface='org.freedesktop.login1.Manager',member='PrepareForSleep'",
    "type='signal',sender='org.freedesktop.NetworkManager',path='/org/freedesktop/NetworkManager',"
    "interface='org.freedesktop.NetworkManager',member='StateChanged'",
)
NM_STATE_CONNECTED_SITE = 60
"""From this NMState on a request may succeed: CONNECTED_SITE is 60, CONNECTED_GLOBAL is 70."""


class SystemEvents:
    """Calls `resumed` after a suspend and `connected` when the network is back."""

    def __init__(self, resumed: Callable[[], None], connected: Callable[[], None]) -> None:
        self._resumed = resumed
        self._connected = connected

    async def run(self) -> None:
        """Listens until cancelled. Returns if there is no system bus, or none any more."""
        try:
            bus = await connect(BusType.SYSTEM)
        except BusLost as error:
            log.info("%s: suspend and network changes go unnoticed", error)
            return
        with contextlib.closing(bus):
            try:
                await self._listen(bus)
            except (BusLost, EOFError, OSError):
                log.info("the system bus has gone: suspend and network changes go unnoticed")

    async def _listen(self, bus: Bus) -> None:
        bus.add_message_handler(self._handle)
        await subscribe(bus, MATCH_RULES)
        await bus.wait_for_disconnect()

    def _handle(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.member == "PrepareForSleep" and message.body == [False]:
            self._resumed()
        elif message.member == "StateChanged" and message.signature == "u":
            self._network(message.body[0])

    def _network(self, state: int) -> None:
        if state >= NM_STATE_CONNECTED_SITE:
            self._connected()
