"""ImportLovedTracks of a daemon that is stopped, killed, or not logged in any more."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lab.daemon import Daemon
from lab.lastfm import Behaviour, StandIn
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import USER, started, stops
from tests.support.loves import pages
from tests.support.rows import put


async def held_at_page_3(scrobbler: Scrobbler, lastfm: StandIn) -> "asyncio.Task[list[Any]]":
    """A call of ImportLovedTracks for whose third page the server takes its time."""
    lastfm.page_size_max = 50
    lastfm.love_many(USER, [("Mira Holt", f"Track {number}") for number in range(230)])
    as_asked = Behaviour.changed(lambda tree: tree)
    lastfm.misbehave(as_asked, as_asked, Behaviour.slow(30), method="user.getLovedTracks")
    call = asyncio.create_task(scrobbler.call("ImportLovedTracks"))
    assert await asyncio.to_thread(lastfm.wait_for, lambda seen: pages(seen) == [1, 2, 3])
    return call


@pytest.mark.parametrize("end", [stops, Daemon.kill], ids=["stopped", "killed"])
async def test_a_daemon_that_ended_in_mid_import_goes_on_where_it_was(
    scrobbler: Scrobbler, daemon: Daemon, lastfm: StandIn, end: Callable[[Daemon], None]
) -> None:
    call = await held_at_page_3(scrobbler, lastfm)
    await asyncio.to_thread(end, daemon)
    lastfm.release()
    await asyncio.gather(call, return_exceptions=True)
    daemon.start()
    [found] = await scrobbler.call("ImportLovedTracks")
    assert found == {"total": 230, "imported": 0, "already_loved": 0, "not_in_library": 230}
    assert pages(lastfm) == [1, 2, 3, 3, 4, 5]


async def test_a_login_that_died_is_told_to_all(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    lastfm.misbehave(Behaviour.error(17), Behaviour.error(9), method="user.getLovedTracks")
    lastfm.misbehave(Behaviour.error(9), method="user.getInfo")
    assert (await scrobbler.refused("ImportLovedTracks"))[0] == "NotAuthenticated"
    assert await scrobbler.said("AuthChanged") == ["expired", USER]
    assert await scrobbler.get("Authenticated") is False
    assert (await scrobbler.refused("ImportLovedTracks"))[0] == "NotAuthenticated"


async def test_after_disconnect_an_import_does_not_go_on(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    call = await held_at_page_3(scrobbler, lastfm)
    await scrobbler.call("Disconnect")
    lastfm.release()
    await asyncio.gather(call, return_exceptions=True)
    assert (await scrobbler.refused("ImportLovedTracks"))[0] == "NotAuthenticated"
    assert pages(lastfm) == [1, 2, 3]


@started(login=False, configured=False)
async def test_without_an_api_key_it_says_so(scrobbler: Scrobbler) -> None:
    assert (await scrobbler.refused("ImportLovedTracks"))[0] == "NotConfigured"


async def test_unmatched_tracks_come_newest_first_and_so_many_as_asked(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    lastfm.love_many(USER, [("Mira Holt", f"Track {number}") for number in range(230)])
    assert await scrobbler.call("GetUnmatchedLoved", "u", 200) == [[]]
    await scrobbler.call("ImportLovedTracks")
    [found] = await scrobbler.call("GetUnmatchedLoved", "u", 3)
    assert [track["title"] for track in found] == ["Track 229", "Track 228", "Track 227"]
    assert found[0].keys() == {"artist", "title", "mbid", "loved_at"}
    assert len((await scrobbler.call("GetUnmatchedLoved", "u", 200))[0]) == 200
    for limit in (0, 201):
        name, words = await scrobbler.refused("GetUnmatchedLoved", "u", limit)
        assert (name, words.partition(":")[0]) == ("InvalidArgument", "limit")


@started(tables={"lastfm": {"loved_mirror": True}})
async def test_loved_mirror_of_the_configuration_counts(
    scrobbler: Scrobbler, daemon: Daemon, lastfm: StandIn
) -> None:
    put(daemon.database, "library", {"lastfm_loved": 1})
    lastfm.love_many(USER, [("Mira Holt", "Moss")])
    await scrobbler.call("ImportLovedTracks")
    assert daemon.rows("SELECT lastfm_loved FROM library") == [(0,)]


async def test_a_server_that_wants_hours_of_rest_does_not_hold_the_caller_for_hours(
    scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    rest = Behaviour.error(29).also(Behaviour.retry_after("7200"))
    lastfm.misbehave(*[rest] * 3, method="user.getLovedTracks")
    async with asyncio.timeout(20):
        assert (await scrobbler.refused("ImportLovedTracks"))[0] == "Service"
    assert pages(lastfm) == [1]
