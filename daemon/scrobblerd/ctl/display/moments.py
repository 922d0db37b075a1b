"""Reads moments and periods of the command line, in local time. A period, such as a month, begins
where `since` has it and ends where `until` has it; a moment is both.
"""

import re
from argparse import ArgumentTypeError
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from ..errors import Exit, Failure
from .formats import seconds

DAY_SECONDS = 86400

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Period(NamedTuple):
    """A time from a moment to another, in UNIX seconds; 0 = the beginning, or no end."""

    begin: int
    end: int


def since(text: str) -> int:
    """Reads where a period begins, in UNIX seconds: "30d" ago, "yesterday", "monday", "last-week",
    "2025", "2025-11", "2026-09-21", "2026-09-21 14:00", "20:15", or "all" (0)."""
    return period(text).begin


def until(text: str) -> int:
    """Reads where a period ends, in UNIX seconds; of "2026-09-21" that is the midnight after it."""
    return period(text).end


def moment(text: str) -> int:
    """Reads a moment, in UNIX seconds: "20:15" (today), "yesterday 20:15", "2026-09-21 14:00",
    "10m" or "-10m" (ago)."""
    with suppress(ArgumentTypeError):
        begin, end = period(text)
        if begin == end and begin:
            return begin
    raise ArgumentTypeError(
        f"{text!r:.40} is no moment; write 20:15, yesterday 20:15, 2026-09-21 20:15 or 10m"
    )


def period(text: str) -> Period:
    """Reads a period, or a moment, which is one that begins and ends at once."""
    now = datetime.now().replace(microsecond=0)
    text = re.sub(r"(?<![\d:])(?=\d:\d\d)", "0", text)  # 9:15
    if text.lower() == "all":
        return Period(0, 0)
    try:
        begin, end = _named(text.lower(), now) or _timed(text.lower(), now) or _dated(text)
        return Period(_stamp(begin), max(1, _stamp(end)))  # before 1970, too, there is an end
    except (ValueError, OverflowError, OSError):
        pass
    try:
        if not text.strip().isdigit():  # "2026" means no seconds
            ago = max(0, int(now.timestamp()) - seconds(text.removeprefix("-")))
            return Period(ago, ago)
    except ArgumentTypeError:
        pass
    raise ArgumentTypeError(
        f"{text!r:.40} is no moment; write 30d, 2h, today, yesterday, monday, last-week, 2026-09,"
        " 2026-09-21 or all"
    )


def stretch(since: int | None, until: int | None, *, days: int = 0) -> Period:
    """Returns the period of --since and --until, None = not given. Without --since it begins `days`
    before its end, 0 = at the beginning. Raises Failure if it ends before it begins."""
    if since is None:
        end = until or int(datetime.now().timestamp())
        since = max(0, end - days * DAY_SECONDS) if days else 0
    if until and until <= since:
        raise Failure("--until must be later than --since", Exit.USAGE)
    return Period(since, until or 0)


def before(span: Period) -> Period:
    """Returns the time before a period, which is as long: in months if it is of whole months, in
    days if it is of whole days, else in seconds. It begins at 0 if that is before 1970."""
    if 2 * span.begin <= span.end:
        return Period(0, span.begin)
    begin, end = datetime.fromtimestamp(span.begin), datetime.fromtimestamp(span.end)
    if begin.time() != time.min or end.time() != time.min:
        return Period(span.begin - (span.end - span.begin), span.begin)
    earlier = begin - (end - begin)
    if begin.day == end.day == 1:
        months = (begin.year - end.year) * 12 + begin.month - end.month  # less than 0
        first = begin.year * 12 + begin.month - 1 + months
        earlier = datetime(first // 12, first % 12 + 1, 1)
    return Period(_stamp(earlier), span.begin)


def _stamp(moment: datetime) -> int:
    return max(0, int(moment.timestamp()))


def _named(word: str, now: datetime) -> tuple[datetime, datetime] | None:
    """Returns the period of a word; None if it is another one."""
    today = now.replace(hour=0, minute=0, second=0)
    day = timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    if word in WEEKDAYS:
        begin = today - timedelta(days=(today.weekday() - WEEKDAYS.index(word)) % 7)
        return begin, begin + day
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    last_month = (month - day).replace(day=1)
    return {
        "today": (today, today + day),
        "yesterday": (today - day, today),
        "this-week": (monday, monday + 7 * day),
        "last-week": (monday - 7 * day, monday),
        "this-month": (month, _next_month(month)),
        "last-month": (last_month, month),
        "this-year": (year, year.replace(year=year.year + 1)),
        "last-year": (year.replace(year=year.year - 1), year),
    }.get(word)


def _timed(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    """Returns the moment of "20:15" or "monday 20:15"; None if it is another text. Raises
    ValueError."""
    day, _, clock = text.rpartition(" ")
    is_clock = re.fullmatch(r"\d\d:\d\d.*", clock)
    if not is_clock or (day and day not in (*WEEKDAYS, "today", "yesterday")):
        return None
    midnight, _ = _named(day or "today", now) or (now, now)
    at = datetime.combine(midnight, time.fromisoformat(clock))
    return at, at


def _dated(text: str) -> tuple[datetime, datetime]:
    """Returns the period of "2025", "2025-11", "2025-W45", "2025-11-03", or a moment. Raises
    ValueError."""
    parts = text.split("-")
    if all(part.isascii() and part.isdigit() for part in parts) and len(parts[0]) == 4:
        if len(parts) == 1:
            year = datetime(int(text), 1, 1)
            return year, year.replace(year=year.year + 1)
        if len(parts) == 2 and len(parts[1]) == 2:
            month = datetime(int(parts[0]), int(parts[1]), 1)
            return month, _next_month(month)
    moment = datetime.fromisoformat(text)
    if len(text) > len("2026-09-21") or moment.date() == date.max:
        return moment, moment
    is_week = re.fullmatch(r"\d{4}-?W\d\d", text)
    return moment, moment + timedelta(days=7 if is_week else 1)


def _next_month(month: datetime) -> datetime:
    return (month + timedelta(days=32)).replace(day=1)
