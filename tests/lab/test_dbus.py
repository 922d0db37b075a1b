"""The low-level pieces of the bench, between two connections of a private bus."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dbus_next.message import Message

from lab.bus import PrivateBus
from lab.dbus import Arrivals, Connection, ReplyError, SignalLog, ask_bus, call, connect, round_trip

LAB = "lab.Signals"


@pytest.fixture
async def sender(bus: PrivateBus) -> AsyncIterator[Connection]:
    async with await connect(bus.address) as connection:
        yield connection


def news(member: str, text: str = "") -> Message:
    return Message.new_signal("/lab", LAB, member, "s", [text])


async def test_a_reply_is_its_body(listener: Connection) -> None:
    assert await ask_bus(listener, "NameHasOwner", "s", "lab.Nobody") == [False]


async def test_an_error_reply_is_raised_by_its_name(listener: Connection) -> None:
    with pytest.raises(ReplyError) as failure:
        await ask_bus(listener, "GetNameOwner", "s", "lab.Nobody")
    assert failure.value.name == "org.freedesktop.DBus.Error.NameHasNoOwner"


async def test_a_call_without_a_reply_times_out(sender: Connection, listener: Connection) -> None:
    sender.add_message_handler(lambda _: True)
    with pytest.raises(TimeoutError):
        await call(listener, str(sender.unique_name), "/lab", LAB, "Ask", within=0.01)


async def test_a_call_on_a_closed_connection_is_an_error(bus: PrivateBus) -> None:
    connection = await connect(bus.address)
    await connection.close()
    with pytest.raises(ConnectionError):
        await round_trip(connection)


async def test_sending_on_a_closed_connection_is_an_error(bus: PrivateBus) -> None:
    connection = await connect(bus.address)
    await connection.close()
    with pytest.raises(ConnectionError):
        await connection.transmit(news("Late"))


async def test_a_connection_closes_twice_without_harm(bus: PrivateBus) -> None:
    connection = await connect(bus.address)
    await connection.close()
    await connection.close()
    assert not connection.connected


async def test_a_send_that_the_bus_does_not_take_ends_with_the_bus(
    bus: PrivateBus, sender: Connection
) -> None:
    flood = [sender.transmit(news("Flood", "x" * 1_000_000)) for _ in range(10)]
    bus.stop()
    ends = await asyncio.gather(*flood, return_exceptions=True)
    assert {isinstance(end, ConnectionError) for end in ends} == {True}


async def test_more_than_the_socket_takes_arrives_whole(
    sender: Connection, listener: Connection
) -> None:
    log = await SignalLog.start(listener, f"interface='{LAB}'")
    await asyncio.gather(*(sender.transmit(news("Flood", "x" * 20_000)) for _ in range(100)))
    await round_trip(sender)
    await round_trip(listener)
    assert len(log.of("Flood")) == 100


async def test_a_bus_that_hangs_up_during_authentication_is_an_error(tmp_path: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_unix_server(hang_up, tmp_path / "bus")
    async with server:
        with pytest.raises(ConnectionError, match="hung up"):
            await connect(f"unix:path={tmp_path}/bus")


async def test_a_log_hands_out_signals_of_a_member_in_order(
    sender: Connection, listener: Connection
) -> None:
    log = await SignalLog.start(listener, f"interface='{LAB}'")
    for member, text in (("A", "1"), ("B", "2"), ("A", "3")):
        await sender.transmit(news(member, text))
    assert [(await log.next("A")).body for _ in range(2)] == [["1"], ["3"]]


async def test_a_log_waits_for_a_signal(sender: Connection, listener: Connection) -> None:
    log = await SignalLog.start(listener, f"interface='{LAB}'")
    async with asyncio.TaskGroup() as group:
        awaited = group.create_task(log.next("A"))
        await round_trip(listener)
        await sender.transmit(news("A", "1"))
    assert awaited.result().body == ["1"]


async def test_a_stopped_log_keeps_no_more(sender: Connection, listener: Connection) -> None:
    log = await SignalLog.start(listener, f"interface='{LAB}'")
    log.stop()
    await sender.transmit(news("A"))
    await round_trip(sender)
    await round_trip(listener)
    assert log.of("A") == []


async def test_what_did_not_arrive_is_named_beside_what_did() -> None:
    arrivals = Arrivals[int]()
    arrivals.add("A", 1)
    with pytest.raises(TimeoutError, match=r"no B within 0\.0 s; came: \['A'\]"):
        await arrivals.next("B", within=0.0)


async def test_an_arrival_missed_is_handed_to_the_next_who_asks() -> None:
    arrivals = Arrivals[int]()
    with pytest.raises(TimeoutError):
        await arrivals.next("A", within=0.0)
    arrivals.add("A", 1)
    assert await arrivals.next("A", within=1.0) == 1
