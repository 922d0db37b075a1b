"""A connection to a bus that closes its socket; dbus-next leaves that to the garbage collector."""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import BusType
from dbus_next.errors import AuthError, InvalidAddressError

from ..core.errors import BusLost
from .bounded_reader import RateGuard, Reader

_NO_BUS = (OSError, EOFError, AuthError, InvalidAddressError, KeyError, ValueError)

_REMEDIES = {
    BusType.SESSION: "outside a login session, as in su and cron, set XDG_RUNTIME_DIR"
    " (/run/user/ and the number of the user) or DBUS_SESSION_BUS_ADDRESS",
    BusType.SYSTEM: "is DBUS_SYSTEM_BUS_ADDRESS set?",
}

PATIENCE = 10.0
"""Seconds for a bus to let us in."""


class Bus(MessageBus):
    """A connection, to be closed by `close`. It reads within bounds, if it is `bounded`, and
    writes as much at a time as the socket takes."""

    def __init__(self, address: str | None, bus_type: BusType, bounded: bool) -> None:
        self.flow = RateGuard()
        self._bounded = bounded
        self._goes_on = False
        super().__init__(cast("Any", address), bus_type)  # None: the usual one
        mine = cast("Any", self)
        mine._writer.sock = _Patient(mine._sock)

    def close(self) -> None:
        """Disconnect and close the socket. Calls that are under way get no answer any more."""
        if self.connected:
            self.disconnect()
        mine = cast("Any", self)  # what dbus-next keeps to itself
        loop = asyncio.get_running_loop()
        loop.remove_reader(mine._fd)
        loop.remove_writer(mine._fd)
        with contextlib.suppress(OSError):  # it may have words left for who has gone
            mine._stream.close()
        gone = getattr(self, "_disconnect_future", None)
        if gone and gone.done() and not gone.cancelled():
            gone.exception()  # asyncio complains of an error that nobody has looked at
        mine._sock.close()

    async def _auth_readline(self) -> str:
        # The one of dbus-next reads on for ever, and holds the loop, where the bus hangs up here.
        mine, line = cast("Any", self), b""
        while not line.endswith(b"\r\n"):
            read = await mine._loop.sock_recv(mine._sock, 1)
            if not read:
                raise ConnectionResetError("it hung up")
            line += read
        return line[:-2].decode()

    def _message_reader(self) -> None:
        """Read for a while; what is left then is read when all others have had their turn."""
        self.flow.begin()
        cast("Any", super())._message_reader()
        if self._bounded and self.flow.over and not self._goes_on:
            self._goes_on = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._goes_on = False
        if self.connected:
            self._message_reader()

    def _create_unmarshaller(self) -> Any:
        mine = cast("Any", self)
        if self._bounded:
            return Reader(mine._stream, self.flow)
        return cast("Any", super())._create_unmarshaller()

    def _setup_socket(self) -> None:
        try:
            cast("Any", super())._setup_socket()
        except _NO_BUS:
            if hasattr(self, "_sock"):
                self.close()
            raise


class _Patient:
    """A socket that takes nothing while it is full; dbus-next takes a full one for a broken one."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def send(self, words: memoryview) -> int:
        """How many bytes were taken."""
        try:
            return self._socket.send(words)
        except BlockingIOError:
            return 0


def _address(kind: BusType) -> str | None:
    """Where the session bus is if nobody says so, as in cron: where systemd has it, as all other
    libraries look there (sd_bus_open_user(3)). None = as dbus-next finds it."""
    place = Path(os.environ.get("XDG_RUNTIME_DIR", ""), "bus")
    if kind is BusType.SYSTEM or "DBUS_SESSION_BUS_ADDRESS" in os.environ:
        return None
    return f"unix:path={quote(str(place))}" if place.is_absolute() and place.exists() else None


async def connect(kind: BusType = BusType.SESSION, bounded: bool = True) -> Bus:
    """A connection to the session bus or the system bus. Raises BusLost. Only who speaks with
    one that can be trusted may do without bounds."""
    bus = None
    try:
        bus = Bus(_address(kind), kind, bounded)
        async with asyncio.timeout(PATIENCE):
            await bus.connect()
    except BaseException as error:
        if bus is not None:
            bus.close()
        if not isinstance(error, _NO_BUS):
            raise
        raise BusLost(
            f"there is no {kind.name.lower()} bus to connect to ({error}); {_REMEDIES[kind]}"
        ) from error
    return bus


async def until_lost(bus: MessageBus) -> None:
    """Returns never; raises BusLost."""
    try:
        await bus.wait_for_disconnect()
    except (EOFError, OSError) as error:
        raise BusLost("the session bus has gone") from error
