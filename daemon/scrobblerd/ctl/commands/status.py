"""status: shows what scrobblerd is doing."""

import asyncio
import time
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from ...core import program_of
from ...core.text import for_people
from ..client import Client, uses_lastfm
from ..display import accounts, formats
from ..display.accounts import Account
from ..display.screen import Line, Screen, Span
from ..playing import heard_now

MAX_PAGE_ROWS = 200
"""Rows that the daemon lists at once."""

BAR_CELLS = 24
"""Length of the bar that shows how much was heard, if there is room."""

Document = dict[str, Any]


async def status(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows what the daemon is doing, or how one account stands."""
    if options.account is not None:
        account = await client.call("GetAccountStatus", "s", options.account)
        shown = accounts.details(account, time.time())
        for label, line in _to_do(await to_do(client, [account]), several=False):
            shown.append(((label, "bold"), line))
        document = account
    else:
        document = await collect(client)
        shown = rows(document, screen)
    if options.json:
        screen.document(document)
    else:
        screen.table(("", ""), shown)


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
        "backfill": listed[0].get("backfill", 0),
        "last_import": properties["LastImport"],
        "to_do": await to_do(client, listed),
    }


async def to_do(client: Client, listed: Sequence[Account]) -> list[dict[str, Any]]:
    """Returns the plays that go nowhere by themselves: their `state`, how many `plays`, at which
    `accounts`, and the `command` that helps."""
    entries: list[dict[str, Any]] = []
    for state in ("held", "rejected"):
        names = [account["account"] for account in listed if account[state]]
        if names:
            plays = sum(account[state] for account in listed)
            command = f"scrobblerctl queue --state {state}"
            if state == "held":
                command = await _claim(client, listed) or command
            entry = {"state": state, "plays": plays, "accounts": names, "command": command}
            entries.append(entry)
    return entries


async def _claim(client: Client, listed: Sequence[Account]) -> str:
    """Returns the command that sends all plays that are held at these accounts; "" if there is no
    single one."""
    are_gone = {account["account"]: account["state"] == "gone" for account in listed}
    rows: list[dict[str, Any]] = await client.call("ListQueue", "sux", "held", MAX_PAGE_ROWS, 0)
    held = {
        (row["account_name"], row["account"]) for row in rows if row["account_name"] in are_gone
    }
    if len(held) != 1:
        return ""
    [(name, user)] = held
    return (
        f"scrobblerctl queue claim --from {name}" if are_gone[name] else accounts.claim(name, user)
    )


def rows(document: Document, screen: Screen) -> list[tuple[Line, Line]]:
    """Returns the lines of `status`: a label, and what stands beside it."""
    rows: list[tuple[Line, Line]] = [(("scrobblerd", "bold"), document["version"])]
    rows += [((label, "bold"), line) for label, line in account_rows(document)]
    for player in document["players"]:
        rows.append(((program_of(player["player"]), "bold cyan"), playing_line(player)))
        rows.append(("", progress_line(player, screen)))
    if not document["players"]:
        playing = "private" if document["settings"].get("private") else "nothing"
        rows.append((("Playing", "bold"), (playing, "dim")))
    rows += [((label, "bold"), line) for label, line in queue_rows(document)]
    return rows


def account_rows(document: Document) -> list[tuple[str, Line]]:
    """Returns how the accounts stand, and whether plays count: a label, and what stands beside
    it."""
    settings, listed = document["settings"], document.get("accounts", [])
    rows: list[tuple[str, Line]] = []
    if not listed or uses_lastfm(settings):
        rows.append(("Account", _account(settings)))
    for account in listed[1:]:
        rows.append((account["account"], accounts.summary(account, time.time())))
    others = [
        account["account"] for account in listed[1:] if account["state"] not in ("off", "gone")
    ]
    rows.append(("Scrobbling", _scrobbling(settings, others)))
    return rows


def queue_rows(document: Document) -> list[tuple[str, Line]]:
    """Returns how the queue stands: a label, and what stands beside it."""
    queue, listed = document["queue"], document.get("accounts", [])
    if listed:
        queue = _without_others(queue, listed)
        if not uses_lastfm(document["settings"]):
            queue = _without_lastfm(queue, listed)
    left = document.get("backfill", 0)
    backfill: list[tuple[str, Line]] = [("Backfill", f"{formats.count(left, 'play')} left")]
    return _queue(queue) + backfill * bool(left) + _to_do(document["to_do"], several=bool(listed))


def _to_do(entries: Sequence[dict[str, Any]], *, several: bool) -> list[tuple[str, Line]]:
    """Returns a line for each entry of `to_do`."""
    told = [(accounts.plight(entry, several), f": {entry['command']}") for entry in entries]
    return [("To do", [(words, "yellow"), command]) for words, command in told]


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
        when = f"until {formats.until(until, time.time())}" if until > 0 else "for the time being"
        if settings.get("private"):  # an older daemon has none
            return [(f"private {when}", "yellow"), ", nothing is recorded: scrobblerctl resume"]
        return [(f"paused {when}", "yellow"), ": scrobblerctl resume"]
    if not settings["enabled"] and others:
        return [("off at Last.fm", "yellow"), f", on at {', '.join(others)}"]
    if not settings["enabled"]:
        return [("off", "yellow"), ": scrobblerctl settings enabled on"]
    return [("on", "green"), f", at {settings['scrobble_threshold']} % of a track"]


def playing_line(player: dict[str, Any]) -> Line:
    """Returns the track of a player, and whether it is paused."""
    if not player["title"] and not player["artist"]:
        return [(player["status"].lower() or "nothing", "dim")]
    title, artist, album = (for_people(player[name]) for name in ("title", "artist", "album"))
    named = formats.track(title, artist)  # cut, since watch shows several lines
    album = f" ({album})" if album else ""
    status = "nothing heard" if player["status"] == "Playing" else player["status"].lower()
    paused = [] if player["rate"] else [(f", {status}", "dim")]
    heart = [(" ♥", "red")] if player.get("loved") else []  # an older daemon does not say
    return [named, *heart, (album, "dim"), *paused]


def progress_line(player: dict[str, Any], screen: Screen) -> Line:
    """Returns how much was heard of what is needed, or why it does not count."""
    heard, needed, name = player["heard"], player["needed"], player["verdict"]
    label, style = formats.verdict(name, player.get("code", ""), player.get("detail", ""))
    if name not in ("listening", "counted") or not needed:
        reason = player.get("reason", "")  # an older daemon gives none
        return [*formats.because((label, style), reason)] if name else ""
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
        rows.append(("Waiting", (queue["hold_reason"], "yellow")))
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
