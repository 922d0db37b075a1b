"""Calls that may fail, match rules and variants, on a private bus."""

from collections.abc import AsyncIterator

import pytest
from dbus_next.message import Message
from dbus_next.signature import Variant

from lab.bus import PrivateBus
from lab.dbus import Connection, connect, round_trip
from scrobblerd.core.errors import BusLost
from scrobblerd.dbus.calls import (
    body_of,
    call_bus_if_possible,
    call_if_possible,
    subscribe,
    subscribe_unconfirmed,
    unpacked,
    unsubscribe,
)
from tests.support.desktop_services import Portal

RULE = "type='signal',interface='com.example.Weather'"
MISSING = Message("com.example.Nobody", "/", "com.example.Nobody", "Ask")


@pytest.fixture
async def wire(bus: PrivateBus) -> AsyncIterator[Connection]:
    async with await connect(bus.address) as connection:
        yield connection


async def heard(wire: Connection, bus: PrivateBus) -> list[str]:
    """The signals of another connection that come in."""
    members: list[str] = []
    wire.add_message_handler(lambda message: members.append(message.member))
    async with await connect(bus.address) as sender:
        await sender.send(Message.new_signal("/", "com.example.Weather", "Rain"))
        await round_trip(sender)
    await round_trip(wire)
    return [member for member in members if member == "Rain"]


async def test_a_reply_has_a_body_of_its_signature(wire: Connection) -> None:
    reply = await call_bus_if_possible(wire, "NameHasOwner", "com.example.Nobody")
    assert body_of(reply, "b") == [False]
    assert body_of(reply, "s") is None


async def test_an_error_reply_is_a_reply_without_a_body(wire: Connection) -> None:
    reply = await call_if_possible(wire, MISSING)
    assert reply is not None
    assert reply.error_name == "org.freedesktop.DBus.Error.ServiceUnknown"
    assert body_of(reply, "s") is None


async def test_a_service_that_never_answers_gives_none(wire: Connection, bus: PrivateBus) -> None:
    async with await Portal.start(bus.address) as portal:
        portal.odd["OpenURI"] = lambda _: None
        name = "org.freedesktop.portal.Desktop"
        path, interface = "/org/freedesktop/portal/desktop", "org.freedesktop.portal.OpenURI"
        message = Message(
            name, path, interface, "OpenURI", signature="ssa{sv}", body=["", "x:", {}]
        )
        assert await call_if_possible(wire, message, timeout_seconds=0.05) is None


async def test_without_a_bus_nothing_is_called(wire: Connection, bus: PrivateBus) -> None:
    bus.stop()
    with pytest.raises(EOFError):
        await wire.wait_for_disconnect()
    assert await call_bus_if_possible(wire, "GetId") is None
    assert body_of(None, "s") is None
    subscribe_unconfirmed(wire, [RULE])
    unsubscribe(wire, [RULE])
    with pytest.raises(BusLost):
        await subscribe(wire, [RULE])


async def test_a_rule_that_the_bus_refuses_is_told(wire: Connection) -> None:
    with pytest.raises(BusLost, match="refused AddMatch"):
        await subscribe(wire, [RULE, "type='nonsense'"])


async def test_signals_come_from_a_subscription_to_its_end(
    wire: Connection, bus: PrivateBus
) -> None:
    assert await heard(wire, bus) == []
    await subscribe(wire, [RULE])
    assert await heard(wire, bus) == ["Rain"]
    unsubscribe(wire, [RULE])
    assert await heard(wire, bus) == []
    subscribe_unconfirmed(wire, [RULE])
    assert await heard(wire, bus) == ["Rain"]


def test_variants_are_unpacked_at_any_depth() -> None:
    tags = Variant("a{sv}", {"artist": Variant("as", ["Mira Holt"]), "length": Variant("x", 5)})
    assert unpacked([tags, {"plain": 1}]) == [
        {"artist": ["Mira Holt"], "length": 5},
        {"plain": 1},
    ]


def test_dictionaries_and_values_can_be_converted_meanwhile() -> None:
    def convert(value: object) -> object:
        return str(value) if isinstance(value, int) else value

    assert unpacked({"a": [Variant("u", 1)], "b": "x"}, convert) == {"a": ["1"], "b": "x"}
