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
10. Of an address with several places it fails with the first, it takes an empty variable for an
    address, and waits without end for a bus with a full backlog: `address.py`.

A connection that monitors a bus must never send, not even an automatic reply.
"""

import asyncio
import contextlib
import os
from typing import Any, cast

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import BusType
from dbus_next.errors import AuthError
from dbus_next.message import Message

from ..core.errors import BusLost
from ..core.text import printable
from .address import VARIABLES, address_of, open_first, user_bus
from .bounded_reader import RateGuard, Reader
from .headers import marshalled

_NO_BUS = (OSError, EOFError, AuthError, ValueError)

_REMEDIES = {
    BusType.SESSION: "outside a login session, as in su and cron, set XDG_RUNTIME_DIR"
    " (/run/user/ and the number of the user) or DBUS_SESSION_BUS_ADDRESS",
    BusType.SYSTEM: "is DBUS_SYSTEM_BUS_ADDRESS set?",
}

CONNECT_TIMEOUT_SECONDS = 10.0
"""For a bus to let us in: it answers within milliseconds unless it hangs."""

CONNECT_RETRY_SECONDS = 0.1
"""Seconds between two tries while a bus has too many who wait."""


class Bus(MessageBus):
    """A connection, to be closed by `close`. It reads within bounds if it is `bounded`, and
    writes as much at a time as the socket takes. `address` is that of the place that let us in."""

    def __init__(self, address: str, bus_type: BusType, bounded: bool) -> None:
        """Raises OSError, and UnusableAddress."""
        self.rate_guard = RateGuard()
        self.address = address
        self._bounded = bounded
        self._reader: Reader | None = None
        self._will_go_on = False
        super().__init__("unix:", bus_type)  # see `_setup_socket`
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

    def send(self, msg: Message) -> asyncio.Future[None]:
        """Sends a message: at once if the socket takes it, and without waiting for the loop to say
        so. The result comes when it has been taken."""
        _, sent = self._write(msg)
        return sent

    async def transmit(self, message: Message) -> int:
        """Sends a message. Returns its bytes when the socket has taken them all."""
        size, sent = self._write(message)
        await sent
        return size

    def _write(self, message: Message) -> tuple[int, asyncio.Future[None]]:
        mine = cast("Any", self)
        if not message.serial:
            message.serial = self.next_serial()
        data, sent, writer = marshalled(message), mine._loop.create_future(), mine._writer
        waits_already = self.unsent or writer.buf is not None
        writer.messages.put_nowait((data, message.unix_fds, sent))
        if self.unique_name and not waits_already:
            writer.write_callback()
        if writer.buf is not None:
            writer.schedule_write()
        return len(data), sent

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
        if not self._bounded:
            return cast("Any", super())._create_unmarshaller()
        if self._reader is None:
            self._reader = Reader(mine._stream, self.rate_guard)
        return self._reader

    def _setup_socket(self) -> None:
        mine = cast("Any", self)
        mine._sock, place = open_first(self.address)
        mine._stream = mine._sock.makefile("rwb")
        mine._fd = mine._sock.fileno()
        self.address = str(place)


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


async def connect(kind: BusType = BusType.SESSION, bounded: bool = True) -> Bus:
    """Connects to the session bus or the system bus. Raises BusLost.

    Not `bounded` is only for a client that listens to nobody but the daemon.
    """
    bus = None
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            bus = await _let_in(kind, bounded)
            await bus.connect()
    except BaseException as error:
        if bus is not None:
            bus.close()
        if not isinstance(error, _NO_BUS):
            raise
        why = str(error) or "it does not answer"
        raise BusLost(
            f"there is no {kind.name.lower()} bus to connect to ({why}); {_remedy(kind)}"
        ) from error
    return bus


async def _let_in(kind: BusType, bounded: bool) -> Bus:
    """Returns a connection that has not said Hello yet. Waits while the bus has too many others."""
    while True:
        try:
            return Bus(address_of(kind, os.environ), kind, bounded)
        except BlockingIOError:
            await asyncio.sleep(CONNECT_RETRY_SECONDS)


def _remedy(kind: BusType) -> str:
    variable = VARIABLES[kind]
    address = os.environ.get(variable)
    if kind is BusType.SYSTEM or not address:
        return _REMEDIES[kind]
    tried = f"{variable} says {printable(address)}"
    if user_bus(os.environ):
        return f"{tried}; without that variable it is the bus of your systemd"
    return f"{tried}: has that session ended? {_REMEDIES[kind]}"


async def until_lost(bus: MessageBus) -> None:
    """Waits until the bus has gone, and raises BusLost then."""
    try:
        await bus.wait_for_disconnect()
    except (EOFError, OSError) as error:
        raise BusLost("the session bus has gone") from error
