"""Reads values of any type as the type that is wanted, and checks arguments of a caller. Pure.

Whole numbers that leave the process say their size: `UInt32`, `Int32`, `Int64`.
"""

import math
from collections.abc import Iterable
from typing import Annotated, Any, cast

from .errors import InvalidArgument
from .text import for_wire

UInt32 = Annotated[int, "u"]
Int32 = Annotated[int, "i"]
Int64 = Annotated[int, "x"]

MAX_ROWS = 200
"""Rows in one answer: a D-Bus message is no place for more."""

MAX_STAMP = 2**53
"""UNIX seconds: what a number of JSON can hold."""


def number(value: object) -> float | None:
    """A finite number from a number or a string of digits; None from anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        result = float(value[:32] if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def as_int(value: object, default: int = 0) -> int:
    """A number that may come as a string."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return default
    try:
        result = int(value[:32] if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return default
    return result if abs(result) < 2**53 else default


def as_list(value: Any) -> list[Any]:
    """One object, a list of them or nothing, as a list: JSON made from XML can't tell."""
    if isinstance(value, list):
        return cast("list[Any]", value)
    return [value] if isinstance(value, dict) else []


def as_dict(value: Any) -> dict[str, Any]:
    """An object, empty where the value is none."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def check_page(limit: int, before_id: int = 0) -> None:
    """Raises InvalidArgument if a list can't have `limit` rows, or go on before `before_id`."""
    if not 1 <= limit <= MAX_ROWS:
        raise InvalidArgument(f"limit: must be between 1 and {MAX_ROWS}")
    if before_id < 0:
        raise InvalidArgument("before_id: must be an id from such a list, or 0")


def check_stamp(argument: str, stamp: int) -> None:
    """Raises InvalidArgument if a moment, in UNIX seconds, is out of bounds. 0 is in them."""
    if not 0 <= stamp < MAX_STAMP:
        raise InvalidArgument(f"{argument}: must be UNIX seconds, or 0")


def check_span(since: int, until: int) -> None:
    """Raises InvalidArgument if there is no time from `since` to `until`, UNIX seconds; `until` 0 =
    now."""
    check_stamp("since", since)
    check_stamp("until", until)
    if until and until <= since:
        raise InvalidArgument("until: must be later than since")


def check_text(argument: str, text: str) -> str:
    """Returns a text as it may be sent. Raises InvalidArgument if nothing is left of it."""
    if clean := for_wire(text):
        return clean
    raise InvalidArgument(f"{argument}: must not be empty")


def check_word(argument: str, word: str, words: Iterable[str]) -> None:
    """Raises InvalidArgument if `word` is none of `words`, of which "" stands for all."""
    known = list(words)
    if word not in known:
        rest = ', or "" for all' if "" in known else ""
        raise InvalidArgument(f"{argument}: must be one of {', '.join(filter(None, known))}{rest}")
