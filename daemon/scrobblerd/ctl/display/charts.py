"""Draws figures as bars for the terminal. Every line fits the width, whatever the names are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, set_cell_size

from ...core.text import printable
from . import formats, labels
from .screen import Line, Span
from .statistics import Period, beginning, busiest, listening_time, long_verdict, periods, share

MIN_WIDTH_CELLS, MAX_WIDTH_CELLS = 30, 80
COLUMN_LINES = 5
"""Height of the columns."""
GUTTER_CELLS = 8
"""Room left of the columns, for the largest figure."""
MAX_STEP_CELLS = 12
"""From one column to the next."""
MAX_ENTRIES = 10
"""Entries of a list."""
MAX_BAR_CELLS = 40
"""Length of a bar; the least is a fifth of the width."""
MIN_NAME_CELLS = 24
"""Room for a name beside a bar."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Characters for drawing: eighths of a cell from below and from the left, nothing, a cut."""

    below: str
    left: str
    nothing: str
    cut: str


BLOCKS = Glyphs(" ▁▂▃▄▅▆▇█", " ▏▎▍▌▋▊▉█", "·", "…")
ASCII = Glyphs(" ____####", "    #####", ".", "...")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list: its name, its plays, another figure, and the style of its bar."""

    name: str
    plays: int
    figure: str
    style: str = "green"


def picture(document: dict[str, Any], width: int, blocks: bool) -> list[Line]:
    """Returns all figures as lines for a terminal of `width` cells."""
    glyphs = BLOCKS if blocks else ASCII
    width = min(max(width, MIN_WIDTH_CELLS), MAX_WIDTH_CELLS)
    lines = _summary(document)
    unit, found = periods(document["days"], width - GUTTER_CELLS)
    heard, counted = [one.heard for one in found], [one.counted for one in found]
    lines += ["", (f"Heard per {unit}", "bold")]
    lines += columns(found, heard, listening_time, "cyan", width, glyphs)
    lines += ["", (f"Plays that counted per {unit}", "bold")]
    lines += columns(found, counted, "{:,.0f}".format, "green", width, glyphs)
    for title, said, entries in _lists(document):
        lines += ["", *bars(title, said, entries, width, glyphs)] if entries else []
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
        (f"{listening_time(document['heard'])} heard", "cyan"),
    ]
    if best := busiest(document["days"]):
        most = f"{formats.count(best['counted'], 'play')}, {listening_time(best['heard'])}"
        lines.append(f"Most on {best['day']}: {most}")
    return lines


def _lists(document: dict[str, Any]) -> list[tuple[str, str, list[Entry]]]:
    """Returns the lists: title, heading of the last column, entries."""
    best: tuple[tuple[str, str, Callable[[dict[str, Any]], str]], ...] = (
        ("Artists", "artists", lambda one: one["artist"]),
        ("Tracks", "tracks", lambda one: labels.track(one["title"], one["artist"])),
        ("Players", "players", lambda one: one["player"]),
    )
    found = [
        (
            title,
            "heard",
            [
                Entry(name(one), one["counted"], listening_time(one["heard"]))
                for one in document[key][:MAX_ENTRIES]
            ],
        )
        for title, key, name in best
    ]
    verdicts: list[Entry] = []
    for one in document["verdicts"]:
        said = share(one["plays"], document["plays"])
        _, style = labels.verdict(one["verdict"])
        verdicts.append(Entry(long_verdict(one["verdict"]), one["plays"], said, style))
    return [*found, ("Verdicts", "share", verdicts)]


def columns(
    found: Sequence[Period],
    values: Sequence[float],
    said: Callable[[float], str],
    style: str,
    width: int,
    glyphs: Glyphs,
) -> list[Line]:
    """Draws columns, with the largest figure beside them and their names below them."""
    top = max(values, default=0)
    step = max(1, min(MAX_STEP_CELLS, (width - GUTTER_CELLS) // max(1, len(values))))
    body = step - (step > 1)
    eighths = [_eighths(value, top, COLUMN_LINES) for value in values]
    lines: list[Line] = []
    for level in reversed(range(COLUMN_LINES)):
        label = said(top) if level == COLUMN_LINES - 1 and top else "" if level else "0"
        spans: list[Span] = [(f"{label:>{GUTTER_CELLS - 1}} ", "dim")]
        for height in eighths:
            if height or level:
                glyph = glyphs.below[min(max(height - level * 8, 0), 8)]
                spans.append(((glyph * body).ljust(step), style))
            else:
                spans.append(((glyphs.nothing * body).ljust(step), "dim"))
        lines.append(spans)
    return [*lines, (" " * GUTTER_CELLS + _names(found, step, width - GUTTER_CELLS), "dim")]


def _eighths(value: float, top: float, cells: int) -> int:
    """Returns how many eighths of a cell are filled: at least one if it is not 0."""
    return max(1, round(value / top * cells * 8)) if value else 0


def _names(found: Sequence[Period], step: int, room: int) -> str:
    """Returns as many names as there is room for, each from where its column begins."""
    longest = max((len(one.name) for one in found), default=0)
    every = -(-(longest + 1) // step)
    line = ""
    for number in range(0, len(found), every):
        if number * step + longest <= room:
            line = line.ljust(number * step) + found[number].name
    return line


def bars(title: str, said: str, entries: Sequence[Entry], width: int, glyphs: Glyphs) -> list[Line]:
    """Draws a list with a bar for each entry. If there is little room, names get lines of their
    own, and are only cut if they do not fit there either."""
    plays = max(len("plays"), *(len(f"{one.plays:,}") for one in entries))
    last = max(len(said), *(len(one.figure) for one in entries))
    rest = width - plays - last - 6
    widest = max(len(title), *(cell_len(printable(one.name)) for one in entries))
    name = min(widest, rest - width // 5)
    below = name < min(widest, MIN_NAME_CELLS)
    name = len(title) if below else name
    bar, top = min(rest - name, MAX_BAR_CELLS), max(one.plays for one in entries)
    lines: list[Line] = [
        [
            (fitted(title, name, glyphs.cut), "bold"),
            (f"  {'plays':>{plays}}  {said:>{last}}", "dim"),
        ]
    ]
    for one in entries:
        figures = f"  {one.plays:>{plays},}  {one.figure:>{last}}  "
        if below:
            lines.append(fitted(one.name, width, glyphs.cut).rstrip())
        start = " " * name if below else fitted(one.name, name, glyphs.cut)
        lines.append([start, figures, (_bar(one.plays, top, bar, glyphs), one.style)])
    return lines


def _bar(value: float, top: float, cells: int, glyphs: Glyphs) -> str:
    full, part = divmod(_eighths(value, top, cells), 8)
    return (glyphs.left[8] * full + glyphs.left[part]).rstrip() or glyphs.left[8] * bool(value)


def fitted(name: str, width: int, cut: str = BLOCKS.cut) -> str:
    """Returns a name that takes `width` cells: cut, or filled with spaces."""
    safe = printable(name)
    if cell_len(safe) > width:
        safe = set_cell_size(safe, width - len(cut)).rstrip() + cut
    return safe + " " * (width - cell_len(safe))
