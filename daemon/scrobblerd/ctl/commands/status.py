"""status and watch: what scrobblerd is doing, at a glance or live."""

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

REDRAW = 1.0
"""Seconds between two looks while something plays."""

KEPT = 5
"""Scrobbles that `watch` remembers."""

Document = dict[str, Any]
Show = Callable[[Document | None, list[list[str]]], None]
"""Shows what the daemon does, None where there is none, and the scrobbles since the last look."""


async def status(client: Client, options: Namespace, screen: Screen) -> None:
    """Show what the daemon is doing."""
    document = await collect(client)
    if options.json:
        screen.document(document)
        return
    from ..display.status_view import view  # noqa: PLC0415 # JSON needs none of it

    screen.show(view(document, screen.width, screen.blocks))


async def watch(client: Client, options: Namespace, screen: Screen) -> None:
    """Show it again at every change, until cancelled."""
    await client.listen()
    if (task := asyncio.current_task()) is not None:
        screen.unread(task.cancel)
    if options.json:
        await _follow(client, _recorder(screen))
    elif not screen.live:
        lines = _Lines(screen)
        await _follow(client, lines.show)
    else:
        await _live(client, screen)


async def collect(client: Client) -> dict[str, Any]:
    """All of `status --json`: names as on D-Bus, heard times as of now."""
    properties, settings, queue = await asyncio.gather(
        client.properties(), client.call("GetSettings"), client.call("GetQueueStatus")
    )
    return {
        "version": properties["Version"],
        "status": properties["Status"],
        "settings": settings,
        "players": [heard_now(one) for one in properties["Current"]],
        "queue": queue,
        "last_import": properties["LastImport"],
    }


def heard_now(current: dict[str, Any]) -> dict[str, Any]:
    """A player of `Current`, its heard time brought up to now."""
    since = max(0.0, time.monotonic() - current["as_of"] / 1e6)
    heard = current["heard"] + since * current["rate"]
    if current["length"]:
        heard = min(heard, max(current["length"], current["heard"]))
    shown = {name: value for name, value in current.items() if name != "as_of"}
    return shown | {"heard": round(heard, 1)}


class _Lines:
    """Where there is no terminal to draw on: a line whenever the daemon's own line changes, and
    for every scrobble."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._shown = ""

    def show(self, document: Document | None, scrobbles: list[list[str]]) -> None:
        """What is new."""
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
    """Shows each look as a document; null while there is no daemon."""

    def show(document: Document | None, scrobbles: list[list[str]]) -> None:
        scrobbles.clear()
        screen.record(document)

    return show


async def _live(client: Client, screen: Screen) -> None:
    from rich.live import Live  # noqa: PLC0415 # only here

    from ..display.status_view import watched  # noqa: PLC0415 # likewise

    with Live(console=screen.console, auto_refresh=False, screen=True) as live:

        def show(document: Document | None, scrobbles: list[list[str]]) -> None:
            del scrobbles[:-KEPT]
            drawn = watched(document, scrobbles, screen.width, screen.blocks)
            live.update(drawn, refresh=True)

        await _follow(client, show, REDRAW)


async def _follow(client: Client, show: Show, redraw: float | None = None) -> None:
    """Look now, after every signal, and every `redraw` seconds while something plays."""
    scrobbles: list[list[str]] = []
    while True:
        document = await _look(client)
        show(document, scrobbles)
        plays = document and any(one["rate"] for one in document["players"])
        with suppress(TimeoutError):
            async with asyncio.timeout(redraw if plays else None):
                await _next(client, scrobbles)


async def _look(client: Client) -> Document | None:
    """What the daemon does; None while there is none. Whoever watches does not start it again."""
    if not await client.owner():
        return None
    try:
        return await collect(client)
    except Failure as failure:
        if failure.status is not Exit.NOT_RUNNING:
            raise
        return None


async def _next(client: Client, scrobbles: list[list[str]]) -> None:
    """The next signal, kept where it is about a scrobble."""
    member, values = await client.heard()
    if member == "ScrobbleStatus":
        scrobbles.append(values)
