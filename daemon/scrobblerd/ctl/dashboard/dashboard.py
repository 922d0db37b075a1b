"""The dashboard: looks at the daemon, draws, and hears keys and signals, until `q` or Ctrl-C.

It looks again after a signal of the daemon, and draws again after that, after a key and when the
terminal changes its size; each second only while something plays. Otherwise nothing wakes it.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from ..client import Client, if_running
from ..commands.status import collect
from ..display.screen import Screen, text
from ..errors import Failure
from .actions import act
from .keys import DOWN, ESCAPE, EXPLAIN, HELP, KEYS, QUIT, UP
from .page import Page
from .picture import help_page, picture
from .state import Chosen, Look, State

TICK_SECONDS = 1.0
"""Time between two pictures while something plays: bars show seconds."""

MAX_PLAYS = 100
"""Plays that can be chosen: more than a screen has rows."""


async def show(client: Client, screen: Screen) -> None:
    """Shows the dashboard until it is left. The client listens already."""
    dashboard = Dashboard(client, screen, await if_running(client, _look))
    with Page(screen, dashboard.press, dashboard.redraw) as page:
        await dashboard.run(page)


class Dashboard:
    """What is on the page, and what changes it."""

    def __init__(self, client: Client, screen: Screen, look: Look | None) -> None:
        self._client, self._screen = client, screen
        self._state = State(look)
        self._is_left = False
        self._must_look, self._must_draw = asyncio.Event(), asyncio.Event()
        self._locks = defaultdict[str, asyncio.Lock](asyncio.Lock)
        self._tasks: set[asyncio.Task[None]] = set()

    def redraw(self) -> None:
        """Draws again, soon."""
        self._must_draw.set()

    def press(self, key: str) -> None:
        """Does what a key says."""
        state = self._state
        is_answered, state.panel, state.message = bool(state.panel), [], []
        if key == QUIT:
            self._is_left = True
        elif is_answered:
            pass  # any key closes what stands before the plays
        elif key == HELP:
            state.panel = help_page()
        elif key in (UP, DOWN):
            state.choose(1 if key == DOWN else -1)
        elif key == ESCAPE:
            state.chosen = None
        elif key in KEYS:
            state.message = [text((f"{KEYS[key][0]} …", "dim"))]
            self._begin(self._act(key, state.chosen))
        self.redraw()

    async def run(self, page: Page) -> None:
        """Shows it until it is left. Raises Failure if the bus has gone."""
        self._begin(self._hear())
        self._begin(self._look())
        try:
            while not self._is_left:
                self._raise_failures()
                page.draw(picture(self._state, self._screen, page.fit(), page.has_keys))
                look = self._state.look
                with suppress(TimeoutError):
                    async with asyncio.timeout(TICK_SECONDS if look and look.plays_now else None):
                        await self._must_draw.wait()
                self._must_draw.clear()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(lambda _: self.redraw())
        self._tasks.add(task)

    def _raise_failures(self) -> None:
        for task in [task for task in self._tasks if task.done()]:
            self._tasks.remove(task)
            task.result()

    async def _hear(self) -> None:
        """Looks again after every signal."""
        while True:
            await self._client.next_signal()
            self._must_look.set()

    async def _look(self) -> None:
        """Keeps what is shown up to date."""
        while await self._must_look.wait():
            self._must_look.clear()
            self._state.look = await if_running(self._client, _look)
            self.redraw()

    async def _act(self, key: str, chosen: Chosen | None) -> None:
        """Runs the command behind a key for the row that was chosen then, after the command that
        the same key began before."""
        state = self._state
        async with self._locks[key]:
            state.look = await if_running(self._client, _look)
            try:
                then = State(state.look, chosen, loves=state.loves)
                answer = await act(self._client, key, then)
            except Failure as failure:
                state.message = [text((str(failure), "red"))]
            else:
                is_long = key == EXPLAIN
                state.panel, state.message = (answer, []) if is_long else (state.panel, answer)
        self._must_look.set()


async def _look(client: Client) -> Look:
    document, at = await collect(client), time.monotonic()
    return Look(document, await client.call("GetHistory", "ux", MAX_PLAYS, 0), at * 1e6)
