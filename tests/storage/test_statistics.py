"""statistics.py: figures are those that somebody would count who reads all plays, one by one."""

import random
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from scrobblerd.storage.database import Database
from scrobblerd.storage.statistics import TOP_ROWS, period_totals, statistics
from tests.support.rows import put

SUMMER_TIME = {
    "UTC": datetime(2026, 3, 29),
    "Europe/Berlin": datetime(2026, 3, 29),
    "America/St_Johns": datetime(2026, 11, 1),  # half an hour off
    "Asia/Kathmandu": datetime(2026, 1, 1),  # three quarters of one
    "Australia/Lord_Howe": datetime(2026, 4, 5),  # its summer time is half an hour
    "Pacific/Kiritimati": datetime(2026, 1, 1),
}
"""Time zones, and a day around which they are looked at."""

NOTHING: dict[str, Any] = {
    "plays": 0,
    "counted": 0,
    "heard": 0.0,
    **{name: [] for name in ("verdicts", "days", "hours", "artists", "tracks", "albums")},
    "players": [],
}


def some_plays(around: datetime) -> list[dict[str, Any]]:
    """Returns plays of two days around a midnight, with all gaps in their tags."""
    chance, midnight = random.Random(7), int(around.timestamp())
    return [
        {
            "start": midnight + chance.randrange(-86_400, 86_400, 300),
            "title": chance.choice(["", "Fern", "fern", "Moss"]),
            "artist": chance.choice(["", "Mira Holt", "The Paper Lanterns"]),
            "album": chance.choice(["", "Tidewater", "Harbour"]),
            "album_artist": chance.choice(["", "Various Artists"]),
            "player": chance.choice(["", "mpv", "firefox.instance_1_4", "firefox.instance_1_9"]),
            "verdict": chance.choice(["counted", "counted", "not_heard"]),
            "reason": chance.choice(["heard", "imported"]),
            "heard": chance.choice([0.0, 60.0, 120.5]),
            "length": chance.choice([None, 215.0]),
        }
        for _ in range(400)
    ]


def counted_by_hand(plays: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns the same figures, counted play by play."""
    counted, heard = Counter[Any](), defaultdict[Any, float](float)
    verdicts = Counter[str]()
    for play in plays:
        at = datetime.fromtimestamp(play["start"])
        verdicts[play["verdict"]] += 1
        names = [("days", f"{at:%Y-%m-%d}"), ("hours", at.hour)]
        for of, tag in (("artists", "artist"), ("tracks", "title"), ("albums", "album")):
            artist = (play["album_artist"] if of == "albums" else "") or play["artist"]
            names += [(of, play[tag], *([artist] if of != "artists" else []))] if play[tag] else []
        names += [("players", play["player"].partition(".")[0])] if play["player"] else []
        is_told = play["heard"] or play["reason"] != "imported"
        for name in names:
            counted[name] += play["verdict"] == "counted"
            heard[name] += play["heard"] if is_told else play["length"] or 0.0
    lists: dict[str, list[Any]] = {of: [] for of in NOTHING}
    for of, *name in sorted(counted, key=lambda of: (-counted[of], -heard[of], str(of))):
        lists[of].append([*name, counted[of, *name], heard[of, *name]])
    return {
        "plays": len(plays),
        "counted": verdicts["counted"],
        "heard": sum(seconds for _, _, seconds in lists["days"]),
        "verdicts": [[name, number] for name, number in verdicts.most_common()],
        **{of: sorted(lists[of]) for of in ("days", "hours")},
        **{of: lists[of] for of in ("artists", "tracks", "albums", "players")},
    }


@pytest.mark.parametrize("zone", SUMMER_TIME)
async def test_figures_are_those_of_the_plays(
    database: Database, path: Path, live_in: Callable[[str], None], zone: str
) -> None:
    live_in(zone)
    plays = some_plays(SUMMER_TIME[zone])
    put(path, "plays", *plays)
    assert await statistics(database, 0) == counted_by_hand(plays)
    middle = int(SUMMER_TIME[zone].timestamp())
    later = [play for play in plays if middle <= play["start"] < middle + 3600]
    assert await statistics(database, middle, middle + 3600) == counted_by_hand(later)


async def test_a_history_without_a_play_has_no_figures(database: Database) -> None:
    assert await statistics(database, 0) == NOTHING
    assert await period_totals(database, [0, 1, 2]) == [(0, 0, 0.0)] * 2


async def test_one_play_is_all_there_is(
    database: Database, path: Path, live_in: Callable[[str], None]
) -> None:
    live_in("UTC")
    put(path, "plays", {"start": 1_790_000_000, "album": "Tidewater"})
    assert await statistics(database, 0) == {
        "plays": 1,
        "counted": 1,
        "heard": 120.0,
        "verdicts": [["counted", 1]],
        "days": [["2026-09-21", 1, 120.0]],
        "hours": [[14, 1, 120.0]],
        "artists": [["Mira Holt", 1, 120.0]],
        "tracks": [["Fern", "Mira Holt", 1, 120.0]],
        "albums": [["Tidewater", "Mira Holt", 1, 120.0]],
        "players": [["mpv", 1, 120.0]],
    }


@pytest.mark.parametrize(
    ("start", "days"),
    [
        (-86_400, []),
        (0, ["1970-01-01"]),
        (253_402_300_799, ["9999-12-31"]),
        (253_402_300_800, []),
        (2**53, []),
    ],
)
async def test_a_play_of_any_time_is_counted_once(
    database: Database, path: Path, live_in: Callable[[str], None], start: int, days: list[str]
) -> None:
    """A play from before 1970 is in no figure; one from after 9999 has no day of a calendar."""
    live_in("UTC")
    put(path, "plays", {"start": start})
    figures = await statistics(database, 0)
    assert (figures["plays"], figures["counted"]) == (int(start >= 0), int(start >= 0))
    assert [day for day, _, _ in figures["days"]] == days
    assert len(figures["hours"]) == len(days)


async def test_lists_have_the_best_only(database: Database, path: Path) -> None:
    rows = [
        {"title": f"T{n}", "artist": f"A{n}", "album": f"L{n}", "player": f"p{n}", "heard": n}
        for n in range(TOP_ROWS + 10)
    ]
    put(path, "plays", *rows)
    figures = await statistics(database, 0)
    for name in ("tracks", "artists", "albums", "players"):
        assert [entry[-1] for entry in figures[name]] == [*range(TOP_ROWS + 9, 9, -1)]


async def test_values_of_another_type_than_their_column_cost_only_themselves(
    database: Database, path: Path
) -> None:
    """As a disk may get them wrong."""
    put(path, "plays", {}, {"title": "Moss"})
    wrong = "UPDATE plays SET player = x'ff', verdict = 7, artist = x'00ff', start = '' WHERE id ="
    with sqlite3.connect(path) as db:
        db.execute(f"{wrong} 2")
    assert (await statistics(database, 0))["plays"] == 1
    with sqlite3.connect(path) as db:
        db.execute("UPDATE plays SET start = 5 WHERE id = 2")
    figures = await statistics(database, 0)
    assert (figures["plays"], figures["counted"]) == (2, 1)
    assert all(isinstance(name, str) for name, _ in figures["verdicts"])


async def test_periods_are_between_their_borders(database: Database, path: Path) -> None:
    starts = {"counted": [5, 9, 10], "not_heard": [10, 20]}
    rows = [{"start": at, "verdict": name} for name in starts for at in starts[name]]
    put(path, "plays", *rows)
    totals = await period_totals(database, [0, 5, 10, 11, 20])
    assert totals == [(0, 0, 0.0), (2, 2, 240.0), (2, 1, 240.0), (0, 0, 0.0)]
