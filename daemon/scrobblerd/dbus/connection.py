"""A connection to a bus that reads within bounds, writes with patience and closes its socket.

What dbus-next 0.2.3 does, and what this project does about it (each was tried):

1. It swallows exceptions of message handlers: a handler only parses and enqueues, and the work is
   done in a task that somebody awaits.
2. An exception in a service method sends the traceback to the caller, and also a DBusError is
   logged with one. Methods that are coroutines run as tasks that nobody awaits. Arguments of a
   wrong type are answered with UnknownMethod, and a Set of a `u` property with an `i` is refused.
   So `control` answers the calls to its path in one message handler, and leaves introspection and
   signals to ServiceInterface.
3. `wait_for_disconnect()` raises EOFError when the bus dies, but returns after our own
   `disconnect()`. Neither closes the socket, which is left to the garbage collector: `Bus.close`.
4. Signature strings as annotations break type checkers: `control/signatures.py` has names that are
   types for the checker and signatures at run time. A file that uses them must not have
   `from __future__ import annotations`.
5. Its writer takes a full socket for a broken one, and drops the connection: `_PatientSocket`.
   Signals of running figures are sent once per turn of the loop all the same.
6. `call()` has no time limit: a player gets 2 s, other services 10 s (`calls.py`).
7. `_auth_readline()` never ends, and holds the loop, if the bus hangs up during the login.
8. The root of the package does not re-export for type checkers: import from the submodules.
9. It reads without bounds, and keeps every signature that it has met: `bounded_reader.py`.

A connection that monitors a bus must never send, not even an automatic reply.
"""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import BusType
from dbus_next.errors import AuthError, InvalidAddressError
from dbus_next.message import Message

from ..core.errors import BusLost
from .bounded_reader import RateGuard, Reader

_NO_BUS = (OSError, EOFError, AuthError, InvalidAddressError, KeyError, ValueError)

_REMEDIES = {
    BusType.SESSION: "outside a login session, as in su and cron, set XDG_RUNTIME_DIR"
    " (/run/user/ and the number of the user) or DBUS_SESSION_BUS_ADDRESS",
    BusType.SYSTEM: "is DBUS_SYSTEM_BUS_ADDRESS set?",
}

CONNECT_TIMEOUT_SECONDS = 10.0
"""For a bus to let us in: it answers within milliseconds unless it hangs."""


class Bus(MessageBus):
    """A connection, to be closed by `close`. It reads within bounds if it is `bounded`, and
    writes as much at a time as the socket takes."""

    def __init__(self, address: str | None, bus_type: BusType, bounded: bool) -> None:
        self.rate_guard = RateGuard()
        self._bounded = bounded
        self._will_go_on = False
        super().__init__(cast("Any", address), bus_type)  # None: the usual one
        mine = cast("Any", self)
        mine._writer.sock = _PatientSocket(mine._sock)

    def close(self) -> None:
        """Disconnects and closes the socket. Calls that are under way get no answer."""
        if self.connected:
            self.disconnect()
        mine = cast("Any", self)  # what dbus-next keeps to itself
        loop = asyncio.get_running_loop()
        loop.remove_reader(mine._fd)
        loop.remove_writer(mine._fd)
        with contextlib.suppress(OSError):  # it flushes what is left, and the bus may have gone
            mine._stream.close()
        lost = getattr(self, "_disconnect_future", None)
        if lost and lost.done() and not lost.cancelled():
            lost.exception()  # asyncio complains of an error that nobody has looked at
        mine._sock.close()

    @property
    def unsent(self) -> int:
        """How many messages wait for the socket."""
        return cast("Any", self)._writer.messages.qsize()

    async def transmit(self, message: Message) -> int:
        """Sends a message. Returns its bytes when the socket has taken them all."""
        sent = self.send(message)
        data, *_ = cast("Any", self)._writer.messages._queue[-1]
        await sent
        return len(data)

    def introspection(self, path: str) -> str:
        """Returns what is exported at a path, as XML."""
        return cast("Any", self)._introspect_export_path(path).tostring()

    async def _auth_readline(self) -> str:
        mine, line = cast("Any", self), b""
        while not line.endswith(b"\r\n"):
            read = await mine._loop.sock_recv(mine._sock, 1)
            if not read:
                raise ConnectionResetError("it hung up")
            line += read
        return line[:-2].decode()

    def _message_reader(self) -> None:
        """Reads for one turn. The rest is read after all other tasks have had theirs."""
        self.rate_guard.begin_turn()
        cast("Any", super())._message_reader()
        if self._bounded and self.rate_guard.is_turn_over and not self._will_go_on:
            self._will_go_on = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._will_go_on = False
        if self.connected:
            self._message_reader()

    def _create_unmarshaller(self) -> Any:
        mine = cast("Any", self)
        if self._bounded:
            return Reader(mine._stream, self.rate_guard)
        return cast("Any", super())._create_unmarshaller()

    def _setup_socket(self) -> None:
        try:
            cast("Any", super())._setup_socket()
        except _NO_BUS:
            if hasattr(self, "_sock"):
                self.close()
            raise


class _PatientSocket:
    """A socket that takes nothing while it is full, where others raise BlockingIOError."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def send(self, data: memoryview) -> int:
        """Returns how many bytes were taken."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0


def _address(kind: BusType) -> str | None:
    """Returns the address of the session bus if the environment does not say it, as in cron: where
    systemd has it, as in sd_bus_open_user(3). Returns None if dbus-next finds the bus itself."""
    path = Path(os.environ.get("XDG_RUNTIME_DIR", ""), "bus")
    if kind is BusType.SYSTEM or "DBUS_SESSION_BUS_ADDRESS" in os.environ:
        return None
    return f"unix:path={quote(str(path))}" if path.is_absolute() and path.exists() else None


async def connect(kind: BusType = BusType.SESSION, bounded: bool = True) -> Bus:
    """Connects to the session bus or the system bus. Raises BusLost.

    Not `bounded` is only for a client that listens to nobody but the daemon.
    """
    bus = None
    try:
        bus = Bus(_address(kind), kind, bounded)
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
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
    """Waits until the bus has gone, and raises BusLost then."""
    try:
        await bus.wait_for_disconnect()
    except (EOFError, OSError) as error:
        raise BusLost("the session bus has gone") from error
