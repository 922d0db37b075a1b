"""history and explain: what was played, and what became of it."""

import math
import time
from argparse import Namespace
from collections.abc import AsyncIterator
from typing import Any

from ..client import Client
from ..display import formats, labels
from ..display.screen import Line, Screen
from ..errors import Failure
from .status import heard_now

PAGE = 200
"""What the daemon lists at once."""

SCREENFUL = 20
"""Rows that are listed where nobody says how many."""


async def history(client: Client, options: Namespace, screen: Screen) -> None:
    """The newest plays first."""
    found = await plays(client, options.amount, options.since)
    if options.json:
        screen.document(found)
    elif found:
        now = time.time()
        headings = ("PLAY", "WHEN", "PLAYER", "HEARD", "VERDICT", "TRACK")
        screen.table(headings, [_row(play, now) for play in found])
    else:
        screen.line("No plays" + (" since then" if options.since else " yet"))


async def plays(client: Client, amount: int | None, since: int | None) -> list[dict[str, Any]]:
    """At most `amount` plays (0 = all, None = a screenful, or all `since` then)."""
    if since is None:
        listing = listed(client, SCREENFUL if amount is None else amount, "GetHistory", "ux")
        return [play async for play in listing]
    found: list[dict[str, Any]] = []
    older = 0  # in a row: a play that was paused for long is listed where it ended
    async for play in listed(client, 0, "GetHistory", "ux"):
        older = older + 1 if play["start"] < since else 0
        if not older:
            found.append(play)
        if older == PAGE or len(found) == amount:
            break
    return found


async def listed(
    client: Client, amount: int, member: str, signature: str, *first: Any
) -> AsyncIterator[dict[str, Any]]:
    """What a method lists that takes a limit and the id to go on from; 0 = all of it."""
    before, left = 0, amount or math.inf
    while left:
        limit = int(min(PAGE, left))
        page: list[dict[str, Any]] = await client.call(member, signature, *first, limit, before)
        for one in page:
            yield one
        if len(page) < limit:
            break
        before, left = page[-1]["id"], left - limit


async def explain(client: Client, options: Namespace, screen: Screen) -> None:
    """What became of a play; of the last one, and of what plays now, where none is named."""
    number = options.play
    playing: list[dict[str, Any]] = []
    if not number:
        playing = [heard_now(one) for one in (await client.properties())["Current"]]
        last = await client.call("GetHistory", "ux", 1, 0)
        number = last[0]["id"] if last else 0
    said = await client.call("Explain", "x", number) if number else ""
    playing = [one for one in playing if one["title"] or one["artist"]]
    if options.json:
        screen.document({"play": number, "words": said, "playing": playing})
        return
    if not said and not playing:
        raise Failure("nothing was played yet: scrobblerctl players tells which players are seen")
    for one in playing:
        screen.line(_in_progress(one))
    if said:
        screen.line(said if options.play else f"{number}: {said}")


def _row(play: dict[str, Any], now: float) -> list[Line]:
    length = f"/{formats.clock(play['length'])}" if play["length"] else ""
    named = labels.track(play["title"], play["artist"])
    why = "" if play["verdict"] == "counted" else f" – {play['reason']}"
    return [
        (str(play["id"]), "dim"),
        formats.moment(play["start"], now),
        labels.program(play["player"]),
        formats.clock(play["heard"]) + length,
        labels.verdict(play["verdict"]),
        [named, (why, "dim")],
    ]


def _in_progress(one: dict[str, Any]) -> Line:
    """What plays now, and what it lacks."""
    named = f"Now: {labels.track(one['title'], one['artist'])} on {one['player']}: "
    if one["verdict"] == "listening":
        heard, needed = formats.clock(one["heard"]), formats.clock(one["needed"])
        return [named, (f"heard {heard}, counts at {needed}", "cyan")]
    reason = one.get("reason")  # an older daemon tells none
    return [named, labels.verdict(one["verdict"]), f": {reason}" if reason else ""]
