"""What a desktop has on its bus, played: notifications, the portal, the file manager."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Self

import pytest
from dbus_next.constants import MessageFlag, MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from lab.bus import PrivateBus
from lab.dbus import Connection, connect, round_trip
from scrobblerd.dbus.calls import unpacked
from scrobblerd.desktop.notification_server import NAME, PATH
from scrobblerd.desktop.opener import FILES, OPEN_URI, PORTAL

ALL = ("actions", "body", "body-markup")

Answer = Callable[[Message], Message | None]


@dataclass(frozen=True)
class Shown:
    """What a Notify asked for, and the id that was given."""

    id: int
    replaces: int
    summary: str
    body: str
    actions: list[str]
    hints: dict[str, Any]
    icon: str


class Service:
    """A service on a connection of its own; as a context manager it closes it."""

    name = ""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.odd: dict[
            str, Answer
        ] = {}  # by method: answers in a way of its own, None = not at all
        self.calls: list[str] = []
        self._left = False
        connection.add_message_handler(self._handle)

    @classmethod
    async def start(cls, address: str) -> Self:
        """Own the name on the bus at `address`."""
        service = cls(await connect(address))
        await service.connection.request_name(cls.name)
        return service

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def leave(self) -> None:
        """End, once all that was said has been heard."""
        if not self._left:
            self._left = True
            await round_trip(self.connection)
            await self.connection.close()

    def _handle(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if message.interface not in (self.name, OPEN_URI):
            return None
        assert not message.flags & MessageFlag.NO_REPLY_EXPECTED
        self.calls.append(message.member)
        if message.member in self.odd:
            return self.odd[message.member](message) or True
        return self.answer(message)

    def answer(self, message: Message) -> Message | None:
        """The reply to a call."""
        raise NotImplementedError


class Server(Service):
    """A notification server that keeps what it is to show; ids begin at 7."""

    name = NAME

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.capabilities: tuple[str, ...] = ALL
        self.shown: asyncio.Queue[Shown] = asyncio.Queue()
        self.closed: asyncio.Queue[int] = asyncio.Queue()
        self._last = 6

    def answer(self, message: Message) -> Message | None:
        """GetCapabilities, Notify, CloseNotification."""
        match message.member:
            case "GetCapabilities":
                return Message.new_method_return(message, "as", [list(self.capabilities)])
            case "Notify":
                return Message.new_method_return(message, "u", [self.show(message)])
            case "CloseNotification":
                self.closed.put_nowait(message.body[0])
                return Message.new_method_return(message)
            case _:
                return None

    def show(self, message: Message) -> int:
        """Keep what is to be shown; its id."""
        assert message.signature == "susssasa{sv}i"
        name, replaces, icon, summary, body, actions, hints, _ = message.body
        assert name == "scrobblerd"
        self._last += not replaces
        id_, told = replaces or self._last, unpacked(hints)
        shown = Shown(id_, replaces, summary, body, actions, told, icon)
        self.shown.put_nowait(shown)
        return shown.id

    async def next(self) -> str:
        """The words of the next notification."""
        return (await self.next_shown()).body

    async def next_shown(self) -> Shown:
        """The next notification."""
        async with asyncio.timeout(10):
            return await self.shown.get()

    async def says(self, member: str, signature: str, *body: Any) -> None:
        """A signal of the server's."""
        message = Message.new_signal(PATH, NAME, member, signature, list(body))
        await self.connection.transmit(message)

    async def click(self, number: int, key: str = "default") -> None:
        """The user clicks on a notification."""
        await self.says("ActionInvoked", "us", number, key)


class Pages(Service):
    """What opens URLs, or folders, and keeps which; `tokens` are what came with them."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.opened: asyncio.Queue[str] = asyncio.Queue()
        self.tokens: list[str] = []

    async def next(self) -> str:
        """The next URL that was opened."""
        async with asyncio.timeout(10):
            return await self.opened.get()

    def _open(self, url: str, token: str) -> None:
        self.opened.put_nowait(url)
        self.tokens.append(token)


class Portal(Pages):
    """The portal, without asking anybody."""

    name = PORTAL

    def answer(self, message: Message) -> Message | None:
        """OpenURI."""
        if (message.member, message.interface) != ("OpenURI", OPEN_URI):
            return None
        assert message.signature == "ssa{sv}"
        _, url, options = message.body
        self._open(url, options.get("activation_token", Variant("s", "")).value)
        return Message.new_method_return(message, "o", ["/org/freedesktop/portal/desktop/request"])


class Files(Pages):
    """A file manager."""

    name = FILES

    def answer(self, message: Message) -> Message | None:
        """ShowFolders."""
        assert (message.member, message.signature) == ("ShowFolders", "ass")
        [[url], token] = message.body
        self._open(url, token)
        return Message.new_method_return(message)


# -- fixtures -------------------------------------------------------------------------------------


@pytest.fixture
async def server(bus: PrivateBus) -> AsyncIterator[Server]:
    """A notification server on the bus of the test."""
    async with await Server.start(bus.address) as started:
        yield started


@pytest.fixture
async def portal(bus: PrivateBus) -> AsyncIterator[Portal]:
    """A portal there."""
    async with await Portal.start(bus.address) as started:
        yield started
