"""What tests of Love and its kin look at: the service, the library, the queue."""

import asyncio

from lab.daemon import Daemon
from lab.lastfm import StandIn
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import USER


def loved(lastfm: StandIn, user: str = USER) -> list[tuple[str, str]]:
    """What the user loves at Last.fm."""
    return [(one.artist, one.track) for one in lastfm.loved_by(user)]


def love_requests(lastfm: StandIn) -> list[tuple[str, str]]:
    """The requests about love that arrived."""
    asked = [one for one in lastfm.requests if one.method in ("track.love", "track.unlove")]
    return [(one.method, one.params["track"]) for one in asked]


def marks(daemon: Daemon) -> dict[str, int]:
    """The library's marks, by title."""
    return dict(daemon.rows("SELECT title, lastfm_loved FROM library"))


async def sent(lastfm: StandIn, *expected: tuple[str, str]) -> None:
    """Wait until these requests about love, and no others, have arrived and are answered."""
    count = len(expected)
    assert await asyncio.to_thread(lastfm.wait_for, lambda seen: len(love_requests(seen)) >= count)
    assert love_requests(lastfm) == list(expected)


async def waiting(scrobbler: Scrobbler) -> int:
    """How many requests about love wait."""
    return (await scrobbler.call("GetQueueStatus"))[0]["loves"]


def pages(lastfm: StandIn) -> list[int]:
    """The pages of loved tracks that were asked for."""
    asked = [one for one in lastfm.requests if one.method == "user.getLovedTracks"]
    return [int(one.params["page"]) for one in asked]
