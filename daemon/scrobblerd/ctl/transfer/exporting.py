"""export: writes the history to a file that other programs import."""

import json
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext

from ...core.text import escaped
from ...history_files.writing import WRITERS, from_values
from ..client import Client
from ..display import moments
from ..display.files import Target, format_by_ending
from ..display.formats import count
from ..display.screen import Screen
from .progress import Progress

JSON_FORMATS = ("jsonl", "listenbrainz")


async def export(client: Client, options: Namespace, screen: Screen) -> None:
    """Writes the plays that counted, the oldest first."""
    moments.stretch(options.since, options.until)
    kind = format_by_ending(options.format, options.output, [*WRITERS], "jsonl")
    target, done = Target(options.output, options.force), 0
    progress = nullcontext()
    if not target.is_output:
        progress = Progress(screen, await _how_many(client, options), "plays")
    with target.stream(screen) as write, progress as shown:
        write(WRITERS[kind].header)
        async for page in _pages(client, options):
            lines = page.split("\n")[:-1]  # other marks than this stand within names
            write(_as_format(kind, lines))
            done += len(lines)
            if shown:
                shown.update(done)
    if not target.is_output:
        screen.line(f"Wrote {count(done, 'play')} to {options.output}")


def _as_format(kind: str, lines: Sequence[str]) -> str:
    line = WRITERS[kind].line
    text = "".join(line(from_values(json.loads(each))) for each in lines)
    return escaped(text) if kind in JSON_FORMATS else text


async def _pages(client: Client, options: Namespace) -> AsyncIterator[str]:
    """Yields the lines of the plays, page by page."""
    last = 0
    while True:
        bounds = (options.since, options.until or 0, last)
        lines, last = await client.call("ExportHistoryPage", "xxx", *bounds)
        if not last:
            return
        yield lines


async def _how_many(client: Client, options: Namespace) -> int:
    until = options.until or int(time.time()) + 86400
    [[_, counted, _]] = await client.call(
        "CountPlays", "ax", [min(options.since, until - 1), until]
    )
    return counted
