"""watch: shows what scrobblerd is doing, live."""

import asyncio
from argparse import Namespace
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from ..client import Client
from ..commands.status import Document, collect, rows
from ..display import formats
from ..display.screen import Line, Screen, grid, text
from ..errors import Exit, Failure

if TYPE_CHECKING:
    from rich.console import RenderableType

REDRAW_SECONDS = 1.0
"""Time between two looks while something plays."""

MAX_SCROBBLES = 5
"""Scrobbles that `watch` shows."""

Scrobbles = list[list[str]]
"""Values of the signal ScrobbleStatus: status, artist, title, message."""
Show = Callable[[Document | None, Scrobbles], None]
"""Shows the status, None if the daemon does not run, and the scrobbles since the last look."""


async def watch(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows it again at every change, until cancelled."""
    await client.listen()
    if (task := asyncio.current_task()) is not None:
        screen.when_unread(task.cancel)
    if options.json:
        await _follow(client, _recorder(screen))
    elif not screen.live:
        await _follow(client, _lines(screen))
    else:
        await _live(client, screen)


def _lines(screen: Screen) -> Show:
    """Returns what prints a line for every scrobble, and whenever the status line changes."""
    shown = ""

    def show(document: Document | None, scrobbles: Scrobbles) -> None:
        nonlocal shown
        for status, artist, title, message in scrobbles:
            screen.line(f"{status}: {formats.track(title, artist)}{message and f': {message}'}")
        scrobbles.clear()
        line = document["status"] if document else "scrobblerd is not running"
        if line != shown:
            screen.line(line)
        shown = line

    return show


def _recorder(screen: Screen) -> Show:
    """Returns what shows each look as a JSON document; null while the daemon does not run."""

    def show(document: Document | None, scrobbles: Scrobbles) -> None:
        scrobbles.clear()
        screen.record(document)

    return show


async def _live(client: Client, screen: Screen) -> None:
    from rich.live import Live  # noqa: PLC0415 # only here

    with Live(console=screen.console, auto_refresh=False, screen=True) as live:

        def show(document: Document | None, scrobbles: Scrobbles) -> None:
            del scrobbles[:-MAX_SCROBBLES]
            live.update(_watched(document, scrobbles, screen), refresh=True)

        await _follow(client, show, REDRAW_SECONDS)


async def _follow(client: Client, show: Show, redraw: float | None = None) -> None:
    """Shows the status now, at every signal, and every `redraw` seconds while something plays."""
    scrobbles: Scrobbles = []
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


async def _next(client: Client, scrobbles: Scrobbles) -> None:
    """Waits for the next signal, and keeps it if it is about a scrobble."""
    member, values = await client.next_signal()
    if member == "ScrobbleStatus":
        scrobbles.append(values)


# -- the picture ----------------------------------------------------------------------------------


def _view(document: Document, screen: Screen) -> "RenderableType":
    """Draws all of `status`."""
    return grid(("", ""), rows(document, screen), screen.width)


def _watched(document: Document | None, scrobbles: Scrobbles, screen: Screen) -> "RenderableType":
    """Draws all of `watch`: the status, the last scrobbles, and how to end it."""
    from rich.console import Group  # noqa: PLC0415 # only here

    if document is None:
        waiting = "; waiting for it. scrobblerctl doctor starts it, or says why not"
        parts: list[RenderableType] = [text([("scrobblerd is not running", "red"), waiting])]
    else:
        parts = [_view(document, screen)]
    if scrobbles:
        parts += [text(""), *(text(_scrobble(*values)) for values in reversed(scrobbles))]
    return Group(*parts, text(""), text(("Ctrl-C ends this", "dim")))


def _scrobble(status: str, artist: str, title: str, message: str) -> Line:
    remark = f": {message}" if message else ""
    return [formats.state(status), f"  {formats.track(title, artist)}", (remark, "dim")]
