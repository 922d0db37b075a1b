"""Pure: whether a value that was read back is of the types that it was written with."""

import types
import typing
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast, get_args, get_origin

Value = TypeVar("Value")


def sound(value: Value) -> Value:
    """`value`, a dataclass, if all in it is of its type. Raises TypeError, naming what is not."""
    for name, hint in _hints(type(value)).items():
        held: Any = getattr(value, name)
        if not _fits(held, hint):
            raise TypeError(f"{type(value).__name__}.{name} is {held!r:.40}, no {hint}")
        for one in cast("tuple[Any, ...]", held) if isinstance(held, tuple) else (held,):
            if is_dataclass(one):
                sound(one)
    return value


@lru_cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    found = typing.get_type_hints(kind)
    return {field.name: found[field.name] for field in fields(kind)}


def _fits(held: object, hint: Any) -> bool:
    if get_origin(hint) in (types.UnionType, typing.Union):
        return any(_fits(held, each) for each in get_args(hint))
    if hint is float:
        return isinstance(held, int | float)  # JSON tells no 1.0 from 1
    return isinstance(held, get_origin(hint) or hint)
