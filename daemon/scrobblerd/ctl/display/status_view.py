"""Pure: draws `status` and `watch`."""

import time
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from ...core.model import program_of
from ...core.text import for_people
from . import formats, labels
from .screen import Line, Span, grid, text

BAR_CELLS = 24


def view(document: dict[str, Any], width: int, blocks: bool) -> RenderableType:
    """Draws all of `status`."""
    return grid(("", ""), _rows(document, width, blocks), width)


def watched(
    document: dict[str, Any] | None, scrobbles: list[list[str]], width: int, blocks: bool
) -> RenderableType:
    """Draws all of `watch`: the status, the last scrobbles, and how to end it."""
    parts: list[RenderableType] = []
    if document is None:
        waiting = "; waiting for it. scrobblerctl doctor starts it, or says why not"
        parts.append(text([("scrobblerd is not running", "red"), waiting]))
    else:
        parts.append(view(document, width, blocks))
    if scrobbles:
        parts.append(Text())
        parts += [_scrobble(*values) for values in reversed(scrobbles)]
    return Group(*parts, Text(), text(("Ctrl-C ends this", "dim")))


def _scrobble(status: str, artist: str, title: str, message: str) -> Text:
    remark = f": {message}" if message else ""
    return text([labels.state(status), f"  {labels.track(title, artist)}", (remark, "dim")])


def _rows(document: dict[str, Any], width: int, blocks: bool) -> list[tuple[Line, Line]]:
    settings, queue = document["settings"], document["queue"]
    rows: list[tuple[Line, Line]] = [
        (("scrobblerd", "bold"), document["version"]),
        (("Account", "bold"), _account(settings)),
        (("Scrobbling", "bold"), _scrobbling(settings)),
    ]
    for player in document["players"]:
        rows.append(((program_of(player["player"]), "bold cyan"), _playing(player)))
        rows.append(("", _progress(player, width, blocks)))
    if not document["players"]:
        rows.append((("Playing", "bold"), ("nothing", "dim")))
    rows += [((label, "bold"), line) for label, line in _queue(queue)]
    return rows


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


def _scrobbling(settings: dict[str, Any]) -> Line:
    until = settings.get("paused_until", 0)
    if until:  # a pause switches off as well
        when = f"until {formats.moment(until, time.time())}" if until > 0 else "for the time being"
        return [(f"paused {when}", "yellow"), ": scrobblerctl resume"]
    if not settings["enabled"]:
        return [("off", "yellow"), ": scrobblerctl settings enabled on"]
    return [("on", "green"), f", at {settings['scrobble_threshold']} % of a track"]


def _playing(player: dict[str, Any]) -> Line:
    """Returns the track of a player, and whether it is paused."""
    if not player["title"] and not player["artist"]:
        return [(player["status"].lower() or "nothing", "dim")]
    title, artist, album = (for_people(player[name]) for name in ("title", "artist", "album"))
    named = labels.track(title, artist)  # cut, since watch shows several lines
    album = f" ({album})" if album else ""
    status = "nothing heard" if player["status"] == "Playing" else player["status"].lower()
    paused = [] if player["rate"] else [(f", {status}", "dim")]
    return [named, (album, "dim"), *paused]


def _progress(player: dict[str, Any], width: int, blocks: bool) -> Line:
    """Returns how much was heard of what is needed."""
    heard, needed, name = player["heard"], player["needed"], player["verdict"]
    label, style = labels.verdict(name)
    if name not in ("listening", "counted") or not needed:
        return [(label, style)] if name else ""
    cells = min(BAR_CELLS, max(8, width - 50))
    full, rest = formats.bar(heard / needed, cells, *(("█", "·") if blocks else ("#", ".")))
    drawn: list[Span] = [(full, style), (rest, "dim"), f" {formats.clock(heard)}"]
    if name == "counted":
        return [*drawn, " heard, ", (label, style)]
    length = f", {formats.clock(player['length'])} long" if player["length"] else ""
    return [*drawn, f" of {formats.clock(needed)}{length if cells == BAR_CELLS else ''}"]


def _queue(queue: dict[str, Any]) -> list[tuple[str, Line]]:
    now = time.time()
    rows: list[tuple[str, Line]] = [("Queue", _waiting(queue))]
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


def _waiting(queue: dict[str, Any]) -> Line:
    """Returns how many rows are in each state."""
    found: list[Span] = []
    for name, what, style in (
        ("queued", "waiting", "cyan"),
        ("held", "held", "yellow"),
        ("rejected", "rejected", "red"),
        ("expired", "expired", "red"),
        ("loves", "loves waiting", "cyan"),
    ):
        if queue[name]:
            one = what.replace("loves", "love") if queue[name] == 1 else what
            found += [", "] * bool(found) + [(f"{queue[name]:,} {one}", style)]
    return found or [("empty", "green")]


def _of(used: int, limit: int, noun: str) -> str:
    return f"{used:,} of {formats.count(limit, noun)}" if limit else formats.count(used, noun)
