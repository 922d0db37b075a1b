"""The D-Bus types of our interface: read from annotations, and values made to fit them.

Members and answers are annotated with Python types. A whole number needs a size, see `core.values`.
An answer is a dataclass and goes out as an `a{sv}` with an entry for each field. A field whose
default is None is left out while it is None. A type that D-Bus does not have raises TypeError when
its module is imported.
"""

import functools
import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Annotated, Any, ParamSpec, TypeVar, cast, get_args, get_origin

from dbus_next.message import Message
from dbus_next.signature import Variant

from ..dbus.names import SCROBBLER, SCROBBLER_PATH
from ..dbus.variants import variant

_LETTERS: Mapping[Any, str] = {str: "s", bool: "b", float: "d"}
_RANGES = {"u": (0, 2**32 - 1), "i": (-(2**31), 2**31 - 1), "x": (-(2**63), 2**63 - 1)}
"""The least and the most that a whole number of each type can be."""


# -- types ----------------------------------------------------------------------------------------


def signature_of(hint: Any) -> str:
    """Returns the D-Bus type of a Python type. Raises TypeError if D-Bus has none."""
    generic = _GENERICS.get(get_origin(hint))
    if generic:
        return generic(get_args(hint))
    if hint in _LETTERS:
        return _LETTERS[hint]
    if is_dataclass(hint) and entry_types(cast("type[Any]", hint)):
        return "a{sv}"
    raise TypeError(f"{hint} is no type of D-Bus; a whole number needs a size, such as UInt32")


def _without_none(inner: tuple[Any, ...]) -> str:
    left = [hint for hint in inner if hint is not types.NoneType]
    if len(left) != 1:
        raise TypeError(f"a value of D-Bus is of one type, not of {left}")
    return signature_of(left[0])


_GENERICS: Mapping[Any, Callable[[tuple[Any, ...]], str]] = {
    Annotated: lambda inner: str(inner[1]),
    list: lambda inner: "a" + signature_of(inner[0]),
    tuple: lambda inner: f"({''.join(map(signature_of, inner))})",
    dict: lambda _: "a{sv}",
    types.UnionType: _without_none,
    typing.Union: _without_none,
}


@functools.cache
def entry_types(answer: type[Any]) -> dict[str, str]:
    """Returns the D-Bus type of each entry of an answer. Raises TypeError as `signature_of`."""
    hints = typing.get_type_hints(answer, include_extras=True)
    return {each.name: signature_of(hints[each.name]) for each in fields(answer)}


@functools.cache
def _optional(answer: type[Any]) -> set[str]:
    return {each.name for each in fields(answer) if each.default is None}


# -- values ---------------------------------------------------------------------------------------


def variants(answer: Any) -> dict[str, Variant]:
    """Returns an answer, a dataclass, as an `a{sv}`."""
    kind = cast("type[Any]", type(answer))
    optional, entries = _optional(kind), dict[str, Variant]()
    for name, signature in entry_types(kind).items():
        value = getattr(answer, name)
        if value is not None or name not in optional:
            entries[name] = variant(signature, fitted(signature, value))
    return entries


def fitted(signature: str, value: Any) -> Any:
    """Returns `value` as D-Bus can carry it.

    A damaged disk gets types and bytes wrong, and a bus hangs up on a program that sends a NUL.
    Answers become dictionaries, None an empty one; what holds variants already stays as it is.
    """
    if signature == "a{sv}":
        return variants(value) if is_dataclass(value) else value or {}
    if signature.startswith("a"):
        return [fitted(signature[1:], each) for each in value]
    if signature.startswith("("):  # of plain values, one letter each
        pairs = zip(signature[1:-1], value, strict=True)
        return [fitted(letter, each) for letter, each in pairs]
    if signature == "s":
        return _text(value)
    if signature in _RANGES:
        low, high = _RANGES[signature]
        return min(max(low, int(_number(value))), high)
    return _number(value) if signature == "d" else value


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    text = "" if value is None else str(value)
    return text.replace("\0", " ").encode(errors="replace").decode()


def _number(value: Any) -> float:
    """A whole number stays one: a float has too few digits for the largest."""
    sound = isinstance(value, int | float) and math.isfinite(value)
    return value if sound else 0.0


# -- members --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Member:
    """A member of our interface: its meaning, the D-Bus types of what goes in and comes out, by
    name, and of the entries of a dictionary among that, which introspection does not show."""

    meaning: str
    takes: Mapping[str, str] = field(default_factory=dict[str, str])
    gives: Mapping[str, str] = field(default_factory=dict[str, str])
    entries: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Method(Member):
    """A method: it takes arguments, and gives results. Of those whose answer `is_long`, one is made
    at a time for each caller. Calls of one that `joins` are answered by the call under way."""

    is_long: bool = False
    joins: bool = False


class Signal(Member):
    """A signal: it gives what it carries."""


class Property(Member):
    """A property: it gives its value, and takes one if it can be set."""


_MEMBER = "scrobblerd_member"

Parameters = ParamSpec("Parameters")
Function = TypeVar("Function", bound=Callable[..., Any])


def members_of(subject: type[Any]) -> dict[str, Member]:
    """Returns the methods and signals that the decorators below made of functions of a class."""
    functions = {name: getattr(subject, name) for name in vars(subject)}
    notes = {name: getattr(function, _MEMBER, None) for name, function in functions.items()}
    return {name: member for name, member in notes.items() if member}


def method(
    *out: str,
    entries: Mapping[str, str] | None = None,
    is_long: bool = False,
    joins: bool = False,
) -> Callable[[Function], Function]:
    """Makes a coroutine a method of D-Bus. `out`: the names of the values that it returns, several
    as a tuple. `entries`: the types of the entries of the dictionary that it takes."""

    def decorate(function: Function) -> Function:
        takes, result = _types(function)
        several = get_args(result) if get_origin(result) is tuple else (result,)
        gives = [signature_of(each) for each in several if each is not types.NoneType]
        if len(out) != len(gives):
            raise TypeError(f"{function.__name__} does not return {len(out)} values")
        vars(function)[_MEMBER] = Method(
            meaning=_meaning(function),
            takes=takes,
            gives=dict(zip(out, gives, strict=True)),
            entries={**entries_of(result), **(entries or {})},
            is_long=is_long,
            joins=joins,
        )
        return function

    return decorate


def signal(function: Callable[Parameters, None]) -> Callable[Parameters, Message]:
    """Makes a function return the signal of its name, which carries its arguments."""
    name, (carries, _) = function.__name__, _types(function)
    signatures = list(carries.values())

    @functools.wraps(function)
    def made(*values: Parameters.args, **named: Parameters.kwargs) -> Message:
        carried = zip(signatures, [*values, *named.values()], strict=True)
        body = [fitted(signature, value) for signature, value in carried]
        return Message.new_signal(SCROBBLER_PATH, SCROBBLER, name, "".join(signatures), body)

    vars(made)[_MEMBER] = Signal(_meaning(function), gives=carries)
    return made


def _types(function: Callable[..., Any]) -> tuple[dict[str, str], Any]:
    """Returns the D-Bus types of the arguments, and the hint of the result."""
    hints = typing.get_type_hints(function, include_extras=True)
    result = hints.pop("return")
    return {name: signature_of(hint) for name, hint in hints.items()}, result


def _meaning(function: Callable[..., Any]) -> str:
    return inspect.getdoc(function) or ""


def entries_of(result: Any) -> Mapping[str, str]:
    """Returns the types of the entries of an answer, or of each of a list of them."""
    inner = [each for each in (result, *get_args(result)) if is_dataclass(each)]
    return entry_types(cast("type[Any]", inner[0])) if inner else {}
