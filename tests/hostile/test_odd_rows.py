"""Rows of which the disk, or another program, made something odd: the pump sends all others, does
not spin, and what it can't send it says so of."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.lastfm import Behaviour, StandIn
from tests.support.worker_bench import NOW, LoveBench, SubmitterBench

DAY = 86400.0
SOUND = ("One", "Two", "Three")

ODD = {
    "a text": "'words'",
    "an empty text": "''",
    "bytes": "x'00ff80'",
    "a fraction": "0.5",
    "below zero": "-1",
    "the largest": "9223372036854775807",
    "no end": "9e999",
}
"""Values as SQL writes them."""

COLUMNS = (
    "username artist track album album_artist track_number mbid duration timestamp retry_count"
    " next_attempt answer_code reason detail created_at"
)
FAR_AWAY = {"the largest", "no end"}


@pytest.fixture
async def pump(tmp_path: Path) -> AsyncIterator[SubmitterBench]:
    """A pump with some rows, of which the second will be the odd one."""
    with StandIn(clock=lambda: NOW) as lastfm:
        async with SubmitterBench(lastfm, tmp_path) as made:
            await made.put("One", "Odd", "Two", "Three")
            yield made


async def spoil(pump: SubmitterBench, column: str, value: str) -> None:
    query = f"UPDATE scrobble_queue SET {column} = {value} WHERE track = 'Odd'"
    await pump.database.write(lambda db: db.execute(query))


async def state(pump: SubmitterBench) -> str:
    """The odd row's."""
    [(found,)] = await pump.database.select("SELECT state FROM scrobble_queue WHERE id = 2")
    return found


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("column", COLUMNS.split())
async def test_all_others_are_sent_and_the_pump_does_not_spin(
    pump: SubmitterBench, column: str, odd: str
) -> None:
    await spoil(pump, column, ODD[odd])
    await pump.counts()
    assert await pump.turns(NOW + DAY) < 60
    assert set(SOUND) <= set(pump.arrived())
    if column == "timestamp" and odd in FAR_AWAY:
        assert await state(pump) == "pending", "for the clock may be wrong"
    elif column == "username" and odd != "an empty text":
        assert await state(pump) == "pending", "until somebody logs in, under which it is held"
    else:
        assert await state(pump) in ("sent", "expired", "held", "rejected")


@pytest.mark.parametrize("odd", ODD)
async def test_nothing_makes_a_row_wait_for_ever(pump: SubmitterBench, odd: str) -> None:
    await spoil(pump, "next_attempt", ODD[odd])
    await pump.turns(NOW + DAY)
    assert set(pump.arrived()) == {*SOUND, "Odd"}


async def test_a_wait_that_a_wrong_clock_ordered_is_over_when_it_is_right(
    pump: SubmitterBench,
) -> None:
    await spoil(pump, "next_attempt", str(int(NOW + 30 * DAY)))
    await pump.turns(NOW + 60.0)
    assert set(pump.arrived()) == {*SOUND, "Odd"}


async def test_an_odd_row_alone_can_be_counted(pump: SubmitterBench) -> None:
    await pump.drain()
    await spoil(pump, "state", "'pending'")
    await spoil(pump, "timestamp", "'words'")
    counts = await pump.counts()
    assert (counts.queued, counts.oldest) == (1, 0)


async def test_two_rows_that_would_become_the_same_are_both_put_away(pump: SubmitterBench) -> None:
    query = "UPDATE scrobble_queue SET track = 'Odd', timestamp = 'words' || id WHERE id < 3"
    await pump.database.write(lambda db: db.execute(query))
    await pump.turns(NOW + DAY)
    assert (await pump.counts()).expired == 2


# -- loves ----------------------------------------------------------------------------------------


@pytest.fixture
async def love_pump(tmp_path: Path) -> AsyncIterator[LoveBench]:
    with StandIn() as lastfm:
        async with LoveBench(lastfm, tmp_path) as made:
            yield made


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "column",
    ("artist", "title", "artist_key", "title_key", "loved", "created_at", "tries", "was_loved"),
)
@pytest.mark.parametrize("refused", [False, True], ids=["taken", "refused"])
async def test_an_odd_request_is_sent_once_and_holds_up_no_other(
    love_pump: LoveBench, column: str, odd: str, refused: bool
) -> None:
    love_pump.lastfm.outage = Behaviour.error(16)
    assert await love_pump.love("Odd") == "queued"
    query = f"UPDATE loves SET {column} = {ODD[odd]}"
    await love_pump.database.write(lambda db: db.execute(query))
    love_pump.lastfm.outage = None
    if refused:
        love_pump.fails(Behaviour.error(6))
    love_pump.worker.loves.retry_now()
    outcomes = ("success", "rejected") if refused else ("success",)
    assert await love_pump.love("Fern") in outcomes, "whichever goes first is refused"
    while await love_pump.loves.waiting():  # noqa: ASYNC110 # of the database
        await asyncio.sleep(0.001)
    assert len(love_pump.lastfm.requests) <= 3
