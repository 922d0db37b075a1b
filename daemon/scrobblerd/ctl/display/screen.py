"""Writes to the terminal: lines, tables and JSON, without colour if nobody wants or sees it.

Foreign text loses its control and direction marks here, so that no command can forget it. rich is
only imported if something is drawn.
"""

import asyncio
import os
import stat
import sys
import termios
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TextIO

from ...core.text import escaped, pieces
from ..errors import Failure
from .terminal import harmless, shows_isolates

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

Span = str | tuple[str, str]
"""A piece of a line, with a style of rich's ("bold red") or without."""
Line = Span | list[Span]

MIN_LAST_COLUMN_CELLS = 24
"""Width that the last column of a table has at least."""

MIN_FOLDED_COLUMN_CELLS = 12
"""Width that another column has at least if it is folded."""

PIPE_CELLS = 100_000
"""Width of an output that is no terminal: programs want to read whole lines."""


class Screen:
    """Standard output, and standard error for what is no answer. Methods raise Failure."""

    def __init__(self, out: TextIO | None = None, error: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._error = error or sys.stderr
        self._console: Console | None = None

    @property
    def live(self) -> bool:
        """Whether the output is a terminal that can move its cursor."""
        return self._out.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    @property
    def width(self) -> int:
        """Width in cells; PIPE_CELLS if it is no terminal."""
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
    def isolates(self) -> bool:
        """Whether the output is a terminal that keeps a marked name by itself: see `isolated`."""
        return shows_isolates(self._out)

    @property
    def console(self) -> "Console":
        """The output, for rich."""
        if self._console is None:
            from rich.console import Console  # noqa: PLC0415 # see above

            terminal = self._out.isatty()
            self._console = Console(
                file=self._out,
                highlight=False,
                markup=False,
                emoji=False,
                width=None if terminal else PIPE_CELLS,
                force_terminal=terminal,  # neither FORCE_COLOR nor a dumb TERM changes what it is
                no_color=True if not self.live else None,  # None: as NO_COLOR says
            )
            self._console.width = self._console.width or 80  # COLUMNS=0
        return self._console

    # -- what commands say --------------------------------------------------------------------

    def line(self, line: Line) -> None:
        """Writes one line, folded if the terminal is narrower."""
        self.show(text(line))

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[Line]]) -> None:
        """Writes rows under headings; see `grid`."""
        self.show(grid(headings, rows, self.width))

    def listing(
        self,
        headings: Sequence[str],
        entries: Sequence[Any],
        row: Callable[[Any], Sequence[Line]],
        nothing: str,
    ) -> None:
        """Writes a row for each entry under headings, or the line `nothing` without entries."""
        if entries:
            self.table(headings, map(row, entries))
        else:
            self.line(nothing)

    def document(self, value: Any) -> None:
        """Writes `value` as a JSON document."""
        self.raw(self._json(value, 2))

    def record(self, value: Any) -> None:
        """Writes `value` as JSON on one line."""
        self.raw(self._json(value, None))

    def _json(self, value: Any, indent: int | None) -> str:
        import json  # noqa: PLC0415 # only here

        plain = not self._out.encoding.lower().startswith("utf")  # a ? would be another title
        return escaped(json.dumps(value, ensure_ascii=plain, indent=indent))

    def raw(self, text: str) -> None:
        """Writes text for programs, as it is; on a terminal, without what that obeys."""
        with failing_plainly():
            self._out.write(
                (self._harmless(text, self._out) if self._out.isatty() else text) + "\n"
            )
            self._out.flush()

    def data(self, content: str) -> None:
        """Writes the content of a file, always in UTF-8; on a terminal, without what that obeys."""
        shown = harmless(content) if self._out.isatty() else content
        with failing_plainly():
            self._out.flush()
            self._out.buffer.write(shown.encode())
            self._out.flush()

    def when_unread(self, then: Callable[[], object]) -> None:
        """Calls `then` as soon as nobody reads the output any more, if it is a pipe. Otherwise only
        the next line would notice it, and none may come for hours."""
        number, loop = self._out.fileno(), asyncio.get_running_loop()

        def gone() -> None:
            loop.remove_reader(number)  # otherwise it would be called at every turn
            then()

        if stat.S_ISFIFO(os.fstat(number).st_mode):
            loop.add_reader(number, gone)  # an error of a pipe counts as readable

    def note(self, message: str) -> None:
        """Writes to standard error what is no answer, such as the progress of something."""
        self._error.write(self._harmless(message, self._error) + "\n")
        self._error.flush()

    def prompt(self, question: str) -> None:
        """Writes a question to standard error, without a line break."""
        self._error.write(self._harmless(question, self._error))
        self._error.flush()

    @staticmethod
    def _harmless(text: str, stream: TextIO) -> str:
        return harmless(text, isolates=shows_isolates(stream))

    def show(self, what: "RenderableType") -> None:
        """Writes something that rich can draw."""
        with failing_plainly():
            if self._out.isatty():
                self.console.print(what)
                return
            with self.console.capture() as drawn:
                self.console.print(what)
        self.raw("\n".join(line.rstrip() for line in drawn.get().splitlines()))


async def ask(screen: Screen, question: str, hidden: bool = False) -> str:
    """Returns the line that the user types as the answer. `hidden`: the terminal does not show it.

    Raises EOFError for Ctrl-D. Ctrl-C and signals end it as they end everything else.
    """
    typed, loop = asyncio.Event(), asyncio.get_running_loop()
    with _silent() if hidden else nullcontext():
        screen.prompt(question)
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


async def agreed(screen: Screen, question: str) -> bool:
    """Returns whether the user answers a question with yes; Ctrl-D is a no."""
    try:
        return (await ask(screen, question)).lower() in ("y", "yes")
    except EOFError:
        return False


def input_line() -> str:
    """Returns a line of the input, with replacements for what is no UTF-8."""
    return sys.stdin.buffer.readline().decode(errors="replace") if sys.stdin is not None else ""


@contextmanager
def _silent() -> Generator[None]:
    """Lets the terminal not show what is typed."""
    before = termios.tcgetattr(sys.stdin)
    silent = [*before]
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, silent)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


@contextmanager
def failing_plainly() -> Generator[None]:
    """Turns errors of the output into a Failure, except that the reader of a pipe has gone."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(f"the output can't be written: {error.strerror}") from error


def is_interactive() -> bool:
    """Returns whether there is a terminal at which somebody can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


def can_ask() -> bool:
    """Returns whether somebody sees a question, and can answer it."""
    return is_interactive() and sys.stdout.isatty() and sys.stderr.isatty()


def text(line: Line) -> "Text":
    """Returns a line for rich, without characters that could do harm. Names that run from right to
    left scramble nothing around them."""
    from .isolation import IsolatedText  # noqa: PLC0415 # see above

    made = IsolatedText()
    for span in line if isinstance(line, list) else [line]:
        content, style = span if isinstance(span, tuple) else (span, "")
        for part, is_isolated in pieces(content):
            start = len(made)
            made.append(part, style or None)
            if is_isolated:
                made.isolate(start, len(made))
    return made


def grid(headings: Sequence[str], rows: Iterable[Sequence[Line]], width: int) -> "RenderableType":
    """Returns a table for rich, at most `width` cells wide. Without headings it is only aligned.

    The last column is folded. If the others leave too little room for it, the widest of them is
    folded too. If that does not help, the last one gets a line of its own below the others.
    """
    cells = [[text(cell) for cell in row] for row in rows]
    titles = [text((heading, "bold")) for heading in headings]
    everything = [titles, *cells] if any(headings) else cells
    *others, last = [
        max((row[place].cell_len for row in everything), default=0)
        for place in range(len(headings))
    ]
    room = width - min(MIN_LAST_COLUMN_CELLS, last) - sum(each + 2 for each in others)
    if room >= 0:
        return _aligned(everything, {len(others)})
    widest = others.index(max(others))
    if room + others[widest] >= min(MIN_FOLDED_COLUMN_CELLS, others[widest]):
        return _aligned(everything, {widest, len(others)})
    return _stacked(cells)


def _aligned(rows: list[list["Text"]], folded: set[int]) -> "RenderableType":
    from rich.table import Table  # noqa: PLC0415 # see above

    table = Table.grid(padding=(0, 2, 0, 0))
    for place in range(len(rows[0]) if rows else 0):
        table.add_column(no_wrap=place not in folded, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _stacked(rows: list[list["Text"]]) -> "RenderableType":
    from rich.console import Group  # noqa: PLC0415 # see above
    from rich.padding import Padding  # noqa: PLC0415 # see above

    lines: list[RenderableType] = []
    for *first, last in rows:
        joined = text("")
        for cell in first:
            joined.append("  " if joined and cell.plain else "").append_text(cell)
        lines.append(joined)
        if last.plain:
            lines.append(Padding(last, (0, 0, 0, 4)))
    return Group(*lines)
