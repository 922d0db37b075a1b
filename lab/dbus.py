"""The low-level D-Bus pieces of the bench: connections, calls and signals as they are on the wire.

Introspects nothing and creates no proxy: a message is sent as it is given and shown as it came.
"""

import asyncio
from contextlib import suppress
from typing import Any, Generic, Self, TypeVar

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import BusType, MessageType
from dbus_next.errors import DBusError
from dbus_next.message import Message

from scrobblerd.dbus.names import DBUS, DBUS_PATH

Item = TypeVar("Item")


class ReplyError(DBusError):
    """An error reply. `name` is the D-Bus error, such as org.freedesktop.DBus.Error.NoReply."""

    name = ""


class Connection(MessageBus):
    """A connection that writes one message after the other and closes its socket.

    As an async context manager it closes at the end of the block.
    """

    def __init__(self, address: str | None = None) -> None:
        """Opens the socket of the bus at `address`, or of the session bus."""
        if address is None:
            super().__init__(bus_type=BusType.SESSION)
        else:
            super().__init__(bus_address=address)
        self._writing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def send(self, msg: Message) -> "asyncio.Future[None]":
        """Sends as dbus-next does. An error goes to the caller that awaits it. It is not logged as
        well, minutes later, when the garbage is collected."""
        sent = super().send(msg)
        sent.add_done_callback(_retrieve)
        return sent

    async def transmit(self, message: Message) -> None:
        """Writes all of `message` before the next one. Raises ConnectionError if the bus has gone.

        dbus-next drops the connection if several messages together are more than the socket
        takes. If the bus dies meanwhile, its `send` never ends.
        """
        async with self._writing:
            if not self.connected:
                raise ConnectionResetError("not connected to the bus")
            sent = self.send(message)
            gone = self._disconnect_future
            await asyncio.wait({sent, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not sent.done():
                raise ConnectionResetError("the bus went away")
            await sent

    async def close(self) -> None:
        """Disconnects if it is connected, and closes the socket. The bus sees it at once."""
        if self.connected:
            self.disconnect()
        with suppress(EOFError, ConnectionError):  # the bus went away first
            await self.wait_for_disconnect()
        self.close_socket()

    def close_socket(self) -> None:
        """Closes the socket, which dbus-next leaves to the garbage collector."""
        asyncio.get_running_loop().remove_reader(self._fd)
        self._stream.close()
        self._sock.close()

    async def _auth_readline(self) -> str:
        # The one of dbus-next reads on for ever, and holds the loop, when the bus hangs up here.
        line = b""
        while not line.endswith(b"\r\n"):
            read = await self._loop.sock_recv(self._sock, 1)
            if not read:
                raise ConnectionResetError("the bus hung up during authentication")
            line += read
        return line[:-2].decode()

    def _setup_socket(self) -> None:
        try:
            super()._setup_socket()
        except OSError:
            self.close_socket()
            raise


def _retrieve(sent: asyncio.Future[Any]) -> None:
    """Looks at the error, because asyncio complains otherwise."""
    if not sent.cancelled():
        sent.exception()


async def connect(address: str | None = None) -> Connection:
    """Returns a ready connection to the bus at `address`, or to the session bus. Raises OSError."""
    connection = Connection(address)
    try:
        await connection.connect()
    except BaseException as error:
        connection.close_socket()
        if isinstance(error, EOFError):
            raise ConnectionResetError("the bus hung up at the first call") from error
        raise
    return connection


async def call(
    bus: MessageBus,
    destination: str,
    path: str,
    interface: str,
    member: str,
    signature: str = "",
    body: list[Any] | None = None,
    *,
    within: float = 5.0,
) -> list[Any]:
    """Calls a method, and returns the body of the reply.

    Raises ReplyError, a DBusError, for an error reply, TimeoutError if no reply comes `within`
    seconds, and ConnectionError if the bus goes away.
    """
    message = Message(
        destination=destination,
        path=path,
        interface=interface,
        member=member,
        signature=signature,
        body=body or [],
    )
    if not bus.connected:
        raise ConnectionResetError("not connected to the bus")
    try:
        async with asyncio.timeout(within):
            reply = await bus.call(message)
    except EOFError as error:
        raise ConnectionResetError("the bus went away") from error
    if reply is None:
        raise ConnectionResetError("the connection was closed")
    if reply.message_type is MessageType.ERROR:
        text = str(reply.body[0]) if reply.body else ""
        error = ReplyError(reply.error_name, text, reply)
        error.name = reply.error_name
        raise error
    return reply.body


async def ask_bus(bus: MessageBus, member: str, signature: str = "", *body: Any) -> list[Any]:
    """Calls a method of the bus itself, such as GetNameOwner. Returns the body of the reply."""
    return await call(bus, DBUS, DBUS_PATH, DBUS, member, signature, list(body))


async def round_trip(bus: MessageBus) -> None:
    """Waits until the bus has handled all that was sent here, and has delivered all it had for us.

    What another connection sent is only delivered after a round trip of that connection too.
    """
    await ask_bus(bus, "GetId")


class Arrivals(Generic[Item]):
    """Items that arrived, each under a name, in order. Each one is awaited once.

    `all` keeps every (name, item), even if it was awaited already.
    """

    def __init__(self) -> None:
        self.all: list[tuple[str, Item]] = []
        self._taken: dict[str, int] = {}
        self._news = asyncio.Event()

    def add(self, name: str, item: Item) -> None:
        """Keeps `item`, and wakes all that wait for `name`."""
        self.all.append((name, item))
        self._news.set()

    def of(self, name: str) -> list[Item]:
        """Returns all items that arrived under `name` so far."""
        return [item for known, item in self.all if known == name]

    async def next(self, name: str, within: float) -> Item:
        """Returns the first item under `name` that was not returned yet. Raises TimeoutError."""
        taken = self._taken.get(name, 0)
        self._taken[name] = taken + 1
        try:
            async with asyncio.timeout(within):
                while len(self.of(name)) <= taken:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self._taken[name] -= 1
            came = [known for known, _ in self.all]
            raise TimeoutError(f"no {name} within {within} s; came: {came}") from None
        return self.of(name)[taken]


class SignalLog:
    """The signals that reach one connection, by its own match rules too."""

    def __init__(self, bus: MessageBus) -> None:
        self.arrivals = Arrivals[Message]()
        self._bus = bus

    @classmethod
    async def start(cls, bus: MessageBus, *rules: str) -> Self:
        """Listens on `bus` with match rules such as "type='signal',member='Seeked'".

        Keeps all signals that reach the connection, by any rule.
        """
        log = cls(bus)
        bus.add_message_handler(log.receive)
        for rule in rules:
            await ask_bus(bus, "AddMatch", "s", rule)
        return log

    def receive(self, message: Message) -> bool:
        """Keeps `message` if it is a signal. Other handlers see it too."""
        if message.message_type is MessageType.SIGNAL:
            self.arrivals.add(message.member, message)
        return False

    async def next(self, member: str, within: float = 5.0) -> Message:
        """Returns the first signal `member` that was not returned yet. Raises TimeoutError."""
        return await self.arrivals.next(member, within)

    def of(self, member: str) -> list[Message]:
        """Returns all signals `member` that came so far."""
        return self.arrivals.of(member)

    def stop(self) -> None:
        """Keeps no more signals. The match rules end with the connection."""
        self._bus.remove_message_handler(self.receive)
