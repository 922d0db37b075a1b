"""Checks the tables of config.toml by the schema. An error names the file, the key and a remedy."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from ..core.errors import FixTheFile
from .schema import OPTIONS, Option

Tables = dict[str, dict[str, Any]]
"""Table name → key → value, all keys of the schema."""


def check_tables(path: Path, content: dict[str, Any]) -> Tables:
    """Returns the values of all keys, with defaults for those that `content` does not have.

    Raises FixTheFile if a table or key is unknown, or a value is not allowed.
    """
    for name, table in content.items():
        check_known(path, f"[{name}]", name, OPTIONS)
        if not isinstance(table, dict):
            raise FixTheFile(f"{path}: {name} must be a table; write [{name}] on a line of its own")
        for key in cast("dict[str, Any]", table):
            check_known(path, f"[{name}] {key}", key, OPTIONS[name])
    return {
        name: {
            key: _checked(
                path, f"[{name}] {key}", option, content.get(name, {}).get(key, option.default)
            )
            for key, option in options.items()
        }
        for name, options in OPTIONS.items()
    }


def check_known(path: Path, where: str, word: str, known: Iterable[str]) -> None:
    """Raises FixTheFile with a hint if `word`, which stands at `where`, is not `known`."""
    known = list(known)
    if word in known:
        return
    close = difflib.get_close_matches(word, known, 1, 0.5)
    hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    raise FixTheFile(f"{path}: {where} is not known; {hint}")


def _checked(path: Path, where: str, option: Option, value: Any) -> Any:
    if isinstance(option.default, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(option.default) or not (option.of_tables or _is_texts(value)):
        shown = "something else" if option.secret else f"{value!r:.60}"
        raise FixTheFile(f"{path}: {where} must be {option.kind}, it is {shown}")
    if option.bounds and not option.clamped:
        _check_bounds(path, where, value, option.bounds)
    if option.choices and value not in option.choices:
        known = ", ".join(option.choices)
        raise FixTheFile(f"{path}: {where} must be one of {known}, it is {value!r:.60}")
    if where.endswith("_url") and not _is_url(value):
        raise FixTheFile(f"{path}: {where} must begin with https://, it is {value!r:.60}")
    return value


def _check_bounds(path: Path, where: str, value: float, bounds: tuple[float, float]) -> None:
    low, high = bounds
    if not low <= value <= high:
        raise FixTheFile(f"{path}: {where} must be between {low:g} and {high:g}, it is {value:g}")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.netloc.encode("idna")
        sound = text.isprintable() and bool(parts.hostname) and parts.port != 0
        return sound and parts.scheme in ("http", "https")
    except (ValueError, UnicodeError):
        return False


def _is_texts(value: object) -> bool:
    """Whether `value` is a list of texts, or no list at all."""
    if not isinstance(value, list):
        return True
    return all(isinstance(entry, str) for entry in cast("list[object]", value))
