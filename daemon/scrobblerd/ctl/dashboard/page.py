"""Takes a terminal over for the dashboard, and gives it back as it was, however that ends.

While it is ours, it shows another page, hides the cursor, and hands over each key as it is pressed
without showing it. Ctrl-C and Ctrl-Z are signals as ever.

rich draws it. textual was measured (8.2.8, Python 3.11): 0.28 s to its first frame and 35 MB beside
0.10 s and 22 MB of rich, three threads, a wake-up a second while nothing happens, and seven more
packages; Debian 12 has 0.1.13 of it, which knows nothing of all that is documented today.
"""

import asyncio
import os
import signal
import sys
import termios
import tty
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

from rich.live import Live

from ..display.screen import Screen, failing_plainly, is_interactive
from .keys import QUIT, presses

if TYPE_CHECKING:
    from rich.console import RenderableType

NO_WRAP, WRAP = "\x1b[?7l", "\x1b[?7h"
"""Lets a row that a terminal counts wider than rich does end at the border. It would go on in the
next row, and everything below would stand one row too low."""

DEFAULT_SIZE = (80, 24)
"""Columns and rows of a terminal that does not know its size."""

_NO_KEY, _CHARACTERS = b"\x00", 6
"""What stands for no key, and the place of the keys in what termios.tcgetattr returns."""


class Page:
    """The terminal, within a `with` block. Methods raise Failure if it can't be written to."""

    def __init__(
        self, screen: Screen, press: Callable[[str], None], redraw: Callable[[], None]
    ) -> None:
        """`press` is called with the name of each key, `redraw` if all must be drawn again."""
        self._screen, self._press, self._redraw = screen, press, redraw
        self._live = Live(
            console=screen.console,
            screen=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._before: list[Any] | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        handlers = {
            signal.SIGWINCH: self._redraw,
            signal.SIGTSTP: self._suspend,
            signal.SIGCONT: self._go_on,
        }
        with ExitStack() as stack:
            stack.enter_context(_handling(handlers))
            if is_interactive():
                self._before = termios.tcgetattr(sys.stdin)
                asyncio.get_running_loop().add_reader(sys.stdin, self._read)
                stack.callback(asyncio.get_running_loop().remove_reader, sys.stdin)
            stack.callback(self._leave)
            self._take()
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def has_keys(self) -> bool:
        """Whether keys can be pressed: the input is a terminal, too."""
        return self._before is not None

    def fit(self) -> int:
        """Makes the page as wide as the terminal is now. Returns how many rows it has."""
        columns, rows = DEFAULT_SIZE
        with suppress(OSError):
            size = os.get_terminal_size(self._screen.console.file.fileno())
            columns, rows = size.columns or columns, size.lines or rows
        self._screen.console.size = (columns, rows)
        return rows

    def draw(self, picture: "RenderableType") -> None:
        """Shows a picture instead of the last one."""
        with failing_plainly():
            self._live.update(picture, refresh=True)

    def _take(self) -> None:
        if self._before is not None:
            tty.setcbreak(sys.stdin)  # and forgets what was typed before: it was not for us
            modes = termios.tcgetattr(sys.stdin)
            modes[_CHARACTERS][termios.VQUIT] = _NO_KEY  # Ctrl-\ would leave the terminal as it is
            termios.tcsetattr(sys.stdin, termios.TCSANOW, modes)
        with failing_plainly():
            self._live.start()
            self._write(NO_WRAP)

    def _leave(self) -> None:
        with suppress(OSError):  # the terminal may have gone
            self._write(WRAP)
            self._live.stop()
        if self._before is not None:
            with suppress(termios.error):
                termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, self._before)

    def _write(self, sequence: str) -> None:
        self._screen.console.file.write(sequence)
        self._screen.console.file.flush()

    def _suspend(self) -> None:
        """Stops as Ctrl-Z asks for, with the terminal as it was. Returns when we are continued."""
        loop = asyncio.get_running_loop()
        self._leave()
        for number in (signal.SIGTSTP, signal.SIGCONT):
            loop.remove_signal_handler(number)
        os.kill(os.getpid(), signal.SIGTSTP)  # stops nothing if there is nobody to continue us
        loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        loop.add_signal_handler(signal.SIGCONT, self._go_on)
        self._go_on()

    def _go_on(self) -> None:
        """Takes the terminal again: while we were stopped, others have used it."""
        self._leave()
        self._take()
        self._redraw()

    def _read(self) -> None:
        try:
            typed = os.read(sys.stdin.fileno(), 1024)
        except OSError:
            typed = b""
        if not typed:  # the terminal has gone
            asyncio.get_running_loop().remove_reader(sys.stdin)
            self._press(QUIT)
        for key in presses(typed):
            self._press(key)


@contextmanager
def _handling(handlers: Mapping[signal.Signals, Callable[[], None]]) -> Generator[None]:
    """Calls a handler for each signal, except for those that the starter wants to be ignored."""
    loop = asyncio.get_running_loop()
    ours = [number for number in handlers if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        loop.add_signal_handler(number, handlers[number])
    try:
        yield
    finally:
        for number in ours:
            loop.remove_signal_handler(number)
