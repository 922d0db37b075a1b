"""Private mode of a whole daemon: what plays in it is nowhere."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dbus_next.signature import Variant

from lab.dbus import round_trip
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import SOON, UNLIMITED, Bench, scrobble_ago, started
from tests.support.desktop_services import Server

SECRET = "Whispered"
"""Part of all names that nobody may find."""

SONG = (f"{SECRET} Title", [f"{SECRET} Artist"], f"{SECRET} Album", 30.0)
ADDRESS = {"xesam:url": Variant("s", f"file:///music/{SECRET}.flac")}

pytestmark = started(
    tables={
        **SOON,
        **UNLIMITED,
        "log": {"level": "debug"},
        "notifications": {"show": "all"},
    }
)


@dataclass
class Ear:
    """Hears all that crosses the bus."""

    path: Path

    def secrets_of_others(self, player: FakePlayer) -> list[str]:
        """The messages with a secret in them that are not the player's."""
        messages = self.path.read_text(errors="replace").split("\nsignal ")
        messages = [part for each in messages for part in each.split("\nmethod ")]
        theirs = f"sender={player.bus.unique_name} "
        return [each for each in messages if SECRET in each and theirs not in each]


@pytest.fixture
def ear(bench: Bench, tmp_path: Path) -> Iterator[Ear]:
    path = tmp_path / "heard"
    with path.open("wb") as out:
        monitor = subprocess.Popen(
            ["dbus-monitor", "--session"], env=bench.daemon.env(), stdout=out
        )
        try:
            yield Ear(path)
        finally:
            monitor.terminate()
            monitor.wait()


@pytest.fixture
def demo(bench: Bench) -> Any:
    return FakePlayer.start(bench.bus.address, "demo")


def found_on_disk(folder: Path) -> list[str]:
    """The files with a secret in them, in whatever place."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if SECRET.encode() in path.read_bytes()]


async def counts(scrobbler: Scrobbler, player: FakePlayer, title: str) -> None:
    """Play something that is no secret until it counts."""
    await player.play(title, ["Mira Holt"], "", 30.0)
    await scrobbler.said("ScrobbleStatus", "queued", "Mira Holt", title)


async def private_for_two_seconds(scrobbler: Scrobbler) -> None:
    """Private mode ends by itself: what plays meanwhile is heard twice as long as it takes."""
    await scrobbler.call("PausePrivately", "u", 2)
    while await scrobbler.get("Private"):
        await scrobbler.changed("Private")


def nothing_is_found(bench: Bench) -> None:
    assert found_on_disk(bench.daemon.state) == []
    assert SECRET not in bench.daemon.log
    assert SECRET not in repr([request.params for request in bench.lastfm.requests])


async def test_what_plays_in_private_mode_is_nowhere(
    bench: Bench, scrobbler: Scrobbler, demo: Any, ear: Ear, server: Server
) -> None:
    async with await demo as player:
        await counts(scrobbler, player, "Fern")
        await scrobbler.call("PausePrivately", "u", 0)
        await player.play(*SONG, metadata=ADDRESS)
        await round_trip(player.bus)
        assert await scrobbler.get("Private") is True
        assert await scrobbler.get("Current") == []
        assert (await scrobbler.get("Status")).startswith("Private; ")
        await private_for_two_seconds(scrobbler)  # and goes on afterwards
        await counts(scrobbler, player, "Moss")
        bench.restart()
        nothing_is_found(bench)
        assert ear.secrets_of_others(player) == []
    [plays] = await scrobbler.call("GetHistory", "ux", 9, 0)
    assert [play["title"] for play in plays] == ["Moss", "Fern"]


@pytest.mark.parametrize("ends", ["restart", "kill"])
async def test_private_mode_outlasts_the_daemon(
    bench: Bench, scrobbler: Scrobbler, demo: Any, ends: str
) -> None:
    async with await demo as player:
        await counts(scrobbler, player, "Fern")
        await scrobbler.call("PausePrivately", "u", 0)
        await player.play(*SONG, metadata=ADDRESS)
        await scrobbler.call("ListPlayers")
        bench.daemon.stop() if ends == "restart" else bench.daemon.kill()
        bench.daemon.start()
        assert await scrobbler.get("Private") is True
        await private_for_two_seconds(scrobbler)
        await counts(scrobbler, player, "Moss")
        bench.daemon.stop()
        nothing_is_found(bench)


async def test_what_played_before_ends_with_what_it_had(
    bench: Bench, scrobbler: Scrobbler, demo: Any
) -> None:
    async with await demo as player:
        await counts(scrobbler, player, "Fern")
        await private_for_two_seconds(scrobbler)
        [[fern]] = await scrobbler.call("GetHistory", "ux", 9, 0)
        assert (fern["title"], fern["verdict"]) == ("Fern", "counted")
        assert fern["heard"] < 2.5
        await counts(scrobbler, player, "Moss")
        [plays] = await scrobbler.call("GetHistory", "ux", 9, 0)
        assert [(each["title"], each["heard"]) for each in plays[1:]] == [("Fern", fern["heard"])]


async def test_what_had_not_counted_when_it_began_leaves_no_trace(
    bench: Bench, scrobbler: Scrobbler, demo: Any
) -> None:
    async with await demo as player:
        await counts(scrobbler, player, "Fern")
        await player.play(*SONG[:3], 300.0, metadata=ADDRESS)
        while not (current := await scrobbler.get("Current")) or SECRET not in repr(current):
            await scrobbler.changed("Current")
        await scrobbler.call("PausePrivately", "u", 0)
        bench.daemon.stop()
        assert found_on_disk(bench.daemon.state) == []


async def test_other_programs_record_nothing_either(bench: Bench, scrobbler: Scrobbler) -> None:
    await scrobbler.call("PausePrivately", "u", 0)
    assert (await scrobbler.call("NowPlaying", "sssu", f"{SECRET} A", SECRET, "", 200))[0] == (
        "disabled"
    )
    _, scrobbling = scrobble_ago(300, artist=f"{SECRET} A", track=SECRET)
    assert (await scrobbler.call(*scrobbling))[0] == "disabled"
    nothing_is_found(bench)


async def test_a_pause_moves_the_end_and_resume_ends_it(scrobbler: Scrobbler) -> None:
    await scrobbler.call("PausePrivately", "u", 0)
    await scrobbler.call("Pause", "u", 600)
    [settings] = await scrobbler.call("GetSettings")
    assert settings["private"] is True
    assert settings["paused_until"] > 0
    await scrobbler.call("Resume")
    [settings] = await scrobbler.call("GetSettings")
    assert (settings["private"], settings["paused_until"], settings["enabled"]) == (False, 0, True)
    await scrobbler.call("Pause", "u", 600)
    [settings] = await scrobbler.call("GetSettings")
    assert settings["private"] is False


async def test_what_plays_cannot_be_loved_and_the_diagnosis_says_why(scrobbler: Scrobbler) -> None:
    await scrobbler.call("PausePrivately", "u", 0)
    assert await scrobbler.refused("LoveCurrent") == (
        "InvalidArgument",
        "private mode is on: what plays is not known",
    )
    [findings] = await scrobbler.call("Diagnose")
    [players] = [each for each in findings if each["check"] == "players"]
    assert players["ok"] is True
    assert players["message"] == (
        "private mode is on, nothing is recorded; scrobblerctl resume ends it"
    )


async def test_a_trace_ends_when_private_mode_begins(
    bench: Bench, scrobbler: Scrobbler, demo: Any, tmp_path: Path
) -> None:
    trace, other = tmp_path / "trace.jsonl", tmp_path / "other.jsonl"
    async with await demo as player:
        recording = await begin_recording(bench, trace)
        assert recording.stderr is not None
        assert b"Recording" in await recording.stderr.readline()
        await scrobbler.call("PausePrivately", "u", 0)
        await player.play(*SONG, metadata=ADDRESS)
        _, told = await recording.communicate()
        assert recording.returncode not in (0, None)
        assert b"private mode is on, nothing is recorded" in told
        assert SECRET not in trace.read_text()
        _, told = await (await begin_recording(bench, other)).communicate()
    assert b"private mode is on, nothing is recorded" in told
    assert not other.exists()


async def begin_recording(bench: Bench, trace: Path) -> asyncio.subprocess.Process:
    """Run `scrobblerd record`."""
    command = [sys.executable, "-m", "scrobblerd", "record", str(trace)]
    return await asyncio.create_subprocess_exec(
        *command, env=bench.daemon.env(), stderr=asyncio.subprocess.PIPE
    )
