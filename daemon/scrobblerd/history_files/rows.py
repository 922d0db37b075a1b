"""Splits a table into rows of cells. A row that is broken costs none of the others."""

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from .streams import MAX_LINE_BYTES

MAX_ROW_LINES = 20
"""A row of more lines is none: the quotation mark of a cell is not closed."""

_QUOTED = re.compile(r'"(?:[^"]|"")*""(?:[^"]|"")*"')

Split = Callable[[str], list[str] | None]
"""Returns the cells of a row; None if it is broken."""


def rows(lines: Iterator[str]) -> Iterator[tuple[int, list[str] | None]]:
    """Yields the cells of each row, None if it is broken, with the number of its first line. Blank
    lines are no rows."""
    source = _Lines(lines)
    split: Split | None = None
    for number, line in source:
        if not line.strip():
            continue
        split = split or _splitter(line)
        cells = split(line)
        yield number, cells if cells is not None else _over_lines(line, source, split)


def _splitter(first: str) -> Split:
    """Returns how rows like the first one are split. Tables with tabs are mostly written without
    quotation marks around cells, and those that are there belong to the names."""
    if "\t" not in first:
        return _split_by(";" if first.count(";") > first.count(",") else ",")
    return _split_by("\t") if first.startswith('"') else _split_raw


def _split_by(delimiter: str) -> Split:
    csv.field_size_limit(MAX_LINE_BYTES)

    def split(row: str) -> list[str] | None:
        try:
            return next(csv.reader([row], delimiter=delimiter, strict=True))
        except csv.Error:
            return None

    return split


def _split_raw(row: str) -> list[str]:
    return [_unquoted(cell) for cell in row.rstrip("\r\n").split("\t")]


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if _QUOTED.fullmatch(cell) else cell


class _Lines:
    """Numbers lines, and takes them back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = enumerate(lines, 1)
        self._again: deque[tuple[int, str]] = deque()

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self

    def __next__(self) -> tuple[int, str]:
        return self._again.popleft() if self._again else next(self._lines)

    def give_back(self, lines: Sequence[tuple[int, str]]) -> None:
        """These lines come next once more."""
        self._again.extendleft(reversed(lines))


def _over_lines(line: str, source: _Lines, split: Split) -> list[str] | None:
    """Returns the cells of a row of which one has several lines; None if it is broken. Then the
    lines after its first one are rows of their own."""
    row, taken = line, list[tuple[int, str]]()
    while row.count('"') % 2 and len(taken) < MAX_ROW_LINES and len(row) < MAX_LINE_BYTES:
        more = next(source, None)
        if more is None:
            break
        taken.append(more)
        row += more[1]
    cells = split(row) if taken else None
    if cells is None:
        source.give_back(taken)
    return cells
