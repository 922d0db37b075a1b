"""The D-Bus types of our interface: read from annotations, and values made to fit them.

Members and answers are annotated with Python types. A whole number needs a size, see `core.values`.
An answer is a dataclass and goes out as an `a{sv}` with an entry for each field. A field whose
default is None is left out while it is None. A type that D-Bus does not have raises TypeError when
its module is imported.

dbus-next wants annotations that are signatures. The decorators here make those for it.
"""

import functools
import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin

from dbus_next import service
from dbus_next.constants import PropertyAccess
from dbus_next.signature import Variant

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
            entries[name] = Variant(signature, fitted(signature, value))
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
class Shape:
    """What introspection does not show or dbus-next does not know of a member: the names of the
    values that come out, and the types of the entries of a dictionary that goes in or comes out."""

    out_names: tuple[str, ...] = ()
    entries: Mapping[str, str] = field(default_factory=dict[str, str])


Member = TypeVar("Member", bound=Callable[..., Any])

_SHAPE = "scrobblerd_shape"


def shape_of(member: Any) -> Shape:
    """Returns the shape of a member that a decorator of this module made."""
    return cast("Shape", vars(member)[_SHAPE])


def method(*out: str, entries: Mapping[str, str] | None = None) -> Callable[[Member], Member]:
    """Makes a coroutine a method of D-Bus. `out`: the names of the values that it returns, several
    as a tuple. `entries`: the types of the entries of the dictionary that it takes."""

    def decorate(function: Member) -> Member:
        parameters, result = _hints(function)
        several = get_args(result) if get_origin(result) is tuple else (result,)
        signatures = [signature_of(each) for each in several if each is not types.NoneType]
        if len(out) != len(signatures):
            raise TypeError(f"{function.__name__} does not return {len(out)} values")
        _sign(function, {name: signature_of(hint) for name, hint in parameters.items()}, signatures)
        made = _service.method()(function)
        vars(made)[_SHAPE] = Shape(out, {**_entries(result), **(entries or {})})
        return made

    return decorate


def signal(function: Member) -> Member:
    """Makes a signal of D-Bus that carries the arguments of `function`, under their names."""
    parameters, _ = _hints(function)
    signatures = [signature_of(hint) for hint in parameters.values()]

    @functools.wraps(function)
    def carried(_: object, *values: Any) -> Any:
        body = [fitted(kind, value) for kind, value in zip(signatures, values, strict=True)]
        return body if len(body) > 1 else body[0]

    _sign(carried, {}, signatures)
    made = _service.signal()(carried)
    vars(made)[_SHAPE] = Shape(tuple(parameters))
    return made


def dbus_property(getter: Callable[[Any], Any]) -> property:
    """Makes a property of D-Bus that can be read."""
    _, result = _hints(getter)
    return property_of(getter, signature_of(result), _entries(result))


def property_of(
    getter: Callable[[Any], Any],
    signature: str,
    entries: Mapping[str, str] | None = None,
    *,
    writable: bool = False,
) -> property:
    """Makes a property of D-Bus of this type. `DbusObject` answers Get and Set itself."""

    @functools.wraps(getter)
    def shown(self: object) -> Any:
        return fitted(signature, getter(self))

    _sign(shown, {}, [signature])
    access = PropertyAccess.READWRITE if writable else PropertyAccess.READ
    made = _service.dbus_property(access=access)(shown)
    if writable:  # dbus-next wants a setter, and never calls it
        made = made.setter(shown)
    vars(made)[_SHAPE] = Shape(entries=entries or {})
    return made


_service = cast("Any", service)  # its decorators have no types


def _hints(function: Callable[..., Any]) -> tuple[dict[str, Any], Any]:
    hints = typing.get_type_hints(function, include_extras=True)
    return hints, hints.pop("return")


def _sign(function: Any, takes: Mapping[str, str], gives: list[str]) -> None:
    """Gives a function the annotations that dbus-next wants."""
    arguments = [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=signature)
        for name, signature in {"self": "", **takes}.items()
    ]
    function.__signature__ = inspect.Signature(arguments, return_annotation="".join(gives))


def _entries(result: Any) -> Mapping[str, str]:
    """The types of the entries of an answer, or of each of a list of them."""
    inner = [each for each in (result, *get_args(result)) if is_dataclass(each)]
    return entry_types(cast("type[Any]", inner[0])) if inner else {}
