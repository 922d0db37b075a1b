"""Calls of any kind: each gets a reply or a proper error, and the daemon goes on as before."""

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest
from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant
from hypothesis import given
from hypothesis import strategies as st

from lab.dbus import Connection, connect
from lab.scrobbler import INTROSPECTABLE, Scrobbler
from scrobblerd.dbus.names import PROPERTIES, SCROBBLER, SCROBBLER_PATH
from tests.hostile.fuzzing import SIGNATURES, dictionaries, fuzz, is_sound, texts, values, variants
from tests.support.daemon_bench import UNLIMITED, Bench, running

CALL_SECONDS = 40.0
"""Seconds; RetryQueue takes 20 at most."""

KEYS = (
    *("enabled", "scrobble_threshold", "title", "artist", "album", "album_artist", "track", "url"),
    *("trackid", "length", "genres"),
)
"""What dictionaries of callers may hold."""

PEER = "org.freedesktop.DBus.Peer"
OBJECTS = "org.freedesktop.DBus.ObjectManager"
PLACES = (SCROBBLER, "", PROPERTIES, INTROSPECTABLE, PEER, OBJECTS, "com.example.Other")
MEMBERS = ("Get", "GetAll", "Set", "Introspect", "Ping", "GetMachineId", "Frobnicate", "__init__")

IMPROPER = (
    *("org.freedesktop.DBus.Error.Failed", "org.freedesktop.DBus.Error.NoReply"),
    *("com.dubstepdish.dbus.next.ServiceError", "com.dubstepdish.dbus.next.InternalError"),
)
"""Errors that tell of a fault of ours, not of the caller's."""

Call = tuple[str, str, str, str, list[Any]]
"""Path, interface, member, signature, body."""


def as_message(call: Call) -> Message:
    """A call as it is sent."""
    path, interface, member, signature, body = call
    return Message(
        SCROBBLER, path, cast("str", interface or None), member, signature=signature, body=body
    )


class Caller:
    """A program that calls the daemon."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._loop = asyncio.new_event_loop()
        self._bus: Connection = self.run(connect(bench.bus.address))
        scrobbler = self.run(Scrobbler.start(self._bus))
        interfaces = ET.fromstring(self.run(scrobbler.introspect()))
        shown = next(each for each in interfaces if each.get("name") == SCROBBLER)
        self.properties = [each.get("name", "") for each in shown.iter("property")]
        self.methods = {
            method.get("name", ""): [
                argument.get("type", "")
                for argument in method.iter("arg")
                if argument.get("direction") == "in"
            ]
            for method in shown.iter("method")
        }

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What `work` returns."""
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        """Leave the bus."""
        self.run(self._bus.close())
        self._loop.close()

    def check(self, made: Call) -> None:
        """Make a call, and look at the answer."""
        reply = self.run(self._answer(as_message(made)))
        if reply.message_type is MessageType.ERROR:
            words = str(reply.body[0]) if reply.body else ""
            assert reply.error_name not in IMPROPER, (made, reply.error_name, words)
            assert "Traceback" not in words, (made, words)
            assert "inside scrobblerd" not in words, (made, words)
            assert words, (made, reply.error_name)
        alive = Message(
            SCROBBLER,
            SCROBBLER_PATH,
            PROPERTIES,
            "Get",
            signature="ss",
            body=[SCROBBLER, "Version"],
        )
        assert self.run(self._answer(alive)).message_type is MessageType.METHOD_RETURN, made

    async def _answer(self, message: Message) -> Message:
        async with asyncio.timeout(CALL_SECONDS):
            reply = await self._bus.call(message)
        assert reply is not None
        return reply

    def files(self) -> int:
        """How many files the daemon has open."""
        return len(list(Path(f"/proc/{self._bench.daemon.pid}/fd").iterdir()))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A daemon that lives through it all."""
    with running(tmp_path_factory.mktemp("daemon"), tables=UNLIMITED) as started:
        yield started


@pytest.fixture(scope="module")
def caller(bench: Bench) -> Iterator[Caller]:
    """A program on its bus."""
    opened = Caller(bench)
    yield opened
    opened.close()


def _bodies(types: list[str]) -> st.SearchStrategy[list[Any]]:
    """Arguments of these types; dictionaries mostly with keys that mean something."""
    each = (dictionaries(*KEYS) if type_ == "a{sv}" else values(type_) for type_ in types)
    return st.tuples(*each).map(list)


@st.composite
def proper(draw: st.DrawFn, methods: dict[str, list[str]]) -> Call:
    """A call of a method of ours with values of its own types."""
    member = draw(st.sampled_from(sorted(methods)))
    types = methods[member]
    return SCROBBLER_PATH, SCROBBLER, member, "".join(types), draw(_bodies(types))


@st.composite
def improper(draw: st.DrawFn, methods: dict[str, list[str]]) -> Call:
    """A call of anything, with anything."""
    member = draw(st.sampled_from([*MEMBERS, *sorted(methods)]))
    types = draw(st.lists(SIGNATURES, max_size=4))
    path = draw(
        st.sampled_from([SCROBBLER_PATH, SCROBBLER_PATH, SCROBBLER_PATH, "/", "/org", "/elsewhere"])
    )
    return path, draw(st.sampled_from(PLACES)), member, "".join(types), draw(_bodies(types))


@st.composite
def of_properties(draw: st.DrawFn, properties: list[str]) -> Call:
    """Get, GetAll or Set of a property, of ours or of none."""
    name = draw(st.sampled_from(properties) | texts(surrogates=False))
    interface = draw(st.sampled_from([SCROBBLER, SCROBBLER, SCROBBLER, "", PROPERTIES]))
    body: list[Any] = [interface, name.replace("\0", "")]
    member = draw(st.sampled_from(["Get", "GetAll", "Set", "Set"]))
    if member == "GetAll":
        return SCROBBLER_PATH, PROPERTIES, member, "s", body[:1]
    if member == "Set":
        value = st.integers(0, 2**32 - 1).map(lambda number: Variant("u", number))
        body.append(draw(value | st.booleans().map(lambda on: Variant("b", on)) | variants()))
    return SCROBBLER_PATH, PROPERTIES, member, "ssv"[: len(body)], body


@fuzz(150)
@given(st.data())
def test_every_call_of_a_method_is_answered_properly(caller: Caller, data: st.DataObject) -> None:
    made = data.draw(proper(caller.methods))
    if is_sound(as_message(made)):
        caller.check(made)


@fuzz(150)
@given(st.data())
def test_a_call_of_any_kind_is_answered_properly(caller: Caller, data: st.DataObject) -> None:
    made = data.draw(improper(caller.methods) | of_properties(caller.properties))
    if is_sound(as_message(made)):
        caller.check(made)


@pytest.mark.parametrize("path", [SCROBBLER_PATH, "/", "/org/scrobblerd", "/elsewhere"])
@pytest.mark.parametrize(
    ("interface", "member", "signature"),
    [
        (INTROSPECTABLE, "Introspect", ""),
        (PEER, "Ping", ""),
        (PEER, "GetMachineId", ""),
        (OBJECTS, "GetManagedObjects", ""),
        (PROPERTIES, "Get", "ss"),
        (PROPERTIES, "GetAll", "s"),
        (PROPERTIES, "Set", "ssv"),
        (PROPERTIES, "Frobnicate", ""),
    ],
)
def test_what_every_object_is_asked_is_answered_properly(
    caller: Caller, path: str, interface: str, member: str, signature: str
) -> None:
    body: list[Any] = [SCROBBLER, "Enabled", Variant("d", 1.0)][: len(signature)]
    for _ in range(2):
        caller.check((path, interface, member, signature, body))


def test_no_call_leaves_a_file_open(bench: Bench, caller: Caller) -> None:
    open_files: list[int] = []
    for _ in range(2):  # the first round opens what stays open: the database, the connections
        for member, types in caller.methods.items():
            body: list[Any] = [{} if type_ == "a{sv}" else _least(type_) for type_ in types]
            caller.check((SCROBBLER_PATH, SCROBBLER, member, "".join(types), body))
        open_files.append(caller.files())
    assert open_files[1] <= open_files[0]


def _least(type_: str) -> Any:
    least: dict[str, Any] = {"s": "", "b": False, "ax": [], "as": [], "aa{sv}": []}
    return least.get(type_, 0)


def test_no_call_fails_inside_the_daemon(bench: Bench, caller: Caller) -> None:
    """Runs last: the log holds what all tests before it did."""
    assert "failed\n" not in bench.daemon.log
    assert "Traceback" not in bench.daemon.log
