"""One real player from end to end: mpv with mpv-mpris, the daemon, and the stand-in Last.fm."""

import shutil
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.lastfm import StandIn
from lab.music import make
from tests.conftest import require

PLUGIN = Path("/usr/lib/mpv-mpris/mpris.so")
SECONDS = 32.0
"""The shortest track but one whose duration is sent; at 25 % it is due after 8 s."""


@contextmanager
def mpv(daemon: Daemon, *files: Path) -> Generator[None]:
    """mpv plays the files, on the daemon's bus."""
    command = ["mpv", "--no-config", "--ao=null", "--no-video", "--no-terminal"]
    player = subprocess.Popen([*command, f"--script={PLUGIN}", *map(str, files)], env=daemon.env())
    try:
        yield
    finally:
        player.terminate()
        player.wait(10)


@pytest.fixture
def lastfm() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture
def daemon(lastfm: StandIn, tmp_path: Path) -> Iterator[Daemon]:
    require(shutil.which("mpv") is not None, "mpv is not installed")
    require(PLUGIN.exists(), "mpv-mpris is not installed")
    rules = {"scrobble": {"scrobble_threshold": 25, "minimum_seconds": 8.0}}
    with PrivateBus() as bus:
        started = Daemon(bus, lastfm, tmp_path, rules)
        started.login(lastfm)
        with started:
            yield started


def test_mpv_is_announced_and_scrobbled_once(
    daemon: Daemon, lastfm: StandIn, tmp_path: Path
) -> None:
    song = make(tmp_path / "a.wav", SECONDS, "Slow Harbour", "The Paper Lanterns", "Tidewater")
    before = int(time.time())
    with mpv(daemon, song):
        assert lastfm.wait_for(lambda seen: bool(seen.now_playing), 10)
        began = time.time()
        assert not lastfm.scrobbles
        assert lastfm.wait_for(lambda seen: bool(seen.scrobbles), 15)
        due = time.time()
    assert daemon.stop() == 0
    [announced] = lastfm.now_playing
    assert (announced.artist, announced.track) == ("The Paper Lanterns", "Slow Harbour")
    [scrobble] = lastfm.scrobbles
    assert (scrobble.artist, scrobble.track) == ("The Paper Lanterns", "Slow Harbour")
    assert (scrobble.album, str(scrobble.duration)) == ("Tidewater", "32")
    assert before <= int(scrobble.timestamp) <= began
    assert due - int(scrobble.timestamp) >= 8, "scrobbled before the threshold"


def test_mpv_going_on_to_the_next_file_is_another_play(
    daemon: Daemon, lastfm: StandIn, tmp_path: Path
) -> None:
    skipped = make(tmp_path / "a.wav", SECONDS, "Slow Harbour", "The Paper Lanterns")
    heard = make(tmp_path / "b.wav", SECONDS, "Fern", "Mira Holt")
    player = "/org/mpris/MediaPlayer2 org.mpris.MediaPlayer2.Player"
    with mpv(daemon, skipped, heard):
        assert lastfm.wait_for(lambda seen: bool(seen.now_playing), 10)
        press = f"busctl --user call org.mpris.MediaPlayer2.mpv {player} Next"
        subprocess.run(press.split(), env=daemon.env(), check=True, timeout=10)
        assert lastfm.wait_for(lambda seen: bool(seen.scrobbles), 15)
    assert daemon.stop() == 0
    assert [scrobble.track for scrobble in lastfm.scrobbles] == ["Fern"]
    assert "Slow Harbour by The Paper Lanterns: not heard" in daemon.log
