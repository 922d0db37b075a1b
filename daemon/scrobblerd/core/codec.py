"""Turns kept state into JSON values and back: dataclasses, checked when they are read. Pure.

A kept value is a dataclass whose fields are `str`, `bool`, `int`, `float`, a `StrEnum`, another
such dataclass, a `tuple`, `list`, `set` or `dict[str, …]` of these, or one of them or None.
"""

import contextlib
import math
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar, cast, get_args, get_origin

Value = TypeVar("Value")
Convert = Callable[[Any], Any]


class StateError(ValueError):
    """What was read is no state that `dump` gives. The message names the field."""


def dump(value: Any) -> Any:
    """Returns a dataclass, or a collection of them, as values that JSON can hold."""
    kind = cast("type[Any]", type(value))
    return _dumper(kind)(value)


@lru_cache
def _dumper(kind: type[Any]) -> Convert:
    """Returns what dumps values of a type: looked up once, for a journal has hundreds of them."""
    if is_dataclass(kind):
        return _dataclass_dumper(cast("Any", kind))
    if issubclass(kind, dict):
        return lambda value: {name: dump(entry) for name, entry in value.items()}
    if issubclass(kind, tuple | list):
        return lambda value: [dump(entry) for entry in value]
    if issubclass(kind, set | frozenset):
        return lambda value: sorted(dump(entry) for entry in value)
    return lambda value: value


def _dataclass_dumper(kind: Any) -> Convert:
    hints = typing.get_type_hints(kind)
    names = [each.name for each in fields(kind)]
    nested = [name for name in names if not _is_plain(hints[name])]

    def dumped(value: Any) -> dict[str, Any]:
        values = {name: getattr(value, name) for name in names}
        for name in nested:
            values[name] = dump(values[name])
        return values

    return dumped


def load(kind: type[Value], state: object) -> Value:
    """Returns the `kind` that `dump` gave as `state`. Fields that are missing take their defaults.

    Raises StateError if a field is unknown, missing without a default, or of another type, and if
    a number is not finite.
    """
    return cast("Value", _loaded(kind, state, kind.__name__))


_AS_THEY_ARE = (str, int)


def _is_plain(hint: Any) -> bool:
    if _is_union(hint):
        return all(_is_plain(each) for each in get_args(hint))
    return hint in (str, bool, int, float, types.NoneType) or (
        isinstance(hint, type) and issubclass(hint, StrEnum)
    )


def _loaded(hint: Any, state: object, where: str) -> Any:
    if hint in _AS_THEY_ARE and type(state) is hint:  # as most are
        return state
    if _is_union(hint):
        return _one_of(get_args(hint), state, where)
    if is_dataclass(hint):
        return _dataclass(cast("type[Any]", hint), state, where)
    origin = get_origin(hint)
    if origin in _COLLECTIONS:
        return _COLLECTIONS[origin](get_args(hint), state, where)
    return _plain(hint, state, where)


def _one_of(hints: tuple[Any, ...], state: object, where: str) -> Any:
    """The first of several types that fits; None is told at once, so that errors name the rest."""
    if state is None and types.NoneType in hints:
        return None
    left = [hint for hint in hints if hint is not types.NoneType]
    for hint in left[:-1]:
        try:
            return _loaded(hint, state, where)
        except StateError:
            continue
    return _loaded(left[-1], state, where)


def _plain(hint: Any, state: object, where: str) -> Any:
    if hint is float:
        return _float(state, where)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if isinstance(state, str) and state in hint.__members__.values():
            return hint(state)
    elif type(state) is hint:
        return state
    raise StateError(f"{where} is {state!r:.40}, not {_name(hint)}")


def _float(state: object, where: str) -> float:
    """JSON tells no 1.0 from 1, and may hold whole numbers that no float can be."""
    if isinstance(state, int | float) and not isinstance(state, bool):
        with contextlib.suppress(OverflowError):
            if math.isfinite(number := float(state)):
                return number
    raise StateError(f"{where} is {state!r:.40}, not float")


def _name(hint: Any) -> str:
    return str(getattr(hint, "__name__", hint))


def _dataclass(kind: type[Any], state: object, where: str) -> Any:
    if not isinstance(state, dict):
        raise StateError(f"{where} is {state!r:.40}, not {kind.__name__}")
    given, hints = cast("dict[str, Any]", state), _hints(kind)
    if unknown := given.keys() - hints.keys():
        raise StateError(f"{where} has no field {min(unknown, key=str)!r:.40}")
    values: dict[str, Any] = {}
    for name, (hint, optional) in hints.items():
        if name in given:
            values[name] = _loaded(hint, given[name], f"{where}.{name}")
        elif not optional:
            raise StateError(f"{where}.{name} is missing")
    return kind(**values)


@lru_cache
def _hints(kind: type[Any]) -> dict[str, tuple[Any, bool]]:
    """The type of each field, and whether it may be left out."""
    hints = typing.get_type_hints(kind)
    return {each.name: (hints[each.name], _has_default(each)) for each in fields(kind) if each.init}


def _has_default(each: Field[Any]) -> bool:
    return each.default is not MISSING or each.default_factory is not MISSING


@lru_cache
def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (types.UnionType, typing.Union)


def _entries(state: object, where: str) -> list[Any]:
    if not isinstance(state, list):
        raise StateError(f"{where} is {state!r:.40}, not a list")
    return cast("list[Any]", state)


def _tuple(hints: tuple[Any, ...], state: object, where: str) -> tuple[Any, ...]:
    entries = _entries(state, where)
    if hints[-1] is Ellipsis:
        return tuple(_loaded(hints[0], each, f"{where}[]") for each in entries)
    if len(entries) != len(hints):
        raise StateError(f"{where} has {len(entries)} entries, not {len(hints)}")
    pairs = zip(hints, entries, strict=True)
    return tuple(_loaded(hint, each, f"{where}[]") for hint, each in pairs)


def _list(hints: tuple[Any, ...], state: object, where: str) -> list[Any]:
    return [_loaded(hints[0], each, f"{where}[]") for each in _entries(state, where)]


def _set(hints: tuple[Any, ...], state: object, where: str) -> set[Any]:
    return set(_list(hints, state, where))


def _dict(hints: tuple[Any, ...], state: object, where: str) -> dict[str, Any]:
    if not isinstance(state, dict):
        raise StateError(f"{where} is {state!r:.40}, not a dict")
    entries = cast("dict[str, Any]", state)
    return {name: _loaded(hints[1], each, f"{where}.{name}") for name, each in entries.items()}


_COLLECTIONS: dict[Any, Callable[[tuple[Any, ...], object, str], Any]] = {
    tuple: _tuple,
    list: _list,
    set: _set,
    dict: _dict,
}
