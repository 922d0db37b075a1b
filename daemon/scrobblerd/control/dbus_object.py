"""Our object on the bus: answers calls.

Calls to our path are answered in one message handler, because dbus-next would send tracebacks to
callers, run methods as tasks that nobody owns, and send answers without a bound.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from dbus_next.constants import MessageFlag, MessageType, NameFlag, RequestNameReply
from dbus_next.message import Message
from dbus_next.signature import Variant

from ..config.runtime_settings import CHANGEABLE
from ..core import errors
from ..core.errors import AlreadyRunning, ScrobblerdError
from ..dbus.bounded_reader import size_of
from ..dbus.connection import Bus
from ..dbus.names import PROPERTIES, SCROBBLER, SCROBBLER_ERROR, SCROBBLER_PATH
from .callers import Callers
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

PROPERTY_CALLS = {"Get": "ss", "GetAll": "s", "Set": "ssv"}

MAX_UNSENT = 10_000
"""Messages that wait for the socket. Beyond them a call that is refused gets no answer at all."""

NAME_SECONDS = 5.0
"""How long a name that is taken is asked for: another scrobblerd that is told to stop takes two at
most, and the bus may see later that one was killed."""

NAME_RETRY_SECONDS = 0.2
"""Seconds between two tries to take the name."""

SETTABLE = {property_name(row.name): row for row in CHANGEABLE.values()}
"""The setting behind each property that can be set."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What a call asks for: begun in its task only, which may be cancelled before. `gives` are the
    D-Bus types of what it returns; calls of the same `joins` become one, "" = this one does not."""

    begin: Callable[[], Coroutine[Any, Any, Any]]
    gives: Sequence[str] = ()
    is_long: bool = False
    joins: str = ""


class _Refused(Exception):
    """A call is malformed by D-Bus's own rules: the name of the error, and words."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = f"org.freedesktop.DBus.Error.{name}"


@dataclass(frozen=True, slots=True)
class _Result:
    """What equal calls get. It may be a token, and asyncio logs the results of tasks."""

    value: Any = field(repr=False)


class DbusObject:
    """The object on one bus. `subjects` are what the classes of `SUBJECTS` make."""

    def __init__(self, bus: Bus, subjects: Sequence[object], properties: Properties) -> None:
        self._bus = bus
        self._properties = properties
        self._methods = {
            name: (getattr(subject, name), member)
            for subject in subjects
            for name, member in members_of(type(subject)).items()
            if isinstance(member, Method)
        }
        self._callers = Callers()
        self._joined: dict[str, asyncio.Task[_Result]] = {}
        self._introspected = ""
        self._stopping = False

    async def start(self) -> None:
        """Puts the object on the bus, then takes the name, as soon as it is free. Raises
        AlreadyRunning if another one keeps it for NAME_SECONDS."""
        self._bus.export(SCROBBLER_PATH, Scrobbler1())
        self._bus.add_message_handler(self._handle)
        for _ in range(round(NAME_SECONDS / NAME_RETRY_SECONDS)):
            if await self._takes_name():
                return
            await asyncio.sleep(NAME_RETRY_SECONDS)
        if not await self._takes_name():
            raise AlreadyRunning(f"another scrobblerd owns {SCROBBLER} on this bus already")

    async def _takes_name(self) -> bool:
        reply = await self._bus.request_name(SCROBBLER, NameFlag.DO_NOT_QUEUE)
        return reply is RequestNameReply.PRIMARY_OWNER

    async def stop(self) -> None:
        """Gives up the calls under way, and takes no more: what they need is about to go."""
        self._stopping = True
        await self._callers.stop()
        for task in self._joined.values():
            task.cancel()
        await asyncio.gather(*self._joined.values(), return_exceptions=True)

    def _handle(self, message: Message) -> Message | bool | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        try:
            if self._stopping:
                raise _Refused("NoReply", "scrobblerd is stopping")
            work = self._work_for(message)
            answer = partial(self._answer, message, work)
            if self._callers.take(message.sender, size_of(message), answer, is_long=work.is_long):
                return True
            raise _Refused("LimitsExceeded", "too many calls at once; try again later")
        except _Refused as error:
            reply = Message.new_error(message, error.name, str(error))
        except Exception:  # dbus-next would send a traceback to the caller
            log.exception("%s failed", message.member)
            reply = _fault(message)
        silent = message.flags & MessageFlag.NO_REPLY_EXPECTED
        return True if silent or self._bus.unsent > MAX_UNSENT else reply

    # -- what is asked for ------------------------------------------------------------------

    def _work_for(self, message: Message) -> _Work:
        match message.interface, message.member:
            case "org.freedesktop.DBus.Introspectable", "Introspect":
                return _Work(partial(self._introspect, message.path), ["s"])
            case "org.freedesktop.DBus.Peer", "Ping":
                return _Work(_nothing)
            case _ if message.path != SCROBBLER_PATH:
                raise _Refused("UnknownObject", f"there is no {message.path} here")
            case interface, member if interface == PROPERTIES:
                _check_types(message, PROPERTY_CALLS, member)
                return self._property(message)
            case interface, member if interface in (SCROBBLER, None, "") and (
                method := self._methods.get(member)
            ):
                work, shown_as = method
                _check_types(message, {member: "".join(shown_as.takes.values())}, member)
                return _Work(
                    begin=partial(work, *_plain(message.body)),
                    gives=list(shown_as.gives.values()),
                    is_long=shown_as.is_long,
                    joins=f"{member} {message.body}" if shown_as.joins else "",
                )
            case interface, member:
                words = f"there is no {member} of {interface or 'any interface'} here"
                raise _Refused("UnknownMethod", words)

    def _property(self, message: Message) -> _Work:
        """Get, GetAll and Set: dbus-next would put a traceback into the log for each mistake of a
        caller's, and refuse a Set with any integer but `u`."""
        if message.body[0] != SCROBBLER:
            raise _Refused("UnknownInterface", f"there is no {message.body[0]} here")
        if message.member == "GetAll":
            return _Work(self._get_all, ["a{sv}"])
        name = message.body[1]
        if name not in PROPERTY_MEMBERS:
            raise _Refused("UnknownProperty", f"there is no property {name}")
        if message.member == "Get":
            return _Work(partial(self._get, name), ["v"])
        if name not in SETTABLE:
            raise _Refused("PropertyReadOnly", f"{name} can't be set")
        setting, value = SETTABLE[name], message.body[2]
        if value.signature not in setting.accepts:
            words = f"{name} takes a value of type {setting.signature}, not {value.signature}"
            raise _Refused("InvalidArgs", words)
        update, _ = self._methods["UpdateSettings"]
        return _Work(partial(update, {setting.name: value.value}))

    async def _get_all(self) -> dict[str, Variant]:
        return {name: shown(name, value) for name, value in self._properties.by_name().items()}

    async def _get(self, name: str) -> Variant:
        return shown(name, self._properties.by_name()[name])

    async def _introspect(self, path: str) -> str:
        if path != SCROBBLER_PATH:
            return self._bus.introspection(path)
        self._introspected = self._introspected or self._bus.introspection(path)
        return self._introspected

    # -- its answer -------------------------------------------------------------------------

    async def _answer(self, message: Message, work: _Work) -> int:
        """Does the work, and sends the reply. Returns its bytes."""
        try:
            result = await self._result(work)
            body = result if len(work.gives) > 1 else [result] * len(work.gives)
            body = [fitted(kind, value) for kind, value in zip(work.gives, body, strict=True)]
            reply = Message.new_method_return(message, "".join(work.gives), body)
        except ScrobblerdError as error:
            log.info("%s: %s", message.member, error)
            reply = Message.new_error(message, error_name(error), fitted("s", error))
        except Exception:  # a fault of ours must cost one answer, not the service
            log.exception("%s failed", message.member)
            reply = _fault(message)
        if message.flags & MessageFlag.NO_REPLY_EXPECTED:
            return 0
        return await self._bus.transmit(reply)

    async def _result(self, work: _Work) -> Any:
        if not work.joins:
            return await work.begin()
        self._joined = {call: task for call, task in self._joined.items() if not task.done()}
        task = self._joined.get(work.joins)
        if task is None:
            task = self._joined[work.joins] = asyncio.create_task(_kept(work))
        return (await asyncio.shield(task)).value


async def _kept(work: _Work) -> _Result:
    return _Result(await work.begin())


async def _nothing() -> None:
    """Does nothing."""


def _check_types(message: Message, types: Mapping[str, str], member: str) -> None:
    """Raises _Refused if there is no such member, or it takes values of other types."""
    if member not in types:
        raise _Refused("UnknownMethod", f"there is no {member} here")
    if message.signature != types[member]:
        words = f"{member} takes ({types[member]}), not ({message.signature})"
        raise _Refused("InvalidArgs", words)


def _fault(message: Message) -> Message:
    """Returns the answer if a fault of ours keeps us from one."""
    words = "an error inside scrobblerd; its log has more"
    return Message.new_error(message, f"{SCROBBLER_ERROR}.Service", words)


def error_name(error: ScrobblerdError) -> str:
    """What an error is called on the bus."""
    kinds = (ERROR_NAMES[kind] for kind in type(error).__mro__ if kind in ERROR_NAMES)
    return f"{SCROBBLER_ERROR}.{next(kinds, 'Service')}"


def _plain(body: list[Any]) -> list[Any]:
    """The arguments of a call; dictionaries, also those of a list, without the variants in them."""
    return [_without_variants(value) for value in body]


def _without_variants(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: entry.value for name, entry in cast("dict[str, Any]", value).items()}
    entries = cast("list[Any]", value) if isinstance(value, list) else []
    return _plain(entries) if entries and isinstance(entries[0], dict) else cast("Any", value)
