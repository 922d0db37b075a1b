"""Figures as bars for the terminal: every line fits the width, whatever the names are made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, set_cell_size

from ...core.text import printable
from . import formats, labels
from .screen import Line, Span
from .statistics import Period, beginning, busiest, periods, share, spent, why

NARROWEST, WIDEST = 30, 80
HEIGHT = 5
"""Lines of the columns."""
GUTTER = 8
"""Cells left of them, for the largest figure."""
STEP = 12
"""Cells from one column to the next, at most."""
TOP = 10
"""Entries of a list."""
LONGEST = 40
"""Cells of a bar; a fifth of the width is the least."""
NAME = 24
"""Cells that a name has at least, where a bar stands beside it."""


@dataclass(frozen=True, slots=True)
class Pen:
    """What is drawn with: eighths of a cell from below and from the left, nothing, and a cut."""

    below: str
    left: str
    nothing: str
    cut: str


BLOCKS = Pen(" ▁▂▃▄▅▆▇█", " ▏▎▍▌▋▊▉█", "·", "…")
ASCII = Pen(" ____####", "    #####", ".", "...")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list: its name, its plays, what else is said of it, the style of its bar."""

    name: str
    plays: int
    said: str
    style: str = "green"


def picture(document: dict[str, Any], width: int, blocks: bool) -> list[Line]:
    """All figures, line by line, for a terminal of that many cells."""
    pen = BLOCKS if blocks else ASCII
    width = min(max(width, NARROWEST), WIDEST)
    lines = _summary(document)
    unit, found = periods(document["days"], width - GUTTER)
    heard, counted = [one.heard for one in found], [one.counted for one in found]
    lines += ["", (f"Heard per {unit}", "bold")]
    lines += columns(found, heard, spent, "cyan", width, pen)
    lines += ["", (f"Plays that counted per {unit}", "bold")]
    lines += columns(found, counted, "{:,.0f}".format, "green", width, pen)
    for title, said, entries in _lists(document):
        lines += ["", *bars(title, said, entries, width, pen)] if entries else []
    return lines


def _summary(document: dict[str, Any]) -> list[Line]:
    plays, counted = document["plays"], document["counted"]
    lines: list[Line] = [
        [("Listening since ", "bold"), (beginning(document), "bold")],
        [
            f"{formats.count(plays, 'play')}, ",
            (f"{counted:,} counted", "green"),
            f" ({share(counted, plays)})",
        ],
        (f"{spent(document['heard'])} heard", "cyan"),
    ]
    if best := busiest(document["days"]):
        most = f"{formats.count(best['counted'], 'play')}, {spent(best['heard'])}"
        lines.append(f"Most on {best['day']}: {most}")
    return lines


def _lists(document: dict[str, Any]) -> list[tuple[str, str, list[Entry]]]:
    """The lists: title, what the last column says, entries."""
    best: tuple[tuple[str, str, Callable[[dict[str, Any]], str]], ...] = (
        ("Artists", "artists", lambda one: one["artist"]),
        ("Tracks", "tracks", lambda one: labels.track(one["title"], one["artist"])),
        ("Players", "players", lambda one: one["player"]),
    )
    found = [
        (
            title,
            "heard",
            [Entry(name(one), one["counted"], spent(one["heard"])) for one in document[key][:TOP]],
        )
        for title, key, name in best
    ]
    verdicts: list[Entry] = []
    for one in document["verdicts"]:
        said = share(one["plays"], document["plays"])
        _, style = labels.verdict(one["verdict"])
        verdicts.append(Entry(why(one["verdict"]), one["plays"], said, style))
    return [*found, ("Verdicts", "share", verdicts)]


def columns(
    found: Sequence[Period],
    values: Sequence[float],
    said: Callable[[float], str],
    style: str,
    width: int,
    pen: Pen,
) -> list[Line]:
    """Columns side by side, the largest figure beside them and their names below them."""
    top = max(values, default=0)
    step = max(1, min(STEP, (width - GUTTER) // max(1, len(values))))
    body = step - (step > 1)
    eighths = [_eighths(value, top, HEIGHT) for value in values]
    lines: list[Line] = []
    for level in reversed(range(HEIGHT)):
        label = said(top) if level == HEIGHT - 1 and top else "" if level else "0"
        spans: list[Span] = [(f"{label:>{GUTTER - 1}} ", "dim")]
        for height in eighths:
            if height or level:
                glyph = pen.below[min(max(height - level * 8, 0), 8)]
                spans.append(((glyph * body).ljust(step), style))
            else:
                spans.append(((pen.nothing * body).ljust(step), "dim"))
        lines.append(spans)
    return [*lines, (" " * GUTTER + _names(found, step, width - GUTTER), "dim")]


def _eighths(value: float, top: float, cells: int) -> int:
    """How many eighths of a cell are filled; what is not nothing is seen."""
    return max(1, round(value / top * cells * 8)) if value else 0


def _names(found: Sequence[Period], step: int, room: int) -> str:
    """As many names as there is room for, each from where its column begins."""
    longest = max((len(one.name) for one in found), default=0)
    every = -(-(longest + 1) // step)
    line = ""
    for number in range(0, len(found), every):
        if number * step + longest <= room:
            line = line.ljust(number * step) + found[number].name
    return line


def bars(title: str, said: str, entries: Sequence[Entry], width: int, pen: Pen) -> list[Line]:
    """A list with a bar for each entry; where there is little room, names have lines to themselves,
    and are cut only where even that does not do."""
    plays = max(len("plays"), *(len(f"{one.plays:,}") for one in entries))
    last = max(len(said), *(len(one.said) for one in entries))
    rest = width - plays - last - 6
    widest = max(len(title), *(cell_len(printable(one.name)) for one in entries))
    name = min(widest, rest - width // 5)
    below = name < min(widest, NAME)
    name = len(title) if below else name
    bar, top = min(rest - name, LONGEST), max(one.plays for one in entries)
    lines: list[Line] = [
        [(fitted(title, name, pen.cut), "bold"), (f"  {'plays':>{plays}}  {said:>{last}}", "dim")]
    ]
    for one in entries:
        figures = f"  {one.plays:>{plays},}  {one.said:>{last}}  "
        if below:
            lines.append(fitted(one.name, width, pen.cut).rstrip())
        start = " " * name if below else fitted(one.name, name, pen.cut)
        lines.append([start, figures, (_bar(one.plays, top, bar, pen), one.style)])
    return lines


def _bar(value: float, top: float, cells: int, pen: Pen) -> str:
    full, part = divmod(_eighths(value, top, cells), 8)
    return (pen.left[8] * full + pen.left[part]).rstrip() or pen.left[8] * bool(value)


def fitted(name: str, width: int, cut: str = BLOCKS.cut) -> str:
    """A name that takes `width` cells: cut, or filled with spaces."""
    safe = printable(name)
    if cell_len(safe) > width:
        safe = set_cell_size(safe, width - len(cut)).rstrip() + cut
    return safe + " " * (width - cell_len(safe))
