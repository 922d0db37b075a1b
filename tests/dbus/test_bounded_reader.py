"""Reading messages: who sent one, as its bytes tell before it is read; who says too much; and that
what is remembered of one message is never taken for another."""

import asyncio
import io
from itertools import count
from typing import Any, cast

import pytest
from dbus_next._private.unmarshaller import Unmarshaller
from dbus_next.message import Message
from dbus_next.signature import Variant
from hypothesis import given, settings
from hypothesis import strategies as st

from scrobblerd.dbus.bounded_reader import (
    CROWDED_SIGNALS_PER_SECOND,
    MAX_SIGNALS_OF_ALL,
    MAX_SIGNALS_PER_SECOND,
    MAX_TAGS_BYTES_REMEMBERED,
    MAX_TOLD_PER_SECOND,
    RateGuard,
    Reader,
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


def with_sender(signal: Message, name: str) -> bytes:
    """Returns the bytes of a signal as the bus hands them on."""
    whole = bytes(cast("Any", signal)._marshall())
    fields = int.from_bytes(whole[12:16], "little")
    head, body = whole[16 : 16 + fields], whole[16 + fields + (-fields & 7) :]
    head += bytes(-len(head) & 7) + SENDER + len(name).to_bytes(4, "little") + name.encode() + b"\0"
    return whole[:12] + len(head).to_bytes(4, "little") + head + bytes(-len(head) & 7) + body


TAGS = st.dictionaries(
    st.sampled_from(["xesam:title", "xesam:artist", "mpris:length"]),
    st.one_of(
        st.sampled_from(["Fern", "夜に駆ける", ""]).map(lambda text: Variant("s", text)),
        st.sampled_from([1, 2**40]).map(lambda number: Variant("x", number)),
        st.lists(st.sampled_from(["Mira Holt", "YOASOBI"])).map(lambda names: Variant("as", names)),
        st.just(Variant("s", "o" * MAX_TAGS_BYTES_REMEMBERED)),
    ),
)
CHANGES = st.dictionaries(
    st.sampled_from(["Metadata", "Volume", "PlaybackStatus", "Rate"]),
    st.one_of(
        TAGS.map(lambda tags: Variant("a{sv}", tags)),
        st.sampled_from([0.25, 0.5]).map(lambda number: Variant("d", number)),
        st.sampled_from(["Playing", "Paused"]).map(lambda text: Variant("s", text)),
    ),
)
SIGNALS = st.tuples(
    st.sampled_from([":1.7", ":1.12345"]),
    st.sampled_from(["/org/mpris/MediaPlayer2", "/org/mpris"]),
    st.sampled_from(["PropertiesChanged", "Other"]),
    CHANGES,
)


@settings(deadline=None)
@given(signals=st.lists(SIGNALS, max_size=12))
async def test_what_is_remembered_of_a_signal_is_never_taken_for_another(
    signals: list[tuple[str, str, str, dict[str, Variant]]],
) -> None:
    said: list[bytes] = []
    for serial, (sender, path, member, changes) in zip(count(1), signals, strict=False):
        body = ["org.mpris.MediaPlayer2.Player", changes, ["Seen"]]
        signal = Message.new_signal(path, "com.example.A", member, "sa{sv}as", body)
        signal.serial = serial
        said.append(with_sender(signal, sender))
    guard = RateGuard()
    guard.begin_turn()
    reader = Reader(io.BytesIO(b"".join(said)), guard)
    for each in said:
        expected = cast("Any", Unmarshaller)(io.BytesIO(each)).unmarshall()
        guard.begin_turn()
        got = reader.unmarshall()
        assert got is not None
        kept = {name: value for name, value in vars(got).items() if name != "size"}
        tree, theirs = kept.pop("signature_tree"), cast("dict[str, Any]", vars(expected))
        assert tree.signature == theirs.pop("signature_tree").signature
        assert kept == theirs
