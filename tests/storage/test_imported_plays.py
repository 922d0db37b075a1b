"""Plays of files in the history: each once, whichever files have it, and queued if wanted."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from scrobblerd.core.account_rules import Recipient
from scrobblerd.core.model import Details, Scrobble
from scrobblerd.storage.database import Database
from scrobblerd.storage.transfer.exported_plays import exported_page
from scrobblerd.storage.transfer.imported_plays import Taken, Taker, take_in
from tests.support.rows import put

START = 1_609_409_472
FERN = Scrobble("Mira Holt", "Fern", START, duration=200)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An open database."""
    opened = await Database.open(tmp_path / "scrobblerd.db")
    yield opened
    await opened.close()


async def taken(
    database: Database,
    *plays: Scrobble,
    source: str = "spotify",
    takers: Sequence[Taker] = (),
    is_trial: bool = False,
) -> Taken:
    """What comes of plays of one file."""
    return await take_in(
        database,
        [(place, play, source) for place, play in enumerate(plays)],
        takers=takers,
        now=START + 1000.0,
        is_trial=is_trial,
    )


def at(second: int, length: int | None = 200) -> Scrobble:
    """The same track at another time."""
    return Scrobble("MIRA  HOLT", "fern", START + second, duration=length)


async def test_a_play_is_taken_in_once(database: Database) -> None:
    assert (await taken(database, FERN, FERN)).added == 1
    assert (await taken(database, at(0, None))).known == 1
    [library] = await database.select("SELECT play_count, first_heard, last_heard FROM library")
    assert library == (1, START, START)


@pytest.mark.parametrize(
    ("there", "play", "is_known"),
    [
        ("heard", at(199), True),  # within the length of what was heard here
        ("heard", at(-199), True),
        ("heard", at(200), False),
        ("koito", at(99), True),  # nobody hears enough of it twice in that time
        ("koito", at(100), False),
        ("spotify", at(1), False),  # a file tells its own plays apart
    ],
)
async def test_the_same_play_may_have_another_second(
    database: Database, there: str, play: Scrobble, is_known: bool
) -> None:
    if there == "heard":
        put(database.path, "plays", {"start": START, "length": 200.0})
    else:
        await taken(database, FERN, source=there)
    assert (await taken(database, play)).known == is_known


@pytest.mark.parametrize(
    ("artist", "track", "is_known"),
    [
        ("Mira Holt, Okto", "Fern", True),  # as Maloja and Koito put artists together
        ("Mira Holt & Okto", "Fern", True),
        ("Mira Holt feat. Okto", "FERN", True),
        ("Mira Holt", "Fern (feat. Okto)", True),
        ("Mira Holt", "Fern - Remastered 2011", True),
        ("Mira Holt", "Fern (Okto Remix)", False),
        ("Mira Holt", "Fern, Pt. 2", False),
        ("Mira", "Fern", False),
        ("Okto", "Fern", False),
    ],
)
async def test_other_programs_write_names_in_other_ways(
    database: Database, artist: str, track: str, is_known: bool
) -> None:
    await taken(database, FERN, source="listenbrainz")
    play = Scrobble(artist, track, START + 1, duration=200)
    assert (await taken(database, play, source="maloja")).known == is_known


async def test_a_minute_is_enough_if_nobody_knows_the_length(database: Database) -> None:
    await taken(database, at(0, None), source="csv")
    assert (await taken(database, at(59, None))).known == 1
    assert (await taken(database, at(61, None))).known == 0


@pytest.mark.parametrize("second", [0, 13, 59])
async def test_a_short_track_is_one_play_if_a_file_knows_the_minute_only(
    database: Database, second: int
) -> None:
    begin = START - START % 60
    sources = ("spotify", "spotify-account"), ("csv", "csv-minutes"), ("csv-minutes", "koito")
    for number, (first, then) in enumerate(sources):
        day = begin + 86400 * number
        there, again = (Scrobble("A", "B", day + s, duration=40) for s in (second, 0))
        assert (await taken(database, there, source=first)).added == 1
        assert (await taken(database, again, source=then)).known == 1


async def test_an_old_play_does_not_change_when_a_track_was_heard_last(database: Database) -> None:
    await taken(database, at(1000), FERN)
    heard = await database.select("SELECT play_count, first_heard, last_heard FROM library")
    assert heard == [(2, START, START + 1000)]


async def test_a_trial_leaves_nothing(database: Database) -> None:
    assert (await taken(database, FERN, is_trial=True)).added == 1
    assert await exported_page(database, 0, 0, 0) == ("", 0)
    assert await database.select("SELECT count(*) FROM library") == [(0,)]


async def test_an_account_is_sent_what_it_had_not_yet_and_takes(database: Database) -> None:
    taker = Taker(Recipient(1, "quiet_otter"), oldest=START + 1)
    result = await taken(database, FERN, at(500), takers=[taker])
    assert (result.added, result.queued, result.too_old) == (2, 1, [(0, 1)])
    rows = await database.select("SELECT timestamp, state, origin FROM scrobble_queue")
    assert rows == [(START + 500, "pending", "import")]
    again = await taken(database, at(500), takers=[taker])
    assert (again.known, again.queued) == (1, 0)


async def test_all_that_the_file_knows_is_kept(database: Database) -> None:
    details = Details(artists=("Mira Holt", "Okto"), player="Spotify", heard=121)
    play = Scrobble("Mira Holt", "Fern", START, "Tide", "Various", 3, "", 200, details)
    await taken(database, play)
    lines, _ = await exported_page(database, 0, 0, 0)
    for part in ('"heard":121', '"player":"Spotify"', '"artists":["Mira Holt","Okto"]'):
        assert part in lines
