"""docs/recipes.md tells the truth: its pieces are taken by what they are for, its lines run."""

import asyncio
import csv
import io
import json
import os
import re
import select
import shlex
import sqlite3
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from lab.player import FakePlayer
from scrobblerd.ctl.arguments.tree import parser
from tests.conftest import Needs
from tests.support.daemon_bench import Bench, running, scrobble_ago
from tests.support.documents import blocks
from tests.support.paths import ROOT
from tests.support.queue_samples import REJECTED, TITLE, fill
from tests.support.scrobblerctl import CTL
from tools.answers import ANSWERS

RECIPES = ROOT / "docs" / "recipes.md"
TEXT = RECIPES.read_text(encoding="utf-8")
SHELL = blocks(RECIPES, "sh")

WRITTEN = re.compile(r"scrobblerctl((?: +(?:'[^'\n]*'|[\w@%/.:$+-]+))+)")
"""A command line of ours within whatever it stands in."""


def block(words: str) -> str:
    """The one block of shell that has these words."""
    [found] = [one for one in SHELL if words in one]
    return found


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One daemon for all, with a play and a rejected row."""
    with running(tmp_path_factory.mktemp("daemon")) as started:
        fill(started.daemon.database)
        yield started


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with scrobblerctl, and with what would show itself on a desktop."""
    folder = tmp_path / ".local" / "bin"
    folder.mkdir(parents=True)
    for name, line in (
        ("scrobblerctl", " ".join(map(shlex.quote, CTL)) + ' "$@"'),
        ("notify-send", 'printf "%s\\n" "$*"'),
    ):
        (folder / name).write_text(
            f"#!/bin/sh\nexec {line}\n" if name[0] == "s" else f"#!/bin/sh\n{line}\n"
        )
        (folder / name).chmod(0o755)
    return folder


def env(bench: Bench, programs: Path) -> dict[str, str]:
    """An environment in which they are found, and in which the home is theirs."""
    inherited = bench.daemon.env() | {"PYTHONDEVMODE": ""}  # else asyncio tells of slow machines
    path = f"{programs}:{inherited['PATH']}"
    return inherited | {"PATH": path, "HOME": str(programs.parents[1]), "LC_ALL": "C.UTF-8"}


def run(bench: Bench, programs: Path, script: str) -> str:
    """What a piece of shell says, run in the home of `programs`."""
    done = subprocess.run(
        ["sh", "-euc", script],
        env=env(bench, programs),
        cwd=programs.parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_command_line_is_one() -> None:
    code = "\n".join(re.findall(r"^ *```.*?\n(.*?)^ *```", TEXT, re.MULTILINE | re.DOTALL))
    found = WRITTEN.findall(code)
    assert len(found) > 20
    for words in found:
        parser().parse_args(shlex.split(words))


# -- history --------------------------------------------------------------------------------------


def test_a_history_moves_in_and_on(tmp_path: Path, programs: Path) -> None:
    home = programs.parents[1]
    (home / "lastfm.csv").write_text('Mira Holt,Understorey,Fern,"31 Dec 2020, 10:11"\n')
    entry = '{"endTime": "2020-12-31 10:15", "artistName": "Mira Holt", "trackName": "Fern"'
    with zipfile.ZipFile(home / "my_spotify_data.zip", "w") as archive:
        archive.writestr("MyData/StreamingHistory_music_0.json", f'[{entry}, "msPlayed": 240000}}]')
    with running(tmp_path / "daemon") as fresh:
        said = run(fresh, programs, f"export TZ=UTC\n{block('import --dry-run')}")
        times = "The first play began 2020-12-31 10:11, the last one 2020-12-31 10:11.\n"
        assert said == (
            f"1  play would be added to your history\n1  play that was there already\n{times}"
            f"1  play added to your history\n1  play that was there already\n{times}"
        )
        assert fresh.daemon.rows("SELECT title FROM plays") == [("Fern",)]


def test_a_clock_that_was_wrong_is_put_right(tmp_path: Path, programs: Path) -> None:
    line = "Mira Holt\tUnderstorey\tFern\t1\t241\tL\t1609409472\t\n"  # 2020-12-31 10:11:12
    (programs.parents[1] / ".scrobbler.log").write_text(f"#AUDIOSCROBBLER/1.1\n#TZ/UNKNOWN\n{line}")
    with running(tmp_path / "daemon") as fresh:
        said = run(fresh, programs, f"export TZ=Europe/Berlin\n{block('--shift')}")
        times = ["10:11", "09:11", "09:11"]
        assert re.findall(r"The first play began 2020-12-31 (\d\d:\d\d)", said) == times
        assert fresh.daemon.rows("SELECT start FROM plays") == [(1609409472 - 2 * 3600,)]


def test_a_record_is_heard_track_after_track(tmp_path: Path, programs: Path) -> None:
    ended = int(time.time()) // 60 * 60 - 3600
    words = time.strftime("%Y-%m-%dT%H:%M", time.localtime(ended))
    with running(tmp_path / "daemon") as fresh:
        run(fresh, programs, re.sub(r"(?<=until )\S+", words, block("clockless-until")))
        assert fresh.daemon.rows(
            "SELECT title, start, length, album FROM plays ORDER BY start"
        ) == [
            ("Fern", ended - 730, 241, "Understorey"),
            ("Moss", ended - 489, 187, "Understorey"),
            ("Slow Harbour", ended - 302, 302, "Understorey"),
        ]
        queued = fresh.daemon.rows("SELECT count(*) FROM scrobble_queue")
        assert queued == [(3,)]


# -- status bars ----------------------------------------------------------------------------------


async def test_waybar_gets_what_it_takes(bench: Bench, programs: Path) -> None:
    """Its names: waybar-custom(5), "RETURN-TYPE"."""
    [module] = blocks(RECIPES, "jsonc waybar")
    settings: dict[str, Any] = json.loads(module)["custom/scrobblerd"]
    assert (settings["return-type"], settings["escape"]) == ("json", True)
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        await player.play("Fern", ["Mira Holt"], "Understorey", 1000.0)
        shown = await asyncio.to_thread(first_line, bench, programs, settings["exec"], "Fern")
    playing = shown.pop("playing")
    assert shown == {
        "text": "Mira Holt – Fern",
        "tooltip": "Fern\nMira Holt\nUnderstorey",
        "alt": "playing",
        "class": "playing",
        "percentage": int(100 * playing["heard"] / playing["needed"]),
    }


async def test_a_waybar_that_takes_the_tooltip_for_markup_gets_it_escaped(
    bench: Bench, programs: Path
) -> None:
    [module] = blocks(RECIPES, "jsonc waybar-markup")
    settings: dict[str, Any] = json.loads(module)["custom/scrobblerd"]
    assert "escape" not in settings
    async with await FakePlayer.start(bench.bus.address, "markup") as player:
        await player.play("Fern & <Moss>", ["Mira Holt"], "Under & growth", 1000.0)
        shown = await asyncio.to_thread(
            first_line, bench, programs, settings["exec"], "Fern & <Moss>"
        )
    assert shown["text"] == "<b>Fern &amp; &lt;Moss&gt;</b> Mira Holt"
    assert shown["tooltip"] == "Fern &amp; &lt;Moss&gt;\nMira Holt\nUnder &amp; growth"


def first_line(bench: Bench, programs: Path, command: str, title: str) -> Any:
    """The first document about a track that a command without an end shows."""
    with subprocess.Popen(
        shlex.split(command),
        env=env(bench, programs),
        executable=programs / "scrobblerctl",
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        documents = map(json.loads, process.stdout)
        shown = next(one for one in documents if one["text"] and one["playing"]["title"] == title)
        process.terminate()
    return shown


def test_the_classes_for_waybar_are_the_ones_there_are() -> None:
    meanings = {name: what for name, _, what in ANSWERS["now"].fields}
    for name in re.findall(r"`(\w+)`", meanings["alt"] + meanings["class"]):
        assert f"`{name}`" in TEXT.partition("## waybar")[2].partition("\n## ")[0]


# -- lines ----------------------------------------------------------------------------------------


def test_the_history_becomes_a_table(bench: Bench, programs: Path, needs: Needs) -> None:
    needs("jq")
    run(bench, programs, block("@csv"))
    text = (programs.parents[1] / "history.csv").read_text(encoding="utf-8")
    [[_, *row]] = csv.reader(io.StringIO(text))
    assert row == ["Mira Holt", TITLE, ""]


def test_the_best_artists_are_listed(bench: Bench, programs: Path, needs: Needs) -> None:
    needs("jq")
    assert run(bench, programs, block(".artists[:10]")) == "1\tMira Holt\n"


def test_the_history_becomes_listens(bench: Bench, programs: Path, needs: Needs) -> None:
    """As ListenBrainz takes them: "Payload JSON details" of its API."""
    needs("jq")
    run(
        bench,
        programs,
        block("listens.jsonl >request.json").join([block("listened_at") + "\n", ""]),
    )
    request = json.loads((programs.parents[1] / "request.json").read_text(encoding="utf-8"))
    [listen] = request.pop("payload")
    assert request == {"listen_type": "import"}
    assert set(listen) == {"listened_at", "track_metadata"}
    assert listen["track_metadata"] == {
        "artist_name": "Mira Holt",
        "track_name": TITLE,
        "additional_info": {"media_player": "mpv", "submission_client": "scrobblerd"},
    }


def test_rejected_rows_are_sent_again(bench: Bench, programs: Path, needs: Needs) -> None:
    needs("jq")
    said = run(bench, programs, block("queue retry"))
    assert said == "1 row to be sent again\n"
    [[state]] = bench.daemon.rows("SELECT state FROM scrobble_queue WHERE id = ?", REJECTED)
    assert state != "rejected"


def test_scripts_get_their_answers(bench: Bench, programs: Path, needs: Needs) -> None:
    needs("jq")
    said = run(bench, programs, block("jq -e"))
    assert said.splitlines() == ["scrobblerd needs help run scrobblerctl doctor", "0"]


def test_a_scrobble_is_notified(bench: Bench, programs: Path, needs: Needs) -> None:
    needs("busctl", "jq")
    with subprocess.Popen(
        ["sh", "-c", block("busctl")],
        env=env(bench, programs),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as watching:
        assert watching.stdout
        said = b""
        for ago in range(1000, 51_000, 1000):  # it does not say when it has begun to listen
            _, call = scrobble_ago(ago)
            words = " ".join(shlex.quote(str(one)) for one in call)
            bench.run(
                "busctl --user call org.scrobblerd.Scrobbler1 /org/scrobblerd/Scrobbler1"
                f" org.scrobblerd.Scrobbler1 {words}"
            )
            if select.select([watching.stdout], [], [], 0.1)[0]:
                said = os.read(watching.stdout.fileno(), 65536)
                break
        os.killpg(watching.pid, 15)
    assert said.startswith(b"Scrobbled: Slow Harbour by The Paper Lanterns\n")


def test_nothing_is_scrobbled_while_a_program_runs(bench: Bench, programs: Path) -> None:
    (programs / "paused").write_text(block("trap"))
    (programs / "paused").chmod(0o755)
    enabled = "scrobblerctl settings enabled"
    assert run(bench, programs, f"paused {enabled}; {enabled}").splitlines()[1::2] == ["off", "on"]


def test_the_units_are_taken_by_systemd(bench: Bench, programs: Path, needs: Needs) -> None:
    needs("systemd-analyze")
    units = programs.parents[1] / "units"
    units.mkdir()
    for kind in ("service", "timer"):
        [unit] = blocks(RECIPES, f"ini {kind}")
        (units / f"listening.{kind}").write_text(unit)
    places = {"HOME": str(programs.parents[1]), "XDG_RUNTIME_DIR": str(units)}
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *sorted(map(str, units.iterdir()))],
        env=env(bench, programs) | places,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_backup_of_the_running_daemon_is_whole(
    bench: Bench, programs: Path, needs: Needs
) -> None:
    needs("sqlite3")
    home = programs.parents[1]
    state = home / ".local" / "state"
    state.mkdir(parents=True)
    (state / "scrobblerd").symlink_to(bench.daemon.state)
    run(bench, programs, block(".backup"))
    with closing(sqlite3.connect(home / "scrobblerd-backup.db")) as backup:
        assert backup.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert (TITLE,) in backup.execute("SELECT title FROM plays").fetchall()
