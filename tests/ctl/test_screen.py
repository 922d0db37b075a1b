"""Tables in narrow terminals."""

import io

from rich.console import Console

from scrobblerd.ctl.display.screen import grid

HEADINGS = ("ROW", "STATE", "PLAYED", "TRACK", "SAID")
LONG = "Slow Harbour (Live at the Royal Albert Hall) by The Paper Lanterns & Mira Holt"


def shown(width: int, *rows: tuple[str, ...]) -> list[str]:
    """The lines of a table of the queue."""
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None)
    console.print(grid(HEADINGS, rows, width))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_long_title_costs_no_heading_and_no_other_column() -> None:
    rows = [("20", "pending", "03:37", LONG, "3 tries"), ("19", "sent", "03:30", "Fern", "")]
    first, *lines = shown(80, *rows)
    assert first.split() == list(HEADINGS)
    assert lines[0].startswith("20   pending  03:37   Slow Harbour")
    assert lines[0].endswith("3 tries")
    assert lines[-1].split() == ["19", "sent", "03:30", "Fern"]
    assert max(map(len, lines)) <= 80


def test_where_there_is_room_nothing_is_folded() -> None:
    assert len(shown(140, ("20", "pending", "03:37", LONG, "3 tries"))) == 2


def test_where_there_is_too_little_the_last_stands_beneath() -> None:
    lines = shown(30, ("20", "pending", "03:37", "Fern by Mira Holt", "3 tries"))
    assert lines[-1] == "    3 tries"
