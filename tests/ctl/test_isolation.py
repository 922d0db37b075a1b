"""isolation.py: names that run from right to left stay by themselves, in each line of a row."""

import io
import re

import pytest
from rich.console import Console

from scrobblerd.core.text import FSI, PDI, isolated
from scrobblerd.ctl.display import formats
from scrobblerd.ctl.display.screen import Line, grid, text

FERN, HARBOUR = "سرخس", "נמל שקט (Live) מאוד מאוד ארוך"


class Tty(io.StringIO):
    """An output that is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def drawn(*rows: tuple[Line, ...], width: int = 80, tty: bool = True) -> list[str]:
    """The lines of a table."""
    out = Tty() if tty else io.StringIO()
    console = Console(file=out, width=width, color_system=None, force_terminal=tty)
    console.print(grid(("",) * len(rows[0]), rows, width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")


def test_each_name_of_a_row_is_isolated_and_nothing_else() -> None:
    [line] = drawn((("1", ""), FERN, "Fern", [("03:30", "dim"), f" 3 × {FERN}."]))
    assert line.split("  ") == ["1", f"{FSI}{FERN}{PDI}", "Fern", f"03:30 3 × {FSI}{FERN}{PDI}."]


def test_in_a_sentence_title_and_artist_are_apart() -> None:
    [line] = drawn((formats.track(f"{FERN} (Live) 2", f"{FERN} & Co"), "3"))
    assert line == f"{FSI}{FERN} (Live) 2{PDI} by {FSI}{FERN} & Co{PDI}  3"


def test_a_name_that_is_folded_is_closed_in_each_line() -> None:
    lines = drawn(("7", isolated(HARBOUR), "12:30"), width=30)
    assert len(lines) > 1
    for line in lines:
        assert line.count(FSI) == line.count(PDI) == 1
        assert re.fullmatch(rf"[7 ]*{FSI}[^{FSI}{PDI}]+{PDI}[ 12:30]*", line)


def test_marks_take_no_room() -> None:
    first, second = drawn((FERN, "12:30"), ("Fern", "12:31"))
    assert first.replace(FSI, "").replace(PDI, "").index("12") == second.index("12")


def test_what_is_stacked_is_isolated_too() -> None:
    lines = drawn((FERN, "Fern", HARBOUR), width=16)
    assert all(line.count(FSI) == line.count(PDI) for line in lines)
    assert f"{FSI}{FERN}{PDI}  Fern" in "\n".join(lines)


def test_a_pipe_gets_names_as_they_are() -> None:
    [line] = drawn((FERN, formats.track(HARBOUR, FERN)), tty=False)
    assert line == f"{FERN}  {HARBOUR} by {FERN}"


def test_a_name_with_marks_of_its_own_cannot_break_out() -> None:
    [line] = drawn((f"{FSI}{PDI}{PDI}{FERN}{FSI}", formats.track(f"{PDI}{FERN}", "")))
    assert re.sub(rf"{FSI}[^{FSI}{PDI}]*{PDI}", "", line).isspace() or not re.search(
        rf"[{FSI}{PDI}]", re.sub(rf"{FSI}[^{FSI}{PDI}]*{PDI}", "", line)
    )


def test_styles_stay() -> None:
    styled = text([("bold", "bold"), f" {FERN} ", (FERN, "red")])
    assert styled.plain == f"bold {FERN} {FERN}"
    assert [str(span.style) for span in styled.spans if str(span.style) in ("bold", "red")] == [
        *("bold", "red")
    ]
