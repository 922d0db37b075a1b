"""Pure: prepares the answer of GetStats: names for its values, missing days, longer periods.

Days are days of the calendar, in local time: one may have 23 or 25 hours.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

_NAMES = {
    "verdicts": ("verdict", "plays"),
    "days": ("day", "counted", "heard"),
    "artists": ("artist", "counted", "heard"),
    "tracks": ("title", "artist", "counted", "heard"),
    "players": ("player", "counted", "heard"),
    "albums": ("album", "artist", "counted", "heard"),
    "hours": ("hour", "counted", "heard"),
}
"""The names of the values in each list."""

_UNITS: dict[str, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": lambda day: (day - timedelta(day.weekday())).isoformat(),
    "month": lambda day: day.isoformat()[:7],
    "quarter": lambda day: f"{day.year}-Q{(day.month + 2) // 3}",
    "year": lambda day: f"{day.year}",
    "decade": lambda day: f"{day.year // 10 * 10}s",
}
"""Periods from short to long, and what returns the name of the one in which a day lies. A week has
the name of its Monday."""

_LONG_VERDICTS = {
    "not_heard": "not heard long enough",
    "too_short": "too short to count",
    "no_tags": "no artist or title",
    "unclear": "unclear what played",
    "disabled": "scrobbling was off or paused",
    "unwanted": "unwanted by your rules, or skipped",
    "duplicate": "counted elsewhere",
}
"""Verdicts in more words than a table of plays has room for."""


FARTHEST_DAYS = 2
"""Days by which two time zones may differ at one moment: they are up to 26 h apart."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of local time: its name, and the moments (UNIX seconds) between which it lies."""

    name: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Period:
    """What was listened to in a day, a week, …: plays that counted, and seconds heard."""

    name: str
    counted: int
    heard: float


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list: a name, its plays, and another figure. Albums and tracks have an artist."""

    name: str
    plays: int
    figure: str
    artist: str = ""
    verdict: str = "counted"


@dataclass(frozen=True, slots=True)
class Ranking:
    """A list with the most plays first: what an entry is, and what its other figure is."""

    what: str
    figure: str
    entries: Sequence[Entry]


def document(
    answer: dict[str, Any],
    since: int,
    today: date,
    *,
    until: int = 0,
    before: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Returns the figures by name, as `--json` shows them. `since` and `until` are what was asked
    for, in UNIX seconds, 0 = ever. Days without a play are added, from `since` or the first play to
    `until` or `today`, and hours if there was a play. `before` has the totals of the time before.
    """
    lists = {
        name: [dict(zip(names, map(_exact, row), strict=True)) for row in answer[name]]
        for name, names in _NAMES.items()
    }
    last = min(today, _day_before(until)) if until else today
    lists["days"] = _every_day(lists["days"], since, last)
    lists["hours"] = _every_hour(lists["hours"])
    totals = {name: answer[name] for name in ("plays", "counted")}
    totals["heard"] = _exact(answer["heard"])
    return {"since": since, "until": until, **totals, "before": before, **lists}


def _day_before(until: int) -> date:
    """Returns the day of the last second before a moment."""
    return datetime.fromtimestamp(until - 1).date()


def _every_hour(hours: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Adds the missing hours of the day, unless all are missing."""
    known = {hour["hour"]: hour for hour in hours}
    nothing = {"counted": 0, "heard": 0.0}
    return [known.get(hour, {"hour": hour, **nothing}) for hour in range(24 if hours else 0)]


def local_days(names: Iterable[str], since: int, until: int = 0) -> list[Day]:
    """Returns the days of this command's time zone in which plays may have begun between two
    moments (UNIX seconds; `until` 0 = no end). `names`: the days of the daemon's time zone in which
    some began."""
    near = {
        theirs + timedelta(days)
        for theirs in map(_day_named, names)
        if theirs and date.min.year < theirs.year < date.max.year
        for days in range(-FARTHEST_DAYS, FARTHEST_DAYS + 1)
    }
    days = (
        Day(
            day.isoformat(),
            max(since, _midnight(day)),
            min(until or sys.maxsize, _midnight(day + timedelta(1))),
        )
        for day in sorted(near)
    )
    return [day for day in days if day.begin < day.end]


def _day_named(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:  # a disk got the start of a play wrong
        return None


def _midnight(day: date) -> int:
    """Returns when a day begins, in UNIX seconds."""
    return int(datetime(day.year, day.month, day.day).timestamp())


def _exact(value: Any) -> Any:
    """Rounds sums of seconds, whose last digits are noise."""
    return round(value, 3) if isinstance(value, float) else value


def _every_day(days: list[dict[str, Any]], since: int, today: date) -> list[dict[str, Any]]:
    """Adds the missing days, but none after today: a wrong clock may have stamped a play with a day
    of another century."""
    known = {day["day"]: day for day in days}
    first = date.fromisoformat(days[0]["day"]) if days else today
    if since:
        first = min(first, datetime.fromtimestamp(since).date())
    if not days and not since:
        return []
    span = (first + timedelta(number) for number in range((today - first).days + 1))
    names = sorted({*known, *(day.isoformat() for day in span)})
    return [known.get(name, {"day": name, "counted": 0, "heard": 0.0}) for name in names]


def periods(days: Sequence[dict[str, Any]], most: int) -> tuple[str, list[Period]]:
    """Returns the shortest unit with which there are at most `most` periods, and the periods."""
    ways = ((unit, _by(days, name_of)) for unit, name_of in _UNITS.items())
    fitting = (way for way in ways if len(way[1]) <= most)
    return next(fitting, ("decade", _by(days, _UNITS["decade"])))


def _by(days: Sequence[dict[str, Any]], name_of: Callable[[date], str]) -> list[Period]:
    sums: dict[str, tuple[int, float]] = {}
    for day in days:
        name = name_of(date.fromisoformat(day["day"]))
        counted, heard = sums.get(name, (0, 0.0))
        sums[name] = counted + day["counted"], heard + day["heard"]
    return [Period(name, *sums[name]) for name in sums]


def busiest(days: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Returns the day with the most plays that counted; None if no play counted."""
    best = max(days, key=lambda day: (day["counted"], day["heard"]), default=None)
    return best if best and best["counted"] else None


def beginning(document: dict[str, Any]) -> str:
    """Returns where the figures begin, as local time; "" if nothing was ever played."""
    if not document["since"]:
        return document["days"][0]["day"] if document["days"] else ""
    at = datetime.fromtimestamp(document["since"])
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute) == (0, 0) else f"{at:%Y-%m-%d %H:%M}"


def time_span(document: dict[str, Any]) -> str:
    """Says from when to when the figures are, such as "since 2026-09-21"; "" if nothing was ever
    played."""
    begin = beginning(document)
    if not document["until"]:
        return f"since {begin}" if begin else ""
    at = datetime.fromtimestamp(document["until"])
    end = _day_before(document["until"]).isoformat()
    if (at.hour, at.minute) != (0, 0):
        end = f"{at:%Y-%m-%d %H:%M}"
    return f"from {begin} to {end}" if begin and begin != end else f"on {end}"


def compared(document: dict[str, Any]) -> str:
    """Compares with the time before, which is as long; "" if there is none."""
    if document["before"] is None:
        return ""
    now, then = document["counted"], document["before"]["counted"]
    if not then:
        return "No play counted in the time before"
    change = round(100 * (now - then) / then)
    if not change:
        return f"As many as in the time before ({then:,})"
    return (
        f"{abs(change):,} % {'more' if change > 0 else 'less'} than in the time before ({then:,})"
    )


def rankings(document: dict[str, Any], most: int) -> Iterable[Ranking]:
    """Yields at most `most` artists, albums, tracks and players, and then all verdicts."""
    for what, key, name in (
        ("Artist", "artists", "artist"),
        ("Album", "albums", "album"),
        ("Track", "tracks", "title"),
        ("Player", "players", "player"),
    ):
        entries: list[Entry] = []
        for row in document[key][:most]:
            artist = row["artist"] if what in ("Album", "Track") else ""
            figure = listening_time(row["heard"])
            entries.append(Entry(row[name], row["counted"], figure, artist))
        yield Ranking(what, "Heard", entries)
    verdicts: list[Entry] = []
    for row in document["verdicts"]:
        verdict: str = row["verdict"]
        words = _LONG_VERDICTS.get(verdict, verdict.replace("_", " "))
        figure = share(row["plays"], document["plays"])
        verdicts.append(Entry(words, row["plays"], figure, verdict=verdict))
    yield Ranking("Verdict", "Share", verdicts)


def listening_time(seconds: float) -> str:
    """Writes a time of listening, short.

    >>> [listening_time(seconds) for seconds in (41, 1500, 5400, 4_444_444)]
    ['41 s', '25 min', '1.5 h', '1,235 h']
    """
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    if seconds < 3570:
        return f"{seconds / 60:.0f} min"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 9.95 else f"{hours:,.0f} h"


def share(part: int, whole: int) -> str:
    """Writes a part of a whole in per cent; only exact values are 0 % and 100 %.

    >>> share(1, 3), share(1999, 2000), share(1, 2000)
    ('33 %', '>99 %', '<1 %')
    """
    if not 0 < part < whole:
        return "100 %" if part else "0 %"
    per_cent = 100 * part / whole
    return "<1 %" if per_cent < 0.5 else ">99 %" if per_cent >= 99.5 else f"{per_cent:.0f} %"
