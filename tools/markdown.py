"""Makes Markdown: code, tables, paragraphs."""

import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 100
"""Characters of a line of prose at most."""


def code(text: str) -> str:
    """Returns a word of a file or of the wire as code."""
    return f"`{text}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table. A bar in a cell is escaped."""
    lines = [_row(head), "|---" * len(head) + "|", *map(_row, rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def paragraph(text: str) -> str:
    """Returns running text, wrapped at WIDTH characters."""
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)
