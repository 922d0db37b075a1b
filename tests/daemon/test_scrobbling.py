"""The whole daemon with players on a real bus: what is heard arrives at the stand-in, once."""

import asyncio
from collections.abc import Callable
from typing import Any

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.lastfm import Behaviour, StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import started
from tests.support.paths import OLD_JOURNAL

QUICK = {
    "scrobble": {
        "scrobble_threshold": 25,
        "minimum_seconds": 0.5,
        "minimum_track_seconds": 1.0,
        "settle_ms": 100,
    }
}
"""A track of 4 s is due after 1 s."""

pytestmark = started(start=False, tables=QUICK)

SONG: dict[str, Any] = {"title": "Slow Harbour", "artist": ["The Paper Lanterns"], "length": 4.0}
OTHER: dict[str, Any] = {"title": "Fern", "artist": ["Mira Holt"], "length": 4.0}
LONGER: dict[str, Any] = {**SONG, "length": 12.0}


async def until(lastfm: StandIn, seen: Callable[[StandIn], bool]) -> None:
    assert await asyncio.to_thread(lastfm.wait_for, seen, 10)


async def scrobbled(lastfm: StandIn, *titles: str) -> None:
    """Wait until as many scrobbles have arrived; they are these, in any order."""
    await until(lastfm, lambda seen: len(seen.scrobbles) >= len(titles))
    assert sorted(scrobble.track for scrobble in lastfm.scrobbles) == sorted(titles)


async def test_a_play_is_announced_and_scrobbled(
    daemon: Daemon, lastfm: StandIn, player: FakePlayer
) -> None:
    daemon.start()
    await player.play(**LONGER)
    await until(lastfm, lambda seen: bool(seen.now_playing))
    assert not lastfm.scrobbles
    await scrobbled(lastfm, "Slow Harbour")
    assert [request.method for request in lastfm.requests] == [
        "track.updateNowPlaying",
        "track.scrobble",
    ]


async def test_a_song_that_plays_already_counts_from_now(
    daemon: Daemon, lastfm: StandIn, player: FakePlayer
) -> None:
    await player.play(**SONG)
    player.position = 2.0
    daemon.start()
    await scrobbled(lastfm, "Slow Harbour")


async def test_two_names_of_one_process_are_one_play(
    bus: PrivateBus, daemon: Daemon, lastfm: StandIn
) -> None:
    daemon.start()
    async with (
        await FakePlayer.start(bus.address, "vlc") as one,
        await FakePlayer.start(bus.address, "vlc.instance7") as other,
    ):
        for name in (one, other):
            await name.play(**SONG)
        await scrobbled(lastfm, "Slow Harbour")
        for name in (one, other):
            await name.play(**OTHER)
        await scrobbled(lastfm, "Slow Harbour", "Fern")
    assert len(lastfm.now_playing) == 2


async def test_two_players_with_different_songs_both_count(
    bus: PrivateBus, daemon: Daemon, lastfm: StandIn, player: FakePlayer
) -> None:
    daemon.start()
    async with await FakePlayer.start(bus.address, "other") as other:
        await player.play(**SONG)
        await other.play(**OTHER)
        await scrobbled(lastfm, "Slow Harbour", "Fern")


async def test_a_player_that_hangs_holds_up_nobody(
    bus: PrivateBus, daemon: Daemon, lastfm: StandIn, player: FakePlayer
) -> None:
    async with await FakePlayer.start(bus.address, "hung") as hung:
        hung.hang = True
        daemon.start()
        await player.play(**SONG)
        await scrobbled(lastfm, "Slow Harbour")


async def test_a_play_is_on_disk_before_it_is_on_the_wire(
    daemon: Daemon, lastfm: StandIn, player: FakePlayer
) -> None:
    lastfm.misbehave(Behaviour.slow(30), method="track.scrobble")
    daemon.start()
    await player.play(**SONG)
    await until(lastfm, lambda seen: any(r.method == "track.scrobble" for r in seen.requests))
    assert daemon.rows("SELECT track, state FROM scrobble_queue") == [("Slow Harbour", "pending")]
    lastfm.release()


async def test_an_answer_lost_after_storing_is_resent_the_same(
    daemon: Daemon, lastfm: StandIn, player: FakePlayer
) -> None:
    lastfm.misbehave(Behaviour.slow_after_storing(30), method="track.scrobble")
    daemon.start()
    await player.play(**SONG)
    await until(lastfm, lambda seen: bool(seen.scrobbles))
    daemon.kill()
    lastfm.release()
    daemon.start()
    await until(lastfm, lambda seen: sum(r.method == "track.scrobble" for r in seen.requests) == 2)
    first, second = (dict(r.params) for r in lastfm.requests if r.method == "track.scrobble")
    assert first == second
    assert len(lastfm.scrobbles) == 1


async def test_a_restart_in_mid_track_goes_on_with_the_play(
    daemon: Daemon, lastfm: StandIn, player: FakePlayer
) -> None:
    daemon.start()
    await player.play(**LONGER)
    await until(lastfm, lambda seen: bool(seen.now_playing))
    assert daemon.stop() == 0
    daemon.start()
    await scrobbled(lastfm, "Slow Harbour")
    await player.play(**OTHER)
    await scrobbled(lastfm, "Slow Harbour", "Fern")
    starts = daemon.rows("SELECT title, start FROM plays")
    assert len(starts) == 2, "the play before and after the restart is one"


async def test_a_song_that_counted_does_not_count_again_after_a_kill(
    daemon: Daemon, lastfm: StandIn, player: FakePlayer
) -> None:
    daemon.start()
    await player.play(**SONG)
    await scrobbled(lastfm, "Slow Harbour")
    daemon.kill()
    daemon.start()
    await player.play(**OTHER)
    await scrobbled(lastfm, "Slow Harbour", "Fern")


async def test_a_play_without_network_is_sent_after_the_next_start(
    daemon: Daemon, scrobbler: Scrobbler, lastfm: StandIn, player: FakePlayer
) -> None:
    lastfm.stop()
    daemon.start()
    await player.play(**SONG)
    assert await scrobbler.said("ScrobbleStatus", "queued")
    assert daemon.stop() == 0
    lastfm.start()
    daemon.change("DELETE FROM state WHERE name = 'worker'")
    daemon.start()
    await scrobbled(lastfm, "Slow Harbour")


async def test_a_tracker_state_of_an_older_version_costs_one_line(
    daemon: Daemon, lastfm: StandIn, player: FakePlayer
) -> None:
    daemon.start()
    assert daemon.stop() == 0
    state = OLD_JOURNAL.read_text(encoding="utf-8")
    daemon.change("UPDATE state SET value = ? WHERE name = 'tracker'", state)
    daemon.start()
    await player.play(**SONG)
    await scrobbled(lastfm, "Slow Harbour")
    assert daemon.log.count("beginning anew") == 1


async def test_nothing_is_queued_or_announced_while_switched_off(
    daemon: Daemon, lastfm: StandIn, player: FakePlayer
) -> None:
    config = daemon.config_path.read_text()
    daemon.config_path.write_text(config.replace("[lastfm]", "[lastfm]\nenabled = false"))
    daemon.start()
    await player.play(**SONG)
    for _ in ("root", "player", "due"):
        await player.called("GetAll")
    await player.play(**OTHER)
    await player.called("GetAll")  # due: the first one has ended
    assert daemon.stop() == 0
    assert daemon.rows("SELECT title, verdict FROM plays") == [("Slow Harbour", "disabled")]
    assert lastfm.requests == []
