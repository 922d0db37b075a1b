"""Names that Last.fm has corrected, in a whole daemon: told, and used where tracks are loved."""

import asyncio

from lab.lastfm import Behaviour, StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import SOON, UNLIMITED, USER, Bench, started
from tests.support.loves import loved, marks
from tests.support.scrobblerctl import CTL

PLAYED = ("Bjorn Al", "Is")
KEPT = ("Björn Ål", "Is")

pytestmark = started(tables={**SOON, **UNLIMITED})


async def plays(bench: Bench, scrobbler: Scrobbler, player: FakePlayer) -> None:
    """Is is played, and Last.fm keeps it under the right name of its artist."""
    bench.lastfm.misbehave(Behaviour.corrects(0, artist=KEPT[0]), method="track.scrobble")
    await player.play(PLAYED[1], [PLAYED[0]], "", 100.0)
    await scrobbler.said("ScrobbleStatus", "sent", *PLAYED)


async def test_they_are_told_of_and_used_where_tracks_are_loved(
    bench: Bench, scrobbler: Scrobbler, lastfm: StandIn
) -> None:
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        await plays(bench, scrobbler, player)
        [[play]] = await scrobbler.call("GetHistory", "ux", 9, 0)
        assert play["corrections"] == [["lastfm", KEPT[0], "", "", ""]]
        [words] = await scrobbler.call("Explain", "x", play["id"])
        assert words.endswith("Last.fm has it as Is by Björn Ål.")
        lastfm.love_many(USER, [KEPT])
        [result] = await scrobbler.call("ImportLovedTracks")
        assert (result["imported"], result["not_in_library"]) == (1, 0)
        assert marks(bench.daemon) == {"Is": 1}
        while not (await scrobbler.get("Current"))[0]["loved"]:
            await scrobbler.changed("Current")
        assert await scrobbler.call("Unlove", "ss", *PLAYED) == ["success", ""]
        assert loved(lastfm) == []
        assert marks(bench.daemon) == {"Is": 0}
        while (await scrobbler.get("Current"))[0]["loved"]:
            await scrobbler.changed("Current")


async def test_the_command_tells_of_them(bench: Bench, scrobbler: Scrobbler) -> None:
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        await plays(bench, scrobbler, player)
    command = [*CTL, "explain", "1"]
    told = await asyncio.to_thread(bench.run, command)
    assert told.stdout.rstrip().endswith("Last.fm has it as Is by Björn Ål.")
