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
from scrobblerd.traces import recorder
from scrobblerd.traces.recorder import known_properties, without_path
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
    command = [sys.executable, "-m", program, "record", "--force", str(trace)]
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


# -- what a trace does not tell --------------------------------------------------------------------

SECRETS = [
    "file:///home/otter/hush/a.flac",
    "/home/otter/hush/a.flac",
    "~/hush/otter.flac",
    "https://otter:hush@radio.example/otter?hush=1",
    "data:audio/flac;base64,hush-otter",
    "smb://nas/otter/hush.mp3",
    "/run/media/otter/hush/a b c.mp3",
    "C:\\Users\\otter\\hush.mp3",
    "www.example.org/otter/hush",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("around", ["{}", "From {}", "({})", "x\n{} and more otter"])
@pytest.mark.parametrize(
    "tag",
    [
        *("xesam:title", "xesam:artist", "xesam:album", "xesam:url", "mpris:artUrl"),
        *("xesam:comment", "kde:mediaSrc", "vlc:uri", "xesam:lyrics", "mpris:trackid", "otter"),
    ],
)
def test_an_address_is_reduced_wherever_it_stands(tag: str, around: str, secret: str) -> None:
    text = around.format(secret)
    values: list[Variant] = [
        Variant("s", text),
        Variant("as", [text, text]),
        Variant("a{sv}", {"hush": Variant("s", text), "xesam:url": Variant("s", text)}),
        Variant("v", Variant("s", text)),
        Variant("ay", text.encode()),
        Variant("(ss)", [text, text]),
        Variant("aa{ss}", [{"otter": text}]),
    ]
    for value in values:
        told = str(known_properties({"Metadata": Variant("a{sv}", {tag: value}), "hush": value}))
        assert "hush" not in told, value
        assert "otter" not in told, value


@pytest.mark.parametrize("value", ["AC/DC", "Re: Stacks", "9/11 / Part 2", "a.b", "1:00", "/"])
def test_other_text_stays_as_it_is(value: str) -> None:
    tags = {"xesam:title": Variant("s", value), "mpris:trackid": Variant("o", "/org/vlc/track/5")}
    told = known_properties({"Metadata": Variant("a{sv}", tags)})["Metadata"]["data"]
    assert told["xesam:title"]["data"] == value
    assert told["mpris:trackid"]["data"] == "/org/vlc/track/5"


@pytest.mark.parametrize(
    "trackid",
    [
        "/home/otter/a",
        "/org/mpris/file_3A_2F_2F_2Fhome_2Fotter",
        "/org/x/_2Fhome_2Fotter",
        "/home_otter_a",
    ],
)
def test_an_id_that_was_made_of_a_path_is_a_digest(trackid: str) -> None:
    properties = {"Metadata": Variant("a{sv}", {"mpris:trackid": Variant("o", trackid)})}
    assert "otter" not in str(known_properties(properties))
    assert known_properties(properties) == known_properties(properties)


async def test_a_real_recording_has_known_keys_only(bus: PrivateBus, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    trace.write_text("x" * 100_000)
    trace.chmod(0o644)
    async with await FakePlayer.start(bus.address, "demo") as player:
        recording = record(bus, trace)
        await player.called("GetAll", within=10)
        extra = {
            "kde:mediaSrc": Variant("s", FILE),
            "xesam:comment": Variant("as", [f"ripped to {FILE}"]),
            "otter:x": Variant("a{sv}", {"deep": Variant("s", "hush")}),
        }
        await player.play("Slow Harbour", ["The Paper Lanterns"], "Tidewater", 5.0, metadata=extra)
        for _ in range(3):
            await player.called("GetAll", within=10)
    recording.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(recording.wait, 10) == 0
    text = trace.read_text(encoding="utf-8")
    assert text.startswith("{")
    assert "Slow Harbour" in text
    assert not any(word in text for word in ("otter", "hush", "secret", "kde:", "comment"))
    assert trace.stat().st_mode & 0o777 == 0o600


def test_the_mode_of_a_file_that_was_there_is_set_before_anything_is_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "trace"
    path.write_text("old")
    path.chmod(0o666)
    with recorder.create(path, force=True):
        assert (path.stat().st_mode & 0o777, path.read_text()) == (0o600, "")
