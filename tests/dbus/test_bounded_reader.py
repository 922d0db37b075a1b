"""Who sent a message, as its bytes tell before it is read."""

import asyncio
from typing import Any, cast

import pytest
from dbus_next.message import Message

from scrobblerd.dbus.bounded_reader import (
    CROWDED_SIGNALS_PER_SECOND,
    MAX_SIGNALS_OF_ALL,
    MAX_SIGNALS_PER_SECOND,
    MAX_TOLD_PER_SECOND,
    RateGuard,
    sender_of,
)

SENDER = b"\x07\x01s\0"


@pytest.mark.parametrize("serial", [1, int.from_bytes(SENDER, "little")])
@pytest.mark.parametrize("name", [":1.7", ":1.123456789", None])
def test_the_sender_is_that_of_the_header_whatever_the_serial_is(
    serial: int, name: str | None
) -> None:
    signal = Message.new_signal("/org/mpris/MediaPlayer2", "com.example.A", "Seeked", "x", [1])
    signal.serial = serial
    header = bytearray(cast("Any", signal)._marshall()[:-8])  # but for the body
    if name is not None:  # dbus-next leaves it to the bus to say so, which does it last
        field = SENDER + len(name).to_bytes(4, "little") + name.encode() + b"\0"
        header += field + bytes(-len(field) % 8)
    assert sender_of(bytes(header)) == (name or "").encode()


async def test_subscribers_are_told_who_said_too_much_once_a_second() -> None:
    guard, loop = RateGuard(), asyncio.get_running_loop()
    told, gone = asyncio.Queue[str](), asyncio.Queue[str]()
    guard.subscribe(told.put_nowait)
    guard.subscribe(gone.put_nowait)
    guard.unsubscribe(gone.put_nowait)
    second = int(loop.time())
    while all(guard.admits(b":1.7", 0) for _ in range(MAX_SIGNALS_PER_SECOND + 1)):
        second = int(loop.time())  # another one began meanwhile
    assert guard.admits(b":1.8", 0)
    assert await told.get() == ":1.7"
    assert loop.time() >= second + 1
    assert told.empty() and gone.empty()


async def begin_second() -> None:
    """Waits for the next full second of the loop's clock, so that a test is within one."""
    loop = asyncio.get_running_loop()
    begun = asyncio.Event()
    loop.call_at(int(loop.time()) + 1.0, begun.set)
    await begun.wait()


async def test_each_connection_may_say_little_when_all_together_say_much() -> None:
    guard = RateGuard()
    await begin_second()
    senders = [f":1.{number}".encode() for number in range(MAX_SIGNALS_OF_ALL)]
    assert all(guard.admits(sender, 0) for sender in senders)
    once_more = [guard.admits(senders[0], 0) for _ in range(CROWDED_SIGNALS_PER_SECOND)]
    assert once_more == [*[True] * (CROWDED_SIGNALS_PER_SECOND - 1), False]
    assert guard.admits(b":1.9999", 0)
    assert guard.admits_name(b"org.freedesktop.DBus")


async def test_the_quietest_of_many_are_told_of_first_and_none_is_forgotten() -> None:
    guard, told = RateGuard(), asyncio.Queue[str]()
    guard.subscribe(told.put_nowait)
    await begin_second()
    loud = [f":1.{number}".encode() for number in range(MAX_TOLD_PER_SECOND)]
    for sender in [*loud * (MAX_SIGNALS_PER_SECOND // 2)]:
        guard.admits(sender, 0)
    for _ in range(CROWDED_SIGNALS_PER_SECOND + 1):
        guard.admits(b":1.9999", 0)
    assert await told.get() == ":1.9999"
    others = {await told.get() for _ in loud}
    assert others == {sender.decode() for sender in loud}
