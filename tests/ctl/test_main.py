"""scrobblerctl as a process: outputs that close or are full, and what needs no daemon."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from scrobblerd.ctl.arguments.examples import EXAMPLES
from tests.support.daemon_bench import Bench
from tests.support.rows import put
from tests.support.scrobblerctl import (
    CTL,
    HARMLESS,
    NASTY,
    Running,
    Stage,
    ctl,
    environment,
    said,
)

SHARED = True


def into(bench: Bench, output: int, *arguments: str) -> tuple[int, str]:
    """The exit status and the words of a command whose output is this."""
    ended = subprocess.run(
        [*CTL, *arguments],
        env=environment(bench),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stderr


def test_nobody_minds_a_reader_who_has_gone(bench: Bench) -> None:
    for arguments in (("status",), ("history", "--json"), ("queue", "export"), ("--help",)):
        reader, output = os.pipe()
        os.close(reader)
        status, words = into(bench, output, *arguments)
        os.close(output)
        assert words == "", arguments
        assert status in (0, 1)


@pytest.mark.parametrize("arguments", ["watch --json", "watch", "now --follow"])
def test_what_never_ends_ends_with_its_reader(bench: Bench, stage: Stage, arguments: str) -> None:
    with subprocess.Popen(
        f"{' '.join(CTL)} {arguments} | head -n 1",
        shell=True,
        env=environment(bench),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as pipeline:
        assert pipeline.stdout
        assert pipeline.stdout.readline()
        stage.plays(
            f"Not {arguments}", name="other." + arguments.rsplit("-", maxsplit=1)[-1].strip()
        )
        assert pipeline.communicate(timeout=20) == ("", "")


def test_a_full_disk_is_told_in_one_line(bench: Bench) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    for arguments in (("status",), ("status", "--json"), ("now",), ("queue", "export")):
        status, words = into(bench, full, *arguments)
        assert words == "scrobblerctl: the output can't be written: No space left on device\n"
        assert status == 1
    os.close(full)


def test_without_an_output_there_is_no_answer_and_no_complaint(bench: Bench) -> None:
    for command, status in (("status", 0), ("now --json", 0), ("explain 999", 1), ("nonsense", 2)):
        for closed in (">&-", "2>&-", ">&- 2>&-", "<&-"):
            ended = bench.run(f"{' '.join(CTL)} {command} {closed}")
            assert ended.returncode == status, (command, closed, ended)
            assert "Traceback" not in ended.stderr


def test_a_terminal_that_goes_ends_what_never_ends(bench: Bench) -> None:
    with Running(bench, "watch") as watch:
        watch.expect("quiet_otter")
        watch.hang_up()
        assert watch.process.wait(20) != 0


def test_a_file_takes_what_is_shown(bench: Bench, stage: Stage, tmp_path: Path) -> None:
    stage.plays(NASTY)
    path = tmp_path / "status"
    with path.open("w") as file:
        assert into(bench, file.fileno(), "status") == (0, "")
    assert HARMLESS in path.read_text()


def test_help_and_version_need_neither_bus_nor_daemon(bench: Bench) -> None:
    nowhere = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    for arguments in (
        ("--help",),
        ("help",),
        ("help", "queue", "drop"),
        ("--version",),
        ("-V",),
        ("queue", "drop", "--help"),
    ):
        assert "scrobblerctl" in said(bench, *arguments, env=nowhere)
    ended = ctl(bench, env=nowhere)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("usage: scrobblerctl")


LOOKING = (
    *("accounts", "status", "history", "explain", "queue", "queue list", "queue export", "loved"),
    *("loved list", "loved export", "loved unmatched", "players", "pause", "resume", "reload"),
    *("test-filter", "settings", "help"),
)
"""Commands whose examples need nothing but a daemon and a play."""


def test_the_examples_of_help_pages_run(bench: Bench, stage: Stage) -> None:
    put(bench.daemon.database, "plays", {"id": 128})
    function = f'scrobblerctl() {{ {" ".join(map(shlex.quote, CTL))} "$@"; }}'
    folder = shlex.quote(str(bench.daemon.home))
    for path in LOOKING:
        for what, line in EXAMPLES[path]:
            ended = bench.run(f"cd {folder}; {function}; {line}")
            assert (ended.returncode, ended.stderr) == (0, ""), what


SLOW = ("ssl", "gi", "scrobblerd.core.model", "scrobblerd.core.matching", "scrobblerd.core.wording")
"""What takes 5 to 30 ms to import, and what these commands need not."""


@pytest.mark.parametrize("command", ["status", "now", "history"])
def test_what_runs_often_imports_nothing_slow(bench: Bench, stage: Stage, command: str) -> None:
    stage.plays(f"Moss {command}")
    short = {"id": 77, "title": "Moss", "verdict": "not_heard", "reason": "not_heard"}
    put(bench.daemon.database, "plays", short)
    script = (
        "import atexit, sys; from scrobblerd.ctl.__main__ import main;"
        f"atexit.register(lambda: print(*filter(sys.modules.get, {SLOW}), file=sys.stderr));"
        "sys.exit(main())"
    )
    words = [sys.executable, "-c", script, command]
    env = bench.daemon.env() | {"PYTHONDEVMODE": ""}
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=True)
    assert "Moss" in done.stdout
    assert done.stderr == "\n"
