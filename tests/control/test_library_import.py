"""ImportLovedTracks: tracks that were heard, marked where the user loves them at Last.fm."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest

from lab.daemon import Daemon
from lab.dbus import connect
from lab.lastfm import Behaviour, StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import USER, Bench, started

quick = started(tables={"scrobble": {"settle_ms": 50}})

HEARD = [("The Paper Lanterns", "Slow Harbour"), ("Mira Holt", "Fern"), ("Þrúður Sól", "夜の港")]
LAST = ("Nobody At All", "The End")


@pytest.fixture
async def player(bench: Bench) -> AsyncIterator[FakePlayer]:
    async with await FakePlayer.start(bench.bus.address, "demo") as one:
        yield one


@pytest.fixture
async def heard(scrobbler: Scrobbler, player: FakePlayer) -> list[tuple[str, str]]:
    """Tracks that were heard, if only for a moment: they are in the library."""
    for artist, title in (*HEARD, LAST):
        await player.play(title, [artist], "", 200.0)
        while [title] != [one["title"] for one in await scrobbler.changed("Current")]:
            continue
    return HEARD


def library(daemon: Daemon) -> dict[str, int]:
    """The lastfm_loved column, by title."""
    with closing(sqlite3.connect(f"{daemon.database.as_uri()}?mode=ro", uri=True)) as database:
        return dict(database.execute("SELECT title, lastfm_loved FROM library").fetchall())


def love(lastfm: StandIn, *tracks: tuple[str, str], others: int = 0) -> None:
    """The user loves these tracks, and some that were never heard, before and after them."""
    half = [("Somebody Else", f"Number {number}") for number in range(others)]
    lastfm.love_many(USER, [*half[: others // 2], *tracks, *half[others // 2 :]])


def pages(lastfm: StandIn) -> list[str]:
    asked = [one for one in lastfm.requests if one.method == "user.getLovedTracks"]
    return [one.params["page"] for one in asked]


@quick
async def test_all_pages_are_walked_and_what_was_heard_is_marked(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon, heard: list[tuple[str, str]]
) -> None:
    lastfm.page_size_max = 50
    love(lastfm, ("THE PAPER LANTERNS", "slow harbour"), ("ÞRÚÐUR SÓL", "夜の港"), others=150)
    [found] = await scrobbler.call("ImportLovedTracks")
    assert found == {"total": 152, "imported": 2, "already_loved": 0, "not_in_library": 150}
    assert pages(lastfm) == ["1", "2", "3", "4"]
    assert library(daemon) == {"Slow Harbour": 1, "Fern": 0, "夜の港": 1}


@quick
async def test_a_second_import_marks_nothing_twice(
    scrobbler: Scrobbler, lastfm: StandIn, heard: list[tuple[str, str]]
) -> None:
    love(lastfm, *HEARD[:2], others=3)
    await scrobbler.call("ImportLovedTracks")
    [found] = await scrobbler.call("ImportLovedTracks")
    assert found == {"total": 5, "imported": 0, "already_loved": 2, "not_in_library": 3}


@quick
async def test_progress_and_result_are_told_and_kept(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn, heard: list[tuple[str, str]]
) -> None:
    lastfm.page_size_max = 50
    love(lastfm, *HEARD, others=97)
    [found] = await scrobbler.call("ImportLovedTracks")
    assert [await scrobbler.said("ImportProgress") for _ in range(2)] == [[50, 100], [100, 100]]
    assert await scrobbler.said("ImportFinished") == [found]
    assert await scrobbler.changed("LastImport") == found
    bench.restart()
    assert await scrobbler.get("LastImport") == found


async def test_an_account_that_loves_nothing_is_no_error(scrobbler: Scrobbler) -> None:
    [found] = await scrobbler.call("ImportLovedTracks")
    assert set(found.values()) == {0}


async def test_a_second_caller_joins_the_import_under_way(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    love(lastfm, others=3)
    lastfm.misbehave(Behaviour.slow(30), method="user.getLovedTracks")
    calls = [asyncio.create_task(scrobbler.call("ImportLovedTracks")) for _ in range(2)]
    await asyncio.to_thread(lastfm.wait_for, lambda seen: bool(seen.requests))
    await scrobbler.call("GetSettings")  # both calls have arrived by now
    lastfm.release()
    first, second = await asyncio.gather(*calls)
    assert first == second
    assert pages(lastfm) == ["1"]


async def test_an_import_outlives_its_caller(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    love(lastfm, others=3)
    lastfm.misbehave(Behaviour.slow(30), method="user.getLovedTracks")
    async with await connect(bench.bus.address) as caller:
        other = asyncio.create_task((await Scrobbler.start(caller)).call("ImportLovedTracks"))
        await asyncio.to_thread(lastfm.wait_for, lambda seen: bool(seen.requests))
    with pytest.raises(ConnectionError):
        await other
    lastfm.release()
    [found] = await scrobbler.said("ImportFinished")
    assert found["total"] == 3


async def test_an_error_of_last_fm_is_told_and_the_next_import_works(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    love(lastfm, others=3)
    lastfm.misbehave(Behaviour.error(26))
    name, words = await scrobbler.refused("ImportLovedTracks")
    assert (name, bool(words)) == ("Service", True)
    assert (await scrobbler.call("ImportLovedTracks"))[0]["total"] == 3


@started(login=False)
async def test_without_a_login_it_says_so(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    name, words = await scrobbler.refused("ImportLovedTracks")
    assert name == "NotAuthenticated"
    assert words == "nobody is logged in"
    assert lastfm.requests == []
