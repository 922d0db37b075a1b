"""status and watch: shows what scrobblerd is doing, once or live."""

import asyncio
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...core.model import program_of
from ...core.text import for_people
from ..client import Client, uses_lastfm
from ..display import accounts, formats
from ..display.accounts import Account
from ..display.screen import Line, Screen, Span, grid, text
from ..errors import Exit, Failure

if TYPE_CHECKING:
    from rich.console import RenderableType

REDRAW_SECONDS = 1.0
"""Time between two looks while something plays."""

MAX_SCROBBLES = 5
"""Scrobbles that `watch` shows."""

BAR_CELLS = 24
"""Length of the bar that shows how much was heard, if there is room."""

Document = dict[str, Any]
Scrobbles = list[list[str]]
"""Values of the signal ScrobbleStatus: status, artist, title, message."""
Show = Callable[[Document | None, Scrobbles], None]
"""Shows the status, None if the daemon does not run, and the scrobbles since the last look."""


async def status(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows what the daemon is doing, or how one account stands."""
    if options.account is not None:
        account = await client.call("GetAccountStatus", "s", options.account)
        document, rows = account, accounts.details(account, time.time())
    else:
        document = await collect(client)
        rows = _rows(document, screen)
    if options.json:
        screen.document(document)
    else:
        screen.table(("", ""), rows)


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


async def collect(client: Client) -> dict[str, Any]:
    """Returns all of `status --json`: names as on D-Bus, heard times as of now."""
    properties, settings, queue, listed = await asyncio.gather(
        client.properties(),
        client.call("GetSettings"),
        client.call("GetQueueStatus"),
        client.call("ListAccounts"),
    )
    several = {"accounts": listed} if len(listed) > 1 else {}
    return several | {
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


# -- watch ----------------------------------------------------------------------------------------


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
    return grid(("", ""), _rows(document, screen), screen.width)


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


def _rows(document: Document, screen: Screen) -> list[tuple[Line, Line]]:
    settings, queue = document["settings"], document["queue"]
    rows: list[tuple[Line, Line]] = [(("scrobblerd", "bold"), document["version"])]
    listed = document.get("accounts", [])
    lastfm_is_used = not listed or uses_lastfm(settings)
    if lastfm_is_used:
        rows.append((("Account", "bold"), _account(settings)))
    for account in listed[1:]:
        rows.append(((account["account"], "bold"), accounts.summary(account, time.time())))
    if listed:
        queue = _without_others(queue, listed)
    if not lastfm_is_used:
        queue = _without_lastfm(queue, listed)
    others = [
        account["account"] for account in listed[1:] if account["state"] not in ("off", "gone")
    ]
    rows.append((("Scrobbling", "bold"), _scrobbling(settings, others)))
    for player in document["players"]:
        rows.append(((program_of(player["player"]), "bold cyan"), _playing(player)))
        rows.append(("", _progress(player, screen)))
    if not document["players"]:
        rows.append((("Playing", "bold"), ("nothing", "dim")))
    rows += [((label, "bold"), line) for label, line in _queue(queue)]
    return rows


def _without_others(queue: dict[str, Any], listed: Sequence[Account]) -> dict[str, Any]:
    """Returns GetQueueStatus without what the lines of the other accounts say."""
    lastfm = listed[0]
    return queue | {
        "hold_reason": lastfm["hold_reason"],
        "last_error": lastfm["last_error"] if lastfm["queued"] else "",
    }


def _without_lastfm(queue: dict[str, Any], listed: Sequence[Account]) -> dict[str, Any]:
    """Returns GetQueueStatus with what all accounts were sent today, and without Last.fm's
    limits."""
    sums = {
        name: sum(account[name] for account in listed)
        for name in ("scrobbles_today", "requests_today")
    }
    return queue | sums | {"scrobbles_limit": 0, "requests_limit": 0}


def _account(settings: dict[str, Any]) -> Line:
    if settings["authenticated"]:
        return [(settings["username"], "green"), " at Last.fm"]
    if not settings["configured"]:
        return [("no API key yet", "yellow"), ": scrobblerctl login"]
    if waits_for := settings.get("waits_for"):
        return [(waits_for, "yellow")]
    if settings["username"]:
        return [(f"the login of {settings['username']} has expired", "red"), ": scrobblerctl login"]
    return [("nobody is logged in", "yellow"), ": scrobblerctl login"]


def _scrobbling(settings: dict[str, Any], others: Sequence[str]) -> Line:
    """Returns whether plays count. `others` are the accounts beside Last.fm's that are on."""
    until = settings.get("paused_until", 0)
    if until:  # a pause switches off as well
        when = f"until {formats.moment(until, time.time())}" if until > 0 else "for the time being"
        return [(f"paused {when}", "yellow"), ": scrobblerctl resume"]
    if not settings["enabled"] and others:
        return [("off at Last.fm", "yellow"), f", on at {', '.join(others)}"]
    if not settings["enabled"]:
        return [("off", "yellow"), ": scrobblerctl settings enabled on"]
    return [("on", "green"), f", at {settings['scrobble_threshold']} % of a track"]


def _playing(player: dict[str, Any]) -> Line:
    """Returns the track of a player, and whether it is paused."""
    if not player["title"] and not player["artist"]:
        return [(player["status"].lower() or "nothing", "dim")]
    title, artist, album = (for_people(player[name]) for name in ("title", "artist", "album"))
    named = formats.track(title, artist)  # cut, since watch shows several lines
    album = f" ({album})" if album else ""
    status = "nothing heard" if player["status"] == "Playing" else player["status"].lower()
    paused = [] if player["rate"] else [(f", {status}", "dim")]
    return [named, (album, "dim"), *paused]


def _progress(player: dict[str, Any], screen: Screen) -> Line:
    """Returns how much was heard of what is needed."""
    heard, needed, name = player["heard"], player["needed"], player["verdict"]
    label, style = formats.verdict(name)
    if name not in ("listening", "counted") or not needed:
        return [(label, style)] if name else ""
    cells = min(BAR_CELLS, max(8, screen.width - 50))
    full, rest = formats.bar(heard / needed, cells, *(("█", "·") if screen.blocks else ("#", ".")))
    drawn: list[Span] = [(full, style), (rest, "dim"), f" {formats.clock(heard)}"]
    if name == "counted":
        return [*drawn, " heard, ", (label, style)]
    length = f", {formats.clock(player['length'])} long" if player["length"] else ""
    return [*drawn, f" of {formats.clock(needed)}{length if cells == BAR_CELLS else ''}"]


def _queue(queue: dict[str, Any]) -> list[tuple[str, Line]]:
    now = time.time()
    rows: list[tuple[str, Line]] = [("Queue", accounts.counts(queue) or ("empty", "green"))]
    if queue["hold_reason"]:
        rows.append(("Held", (queue["hold_reason"], "yellow")))
    if queue["next_attempt"]:
        rows.append(("Next try", formats.moment(queue["next_attempt"], now)))
    if trouble := queue.get("database"):  # an older daemon has none
        rows.append(("Database", (f"{trouble}; plays are kept in memory meanwhile", "red")))
    if queue["last_error"] and queue["queued"]:
        rows.append(("Last error", (queue["last_error"], "red")))
    if queue["expiring"]:
        rows.append(
            ("Expiring", (f"{formats.count(queue['expiring'], 'play')} within a day", "red"))
        )
    today = (
        _of(queue["scrobbles_today"], queue["scrobbles_limit"], "scrobble"),
        _of(queue["requests_today"], queue["requests_limit"], "request"),
    )
    rows.append(("Today", ", ".join(today)))
    return rows


def _of(used: int, limit: int, noun: str) -> str:
    return f"{used:,} of {formats.count(limit, noun)}" if limit else formats.count(used, noun)
