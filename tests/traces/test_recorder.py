"""recorder.py: what was recorded off a real bus replays to what was heard."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dbus_next.signature import Variant

from lab.bus import PrivateBus
from lab.player import FakePlayer
from scrobblerd.core.rules import Rules
from scrobblerd.traces.recorder import without_path
from scrobblerd.traces.replay import Replay, read
from tests.hostile.flooding import flooding

RULES = Rules(minimum_seconds=1.0, minimum_track_seconds=1.0, settle=0.2)
PROGRAM = {"scrobblerd": "scrobblerd", "scrobblerd.ctl": "scrobblerctl"}
"""What each calls itself."""
FILE = "file:///home/otter/Music/secret%20folder/a.flac?token=hush"


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    with PrivateBus() as private:
        yield private


def record(
    bus: PrivateBus, trace: Path, program: str = "scrobblerd", stderr: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", program, "record", str(trace)]
    return subprocess.Popen(command, env={**os.environ, **bus.env()}, stderr=stderr)


async def test_a_recording_replays_and_tells_no_paths(bus: PrivateBus, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    async with await FakePlayer.start(bus.address, "demo") as player:
        recording = record(bus, trace)
        await player.called("GetAll", within=10)
        extra = {"xesam:url": Variant("s", FILE)}
        begun = time.monotonic()
        await player.play("Slow Harbour", ["The Paper Lanterns"], "Tidewater", 5.0, metadata=extra)
        for _ in range(6):  # it is read twice a second
            await player.called("GetAll", within=10)
        await player.stop()
        played = time.monotonic() - begun
        await player.called("GetAll", within=10)
    recording.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(recording.wait, 10) == 0
    [play] = Replay(read(trace), RULES).run()
    assert (play.player, play.track.title, play.verdict) == ("demo", "Slow Harbour", "counted")
    assert play.heard == pytest.approx(played, abs=0.6)
    text = trace.read_text(encoding="utf-8")
    assert "file:///" in text
    assert "otter" not in text
    assert "secret" not in text
    assert "hush" not in text


async def test_who_came_while_too_many_names_came_and_went_is_in_it(
    bus: PrivateBus, tmp_path: Path
) -> None:
    trace = tmp_path / "trace.jsonl"
    with flooding(bus.address, "names", 5000.0, 1.0) as flood:
        async with await FakePlayer.start(bus.address, "early") as player:
            recording = record(bus, trace)
            await player.called("GetAll", within=10)
        flood.begin()
        await asyncio.sleep(0.5)  # it is in full flow
        async with await FakePlayer.start(bus.address, "late") as player:
            await asyncio.to_thread(flood.end)
            await player.called("GetAll", within=10)
    recording.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(recording.wait, 10) == 0
    assert "MediaPlayer2.late" in trace.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_is_one_line(bus: PrivateBus, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scrobblerd", "record", str(tmp_path / "no" / "trace")]
    environment = {**os.environ, **bus.env()}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.decode().splitlines()) == 1
    assert b"can't be written" in done.stderr


@pytest.mark.parametrize("program", ["scrobblerd", "scrobblerd.ctl"])
def test_a_disk_without_room_is_one_line(bus: PrivateBus, program: str) -> None:
    command = [sys.executable, "-m", program, "record", "/dev/full"]
    environment = {**os.environ, **bus.env()}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    [_begins, words] = done.stderr.splitlines()
    assert "/dev/full: can't be written: No space left on device" in words


@pytest.mark.parametrize(("program", "status"), [("scrobblerd", 1), ("scrobblerd.ctl", 3)])
async def test_it_ends_when_the_bus_does(tmp_path: Path, program: str, status: int) -> None:
    with PrivateBus() as bus:
        async with await FakePlayer.start(bus.address, "demo") as player:
            recording = record(bus, tmp_path / "trace.jsonl", program, subprocess.PIPE)
            await player.called("GetAll", within=10)
    _, said = await asyncio.to_thread(recording.communicate, timeout=10)
    assert recording.returncode == status
    assert said.decode().splitlines()[1:] == [f"{PROGRAM[program]}: the session bus has gone"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("", ""),
        ("file:///home/otter/a.flac", "file:///"),
        ("https://user:pass@radio.example/live.mp3?key=1", "https://radio.example/"),
        ("/home/otter/a.flac", "/"),
        ("http://[::1", "invalid:///"),
    ],
)
def test_a_path_becomes_a_digest(url: str, shown: str) -> None:
    told = without_path(url)
    assert told.startswith(shown)
    assert "otter" not in told
    assert "key" not in told
    assert told == without_path(url)
