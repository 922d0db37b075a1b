"""A command that draws on a whole terminal: what stands there now, as a person sees it."""

import fcntl
import re
import struct
import termios
import time

import pyte

from tests.support.daemon_bench import Bench
from tests.support.scrobblerctl import Env, Running
from tests.support.waiting import TIMEOUT_SECONDS

KEYS_LINE = re.compile(r"^q quit", re.MULTILINE)
"""Stands at the bottom once keys are heard."""


class Page(Running):
    """A terminal of any size with scrobblerctl on it, and what it shows.

    with Page(bench, "watch") as page:
        page.shows("Nothing is playing")
        page.type("q")
        assert page.ended() == 0
    """

    def __init__(
        self,
        bench: Bench,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        env: Env | None = None,
    ) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream, self._fed = pyte.ByteStream(self._screen), 0
        super().__init__(bench, *arguments, columns=columns, env=env)
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """Gives the terminal another size, as dragging its window does."""
        self._screen.resize(rows, columns)
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def rows(self) -> list[str]:
        """What each row shows now, without the spaces at its end."""
        self._stream.feed(self._raw[self._fed :])
        self._fed = len(self._raw)
        screen = self._screen  # whose `display` fails where a resize cuts a wide character in two
        lines = (screen.buffer[y] for y in range(screen.lines))
        return ["".join(line[x].data for x in range(screen.columns)).rstrip() for line in lines]

    def shows(self, *parts: str, without: str = "\0") -> str:
        """Waits until it shows all of the parts, and not `without`. Returns the whole page."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            page = "\n".join(self.rows())
            if all(part in page for part in parts) and without not in page:
                return page
            over = time.monotonic() > deadline or self.process.poll() is not None
            assert self._read() or not over, f"no {parts!r} in:\n{page}"

    def press_key(self, key: str, *parts: str, without: str = "\0") -> str:
        """Presses a key, and waits as `shows` does."""
        self.type(key)
        return self.shows(*parts, without=without)
