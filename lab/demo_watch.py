"""What the demo watches: the seconds that the daemon counts, and the requests that Last.fm gets."""

import asyncio
import sys
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

from dbus_next.message import Message

from lab.dbus import Arrivals
from lab.demo_screen import Screen
from lab.lastfm import Request, StandIn
from lab.scrobbler import changed_properties


class Bar:
    """The bar on the screen: how much was heard, by the daemon's `Current` property."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._current: dict[str, Any] = {}
        self._shown = False
        self._news = asyncio.Event()

    def receive(self, message: Message) -> bool:
        """Keep what the daemon says of its players; never stops others from seeing it."""
        if message.member == "PropertiesChanged":
            for current in changed_properties(message).get("Current", []):
                self._current = current
                self._news.set()
                self.draw()
        return False

    def heard(self) -> float:
        """Seconds heard until now: `Current` is signalled on changes only, the rest is a sum."""
        passed = time.monotonic() - self._current["as_of"] / 1e6
        return self._current["heard"] + passed * self._current["rate"]

    def draw(self) -> None:
        """Show it as it stands, while it is shown."""
        if self._shown and self._current:
            note = "" if self._current["rate"] else "(paused)"
            needed = self._current["needed"]
            self._screen.bar(min(self.heard(), needed), needed, note)

    @asynccontextmanager
    async def shown(self, title: str) -> AsyncGenerator[None]:
        """On the screen within the block, which begins once the daemon is at `title`."""
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
        """Wait until so much was heard."""
        await asyncio.sleep(max(0.0, seconds - self.heard()))

    async def _move(self) -> None:
        while True:
            self.draw()
            await asyncio.sleep(0.1 if self._screen.live else 2.0)


def listen_to(lastfm: StandIn, requests: Arrivals[Request]) -> None:
    """Hand every request that the server has answered to the loop."""
    loop = asyncio.get_running_loop()

    def listen() -> None:
        for seen in range(sys.maxsize):
            lastfm.wait_for(lambda server, n=seen: len(server.requests) > n, timeout=None)
            request = lastfm.requests[seen]
            with suppress(RuntimeError):  # the loop is closed: the demo is over
                loop.call_soon_threadsafe(requests.add, request.method, request)

    threading.Thread(target=listen, daemon=True).start()
