"""Compiles the [filters] table of config.toml.

A pattern that is no regular expression is an error at start, and never a surprise at run time.
"""

import itertools
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from ..core.errors import FixTheFile
from ..core.filters import FIELDS, PRESETS, Filters, Rewrite
from ..core.text import normalise
from .cleaning import CLEANING

LISTS = ("ignore_hosts", "ignore_file_types", "ignore_genres", "ignore_urls")
PATTERNS = ("ignore_artist", "ignore_title", "ignore_album")


def compile_filters(path: Path, table: Mapping[str, Any], where: str = "[filters]") -> Filters:
    """Returns the filters of a checked table that stands at `where`.

    Raises FixTheFile, which names file, key and position.
    """
    lists = _with_presets(path, table, where)
    return Filters(
        presets=tuple(table["presets"]),
        ignore_hosts=tuple(host.lower() for host in lists["ignore_hosts"]),
        ignore_file_types=tuple(ending.lower() for ending in lists["ignore_file_types"]),
        ignore_genres=tuple(map(normalise, lists["ignore_genres"])),
        ignore_urls=_patterns(path, f"{where} ignore_urls", lists["ignore_urls"]),
        **{name: _patterns(path, f"{where} {name}", table[name]) for name in PATTERNS},
        minimum_length=table["minimum_length"],
        maximum_length=table["maximum_length"],
        require_album=table["require_album"],
        rewrites=(
            *_cleaning(table["presets"]),
            *(
                _rewrite(path, f"{where} rewrites {number}", rewrite)
                for number, rewrite in enumerate(table["rewrites"], 1)
            ),
        ),
        artist=table["artist"],
        artist_separator=table["artist_separator"],
        split_titles=table["split_titles"],
        strip_topic=table["strip_topic"],
    )


def _with_presets(path: Path, table: Mapping[str, Any], where: str) -> dict[str, list[str]]:
    """Returns the user's lists with the entries of the presets added."""
    lists = {name: list(table[name]) for name in LISTS}
    for preset in table["presets"]:
        if preset not in (*PRESETS, *CLEANING):
            known = ", ".join((*PRESETS, *CLEANING))
            raise FixTheFile(
                f"{path}: {where} presets: there is no {preset!r:.60}; there are {known}"
            )
        for name, entries in PRESETS.get(preset, {}).items():
            lists[name] += entries
    return lists


def _cleaning(presets: Collection[str]) -> Iterator[Rewrite]:
    """Returns the rewrites of the presets that clean tags; the user's own come after them."""
    for preset, cleaning in CLEANING.items():
        if preset in presets:
            for field, pattern in itertools.product(cleaning.fields, cleaning.patterns):
                yield Rewrite(field, re.compile(pattern, re.IGNORECASE), "", preset)


def _patterns(path: Path, where: str, texts: list[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(_pattern(path, where, text) for text in texts)


def _pattern(path: Path, where: str, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise FixTheFile(
            f"{path}: {where}: {text!r:.80} is no regular expression: {error}"
        ) from error


def _rewrite(path: Path, where: str, given: object) -> Rewrite:
    rewrite = cast("dict[str, object]", given) if isinstance(given, dict) else {}
    wanted = {"field", "pattern", "replacement"}
    texts = {name: value for name, value in rewrite.items() if isinstance(value, str)}
    if set(rewrite) != wanted or set(texts) != wanted:
        raise FixTheFile(f"{path}: {where} must have field, pattern and replacement, all texts")
    if texts["field"] not in FIELDS:
        raise FixTheFile(f"{path}: {where}: field must be one of {', '.join(FIELDS)}")
    pattern = _pattern(path, f"{where}: pattern", texts["pattern"])
    try:
        pattern.sub(texts["replacement"], "")
        re.compile(f"(?:{texts['pattern']})|", re.IGNORECASE).sub(texts["replacement"], "")
    except (re.error, IndexError) as error:
        raise FixTheFile(
            f"{path}: {where}: {texts['replacement']!r:.80} can't replace what the pattern finds:"
            f" {error}"
        ) from error
    return Rewrite(texts["field"], pattern, texts["replacement"])
