"""love, unlove, loved and library: loved tracks, and the music they are matched with."""

import asyncio
import json
import time
from argparse import Namespace
from collections.abc import Awaitable
from typing import Any
from urllib.parse import unquote

from ...core.text import printable
from ..client import HOURS, Client, for_people
from ..display import formats, labels
from ..display.files import write
from ..display.screen import Line, Screen
from ..errors import Exit, Failure

IMPORTED = (
    ("total", "loved at Last.fm"),
    ("imported", "newly marked"),
    ("already_loved", "marked before"),
    ("not_in_library", "not in the library: scrobblerctl loved unmatched"),
)
SCANNED = (
    ("files", "files"),
    ("added", "new"),
    ("changed", "changed"),
    ("unchanged", "as before"),
    ("removed", "gone"),
    ("untagged", "without artist or title"),
    ("unreadable", "unreadable"),
)

UNMATCHED = 200
"""Loved tracks without a file that the daemon lists at most."""


async def love(client: Client, options: Namespace, screen: Screen) -> int:
    """Love a track, or what plays now."""
    return await _wish(client, options, screen, "Love")


async def unlove(client: Client, options: Namespace, screen: Screen) -> int:
    """Take it back."""
    return await _wish(client, options, screen, "Unlove")


async def listing(client: Client, options: Namespace, screen: Screen) -> None:
    """Loved tracks of the library."""
    found = json.loads(await _exported(client, "json"))
    if options.json:
        screen.document(found)
    elif found:
        screen.table(("ARTIST", "TRACK"), [(one["artist"], one["title"]) for one in found])
    else:
        screen.line("No track of the library is known to be loved: scrobblerctl loved import")


async def import_loved(client: Client, options: Namespace, screen: Screen) -> None:
    """Mark what is loved at Last.fm."""
    work = client.call("ImportLovedTracks", within=HOURS)
    result = await _progress(client, screen, work, "ImportProgress", "loved tracks")
    _figures(screen, options, result, IMPORTED)


async def scan(client: Client, options: Namespace, screen: Screen) -> None:
    """Read the music folders."""
    work = client.call("ScanLibrary", within=HOURS)
    result = await _progress(client, screen, work, "ScanProgress", "files")
    _figures(screen, options, result, SCANNED)
    unreadable: list[str] = [] if options.json else result["unreadable_files"]
    for name in unreadable:
        screen.note(f"unreadable: {_as_path(name)}")


def _as_path(named: str) -> str:
    """A file and why it can't be read, with its address as people write it."""
    url, colon, why = named.partition(": ")
    return f"{printable(unquote(url.removeprefix('file://')))}{colon}{why}"


async def export(client: Client, options: Namespace, screen: Screen) -> None:
    """Loved tracks as a file."""
    content = await _exported(client, options.format)
    write(screen, options.file, content, f"loved tracks as {options.format}")


async def unmatched(client: Client, options: Namespace, screen: Screen) -> None:
    """Loved tracks that the library does not have."""
    amount = min(options.amount or UNMATCHED, UNMATCHED)
    found = await client.call("GetUnmatchedLoved", "u", amount)
    if options.json:
        screen.document(found)
    elif found:
        now = time.time()
        rows: list[list[Line]] = [
            [
                formats.moment(one["loved_at"], now) if one["loved_at"] else "",
                one["artist"],
                one["title"],
            ]
            for one in found
        ]
        screen.table(("LOVED", "ARTIST", "TRACK"), rows)
        if len(found) == UNMATCHED:
            screen.note(f"There may be more: {UNMATCHED} is the most that is listed.")
    else:
        screen.line("Every loved track that is known is in the library")


async def _wish(client: Client, options: Namespace, screen: Screen, what: str) -> int:
    if options.artist is None:
        status, message = await client.call(f"{what}Current")
    elif options.track is None:
        raise Failure("name artist and track, or neither for what plays now", Exit.USAGE)
    else:
        status, message = await client.call(what, "ss", options.artist, options.track)
        named = labels.track(options.track, options.artist)
        message = f"{named}: {message}" if message else named
    message = for_people(message)
    told = f"{what}d" if status == "success" else status
    screen.line([(told, labels.STATES.get(status, "green")), f": {message}"])
    return Exit.FAILED if status == "rejected" else Exit.FINE


async def _exported(client: Client, form: str) -> str:
    """All loved tracks, page after page, as one text."""
    first, pages = await client.call("ExportLovedPage", "su", form, 1)
    texts = [first]
    for page in range(2, pages + 1):
        texts.append((await client.call("ExportLovedPage", "su", form, page))[0])
    return _joined(texts, form)


def _joined(texts: list[str], form: str) -> str:
    """Pages as one; each page is whole by itself, with a heading where the format has one."""
    if form == "json" and len(texts) > 1:
        tracks = [track for text in texts for track in json.loads(text)]
        return json.dumps(tracks, ensure_ascii=False, indent=2) + "\n"
    if form == "json":
        return texts[0]
    rest = [text.partition("\n")[2] for text in texts[1:]]
    return "".join([texts[0], *rest])


async def _progress(
    client: Client, screen: Screen, work: Awaitable[Any], signal: str, noun: str
) -> Any:
    """Do `work`, showing on a terminal how far it is."""
    if not screen.live:
        return await work
    await client.listen()
    from rich.progress import MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 # only here

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TextColumn(noun))
    with Progress(*columns, console=screen.console, transient=True) as progress:
        bar = progress.add_task("", total=None)
        doing = asyncio.ensure_future(work)
        watching = asyncio.create_task(_watch(client, signal, progress, bar))
        try:
            return await doing
        finally:
            watching.cancel()
            doing.cancel()


async def _watch(client: Client, signal: str, progress: Any, bar: Any) -> None:
    while True:
        member, values = await client.heard()
        if member == signal:
            progress.update(bar, completed=values[0], total=values[1] or None)


def _figures(
    screen: Screen, options: Namespace, result: dict[str, Any], names: tuple[tuple[str, str], ...]
) -> None:
    if options.json:
        screen.document(result)
        return
    rows: list[list[Line]] = [[(f"{result[name]:,}", "bold"), what] for name, what in names]
    screen.table(
        ("", ""),
        [row for row, (name, _) in zip(rows, names, strict=True) if result[name]] or rows[:1],
    )
