"""What scrobblerctl shows: tables in narrow terminals, terminals and pipes of every kind."""

import io
import re
from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from rich.console import Console

from scrobblerd.ctl.display.screen import grid
from tests.support.daemon_bench import Bench
from tests.support.scrobblerctl import (
    ASCII,
    HARMLESS,
    NASTY,
    QUICK,
    Running,
    Stage,
    ctl,
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


DAEMON = {"tables": TABLES}


@pytest.fixture(scope="module")
def bench(shared: Bench) -> Iterator[Bench]:
    """A daemon with something to show everywhere, most of it an enemy's."""
    with Stage(shared) as stage:
        shared.lastfm.stop()
        stage.player("browser.instance7", identity=NASTY)
        stage.scrobble(600, artist=NASTY, track=NASTY)
        stage.call("Love", "ss", NASTY, NASTY)
        stage.plays("Slow Harbour of the North", "The Paper Lanterns", "Tidewater")
        stage.counts()
        stage.plays(f"{NASTY} {'夜y' * 500}", NASTY, NASTY)
        stage.counts()
        yield shared


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


# -- tables ---------------------------------------------------------------------------------------

HEADINGS = ("ROW", "STATE", "PLAYED", "TRACK", "REASON")
PLAYERS = ("PLAYER", "NAME", "STATUS", "LISTENED TO", "RULE")
LONG = "Slow Harbour (Live at the Royal Albert Hall) by The Paper Lanterns & Mira Holt"


def table(width: int, *rows: tuple[str, ...], headings: tuple[str, ...] = HEADINGS) -> list[str]:
    """The lines of a table, by default of the queue."""
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    console.print(grid(headings, rows, width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_long_title_costs_no_heading_and_no_other_column() -> None:
    rows = [("20", "pending", "03:37", LONG, "3 tries"), ("19", "sent", "03:30", "Fern", "")]
    first, *lines = table(80, *rows)
    assert first.split() == list(HEADINGS)
    assert lines[0].startswith("20   pending  03:37   Slow Harbour")
    assert lines[0].endswith("3 tries")
    assert lines[-1].split() == ["19", "sent", "03:30", "Fern"]
    assert max(map(len, lines)) <= 80


def test_where_there_is_room_nothing_is_folded() -> None:
    assert len(table(140, ("20", "pending", "03:37", LONG, "3 tries"))) == 2


def test_where_there_is_too_little_the_last_stands_beneath() -> None:
    lines = table(30, ("20", "pending", "03:37", "Fern by Mira Holt", "3 tries"))
    assert lines[-1] == "    3 tries"


def test_where_there_is_too_little_the_widest_column_is_folded() -> None:
    row = (
        "browser.instance7",
        "Firefox Developer Edition",
        "stopped",
        "no",
        "[players] deny it all",
    )
    first, *lines = table(80, row, headings=PLAYERS)
    assert first.split() == " ".join(PLAYERS).split()
    assert lines[0].startswith("browser.instance7  Firefox Developer  stopped  no ")
    assert lines[1].split() == ["Edition", "all"]
