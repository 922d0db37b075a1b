"""Who sent a message, as its bytes tell before it is read."""

import asyncio
from typing import Any, cast

import pytest
from dbus_next.message import Message

from scrobblerd.dbus.bounded_reader import MAX_SIGNALS_PER_SECOND, RateGuard, sender_of

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
