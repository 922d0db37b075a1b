"""scrobblerctl on terminals of every kind, at pipes that close, and with no output at all."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.support.daemon_bench import Bench, running
from tests.support.scrobblerctl import (
    ASCII,
    CTL,
    HARMLESS,
    NASTY,
    QUICK,
    Running,
    Stage,
    ctl,
    environment,
    harmless,
    parsed,
)

STYLE = re.compile(r"\x1b\[([0-9;]*)m")
TABLES = {
    **QUICK,
    "players": {"deny": ["browser*"]},
    "library": {"folders": ["/nonexistent/music"]},
}
SHOWN = (
    *(("status",), ("history",), ("explain",), ("queue",), ("players",), ("doctor",)),
    *(("settings",), ("loved",), ("loved", "unmatched"), ("test-filter", "[red]x", ":smile:")),
)
"""What shows much, without a change to anything."""
OLD = [ASCII, {"PYTHONIOENCODING": "latin-1"}]
"""Outputs from before Unicode."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A daemon with something to show everywhere, most of it an enemy's."""
    with (
        running(tmp_path_factory.mktemp("home"), tables=TABLES) as running_bench,
        Stage(running_bench) as stage,
    ):
        running_bench.lastfm.stop()
        stage.player("browser.instance7", identity=NASTY)
        stage.scrobble(600, artist=NASTY, track=NASTY)
        stage.call("Love", "ss", NASTY, NASTY)
        stage.plays("Slow Harbour of the North", "The Paper Lanterns", "Tidewater")
        stage.counts()
        stage.plays(f"{NASTY} {'夜y' * 500}", NASTY, NASTY)
        stage.counts()
        yield running_bench


def shown(
    bench: Bench, *arguments: str, columns: int = 80, env: dict[str, str] | None = None
) -> str:
    """What a terminal is sent."""
    with Running(bench, *arguments, columns=columns, env=env) as terminal:
        assert terminal.ended() in ((1,) if arguments == ("doctor",) else (0,))
        return terminal.heard


# -- how wide -------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [80, 40])
def test_everything_fits_the_terminal_and_is_harmless(bench: Bench, columns: int) -> None:
    for arguments in SHOWN:
        plain = STYLE.sub("", shown(bench, *arguments, columns=columns))
        harmless(plain)
        widest = max(map(cell_len, plain.split("\n")))
        assert widest <= columns, (arguments, plain)
        assert plain.strip()


def test_markup_is_shown_as_it_is(bench: Bench) -> None:
    for arguments in (("status",), ("history",), ("explain",), ("queue",), ("players",)):
        plain = STYLE.sub("", shown(bench, *arguments))
        assert "[red]x[/red]" in "".join(plain.split()), arguments
        assert ":smile:" in "".join(plain.split()), arguments


def test_odd_widths_are_survived(bench: Bench) -> None:
    for columns in (0, 1, 9, 1000):
        for arguments in (("status",), ("history",)):
            assert shown(bench, *arguments, columns=columns).strip()


def test_a_width_of_nothing_is_no_width(bench: Bench) -> None:
    assert shown(bench, "status", env={"COLUMNS": "0"}).strip()


# -- colours --------------------------------------------------------------------------------------


def colours(text: str) -> set[str]:
    """The colours that a terminal is told to use, beside bold, dim and back to normal."""
    codes = {code for styles in STYLE.findall(text) for code in styles.split(";")}
    return codes - {"", "0", "1", "2", "22"}


def test_a_terminal_has_colours_unless_nobody_wants_them(bench: Bench) -> None:
    assert colours(shown(bench, "status"))
    assert not colours(shown(bench, "status", env={"NO_COLOR": "1"}))
    for env in ({"TERM": "dumb"}, {"TERM": "dumb", "FORCE_COLOR": "1"}):
        for arguments in (("status",), ("history",)):
            harmless(shown(bench, *arguments, env=env))


def test_a_pipe_has_no_colours_whatever_is_forced(bench: Bench) -> None:
    env = {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "TTY_COMPATIBLE": "1", "COLUMNS": "20"}
    for arguments in SHOWN[:5]:
        ended = ctl(bench, *arguments, env={**env, "TERM": "xterm-256color"})
        assert (ended.returncode, ended.stderr) == (0, "")
        harmless(ended.stdout)


def test_a_pipe_has_a_line_for_each_row(bench: Bench) -> None:
    lines = ctl(bench, "history").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["2", "1"]
    assert all(line == line.rstrip() for line in lines)


def test_a_dumb_terminal_is_watched_line_by_line(bench: Bench) -> None:
    with Running(bench, "watch", env={"TERM": "dumb"}) as watch:
        watch.expect("logged in as")
        watch.press("^C")
        assert watch.ended() == 0
    harmless(watch.heard)


# -- outputs from before Unicode ------------------------------------------------------------------


@pytest.mark.parametrize("env", OLD, ids=["ascii", "latin-1"])
def test_what_an_old_terminal_cannot_show_is_a_question_mark(
    bench: Bench, env: dict[str, str]
) -> None:
    for arguments in SHOWN[:6]:
        heard = shown(bench, *arguments, env=env)
        assert not re.search("[夜█·]", heard)
    assert "?" in shown(bench, "history", env=env)
    ended = ctl(bench, "now", env=env)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_json_loses_nothing_in_an_old_locale(bench: Bench) -> None:
    for arguments in (*SHOWN, ("now",)):
        ended = ctl(bench, *arguments, "--json", env=ASCII)
        assert ended.stderr == ""
        assert ended.stdout.isascii()
        parsed(ended.stdout)
    [player] = parsed(ctl(bench, "status", "--json", env=ASCII).stdout)["players"]
    assert HARMLESS in player["title"]
    assert HARMLESS in parsed(ctl(bench, "queue", "export", env=ASCII).stdout)[0]["track"]


# -- outputs that close, or are full --------------------------------------------------------------


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


@pytest.mark.parametrize("arguments", [("watch", "--json"), ("watch",), ("now", "--follow")])
def test_what_never_ends_ends_with_its_reader(bench: Bench, arguments: tuple[str, ...]) -> None:
    line = f"{' '.join(CTL)} {' '.join(arguments)} | head -n 1"
    with (
        Stage(bench) as stage,
        subprocess.Popen(
            line,
            shell=True,
            env=environment(bench),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as pipeline,
    ):
        assert pipeline.stdout
        assert pipeline.stdout.readline()
        stage.plays(f"Not {arguments}", name="other." + arguments[-1].strip("-"))
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
            ended = bench.run(f"PYTHONDEVMODE= {' '.join(CTL)} {command} {closed}")
            assert ended.returncode == status, (command, closed, ended)
            assert "Traceback" not in ended.stderr


def test_a_terminal_that_goes_ends_what_never_ends(bench: Bench) -> None:
    with Running(bench, "watch") as watch:
        watch.expect("Ctrl-C ends this")
        watch.hang_up()
        assert watch.process.wait(20) != 0


def test_a_file_takes_what_is_shown(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "status"
    with path.open("w") as file:
        assert into(bench, file.fileno(), "status") == (0, "")
    assert HARMLESS in path.read_text()
