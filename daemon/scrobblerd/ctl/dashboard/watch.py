"""watch: shows what scrobblerd is doing, live."""

import asyncio
from argparse import Namespace
from collections.abc import Callable

from ..client import Client, if_running
from ..commands.status import Document, collect
from ..display import formats
from ..display.screen import Screen

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
        from .dashboard import show  # noqa: PLC0415 # rich costs time

        await show(client, screen)


def _lines(screen: Screen) -> Show:
    """Returns what prints a line for every scrobble, and whenever the status line changes."""
    shown = ""

    def show(document: Document | None, scrobbles: Scrobbles) -> None:
        nonlocal shown
        for status, artist, title, message in scrobbles:
            word, _style = formats.event(status)
            screen.line(f"{word}: {formats.track(title, artist)}{message and f': {message}'}")
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


async def _follow(client: Client, show: Show) -> None:
    """Shows the status now, and again at every signal."""
    scrobbles: Scrobbles = []
    while True:
        show(await if_running(client, collect), scrobbles)
        await _next(client, scrobbles)


async def _next(client: Client, scrobbles: Scrobbles) -> None:
    """Waits for the next signal, and keeps it if it is about a scrobble."""
    member, values = await client.next_signal()
    if member == "ScrobbleStatus":
        scrobbles.append(values)
