"""The whole daemon with players on a real bus: what is heard arrives at the stand-in, once."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import SignalLog, connect
from lab.lastfm import Behaviour, StandIn
from lab.player import FakePlayer
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

SONG: dict[str, Any] = {"title": "Slow Harbour", "artist": ["The Paper Lanterns"], "length": 4.0}
OTHER: dict[str, Any] = {"title": "Fern", "artist": ["Mira Holt"], "length": 4.0}
LONGER: dict[str, Any] = {**SONG, "length": 12.0}


@pytest.fixture
def lastfm() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture
def daemon(bus: PrivateBus, lastfm: StandIn, tmp_path: Path) -> Iterator[Daemon]:
    """Logged in, but not started."""
    made = Daemon(bus, lastfm, tmp_path, QUICK)
    made.login(lastfm)
    yield made
    made.kill()


@pytest.fixture
async def player(bus: PrivateBus) -> AsyncIterator[FakePlayer]:
    async with await FakePlayer.start(bus.address, "demo") as started:
        yield started


async def until(lastfm: StandIn, seen: Callable[[StandIn], bool]) -> None:
    assert await asyncio.to_thread(lastfm.wait_for, seen, 10)


async def scrobbled(lastfm: StandIn, *titles: str) -> None:
    """Wait until as many scrobbles have arrived; they are these, in any order."""
    await until(lastfm, lambda seen: len(seen.scrobbles) >= len(titles))
    assert sorted(scrobble.track for scrobble in lastfm.scrobbles) == sorted(titles)


def rows(daemon: Daemon, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in the daemon's database."""
    database = sqlite3.connect(f"file:{daemon.database}?mode=ro", uri=True)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


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
    assert rows(daemon, "SELECT track, state FROM scrobble_queue") == [("Slow Harbour", "pending")]
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
    starts = rows(daemon, "SELECT title, start FROM plays")
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
    bus: PrivateBus, daemon: Daemon, lastfm: StandIn, player: FakePlayer
) -> None:
    lastfm.stop()
    daemon.start()
    async with await connect(bus.address) as connection:
        log = await SignalLog.start(connection, "type='signal',member='ScrobbleStatus'")
        await player.play(**SONG)
        assert (await log.next("ScrobbleStatus", within=10)).body[0] == "queued"
    assert daemon.stop() == 0
    lastfm.start()
    with sqlite3.connect(daemon.database) as database:
        database.execute("DELETE FROM state WHERE name = 'worker'")
    database.close()
    daemon.start()
    await scrobbled(lastfm, "Slow Harbour")


async def test_a_tracker_state_of_an_older_version_costs_one_line(
    daemon: Daemon, lastfm: StandIn, player: FakePlayer
) -> None:
    daemon.start()
    assert daemon.stop() == 0
    with sqlite3.connect(daemon.database) as database:
        state = OLD_JOURNAL.read_text(encoding="utf-8")
        database.execute("UPDATE state SET value = ? WHERE name = 'tracker'", (state,))
    database.close()
    daemon.start()
    await player.play(**SONG)
    await scrobbled(lastfm, "Slow Harbour")
    assert daemon.log.count("beginning anew") == 1


async def test_nothing_is_queued_or_announced_while_switched_off(
    bus: PrivateBus, lastfm: StandIn, tmp_path: Path, player: FakePlayer
) -> None:
    off = Daemon(bus, lastfm, tmp_path, {**QUICK, "lastfm": {"enabled": False}})
    off.login(lastfm)
    with off:
        await player.play(**SONG)
        for _ in ("root", "player", "due"):
            await player.called("GetAll")
        await player.play(**OTHER)
        await player.called("GetAll")  # due: the first one has ended
    assert rows(off, "SELECT title, verdict FROM plays") == [("Slow Harbour", "disabled")]
    assert lastfm.requests == []
