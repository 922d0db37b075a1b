"""A disk that is full or takes nothing, under a real daemon: nothing is lost that can be kept."""

import asyncio
import resource
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from dbus_next.signature import Variant

from lab.daemon import Daemon
from lab.dbus import ReplyError, connect
from lab.lastfm import Behaviour, StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.runtime.supervision import START_RETRY_SECONDS
from scrobblerd.storage.database import STORE_RETRY_SECONDS
from tests.conftest import Needs
from tests.support.daemon_bench import SOON, Bench, scrobble_ago, started
from tests.support.disks import SmallDisk, locked, mount, mounted
from tests.support.waiting import TIMEOUT_SECONDS, until

pytestmark = started(tables=SOON)

LOG_ENDS = 16384
"""Bytes: longer than the daemon's log, and far shorter than what SQLite writes to."""

KEPT = "plays are kept in memory until it works again"
MENDED = "the database works again; nothing was lost"


# -- disks ----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def disk(tmp_path: Path, needs: Needs) -> Iterator[SmallDisk]:
    """What the daemon's state is kept on."""
    needs("mount", "umount")
    folder = tmp_path / ".local" / "state"
    folder.mkdir(parents=True)
    with mounted(folder, "-t", "tmpfs", "-o", "size=4m", "tmpfs"):
        yield SmallDisk(folder)


# -- what is looked at ----------------------------------------------------------------------------


async def eventually(holds: Callable[[], object], within: float = TIMEOUT_SECONDS) -> None:
    """Wait until it holds, while players and callers of this process go on."""
    await asyncio.to_thread(until, holds, within)


def titles(lastfm: StandIn) -> list[str]:
    """What was scrobbled, in the order in which it came."""
    return [scrobble.track for scrobble in lastfm.scrobbles]


def states(daemon: Daemon) -> dict[str, str]:
    """By title: the state of its row, as another program reads it."""
    return dict(daemon.rows("SELECT track, state FROM scrobble_queue"))


async def heard(player: FakePlayer, lastfm: StandIn, title: str) -> None:
    """A play that is announced, and counts as soon as it may; it goes on."""
    scrobbler = await Scrobbler.start(player.bus)
    await player.play(title, ["The Paper Lanterns"], "Tidewater", 60.0)

    def announced(seen: StandIn) -> bool:
        return bool(seen.now_playing) and seen.now_playing[-1].track == title

    assert await asyncio.to_thread(lastfm.wait_for, announced)
    counted = (title, "counted")
    while counted not in [(one["title"], one["verdict"]) for one in await scrobbler.get("Current")]:
        await scrobbler.changed("Current", TIMEOUT_SECONDS)


# -- full -----------------------------------------------------------------------------------------


async def test_on_a_full_disk_it_says_so_once_and_serves_on_and_records_when_there_is_room(
    bench: Bench, disk: SmallDisk
) -> None:
    lastfm, daemon = bench.lastfm, bench.daemon
    async with (
        await connect(bench.bus.address) as connection,
        await FakePlayer.start(bench.bus.address, "demo") as player,
    ):
        scrobbler = await Scrobbler.start(connection)
        await heard(player, lastfm, "One")
        await eventually(lambda: states(daemon) == {"One": "sent"})
        assert titles(lastfm) == ["One"]
        await asyncio.to_thread(disk.fill)
        for title in ("Two", "Three"):
            await heard(player, lastfm, title)
        assert daemon.log.count(KEPT) == 1
        assert "database fails" in await scrobbler.get("Status")
        await serves_what_needs_no_room(scrobbler)
        assert titles(lastfm) == ["One"]
        await asyncio.to_thread(disk.make_room)
        await eventually(lambda: len(titles(lastfm)) == 3, STORE_RETRY_SECONDS + TIMEOUT_SECONDS)
        assert titles(lastfm) == ["One", "Two", "Three"]
        assert (daemon.log.count(KEPT), daemon.log.count(MENDED)) == (1, 1)
        await eventually(lambda: set(states(daemon).values()) == {"sent"})
        assert "database fails" not in await scrobbler.get("Status")


async def serves_what_needs_no_room(scrobbler: Scrobbler) -> None:
    """It answers; what has to be written is refused, and has not happened."""
    [queue] = await scrobbler.call("GetQueueStatus")
    assert queue["queued"] == 0
    assert "full" in queue["database"]
    [finding] = [one for one in (await scrobbler.call("Diagnose"))[0] if one["check"] == "database"]
    assert (finding["ok"], "do not restart" in finding["remedy"]) == (False, True)
    assert [play["title"] for play in (await scrobbler.call("GetHistory", "ux", 9, 0))[0]] == [
        "One"
    ]
    [current] = await scrobbler.get("Current")
    assert current["title"] == "Three"
    error, words = await scrobbler.refused(*scrobble_ago(300)[1])
    assert error == "Service"
    assert "full" in words
    with pytest.raises(ReplyError, match="No space left"):
        await scrobbler.set("ScrobbleThreshold", Variant("u", 60))
    assert await scrobbler.get("ScrobbleThreshold") == 25


# -- what waits in memory -------------------------------------------------------------------------


@contextmanager
def full(_: Daemon, disk: SmallDisk) -> Generator[None]:
    """Within the block there is no room."""
    disk.fill()
    yield
    disk.make_room()


@contextmanager
def refusing(daemon: Daemon, _: SmallDisk) -> Generator[None]:
    """Within the block no file of the daemon's takes a byte beyond the first few."""
    before = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (LOG_ENDS, resource.RLIM_INFINITY))
    yield
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("trouble", [full, refusing])
async def test_what_the_disk_refused_is_written_down_at_the_stop_and_sent_after_the_next_start(
    bench: Bench,
    disk: SmallDisk,
    trouble: Callable[[Daemon, SmallDisk], AbstractContextManager[None]],
) -> None:
    lastfm, daemon = bench.lastfm, bench.daemon
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        await heard(player, lastfm, "One")
        await eventually(lambda: states(daemon) == {"One": "sent"})
        with trouble(daemon, disk):
            await heard(player, lastfm, "Two")
        assert (daemon.log.count(KEPT), titles(lastfm)) == (1, ["One"])
        assert await asyncio.to_thread(daemon.stop) == 0
        assert states(daemon) == {"One": "sent", "Two": "pending"}
        await asyncio.to_thread(daemon.start)
        await eventually(lambda: len(titles(lastfm)) == 2)
        await (await Scrobbler.start(player.bus)).call("RetryQueue")  # it has no more to send
    assert titles(lastfm) == ["One", "Two"]


async def test_what_is_lost_because_there_is_no_room_to_the_very_end_is_named_in_the_log(
    bench: Bench, disk: SmallDisk
) -> None:
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        await heard(player, bench.lastfm, "One")
        with full(bench.daemon, disk):
            await heard(player, bench.lastfm, "Two")
            assert await asyncio.to_thread(bench.daemon.stop) == 0
    assert "Two" in bench.daemon.log


@pytest.mark.parametrize("killed", [False, True], ids=["asked-again", "killed"])
async def test_a_verdict_that_found_no_room_is_no_reason_to_count_a_play_twice(
    bench: Bench, disk: SmallDisk, killed: bool
) -> None:
    lastfm, daemon = bench.lastfm, bench.daemon
    lastfm.misbehave(Behaviour.slow(60), method="track.scrobble")
    async with await connect(bench.bus.address) as connection:
        scrobbler = await Scrobbler.start(connection)
        calling = asyncio.create_task(scrobbler.call(*scrobble_ago(300)[1]))
        assert await asyncio.to_thread(lastfm.wait_for, lambda seen: bool(seen.requests))
        await asyncio.to_thread(disk.fill)
        lastfm.release()
        await eventually(lambda: KEPT in daemon.log)
        assert titles(lastfm) == ["Slow Harbour"]
        if killed:
            await asyncio.to_thread(daemon.kill)
        await asyncio.to_thread(disk.make_room)
        if killed:
            await asyncio.to_thread(daemon.start)
        await scrobbler.call("RetryQueue")
        await asyncio.gather(calling, return_exceptions=True)
    assert set(states(daemon).values()) == {"sent"}
    assert titles(lastfm) == ["Slow Harbour"]
    assert len({tuple(request.params.items()) for request in lastfm.requests}) == 1
    assert len(lastfm.requests) == 1 + killed


# -- at the start ---------------------------------------------------------------------------------


async def waiting(daemon: Daemon) -> str:
    """What a daemon says that can't start yet: one line, and it does not end."""
    before = daemon.log
    process = daemon.spawn({"PYTHONDEVMODE": ""})  # asyncio does not tell how slow the machine is
    await asyncio.to_thread(until, lambda: daemon.log != before)
    await asyncio.sleep(2.5 * START_RETRY_SECONDS)
    assert process.poll() is None
    [line] = daemon.log.removeprefix(before).splitlines()
    assert line.endswith("waiting until it works")
    return line


async def goes_on(daemon: Daemon) -> None:
    """It works as soon as the disk does."""
    await asyncio.to_thread(until, lambda: "the disk works; going on" in daemon.log)
    daemon.kill()


async def test_where_it_can_write_nothing_it_waits_and_says_so_in_one_line(
    bench: Bench, disk: SmallDisk
) -> None:
    daemon = bench.daemon
    daemon.stop()
    disk.fill()
    assert str(daemon.database) in await waiting(daemon)
    disk.make_room()
    await goes_on(daemon)
    assert mount("-o", "remount,ro", disk.folder)
    line = await waiting(daemon)
    assert str(daemon.state) in line
    assert "Read-only file system" in line
    assert mount("-o", "remount,rw", disk.folder)
    await asyncio.to_thread(until, lambda: daemon.log.count("the disk works; going on") == 2)
    daemon.kill()
    daemon.start()


async def test_a_start_under_a_lock_waits(bench: Bench) -> None:
    daemon = bench.daemon
    daemon.stop()
    with locked(daemon):
        assert "locked" in await waiting(daemon)
    await goes_on(daemon)
    daemon.start()


async def test_a_play_that_a_lock_kept_out_at_the_stop_is_sent_after_the_next_start(
    bench: Bench,
) -> None:
    lastfm, daemon = bench.lastfm, bench.daemon
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        await heard(player, lastfm, "One")
        await asyncio.to_thread(until, lambda: states(daemon) == {"One": "sent"})
        with locked(daemon):
            await heard(player, lastfm, "Two")
            begun = time.monotonic()
            assert await asyncio.to_thread(daemon.stop) == 0
            assert time.monotonic() - begun < 2.0
        assert "database is locked" in daemon.log
        assert "until the next start" in daemon.log
        await asyncio.to_thread(daemon.start)
        await asyncio.to_thread(until, lambda: len(titles(lastfm)) == 2)
    assert titles(lastfm) == ["One", "Two"]
    assert not list(daemon.state.glob("scrobblerd-unsaved*"))
