"""love, unlove, loved and library: shows and changes loved tracks, and scans the music folders."""

import json
import os
import time
from argparse import Namespace
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from ...core import LASTFM
from ...core.errors import FixTheFile
from ...core.text import file_url, isolated, printable
from ..arguments.music import LOVED_FORMATS
from ..client import LONG_CALL_SECONDS, Client, uses_lastfm
from ..display import formats
from ..display.files import Target, format_by_ending
from ..display.screen import Line, Screen
from ..errors import Exit, Failure
from ..transfer.progress import following

IMPORT_COUNTS = (
    ("total", "loved at {place}"),
    ("imported", "newly marked"),
    ("already_loved", "already marked"),
    ("not_in_library", "not in the library{more}"),
)
SCAN_COUNTS = (
    ("added", "new"),
    ("changed", "changed"),
    ("unchanged", "as before"),
    ("removed", "gone"),
    ("untagged", "without artist or title"),
    ("unreadable", "unreadable"),
)
"""Names of the counts that the daemon answers, and what people read."""

MAX_UNMATCHED = 200
"""Loved tracks without a file that the daemon lists at most."""


async def love(client: Client, options: Namespace, screen: Screen) -> int:
    """Loves a track, or what plays now; with --toggle, or takes that back."""
    if not options.toggle:
        return await _change_love(client, options, screen, "Love")
    if options.artist is not None:
        raise Failure("--toggle is for what plays now: leave out the names", Exit.USAGE)
    loved, artist, track, status, message = await client.call("ToggleLove")
    what = "Love" if loved != (status == "rejected") else "Unlove"
    named = formats.track(track, artist)
    if status != "success":
        named = f"{what.lower()} {named}"
    message = f"{named}: {message}" if message else named
    return await _show_love(client, screen, what, (status, message))


async def unlove(client: Client, options: Namespace, screen: Screen) -> int:
    """Takes a love back."""
    return await _change_love(client, options, screen, "Unlove")


async def listing(client: Client, options: Namespace, screen: Screen) -> None:
    """Lists the loved tracks of the library."""
    tracks = json.loads(await _exported(client, "json"))
    if options.json:
        screen.document(tracks)
    else:
        nothing = "No loved track is known yet; scrobblerctl loved import reads those of Last.fm"
        screen.listing(("ARTIST", "TRACK"), tracks, _names, nothing)


async def import_loved(client: Client, options: Namespace, screen: Screen) -> None:
    """Marks the tracks that are loved at Last.fm, or at another account."""
    if options.account in (None, LASTFM):
        async with following(client, screen, "ImportProgress", "loved tracks"):
            result = await client.call("ImportLovedTracks", within=LONG_CALL_SECONDS)
        place, more = "Last.fm", ": scrobblerctl loved unmatched"
    else:
        result = await client.call(
            "ImportAccountLoved", "s", options.account, within=LONG_CALL_SECONDS
        )
        place, more = options.account, ""
    counts = [(name, words.format(place=place, more=more)) for name, words in IMPORT_COUNTS]
    _show_counts(screen, options, result, counts)


async def scan(client: Client, options: Namespace, screen: Screen) -> None:
    """Scans the music folders."""
    async with following(client, screen, "ScanProgress", "files"):
        result = await client.call("ScanLibrary", within=LONG_CALL_SECONDS)
    files = ("files", formats.named(result["files"], "file"))
    _show_counts(screen, options, result, [files, *SCAN_COUNTS])
    unreadable: list[str] = [] if options.json else result["unreadable_files"]
    for name in unreadable:
        screen.note(f"unreadable: {_with_path(name)}")


async def forget(client: Client, options: Namespace, screen: Screen) -> None:
    """Forgets the music files of a folder."""
    url = _url_of(options.folder)
    if not (removed := await client.call("ForgetFolder", "s", url)):
        raise Failure(f"no music file in {_with_path(url)} is known", remedy=_known_folders())
    screen.line(f"{formats.count(removed, 'file')} forgotten")


def _known_folders() -> str:
    """Says in which folders the files are that may be known."""
    from ...config.loader import load  # noqa: PLC0415 # seldom needed
    from ...config.source import config_path  # noqa: PLC0415 # seldom needed

    try:
        folders = load(config_path(os.environ), os.environ).library_folders
    except FixTheFile as error:
        return str(error)
    if not folders:
        return "there are no music folders: config.toml, [library] folders, names them"
    return f"the music folders are {', '.join(map(printable, folders))}"


def _url_of(folder: str) -> str:
    """Returns the URL of a folder, which need not be there, and whose name need not be UTF-8."""
    return file_url(os.path.abspath(os.fsencode(folder)))  # noqa: PTH100 # it cuts ".." out


def _with_path(entry: str) -> str:
    """Returns `entry`, "file://… : why it can't be read", with a path instead of the URL."""
    url, colon, why = entry.partition(": ")
    return f"{printable(unquote(url.removeprefix('file://')))}{colon}{why}"


async def export(client: Client, options: Namespace, screen: Screen) -> None:
    """Writes the loved tracks to a file."""
    kind = format_by_ending(options.format, options.file, LOVED_FORMATS)
    target = Target(options.file, options.force)
    target.write(screen, await _exported(client, kind), f"loved tracks as {kind}")


async def unmatched(client: Client, options: Namespace, screen: Screen) -> None:
    """Lists loved tracks that the library does not have."""
    amount = min(options.amount or MAX_UNMATCHED, MAX_UNMATCHED)
    tracks = await client.call("GetUnmatchedLoved", "u", amount)
    if options.json:
        screen.document(tracks)
        return
    nothing = "All known loved tracks are in the library"
    screen.listing(("LOVED", "ARTIST", "TRACK"), tracks, _unmatched_row, nothing)
    if len(tracks) == MAX_UNMATCHED:
        screen.note(f"There may be more: at most {MAX_UNMATCHED} are listed.")


def _unmatched_row(track: dict[str, Any]) -> list[Line]:
    loved_at = track["loved_at"]
    when = formats.moment(loved_at, time.time()) if loved_at else ""
    return [when, *_names(track)]


def _names(track: dict[str, Any]) -> list[Line]:
    return [isolated(track["artist"]), isolated(track["title"])]


async def _change_love(client: Client, options: Namespace, screen: Screen, what: str) -> int:
    """Calls `what`, which is "Love" or "Unlove", for a track or for what plays now."""
    if options.artist is None:
        status, message = await client.call(f"{what}Current")
    elif options.track is None:
        raise Failure("name artist and track, or neither for what plays now", Exit.USAGE)
    else:
        status, message = await client.call(what, "ss", options.artist, options.track)
        named = formats.track(options.track, options.artist)
        message = f"{named}: {message}" if message else named
    return await _show_love(client, screen, what, (status, message))


async def _show_love(client: Client, screen: Screen, what: str, answer: tuple[str, str]) -> int:
    """Shows what became of a request: the status, and words for people."""
    status, message = answer
    if status == "queued" and (remedy := await _login_remedy(client)):
        message += f"; {remedy}"
    outcome = f"{what}d" if status == "success" else status
    screen.line([(outcome, formats.state(status)[1] or "green"), f": {message}"])
    return Exit.FAILED if status == "rejected" else Exit.FINE


async def _login_remedy(client: Client) -> str:
    """Returns what to do if nobody is logged in at Last.fm; "" if it is not used."""
    _lastfm, *others = await client.call("ListAccounts")
    if others and not uses_lastfm(await client.call("GetSettings")):
        return ""
    return await client.login_remedy()


async def _exported(client: Client, kind: str) -> str:
    """Returns all loved tracks, page after page, as one text."""
    first, pages = await client.call("ExportLovedPage", "su", kind, 1)
    texts = [first]
    for page in range(2, pages + 1):
        texts.append((await client.call("ExportLovedPage", "su", kind, page))[0])
    return _joined(texts, kind)


def _joined(texts: list[str], kind: str) -> str:
    """Joins pages, each of which is complete, with a heading if the format has one."""
    if kind == "json" and len(texts) > 1:
        tracks = [track for text in texts for track in json.loads(text)]
        return json.dumps(tracks, ensure_ascii=False, indent=2) + "\n"
    if kind == "json":
        return texts[0]
    rest = [text.partition("\n")[2] for text in texts[1:]]
    return "".join([texts[0], *rest])


def _show_counts(
    screen: Screen, options: Namespace, result: dict[str, Any], names: Sequence[tuple[str, str]]
) -> None:
    if options.json:
        screen.document(result)
        return
    counted = [(name, what) for name, what in names if result[name]] or list(names[:1])
    screen.table(("", ""), [[(f"{result[name]:,}", "bold"), what] for name, what in counted])
