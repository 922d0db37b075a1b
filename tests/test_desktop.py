"""desktop.py with a notification server on the bus, and without one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from dbus_next.constants import MessageType
from dbus_next.message import Message

from lab.dbus import Connection, connect, round_trip
from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from scrobblerd.desktop import LONGEST, Desktop
from tests.daemon_bench import Bench, scrobble_ago

pytest_plugins = ["tests.on_a_daemon", "tests.on_a_bus"]

NAME = "org.freedesktop.Notifications"


class Server:
    """Keeps what it is to show."""

    def __init__(self) -> None:
        self.shown: asyncio.Queue[list[Any]] = asyncio.Queue()

    def handle(self, message: Message) -> Message | None:
        """A Notify call."""
        if message.message_type is not MessageType.METHOD_CALL or message.member != "Notify":
            return None
        assert message.signature == "susssasa{sv}i"
        self.shown.put_nowait(message.body)
        return Message.new_method_return(message, "u", [1])

    async def next(self) -> str:
        """The words of the next notification."""
        async with asyncio.timeout(5):
            return (await self.shown.get())[4]


async def serve(connection: Connection) -> Server:
    """A notification server on a connection."""
    server = Server()
    connection.add_message_handler(server.handle)
    await connection.request_name(NAME)
    return server


@pytest.fixture
async def server(listener: Connection) -> Server:
    """A notification server on the private bus."""
    return await serve(listener)


@pytest.fixture
async def desktop(bus: Any) -> AsyncIterator[Desktop]:
    """What is to be shown goes to that bus."""
    async with await connect(bus.address) as connection:
        made = Desktop(connection)
        yield made
        await made.stop()


async def test_words_are_shown_as_plain_text(desktop: Desktop, server: Server) -> None:
    desktop.alert("<b>Fern</b> & co\nwait\x1b[31m")
    assert await server.next() == "&lt;b&gt;Fern&lt;/b&gt; &amp; co wait [31m"


async def test_long_words_are_cut(desktop: Desktop, server: Server) -> None:
    desktop.alert("x" * 10_000)
    assert len(await server.next()) == LONGEST


async def test_without_a_server_nobody_minds(
    desktop: Desktop, caplog: pytest.LogCaptureFixture
) -> None:
    desktop.alert("Nobody sees this")
    await desktop.stop()
    assert [record.message for record in caplog.records] == ["Nobody sees this"]


@pytest.mark.parametrize(("code", "words"), [(9, "login of quiet_otter"), (26, "error 26")])
async def test_what_only_the_user_can_mend_is_shown_once(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn, code: int, words: str
) -> None:
    async with await connect(bench.bus.address) as connection:
        server = await serve(connection)
        lastfm.outage = Behaviour.error(code)
        for age in (600, 300):
            await scrobbler.call(*scrobble_ago(age)[1])
            await scrobbler.call("RetryQueue")
        assert words in await server.next()
        await scrobbler.call("GetSettings")  # what the daemon had sent by then
        await round_trip(connection)  # has arrived by now
        assert server.shown.empty()
