"""Calls to services on the bus that may be missing, hang, die meanwhile or answer nonsense.

A failed call gives None, and a line of the log at debug level: the caller goes on without it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, cast

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageFlag, MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from ..core.errors import BusLost
from .names import DBUS, DBUS_PATH

log = logging.getLogger(__name__)

CALL_TIMEOUT_SECONDS = 10.0
"""Enough for the bus to start the service first."""


async def call_if_possible(
    bus: MessageBus, message: Message, timeout_seconds: float = CALL_TIMEOUT_SECONDS
) -> Message | None:
    """Makes a call. Returns the reply, also an error reply, or None if there was none in time."""
    if not bus.connected:
        return None
    try:
        async with asyncio.timeout(timeout_seconds):
            reply = await bus.call(message)
    except (OSError, EOFError, TimeoutError) as error:
        log.debug("%s: no answer (%r)", message.member, error)
        return None
    if reply is not None and reply.message_type is MessageType.ERROR:
        log.debug("%s: %s", message.member, reply.error_name)
    return reply


async def call_bus_if_possible(bus: MessageBus, member: str, *texts: str) -> Message | None:
    """Calls a method of the bus itself that takes texts. Returns the reply, or None."""
    return await call_if_possible(bus, _bus_call(member, *texts))


def body_of(reply: Message | None, signature: str) -> list[Any] | None:
    """Returns the body of a reply, or None if it is an error or has another signature."""
    if reply is None or reply.message_type is not MessageType.METHOD_RETURN:
        return None
    return reply.body if reply.signature == signature else None


async def subscribe(bus: MessageBus, rules: Iterable[str]) -> None:
    """Asks the bus for the signals that match the rules. Raises BusLost if it does not agree."""
    for rule in rules:
        reply = await call_bus_if_possible(bus, "AddMatch", rule)
        if reply is None or reply.message_type is MessageType.ERROR:
            raise BusLost(f"the bus refused AddMatch: {reply and reply.body}")


def subscribe_unconfirmed(bus: MessageBus, rules: Iterable[str]) -> None:
    """Asks for the signals that match the rules, and does not wait for the answer.

    The bus keeps the order of messages: what a later call leads to is covered by the rules.
    """
    for rule in rules:
        _send_bus_call(bus, "AddMatch", rule)


def unsubscribe(bus: MessageBus, rules: Iterable[str]) -> None:
    """Ends what `subscribe` or `subscribe_unconfirmed` began with the same rules."""
    for rule in rules:
        _send_bus_call(bus, "RemoveMatch", rule)


def _send_bus_call(bus: MessageBus, member: str, text: str) -> None:
    if not bus.connected:
        return
    message = _bus_call(member, text)
    message.flags = MessageFlag.NO_REPLY_EXPECTED
    bus.send(message).add_done_callback(ignore_failure)


def _bus_call(member: str, *texts: str) -> Message:
    body = list(texts)
    return Message(DBUS, DBUS_PATH, DBUS, member, signature="s" * len(body), body=body)


def ignore_failure(sent: asyncio.Future[None]) -> None:
    """Accepts that a message could not be sent. That the bus has gone is noticed elsewhere."""
    if not sent.cancelled():
        sent.exception()


def unpacked(value: Any, convert: Callable[[Any], Any] = lambda value: value) -> Any:
    """Returns `value` without its variants, at any depth.

    `convert` is called with each dictionary and each value in it, and gives what to put there.
    """
    if isinstance(value, Variant):
        return unpacked(cast("Any", value).value, convert)  # untyped in dbus-next
    if isinstance(value, list):
        return [unpacked(entry, convert) for entry in cast("list[Any]", value)]
    if isinstance(value, dict):
        entries = cast("dict[Any, Any]", value).items()
        return convert({key: unpacked(entry, convert) for key, entry in entries})
    return convert(value)
