"""What the demo looks like: lines with a time and a speaker, and a bar that moves on a terminal.

On a terminal the bar is the last line and is drawn anew; anywhere else each look at it is a line.
Colours are left out where NO_COLOR is set (no-color.org), and block characters where the output's
encoding has none.
"""

import asyncio
import re
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TextIO

from dbus_next.message import Message

from lab.dbus import Arrivals
from lab.lastfm import Request, StandIn
from lab.scrobbler import changed_properties

WIDTH = 79
"""Columns at most."""

INDENT = 19
BAR = 30

BOLD, DIM = "1", "2"
COLOURS = {
    "player": "36",
    "scrobblerd": "32",
    "Last.fm": "31",
    "brainz": "35",
    "you": "33",
    "browser": "33",
}
NO_BREAK = "\xa0"
ERASE = "\r\x1b[K"


class Screen:
    """Writes to `out` in the way that `environment` asks for. Times count from when it was made."""

    def __init__(self, out: TextIO, environment: Mapping[str, str]) -> None:
        self._out = out
        self._begun = time.monotonic()
        dumb = environment.get("TERM", "dumb") == "dumb"
        self.live = out.isatty() and not dumb
        self._colours = self.live and not environment.get("NO_COLOR")
        self._blocks = _can_write(out, "█·")
        self._bar = ""
        self._last_note = ""

    def text(self, text: str = "") -> None:
        """Writes a paragraph."""
        for line in textwrap.wrap(text, self._width) or [""]:
            self._line(line)

    def heading(self, text: str) -> None:
        """Writes the heading of a part."""
        self._line("")
        self._line(self._paint(text, BOLD))

    def say(self, who: str, text: str) -> None:
        """Writes what somebody does or says now."""
        together = re.sub(r"(\d) s\b", f"\\1{NO_BREAK}s", text)
        lines = textwrap.wrap(together, self._width - INDENT, break_on_hyphens=False)
        stamp = self._paint(f"{time.monotonic() - self._begun:5.1f}", DIM)
        speaker = self._paint(f"{who:<12}", COLOURS.get(who, DIM))
        first, *rest = (line.replace(NO_BREAK, " ") for line in lines)
        self._line(f"{stamp}  {speaker}{first}")
        for line in rest:
            self._line(" " * INDENT + line)

    def bar(self, heard: float, needed: float, note: str) -> None:
        """Draws how much was heard of what is needed, in seconds."""
        progress = f"{heard:.1f} of {needed:.0f} s heard {note}".rstrip()
        if not self.live:
            if progress != self._last_note:
                self.say("scrobblerd", progress)
            self._last_note = progress
            return
        full, rest = ("█", "·") if self._blocks else ("#", ".")
        progress = progress[: self._width - INDENT - 1]  # a bar that breaks is never taken away
        cells = max(0, min(BAR, self._width - INDENT - len(progress) - 2))
        done = round(cells * min(heard / needed, 1.0)) if needed else 0
        drawn = self._paint(full * done, COLOURS["scrobblerd"]) + self._paint(
            rest * (cells - done), DIM
        )
        self._draw(" " * INDENT + f"{drawn} {self._paint(progress, DIM)}")

    def clear(self) -> None:
        """Removes the bar."""
        if self._bar:
            self._write(ERASE)
        self._bar = ""

    def _line(self, line: str) -> None:
        bar = self._bar
        self.clear()
        self._write(line + "\n")
        if bar:
            self._draw(bar)

    def _draw(self, bar: str) -> None:
        if bar != self._bar:
            self._write(ERASE + bar)
        self._bar = bar

    def _write(self, text: str) -> None:
        encoding = self._out.encoding or "ascii"  # without 夜 in it, a ? is better than nothing
        self._out.write(text.encode(encoding, "replace").decode(encoding))
        self._out.flush()

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours and text else text

    @property
    def _width(self) -> int:
        return min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)


def _can_write(out: TextIO, text: str) -> bool:
    try:
        text.encode(out.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


class Bar:
    """The bar on the screen. It shows how much was heard, by the daemon's property `Current`."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._current: dict[str, Any] = {}
        self._shown = False
        self._news = asyncio.Event()

    def receive(self, message: Message) -> bool:
        """Keeps what the daemon says of its players. Other handlers see it too."""
        if message.member == "PropertiesChanged":
            for current in changed_properties(message).get("Current", []):
                self._current = current
                self._news.set()
                self.draw()
        return False

    def heard(self) -> float:
        """Returns the seconds heard until now. `Current` is signalled on changes only."""
        passed = time.monotonic() - self._current["as_of"] / 1e6
        return self._current["heard"] + passed * self._current["rate"]

    def draw(self) -> None:
        """Draws the bar as it is now, if it is shown."""
        if self._shown and self._current:
            note = "" if self._current["rate"] else "(paused)"
            needed = self._current["needed"]
            self._screen.bar(min(self.heard(), needed), needed, note)

    @asynccontextmanager
    async def shown(self, title: str) -> AsyncGenerator[None]:
        """Shows the bar within the block, which begins when the daemon is at `title`."""
        while self._current.get("title") != title:
            self._news.clear()
            await self._news.wait()
        self._shown = True
        moving = asyncio.create_task(self._move())
        try:
            yield
        finally:
            self._shown = False
            moving.cancel()
            await asyncio.gather(moving, return_exceptions=True)
            self._screen.clear()

    async def until(self, seconds: float) -> None:
        """Waits until so much was heard."""
        await asyncio.sleep(max(0.0, seconds - self.heard()))

    async def _move(self) -> None:
        while True:
            self.draw()
            await asyncio.sleep(0.1 if self._screen.live else 2.0)


def listen_to(lastfm: StandIn, requests: Arrivals[Request]) -> None:
    """Passes every request that the server has answered to the event loop."""
    loop = asyncio.get_running_loop()

    def listen() -> None:
        for seen in range(sys.maxsize):
            lastfm.wait_for(lambda server, n=seen: len(server.requests) > n, timeout=None)
            request = lastfm.requests[seen]
            with suppress(RuntimeError):  # the loop is closed: the demo is over
                loop.call_soon_threadsafe(requests.add, request.method, request)

    threading.Thread(target=listen, daemon=True).start()
