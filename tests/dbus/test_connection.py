"""A connection to a private bus: found, written with patience, closed, and lost."""

import asyncio
import socket
from contextlib import closing
from pathlib import Path

import pytest
from dbus_next.message import Message

from lab.bus import PrivateBus
from lab.dbus import Connection, ask_bus
from scrobblerd.core.errors import BusLost
from scrobblerd.dbus.connection import connect, until_lost

MANY_BYTES = 4 * 2**20
"""Far more than a socket takes at a time."""


async def test_without_an_address_the_bus_is_found_where_systemd_has_it(
    bus: PrivateBus, listener: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(bus.folder))
    with closing(await connect()) as connection:
        assert await ask_bus(listener, "NameHasOwner", "s", connection.unique_name) == [True]


@pytest.fixture
def session(bus: PrivateBus, monkeypatch: pytest.MonkeyPatch) -> None:
    """The private bus is that of the session."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)


@pytest.mark.usefixtures("session")
async def test_a_message_that_the_socket_does_not_take_at_once_arrives(
    listener: Connection,
) -> None:
    text = "x" * MANY_BYTES
    arrived: asyncio.Queue[Message] = asyncio.Queue()
    listener.add_message_handler(arrived.put_nowait)
    with closing(await connect()) as connection:
        to = str(listener.unique_name)
        message = Message(to, "/", "com.example.A", "Say", signature="s", body=[text])
        assert MANY_BYTES < await connection.transmit(message) < MANY_BYTES + 1000
        assert connection.unsent == 0
        while (await arrived.get()).body != [text]:
            continue


@pytest.mark.usefixtures("session")
async def test_a_closed_connection_has_left_the_bus(listener: Connection) -> None:
    connection = await connect()
    for _ in range(2):  # it may be closed again
        connection.close()
    assert await ask_bus(listener, "NameHasOwner", "s", connection.unique_name) == [False]


@pytest.mark.usefixtures("session")
async def test_a_bus_that_goes_is_told_to_who_waits_for_it(bus: PrivateBus) -> None:
    with closing(await connect()) as connection:
        bus.stop()
        with pytest.raises(BusLost, match="the session bus has gone"):
            await until_lost(connection)


def hang_up(server: socket.socket) -> None:
    with server.accept()[0] as caller:
        caller.recv(1024)


async def test_a_bus_that_hangs_up_during_the_login_is_no_bus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/bus")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "bus"))
        server.listen()
        connecting = asyncio.create_task(connect())
        await asyncio.to_thread(hang_up, server)
        with pytest.raises(BusLost, match=r"no session bus .*XDG_RUNTIME_DIR"):
            await connecting
