"""status and watch: shows what scrobblerd is doing, once or live."""

import asyncio
import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..client import Client
from ..display import labels
from ..display.screen import Screen
from ..errors import Exit, Failure

REDRAW_SECONDS = 1.0
"""Time between two looks while something plays."""

MAX_SCROBBLES = 5
"""Scrobbles that `watch` shows."""

Document = dict[str, Any]
Show = Callable[[Document | None, list[list[str]]], None]
"""Shows the status, None if the daemon does not run, and the scrobbles since the last look."""


async def status(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows what the daemon is doing."""
    document = await collect(client)
    if options.json:
        screen.document(document)
        return
    from ..display.status_view import view  # noqa: PLC0415 # JSON needs none of it

    screen.show(view(document, screen.width, screen.blocks))


async def watch(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows it again at every change, until cancelled."""
    await client.listen()
    if (task := asyncio.current_task()) is not None:
        screen.when_unread(task.cancel)
    if options.json:
        await _follow(client, _recorder(screen))
    elif not screen.live:
        lines = _Lines(screen)
        await _follow(client, lines.show)
    else:
        await _live(client, screen)


async def collect(client: Client) -> dict[str, Any]:
    """Returns all of `status --json`: names as on D-Bus, heard times as of now."""
    properties, settings, queue = await asyncio.gather(
        client.properties(), client.call("GetSettings"), client.call("GetQueueStatus")
    )
    return {
        "version": properties["Version"],
        "status": properties["Status"],
        "settings": settings,
        "players": [heard_now(player) for player in properties["Current"]],
        "queue": queue,
        "last_import": properties["LastImport"],
    }


def heard_now(current: dict[str, Any]) -> dict[str, Any]:
    """Returns a player of `Current` with its heard time as of now."""
    since = max(0.0, time.monotonic() - current["as_of"] / 1e6)
    heard = current["heard"] + since * current["rate"]
    if current["length"]:
        heard = min(heard, max(current["length"], current["heard"]))
    shown = {name: value for name, value in current.items() if name != "as_of"}
    return shown | {"heard": round(heard, 1)}


class _Lines:
    """Prints a line for every scrobble, and whenever the status line changes: for a pipe."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._shown = ""

    def show(self, document: Document | None, scrobbles: list[list[str]]) -> None:
        """Prints what is new."""
        for status, artist, title, message in scrobbles:
            self._screen.line(
                f"{status}: {labels.track(title, artist)}{message and f': {message}'}"
            )
        scrobbles.clear()
        line = document["status"] if document else "scrobblerd is not running"
        if line != self._shown:
            self._screen.line(line)
        self._shown = line


def _recorder(screen: Screen) -> Show:
    """Returns what shows each look as a JSON document; null while the daemon does not run."""

    def show(document: Document | None, scrobbles: list[list[str]]) -> None:
        scrobbles.clear()
        screen.record(document)

    return show


async def _live(client: Client, screen: Screen) -> None:
    from rich.live import Live  # noqa: PLC0415 # only here

    from ..display.status_view import watched  # noqa: PLC0415 # only here

    with Live(console=screen.console, auto_refresh=False, screen=True) as live:

        def show(document: Document | None, scrobbles: list[list[str]]) -> None:
            del scrobbles[:-MAX_SCROBBLES]
            drawn = watched(document, scrobbles, screen.width, screen.blocks)
            live.update(drawn, refresh=True)

        await _follow(client, show, REDRAW_SECONDS)


async def _follow(client: Client, show: Show, redraw: float | None = None) -> None:
    """Shows the status now, at every signal, and every `redraw` seconds while something plays."""
    scrobbles: list[list[str]] = []
    while True:
        document = await _look(client)
        show(document, scrobbles)
        plays = document and any(player["rate"] for player in document["players"])
        with suppress(TimeoutError):
            async with asyncio.timeout(redraw if plays else None):
                await _next(client, scrobbles)


async def _look(client: Client) -> Document | None:
    """Returns the status; None while the daemon does not run. Never starts it."""
    if not await client.owner():
        return None
    try:
        return await collect(client)
    except Failure as failure:
        if failure.status is not Exit.NOT_RUNNING:
            raise
        return None


async def _next(client: Client, scrobbles: list[list[str]]) -> None:
    """Waits for the next signal, and keeps it if it is about a scrobble."""
    member, values = await client.next_signal()
    if member == "ScrobbleStatus":
        scrobbles.append(values)
