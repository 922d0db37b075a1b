"""What is exported of the history: the plays that counted, in their order, page by page."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from scrobblerd.core.errors import InvalidArgument
from scrobblerd.storage.database import Database
from scrobblerd.storage.transfer.exported_plays import PAGE_PLAYS, exported_page
from tests.support.rows import put

START = 1_790_000_000


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An open database."""
    opened = await Database.open(tmp_path / "scrobblerd.db")
    yield opened
    await opened.close()


def put_plays(database: Database, *plays: dict[str, Any]) -> None:
    """Plays into it."""
    put(database.path, "plays", *plays)


async def exported(database: Database, since: int = 0, until: int = 0) -> list[dict[str, Any]]:
    """All pages."""
    lines, last = await exported_page(database, since, until, 0)
    plays: list[dict[str, Any]] = []
    while last:
        plays += [json.loads(line) for line in lines.splitlines()]
        lines, last = await exported_page(database, since, until, last)
    return plays


async def test_plays_that_counted_come_in_the_order_of_their_starts(database: Database) -> None:
    plays = [(5, "counted"), (1, "counted"), (3, "not_heard"), (1, "counted")]
    put_plays(
        database,
        *(
            {"title": f"T{number}", "start": START + second, "verdict": verdict}
            for number, (second, verdict) in enumerate(plays)
        ),
    )
    tracks = [(play["track"], play["timestamp"] - START) for play in await exported(database)]
    assert tracks == [("T1", 1), ("T3", 1), ("T0", 5)]


async def test_bounds_are_those_that_were_asked_for(database: Database) -> None:
    put_plays(database, *({"title": f"T{n}", "start": START + n} for n in range(5)))
    plays = await exported(database, START + 1, START + 3)
    assert [play["track"] for play in plays] == ["T1", "T2"]


async def test_pages_have_each_play_once(database: Database) -> None:
    number = 2 * PAGE_PLAYS + 1
    put_plays(database, *({"title": f"T{n}", "start": START + n // 700} for n in range(number)))
    assert [play["track"] for play in await exported(database)] == [f"T{n}" for n in range(number)]


async def test_all_that_is_known_is_told(database: Database) -> None:
    details = {"artists": ["Mira Holt", "Okto"], "player": "VLC media player"}
    put_plays(
        database,
        {
            "album": "Tidewater",
            "album_artist": "Various Keepers",
            "length": 241.7,
            "heard": 120.6,
            "track_number": 3,
            "details": json.dumps(details),
            "start": START,
        },
        {"player": "firefox.instance_1_4", "start": START + 1, "details": "{", "length": None},
    )
    full, bare = await exported(database)
    assert full["artists"] == ["Mira Holt", "Okto"]
    assert (full["duration"], full["heard"], full["track_number"]) == (241, 121, 3)
    assert (full["player"], bare["player"]) == ("VLC media player", "firefox")
    assert "duration" not in bare


async def test_a_play_that_is_none_is_refused(database: Database) -> None:
    with pytest.raises(InvalidArgument, match="there is no play 7"):
        await exported_page(database, 0, 0, 7)
