"""One call to a service of the desktop that may be missing, hang, die meanwhile or answer nonsense.

Whoever asks goes on without an answer; why there was none is at most a debug line.
"""

import asyncio
import logging
from typing import Any, cast

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from .names import DBUS, DBUS_PATH

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds: the bus may have to start the service first."""


async def ask(bus: MessageBus, message: Message) -> Message | None:
    """The reply to a call, an error reply too; None where none came in time."""
    if not bus.connected:
        return None
    try:
        async with asyncio.timeout(PATIENCE):
            reply = await bus.call(message)
    except (OSError, EOFError, TimeoutError) as error:
        log.debug("%s: no answer (%r)", message.member, error)
        return None
    if reply is not None and reply.message_type is MessageType.ERROR:
        log.debug("%s: %s", message.member, reply.error_name)
    return reply


async def ask_bus(bus: MessageBus, member: str, *words: str) -> Message | None:
    """The reply of a method of the bus itself, which takes texts; None where none came."""
    signature, body = "s" * len(words), list(words)
    return await ask(bus, Message(DBUS, DBUS_PATH, DBUS, member, signature=signature, body=body))


def answer(reply: Message | None, signature: str) -> list[Any] | None:
    """The body of a reply, None where it is none of this signature."""
    if reply is None or reply.message_type is not MessageType.METHOD_RETURN:
        return None
    return reply.body if reply.signature == signature else None


def lost(sent: asyncio.Future[None]) -> None:
    """For a message that nobody waits for: that it could not be sent, since the bus has gone, is
    noticed elsewhere."""
    if not sent.cancelled():
        sent.exception()


def unpacked(value: Any) -> Any:
    """`value` without its variants, at any depth."""
    if isinstance(value, Variant):
        return unpacked(cast("Any", value).value)  # untyped in dbus-next
    if isinstance(value, list):
        return [unpacked(entry) for entry in cast("list[Any]", value)]
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value)
        return {key: unpacked(entry) for key, entry in pairs.items()}
    return value
