"""LoveCurrent and UnloveCurrent: what plays is meant."""

from collections.abc import AsyncIterator

import pytest

from lab.daemon import Daemon
from lab.lastfm import StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import Bench, started
from tests.support.loves import love_requests, loved, marks

QUICK = {"scrobble": {"settle_ms": 50}}


@pytest.fixture
async def player(bench: Bench) -> AsyncIterator[FakePlayer]:
    """A player."""
    async with await FakePlayer.start(bench.bus.address, "demo") as one:
        yield one


async def plays(
    scrobbler: Scrobbler, player: FakePlayer, title: str, artist: str = "Mira Holt"
) -> None:
    """Play a track, and wait until the daemon knows."""
    await player.play(title, [artist], "", 200.0)
    while title not in [one["title"] for one in await scrobbler.changed("Current")]:
        continue


async def until_only(scrobbler: Scrobbler, name: str) -> None:
    """Wait until the daemon knows that of two players only this one plays."""
    playing: list[str] = []
    while playing != [name]:
        found = await scrobbler.get("Current")
        playing = [one["player"] for one in found if one["status"] == "Playing"]


@started(tables=QUICK)
async def test_what_plays_is_loved_and_marked_once_it_is_in_the_library(
    scrobbler: Scrobbler, lastfm: StandIn, daemon: Daemon, player: FakePlayer
) -> None:
    await plays(scrobbler, player, "Fern (Live)")
    assert await scrobbler.call("LoveCurrent") == ["success", "Fern (Live) by Mira Holt"]
    assert loved(lastfm) == [("Mira Holt", "Fern (Live)")]
    await plays(scrobbler, player, "Moss")
    assert marks(daemon)["Fern (Live)"] == 1
    await player.pause()
    assert (await scrobbler.call("LoveCurrent"))[1] == "Moss by Mira Holt"
    assert (await scrobbler.call("UnloveCurrent")) == ["success", "Moss by Mira Holt"]
    assert loved(lastfm) == [("Mira Holt", "Fern (Live)")]


@started(tables=QUICK)
async def test_of_two_players_the_one_that_plays_is_meant(
    bench: Bench, scrobbler: Scrobbler, player: FakePlayer
) -> None:
    async with await FakePlayer.start(bench.bus.address, "other") as other:
        await plays(scrobbler, player, "Fern")
        await plays(scrobbler, other, "Moss")
        for paused, playing, title in ((other, player, "Fern"), (player, other, "Moss")):
            await playing.resume()
            await paused.pause()
            await until_only(scrobbler, "other" if playing is other else "demo")
            assert (await scrobbler.call("LoveCurrent"))[1] == f"{title} by Mira Holt"


@started(tables=QUICK)
async def test_where_nothing_plays_there_is_nothing_to_love(
    scrobbler: Scrobbler, lastfm: StandIn, player: FakePlayer
) -> None:
    for member in ("LoveCurrent", "UnloveCurrent"):
        assert (await scrobbler.refused(member))[0] == "InvalidArgument"
    await plays(scrobbler, player, "Only a title", "")
    assert (await scrobbler.refused("LoveCurrent"))[0] == "InvalidArgument"
    await player.stop()
    assert (await scrobbler.refused("LoveCurrent"))[0] == "InvalidArgument"
    assert love_requests(lastfm) == []
