"""What others say reaches no log and no terminal raw: no control characters, no direction marks.

Players, callers, servers, files and configuration say it, through a real daemon; then all that the
daemon shows is read: its log, `Status`, `Explain`, errors, notifications, the notify socket.
"""

import asyncio
import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from dbus_next.signature import Variant

from lab.bus import PrivateBus
from lab.dbus import ReplyError
from lab.lastfm import Behaviour
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from scrobblerd.__main__ import OneLine
from scrobblerd.core.text import for_wire
from tests.hostile.fuzzing import BIDI, RAW, unsafe
from tests.support.daemon_bench import Bench, running
from tests.support.desktop_services import Server
from tests.support.rows import put

MARKS = "".join(mark for mark in (*RAW, *BIDI) if mark != "\0")
SAID = f"a{MARKS}b"
"""What everybody says here. NUL can't pass the bus."""

FORGED = "\nERROR scrobblerd.forged: all is lost"
"""What would be a line of its own in the log."""

SAMPLE = SAID + FORGED

CONFIG: dict[str, dict[str, object]] = {
    "scrobble": {"settle_ms": 50, "minimum_seconds": 0.2, "minimum_track_seconds": 1.0},
    "filters": {"ignore_genres": [for_wire(SAID)], "ignore_album": [re.escape(f"{SAID}never")]},
    "players": {"deny": [SAID]},
}


@pytest.fixture
def notify(tmp_path: Path) -> Iterator[socket.socket]:
    """systemd's end of the notify socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(tmp_path / "systemd"))
        bound.setblocking(False)
        yield bound


@pytest.fixture
async def bench(tmp_path: Path, bus: PrivateBus, notify: socket.socket) -> AsyncIterator[Bench]:
    """A daemon that has met all of it before: in its files, its folders and its database."""
    music = tmp_path / "music"
    music.mkdir()
    (music / f"broken{SAMPLE.replace('/', '')}.mp3").write_bytes(b"\x1b[31m no music \x9b")
    library = {"library": {"folders": [str(music), str(tmp_path / SAID)]}}
    with running(tmp_path, bus=bus, tables=CONFIG | library) as made:
        assert made.daemon.stop() == 0
        row = dict.fromkeys(("artist", "track", "detail"), SAMPLE)
        row |= {"username": f"other{SAMPLE}"}
        put(
            made.daemon.database,
            "scrobble_queue",
            {**row, "timestamp": int(time.time())},
        )
        made.daemon.spawn({"NOTIFY_SOCKET": str(tmp_path / "systemd")})
        await _ready(notify)
        yield made
        assert made.daemon.stop() == 0
        check_lines(made)


async def _ready(notify: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(30):
        while b"READY=1" not in await loop.sock_recv(notify, 4096):
            pass


def check(shown: str, *wanted: str) -> None:
    """What is shown holds nothing raw, on one line of its own."""
    assert not unsafe(shown), shown
    for words in wanted:
        assert words in shown


def check_lines(bench: Bench) -> None:
    """Likewise the whole log, line by line."""
    for line in bench.daemon.log.splitlines():
        assert not unsafe(line), ascii(line)
        assert not line.startswith("ERROR scrobblerd.forged")


async def test_what_a_player_says_is_shown_clean(
    bench: Bench, scrobbler: Scrobbler, notify: socket.socket
) -> None:
    player = await FakePlayer.start(
        bench.bus.address, "nasty", identity=SAMPLE, desktop_entry=SAMPLE
    )
    async with player:
        for genre in ("", SAID):
            tags = {"xesam:genre": Variant("as", [genre]), "xesam:url": Variant("s", SAMPLE)}
            await player.play(SAMPLE + genre[:1], [SAMPLE], SAMPLE, 1.5, tags)
            await until(scrobbler, something=True)
            check(await scrobbler.get("Status"))
            await player.stop()
            await until(scrobbler, something=False)
        plays = (await scrobbler.call("GetHistory", "ux", 50, 0))[0]
        assert len(plays) == 2
        for play in plays:
            check((await scrobbler.call("Explain", "x", play["id"]))[0])
        for seen in (await scrobbler.call("ListPlayers"))[0]:
            check(seen["rule"])
        for finding in (await scrobbler.call("Diagnose"))[0]:
            check("".join(map(str, finding.values())))
    notes = received(notify)
    assert any("Playing a" in note for note in notes)
    for note in notes:
        check(note)


async def until(scrobbler: Scrobbler, *, something: bool) -> None:
    """Wait until something plays, or nothing."""
    while bool(await scrobbler.changed("Current")) is not something:
        pass


def received(notify: socket.socket) -> list[str]:
    """What systemd was told so far."""
    notes: list[str] = []
    with suppress(BlockingIOError):
        while True:
            notes.append(notify.recv(65536).decode())
    return notes


CALLS = (
    ("CompleteAuth", "s", SAMPLE),
    ("UpdateSettings", "a{sv}", {SAMPLE: Variant("s", SAMPLE)}),
    ("TestFilter", "a{sv}", {SAMPLE: Variant("s", SAMPLE)}),
    ("CheckTrack", "a{sv}", {SAMPLE: Variant("s", SAMPLE)}),
    ("ExportLoved", "s", SAMPLE),
    ("ExportLovedPage", "su", SAMPLE, 1),
    ("ListQueue", "sux", SAMPLE, 1, 0),
    ("ClaimQueue", "s", SAMPLE),
    ("Skip", "s", SAMPLE),
    ("EditItem", "xa{sv}", 1, {SAMPLE: Variant("s", SAMPLE)}),
    ("Frobnicate", "s", SAMPLE),
    ("Love", "s", SAMPLE),
)


@pytest.mark.parametrize("made", CALLS, ids=[made[0] for made in CALLS])
async def test_what_a_caller_says_is_refused_clean(
    bench: Bench, scrobbler: Scrobbler, made: tuple[str, str]
) -> None:
    with pytest.raises(ReplyError) as refused:
        await scrobbler.call(*made)
    check(str(refused.value))


async def test_a_filter_is_tried_clean(bench: Bench, scrobbler: Scrobbler) -> None:
    for genres in ([SAID], [SAMPLE], []):
        tags = {"title": SAMPLE, "artist": SAMPLE, "album": SAMPLE, "url": SAMPLE}
        values = {name: Variant("s", value) for name, value in tags.items()}
        values["genres"] = Variant("as", genres)
        check((await scrobbler.call("TestFilter", "a{sv}", values))[0])


def _play(title: str) -> tuple[str, str, str, str, str, int, int, int]:
    return ("Scrobble", "sssxuu", SAMPLE, title, SAMPLE, int(time.time()) - 300, 200, 200)


async def test_what_a_server_says_is_shown_clean(
    bench: Bench, scrobbler: Scrobbler, server: Server
) -> None:
    bench.lastfm.misbehave(Behaviour.ignores({0: (1, SAMPLE)}), method="track.scrobble")
    _, message = await scrobbler.call(*_play("Ignored"))
    check(message, "ignored")
    bench.lastfm.misbehave(Behaviour.error(10, SAMPLE), method="track.scrobble")
    _, message = await scrobbler.call(*_play("Held"))
    check(message)
    check(await server.next())
    for name, value in (await scrobbler.call("GetQueueStatus"))[0].items():
        check(f"{name} {value}")
    bench.lastfm.misbehave(Behaviour.error(8, SAMPLE), method="user.getInfo")
    for finding in (await scrobbler.call("Diagnose"))[0]:
        check(finding["message"])


async def test_rows_of_an_odd_account_are_told_clean(bench: Bench, scrobbler: Scrobbler) -> None:
    _, words = await scrobbler.refused("ClaimQueue", "s", "nobody")
    check(words)
    [rows] = await scrobbler.call("ListQueue", "sux", "", 10, 0)
    await scrobbler.call("RetryItem", "x", rows[0]["id"]) if rows else None


async def test_files_of_any_name_are_scanned_clean(bench: Bench, scrobbler: Scrobbler) -> None:
    [figures] = await scrobbler.call("ScanLibrary")
    assert figures["unreadable"] >= 1
    for name in figures["unreadable_files"]:
        check(name)


async def test_a_configuration_that_is_broken_is_told_clean(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    for broken in ('["\\u001b[31m"]', '[scrobble]\n"\\u202e\\u001b" = 1', '[log]\nlevel = "\x9b"'):
        bench.daemon.config_path.write_text(broken, encoding="utf-8")
        _, words = await scrobbler.refused("Reload")
        check(words, "config.toml")
        env = {**bench.daemon.env(), "XDG_STATE_HOME": str(bench.daemon.home / "other")}
        ran = _run(env)
        assert ran.returncode == os.EX_CONFIG
        check(ran.stderr.strip(), "config.toml")


def test_a_trace_is_replayed_clean(tmp_path: Path) -> None:
    owner, name = ":1.5", f"org.mpris.MediaPlayer2.{SAID}"
    tags = {"xesam:title": SAMPLE, "xesam:artist": [SAMPLE], "mpris:length": 40_000_000}
    player = "org.mpris.MediaPlayer2.Player"
    changed = {"PlaybackStatus": "Playing", "Metadata": tags}
    driver = "org.freedesktop.DBus"
    lines = [
        {"t": 0, "type": "header", "format": 1, "wall": 1_790_000_000},
        _signal(0.1, driver, driver, "NameOwnerChanged", name, "", owner),
        _signal(0.2, owner, f"{driver}.Properties", "PropertiesChanged", player, changed, []),
        {"t": 60, "type": "note"},
    ]
    path = tmp_path / "trace.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    for more in ([], ["--json"]):
        ran = _run(dict(os.environ), "replay", str(path), *more)
        assert (ran.returncode, ran.stderr) == (0, "")
        shown = ran.stdout.splitlines()
        assert any("heard" in line or "counted" in line for line in shown)
        for line in shown:
            check(line)
    broken = tmp_path / f"b{SAID}"
    ran = _run(dict(os.environ), "replay", str(broken))
    assert ran.returncode == 1
    check(ran.stderr.strip())


def _signal(
    at: float, sender: str, interface: str, member: str, *body: object
) -> dict[str, object]:
    names = {"sender": sender, "interface": interface, "member": member}
    return {"t": at, "type": "signal", **names, "body": list(body)}


def _run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scrobblerd", *arguments]
    return subprocess.run(
        command, env=env, capture_output=True, text=True, encoding="utf-8", timeout=30, check=False
    )


def test_a_traceback_in_the_log_obeys_nobody_and_forges_no_line() -> None:
    try:
        raise ValueError(SAID + FORGED)
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "fault", None, sys.exc_info())
    first, *rest = OneLine("%(message)s").format(record).split("\n")
    assert first == "fault"
    assert all(line.startswith("  ") and line.isprintable() for line in rest), rest
