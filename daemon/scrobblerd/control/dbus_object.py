"""Our object on the bus: answers calls.

Calls to our path are answered in one message handler, because dbus-next would send tracebacks to
callers and run methods as tasks that nobody owns. Introspection is dbus-next's.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, cast

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageFlag, MessageType, NameFlag, RequestNameReply
from dbus_next.message import Message

from ..config.runtime_settings import CHANGEABLE
from ..core import errors
from ..core.errors import AlreadyRunning, ScrobblerdError
from ..dbus.names import PROPERTIES, SCROBBLER, SCROBBLER_ERROR, SCROBBLER_PATH
from .interface import Scrobbler1
from .properties import PROPERTY_MEMBERS, Properties, property_name, shown
from .signatures import Method, fitted, members_of

log = logging.getLogger(__name__)

ERROR_NAMES: dict[type[ScrobblerdError], str] = {
    errors.NotConfigured: "NotConfigured",
    errors.AuthPending: "AuthPending",
    errors.LogIn: "NotAuthenticated",
    errors.InvalidArgument: "InvalidArgument",
    errors.FixTheFile: "InvalidArgument",
    errors.Busy: "Busy",
    errors.Unreachable: "Network",
    errors.ServiceFailed: "Service",
    errors.StoreFailed: "Service",
}
"""What our errors are called on the bus, after SCROBBLER_ERROR."""

LEFT = {
    ("org.freedesktop.DBus.Introspectable", "Introspect"),
    ("org.freedesktop.DBus.Peer", "Ping"),
}
"""Calls that dbus-next answers well. Others, at whatever path, may get a traceback from it."""

PROPERTY_CALLS = {"Get": "ss", "GetAll": "s", "Set": "ssv"}

MAX_CALLS = 4096
"""Calls that are worked on at once: each waits in memory, and a stop waits for them."""

SETTABLE = {property_name(row.name): row for row in CHANGEABLE.values()}
"""The setting behind each property that can be set."""

Work = Callable[[], Awaitable[Any]]
"""A method and its arguments; begun in its task only: that may be cancelled before."""


class DbusObject:
    """The object on one bus. `subjects` are what the classes of `SUBJECTS` make."""

    def __init__(self, bus: MessageBus, subjects: Sequence[object], properties: Properties) -> None:
        self._bus = bus
        self._properties = properties
        self._methods = {
            name: (getattr(subject, name), "".join(member.takes.values()), [*member.gives.values()])
            for subject in subjects
            for name, member in members_of(type(subject)).items()
            if isinstance(member, Method)
        }
        self._calls: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Puts the object on the bus, then takes the name. Raises AlreadyRunning."""
        self._bus.export(SCROBBLER_PATH, Scrobbler1())
        self._bus.add_message_handler(self._handle)
        reply = await self._bus.request_name(SCROBBLER, NameFlag.DO_NOT_QUEUE)
        if reply is not RequestNameReply.PRIMARY_OWNER:
            raise AlreadyRunning(f"another scrobblerd owns {SCROBBLER} on this bus already")

    async def stop(self) -> None:
        """Gives up the calls under way, and takes no more: what they need is about to go."""
        self._stopping = True
        for task in self._calls:
            task.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def _handle(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if (message.interface, message.member) in LEFT:
            return None
        stopping = _refused(message, "NoReply", "scrobblerd is stopping")
        try:
            answer = stopping if self._stopping else self._handled(message)
        except Exception:  # dbus-next would send a traceback to the caller
            log.exception("%s failed", message.member)
            answer = _fault(message)
        silent = isinstance(answer, Message) and message.flags & MessageFlag.NO_REPLY_EXPECTED
        return True if silent else answer

    def _handled(self, message: Message) -> Message | bool:
        if message.path != SCROBBLER_PATH:
            return _refused(message, "UnknownObject", f"there is no {message.path} here")
        if message.interface == PROPERTIES:
            return self._handle_properties(message)
        if message.member not in self._methods or message.interface not in (SCROBBLER, None, ""):
            words = f"there is no {message.member} of {message.interface or 'any interface'} here"
            return _refused(message, "UnknownMethod", words)
        work, takes, gives = self._methods[message.member]
        if message.signature != takes:
            words = f"{message.member} takes ({takes}), not ({message.signature})"
            return _refused(message, "InvalidArgs", words)
        return self._answer(message, gives, partial(work, *_plain(message.body)))

    def _handle_properties(self, message: Message) -> Message | bool:
        """Get, GetAll and Set: dbus-next would put a traceback into the log for each mistake of a
        caller's, and refuse a Set with any integer but `u`."""
        wanted = PROPERTY_CALLS.get(message.member)
        if wanted is None:
            return _refused(message, "UnknownMethod", f"there is no {message.member} here")
        if message.signature != wanted:
            words = f"{message.member} takes ({wanted}), not ({message.signature})"
            return _refused(message, "InvalidArgs", words)
        if message.body[0] != SCROBBLER:
            return _refused(message, "UnknownInterface", f"there is no {message.body[0]} here")
        return self._property(message)

    def _property(self, message: Message) -> Message | bool:
        if message.member == "GetAll":
            values = {
                name: shown(name, value) for name, value in self._properties.by_name().items()
            }
            return Message.new_method_return(message, "a{sv}", [values])
        name = message.body[1]
        if name not in PROPERTY_MEMBERS:
            return _refused(message, "UnknownProperty", f"there is no property {name}")
        if message.member == "Get":
            value = shown(name, self._properties.by_name()[name])
            return Message.new_method_return(message, "v", [value])
        return self._handle_set(message)

    def _handle_set(self, message: Message) -> Message | bool:
        name, value = message.body[1:]
        if name not in SETTABLE:
            return _refused(message, "PropertyReadOnly", f"{name} can't be set")
        setting = SETTABLE[name]
        if value.signature not in setting.accepts:
            words = f"{name} takes a value of type {setting.signature}, not {value.signature}"
            return _refused(message, "InvalidArgs", words)
        update, _, _ = self._methods["UpdateSettings"]
        return self._answer(message, [], partial(update, {setting.name: value.value}))

    def _answer(self, message: Message, out: list[str], work: Work) -> Message | bool:
        if len(self._calls) >= MAX_CALLS:
            return _refused(message, "LimitsExceeded", "too many calls at once; try again later")
        task = asyncio.create_task(self._work(message, out, work))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        return True

    async def _work(self, message: Message, out: list[str], work: Work) -> None:
        try:
            result = await work()
            body = result if len(out) > 1 else [result] * len(out)
            body = [fitted(kind, value) for kind, value in zip(out, body, strict=True)]
            reply = Message.new_method_return(message, "".join(out), body)
        except ScrobblerdError as error:
            log.info("%s: %s", message.member, error)
            reply = Message.new_error(message, error_name(error), fitted("s", error))
        except Exception:  # a fault of ours must cost one answer, not the service
            log.exception("%s failed", message.member)
            reply = _fault(message)
        if not message.flags & MessageFlag.NO_REPLY_EXPECTED:
            await self._bus.send(reply)


def _refused(message: Message, name: str, words: str) -> Message:
    """The answer to a call that is malformed by D-Bus's own rules."""
    return Message.new_error(message, f"org.freedesktop.DBus.Error.{name}", words)


def _fault(message: Message) -> Message:
    """The answer where a fault of ours keeps us from one."""
    words = "an error inside scrobblerd; its log has more"
    return Message.new_error(message, f"{SCROBBLER_ERROR}.Service", words)


def error_name(error: ScrobblerdError) -> str:
    """What an error is called on the bus."""
    kinds = (ERROR_NAMES[kind] for kind in type(error).__mro__ if kind in ERROR_NAMES)
    return f"{SCROBBLER_ERROR}.{next(kinds, 'Service')}"


def _plain(body: list[Any]) -> list[Any]:
    """The arguments of a call; those that are dictionaries without the variants in them."""
    return [
        {name: entry.value for name, entry in cast("dict[str, Any]", value).items()}
        if isinstance(value, dict)
        else value
        for value in body
    ]
