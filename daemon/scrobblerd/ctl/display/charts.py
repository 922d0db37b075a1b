"""Draws figures as bars for the terminal. Every line fits the width, whatever the names are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, set_cell_size

from ...core.text import pieces
from . import formats
from .screen import Line, Span
from .statistics import (
    Entry,
    Ranking,
    busiest,
    compared,
    listening_time,
    periods,
    rankings,
    share,
    time_span,
)

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


def picture(document: dict[str, Any], width: int, blocks: bool) -> list[Line]:
    """Returns all figures as lines for a terminal of `width` cells."""
    glyphs = BLOCKS if blocks else ASCII
    width = min(max(width, MIN_WIDTH_CELLS), MAX_WIDTH_CELLS)
    lines = _summary(document)
    unit, spans = periods(document["days"], width - GUTTER_CELLS)
    names = [span.name for span in spans]
    heard, counted = [span.heard for span in spans], [span.counted for span in spans]
    lines += ["", (f"Heard per {unit}", "bold")]
    lines += _columns(names, heard, listening_time, "cyan", width, glyphs)
    lines += ["", (f"Plays that counted per {unit}", "bold")]
    lines += _columns(names, counted, "{:,.0f}".format, "green", width, glyphs)
    if hours := document["hours"]:
        lines += ["", ("Heard per hour of the day", "bold")]
        names, heard = [f"{hour['hour']:02}" for hour in hours], [hour["heard"] for hour in hours]
        lines += _columns(names, heard, listening_time, "cyan", width, glyphs)
    for ranking in rankings(document, MAX_ENTRIES):
        lines += ["", *_bars(ranking, width, glyphs)] if ranking.entries else []
    return lines


def _summary(document: dict[str, Any]) -> list[Line]:
    plays, counted = document["plays"], document["counted"]
    lines: list[Line] = [
        (f"Listening {time_span(document)}", "bold"),
        [
            f"{formats.count(plays, 'play')}, ",
            (f"{counted:,} counted", "green"),
            f" ({share(counted, plays)})",
        ],
        (f"{listening_time(document['heard'])} heard", "cyan"),
    ]
    if words := compared(document):
        lines.append(words)
    if best := busiest(document["days"]):
        most = f"{formats.count(best['counted'], 'play')}, {listening_time(best['heard'])}"
        lines.append(f"Most on {best['day']}: {most}")
    return lines


def _columns(
    names: Sequence[str],
    values: Sequence[float],
    figure: Callable[[float], str],
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
        label = figure(top) if level == COLUMN_LINES - 1 and top else "" if level else "0"
        spans: list[Span] = [(f"{label:>{GUTTER_CELLS - 1}} ", "dim")]
        for height in eighths:
            if height or level:
                glyph = glyphs.below[min(max(height - level * 8, 0), 8)]
                spans.append(((glyph * body).ljust(step), style))
            else:
                spans.append(((glyphs.nothing * body).ljust(step), "dim"))
        lines.append(spans)
    return [*lines, (" " * GUTTER_CELLS + _below(names, step, width - GUTTER_CELLS), "dim")]


def _eighths(value: float, top: float, cells: int) -> int:
    """Returns how many eighths of a cell are filled: at least one if it is not 0."""
    return max(1, round(value / top * cells * 8)) if value else 0


def _below(names: Sequence[str], step: int, room: int) -> str:
    """Returns as many names as there is room for, each from where its column begins."""
    longest = max(map(len, names), default=0)
    every = -(-(longest + 1) // step)
    line = ""
    for number in range(0, len(names), every):
        if number * step + longest <= room:
            line = line.ljust(number * step) + names[number]
    return line


def _bars(ranking: Ranking, width: int, glyphs: Glyphs) -> list[Line]:
    """Draws a list with a bar for each entry. If there is little room, names get lines of their
    own, and are only cut if they do not fit there either."""
    entries, what, heading = ranking.entries, f"{ranking.what}s", ranking.figure.lower()
    names = [_name(entry) for entry in entries]
    plays = max(len("plays"), *(len(f"{entry.plays:,}") for entry in entries))
    last = max(len(heading), *(len(entry.figure) for entry in entries))
    rest = width - plays - last - 6
    widest = max(len(what), *(cell_len(_plain(name)) for name in names))
    room = min(widest, rest - width // 5)
    below = room < min(widest, MIN_NAME_CELLS)
    room = len(what) if below else room
    bar, top = min(rest - room, MAX_BAR_CELLS), max(entry.plays for entry in entries)
    headings: Line = (f"  {'plays':>{plays}}  {heading:>{last}}", "dim")
    lines: list[Line] = [[(fitted(what, room, glyphs.cut), "bold"), headings]]
    for name, entry in zip(names, entries, strict=True):
        if below:
            lines.append(fitted(name, width, glyphs.cut).rstrip())
        start = " " * room if below else fitted(name, room, glyphs.cut)
        figures = f"  {entry.plays:>{plays},}  {entry.figure:>{last}}  "
        style = formats.verdict(entry.verdict)[1]
        lines.append([start, figures, (_bar(entry.plays, top, bar, glyphs), style)])
    return lines


def _name(entry: Entry) -> str:
    return formats.track(entry.name, entry.artist) if entry.artist else entry.name


def _bar(value: float, top: float, cells: int, glyphs: Glyphs) -> str:
    full, part = divmod(_eighths(value, top, cells), 8)
    return (glyphs.left[8] * full + glyphs.left[part]).rstrip() or glyphs.left[8] * bool(value)


def _plain(name: str) -> str:
    """Returns a name without the marks that `isolated` gives it, which a cut would leave open."""
    return "".join(part for part, _ in pieces(name))


def fitted(name: str, width: int, cut: str = BLOCKS.cut) -> str:
    """Returns a name that takes `width` cells: cut, or filled with spaces."""
    safe = _plain(name)
    if cell_len(safe) > width:
        safe = set_cell_size(safe, width - len(cut)).rstrip() + cut
    return safe + " " * (width - cell_len(safe))
