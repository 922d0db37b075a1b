"""The way to the terminal: lines, tables and JSON; without colour where nobody wants or sees it.

Foreign text loses its control and direction marks here, whatever a command forgot. rich is
imported when something is to be drawn: JSON needs none.
"""

import asyncio
import json
import os
import stat
import sys
import termios
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TextIO

from ...core.text import escaped, printable
from ..errors import Failure

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

Span = str | tuple[str, str]
"""A piece of a line, with a style of rich's ("bold red") or without."""
Line = Span | list[Span]

LEAST = 24
"""Columns that the last column of a table has at least."""

ENDLESS = 100_000
"""Columns of what is no terminal: programs that read lines want them whole."""


class Screen:
    """Standard output, and standard error for what is no answer."""

    def __init__(self, out: TextIO | None = None, error: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._error = error or sys.stderr
        self._console: Console | None = None

    @property
    def live(self) -> bool:
        """Whether somebody watches, on a terminal that can move its cursor."""
        return self._out.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    @property
    def width(self) -> int:
        """Columns there are; no end of them where it is no terminal."""
        return self.console.width

    @property
    def blocks(self) -> bool:
        """Whether the output can show block characters."""
        try:
            "█·▶".encode(self._out.encoding or "ascii")
        except UnicodeEncodeError:
            return False
        return True

    @property
    def console(self) -> "Console":
        """rich's way to the output."""
        if self._console is None:
            from rich.console import Console  # noqa: PLC0415 # see above

            terminal = self._out.isatty()
            self._console = Console(
                file=self._out,
                highlight=False,
                markup=False,
                emoji=False,
                width=None if terminal else ENDLESS,
                force_terminal=terminal,  # neither FORCE_COLOR nor a dumb TERM changes what it is
                no_color=True if not self.live else None,  # None: as NO_COLOR says
            )
            self._console.width = self._console.width or 80  # COLUMNS=0
        return self._console

    # -- what commands say --------------------------------------------------------------------

    def line(self, line: Line) -> None:
        """One line, folded where the terminal is narrower."""
        self.show(text(line))

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[Line]]) -> None:
        """Rows under headings; see `grid`."""
        self.show(grid(headings, rows, self.width))

    def document(self, value: Any) -> None:
        """`value` as JSON: one document."""
        self.raw(self._json(value, 2))

    def record(self, value: Any) -> None:
        """`value` as JSON on one line, at once."""
        self.raw(self._json(value, None))

    def _json(self, value: Any, indent: int | None) -> str:
        plain = not self._out.encoding.lower().startswith("utf")  # a ? would be another title
        return escaped(json.dumps(value, ensure_ascii=plain, indent=indent))

    def raw(self, words: str) -> None:
        """Text for programs: as it is."""
        with _told():
            self._out.write(words + "\n")
            self._out.flush()

    def data(self, content: str) -> None:
        """A file's content, in UTF-8 whatever the terminal takes."""
        with _told():
            self._out.flush()
            self._out.buffer.write(content.encode())
            self._out.flush()

    def unread(self, then: Callable[[], object]) -> None:
        """Do `then` as soon as nobody reads the pipe any more that the output is; otherwise the
        next line would be the first to notice, and none may come for hours."""
        number, loop = self._out.fileno(), asyncio.get_running_loop()

        def gone() -> None:
            loop.remove_reader(number)  # or it would be told at every turn
            then()

        if stat.S_ISFIFO(os.fstat(number).st_mode):
            loop.add_reader(number, gone)  # no data, but its error counts as such

    def note(self, words: str) -> None:
        """What is no answer, such as how far something is: on standard error."""
        self._error.write("\n".join(map(printable, words.split("\n"))) + "\n")
        self._error.flush()

    def ask(self, question: str) -> None:
        """A question, on standard error; the answer stands beside it."""
        self._error.write(question)
        self._error.flush()

    def show(self, what: "RenderableType") -> None:
        """Something that rich can draw."""
        with _told():
            if self._out.isatty():
                self.console.print(what)
                return
            with self.console.capture() as drawn:
                self.console.print(what)
        self.raw("\n".join(line.rstrip() for line in drawn.get().splitlines()))


async def asked(screen: Screen, question: str, hidden: bool = False) -> str:
    """What somebody types at the terminal, without the Enter; not shown where it is `hidden`.

    Raises EOFError for Ctrl-D. Ctrl-C and signals end it as they end everything else.
    """
    typed, loop = asyncio.Event(), asyncio.get_running_loop()
    with _silent() if hidden else nullcontext():
        screen.ask(question)
        loop.add_reader(sys.stdin, typed.set)
        try:
            await typed.wait()
        finally:
            loop.remove_reader(sys.stdin)
            if hidden:
                screen.note("")
        line = sys.stdin.buffer.readline()
    if not line:
        raise EOFError
    return line.decode(errors="replace").strip()


@contextmanager
def _silent() -> Generator[None]:
    """While somebody types, the terminal does not show it."""
    before = termios.tcgetattr(sys.stdin)
    silent = [*before]
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, silent)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


@contextmanager
def _told() -> Generator[None]:
    """What is wrong with the output is a Failure, but for a reader who has seen enough."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(f"the output can't be written: {error.strerror}") from error


def somebody_answers() -> bool:
    """Whether there is a terminal at which somebody can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def text(line: Line) -> "Text":
    """A line for rich, made safe."""
    from rich.text import Text  # noqa: PLC0415 # see above

    spans = line if isinstance(line, list) else [line]
    safe = (
        (printable(one[0]), one[1]) if isinstance(one, tuple) else printable(one) for one in spans
    )
    return Text.assemble(*safe)


def grid(headings: Sequence[str], rows: Iterable[Sequence[Line]], width: int) -> "RenderableType":
    """A table for rich, in `width` columns; without headings, just aligned.

    The last column is folded, and where the others leave too little for it, the last but one too.
    Where that does not help, the last stands on a line of its own beneath the others.
    """
    cells = [[text(cell) for cell in row] for row in rows]
    titles = [text((heading, "bold")) for heading in headings]
    everything = [titles, *cells] if any(headings) else cells
    widest = [
        max((row[place].cell_len for row in everything), default=0)
        for place in range(len(headings))
    ]
    for folding in (1, 2):
        fixed = sum(each + 2 for each in widest[:-folding])
        if fixed + sum(min(LEAST, each) + 2 for each in widest[-folding:]) - 2 <= width:
            return _aligned(everything, folding)
    return _stacked(cells)


def _aligned(rows: list[list["Text"]], folding: int) -> "RenderableType":
    from rich.table import Table  # noqa: PLC0415 # see above

    table = Table.grid(padding=(0, 2, 0, 0))
    columns = len(rows[0]) if rows else 0
    for place in range(columns):
        table.add_column(no_wrap=place < columns - folding, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _stacked(rows: list[list["Text"]]) -> "RenderableType":
    from rich.console import Group  # noqa: PLC0415 # see above
    from rich.padding import Padding  # noqa: PLC0415 # see above
    from rich.text import Text  # noqa: PLC0415 # see above

    lines: list[RenderableType] = []
    for *first, last in rows:
        lines.append(Text("  ").join(cell for cell in first if cell.plain))
        if last.plain:
            lines.append(Padding(last, (0, 0, 0, 4)))
    return Group(*lines)
