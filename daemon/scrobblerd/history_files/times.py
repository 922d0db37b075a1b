"""Reads times as exports write them. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

from .entries import Entry

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAY_FIRST = re.compile(
    r"(?:[a-z]+,? )?(\d{1,2}) ([a-z]{3})[a-z]* (\d{4}),? (\d{1,2}):(\d\d)(?::(\d\d))?"
    r"(?: ?([ap])\.?m\.?)?(?: ?([+-]\d\d:?\d\d))?",
    re.IGNORECASE,
)
_UTC = re.compile(r" ?(?:UTC|GMT)$", re.IGNORECASE)
_HAS_SECONDS = re.compile(r"\d\d?:\d\d:\d\d")
_NUMBER = re.compile(r"(\d{9,10})(?:\d{3})?(?:\.\d+)?", re.ASCII)

MAX_OF_A_MINUTE = 1000
"""Plays of one minute that are spread together: more come from no player."""


def moment(text: str, zone: tzinfo | None = None) -> tuple[int, bool]:
    """Returns a time as UNIX seconds, and whether its second is known; 0 if it is none. `zone`: of
    times that name none, None = UTC.

    >>> moment("31 Dec 2020, 10:11"), moment("2020-12-31T10:11:12Z"), moment("1609409472000")
    ((1609409460, False), (1609409472, True), (1609409472, True))
    """
    text = text.strip()
    if number := _NUMBER.fullmatch(text):
        return int(number[1]), True
    try:
        at = _written(text)
    except ValueError:
        return 0, True
    at = at if at.tzinfo else at.replace(tzinfo=zone or UTC)
    try:
        return int(at.timestamp()), bool(_HAS_SECONDS.search(text))
    except (OverflowError, OSError, ValueError):
        return 0, True


def _written(text: str) -> datetime:
    """Raises ValueError if it is no time."""
    text = _UTC.sub("+00:00", text)
    parts = _DAY_FIRST.fullmatch(text)
    if parts is None:
        return datetime.fromisoformat(text)
    day, name, year, hour, minute, second, half, zone = parts.groups(default="")
    month = _MONTHS.index(name.lower()) + 1
    if half:
        hour = int(hour) % 12 + (12 if half in "pP" else 0)
    at = datetime(int(year), month, int(day), int(hour), int(minute), int(second or 0))
    return datetime.fromisoformat(f"{at.isoformat()}{zone}")


def local_to_utc(stamp: int, zone: tzinfo) -> int:
    """Returns UNIX seconds for what a device counted in its local time."""
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=stamp)
        return int(at.replace(tzinfo=zone).timestamp())
    except (OverflowError, ValueError, OSError):
        return 0


def spread(entries: Iterable[tuple[Entry, bool]]) -> Iterator[Entry]:
    """Gives plays of one minute a second each, in their order, if their seconds are not known. The
    same file gives the same seconds again, newest first or last. Takes entries, and whether the
    second of each is known."""
    group: list[Entry] = []
    is_falling = True  # most exports are newest first
    for entry, is_exact in entries:
        if is_exact or entry.play is None:
            yield from _spread_out(group, is_falling)
            group = []
            yield entry
            continue
        if group and (_stamp(group[0]) != _stamp(entry) or len(group) == MAX_OF_A_MINUTE):
            is_falling = _stamp(entry) < _stamp(group[0])
            yield from _spread_out(group, is_falling)
            group = []
        group.append(entry)
    yield from _spread_out(group, is_falling)


def _stamp(entry: Entry) -> int:
    return entry.play.timestamp if entry.play else 0


def _spread_out(group: list[Entry], is_falling: bool) -> Iterator[Entry]:
    last = len(group) - 1
    for place, entry in enumerate(group):
        later = min(last - place if is_falling else place, 59)
        assert entry.play is not None
        yield replace(entry, play=replace(entry.play, timestamp=entry.play.timestamp + later))
