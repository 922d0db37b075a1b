"""now: shows what plays, in a line made for status bars (waybar, polybar, i3blocks)."""

import asyncio
from argparse import Namespace
from collections.abc import Mapping
from contextlib import suppress
from string import Formatter
from typing import Any

from ...core.text import for_people
from ..client import Client
from ..display import formats
from ..display.screen import Screen
from ..errors import Exit, Failure
from .status import heard_now

TEXTS = ("artist", "title", "album", "player", "status", "verdict")
TIMES = ("heard", "needed", "length")
FIELDS = (*TEXTS, *TIMES, "left", "percent")
"""What a template may name. Times look like 3:07. `left` is the time until the play counts,
`percent` how much of the needed time was heard."""

TICKING = {"heard", "left", "percent"}
"""Fields that change while a track plays."""


async def now(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows the line, once or at every change."""
    wanted = check(options.format)
    if not options.endless:
        show(screen, options, pick((await client.properties())["Current"], options.player))
        return
    await client.listen()
    if (task := asyncio.current_task()) is not None:
        screen.when_unread(task.cancel)
    shown: object = ...  # nothing yet, not even that nothing plays
    while True:
        current = await _current(client)
        player = pick(current, options.player)
        if (line := (player if options.json else fill(options.format, player))) != shown:
            show(screen, options, player)
        shown = line
        ticking = player and player["rate"] and (wanted & TICKING)
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0 if ticking else None):
                await _changed(client)


def check(template: str) -> set[str]:
    """Returns the fields that a template names. Raises Failure if one is not known."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise Failure(f"--format: {error}; write {{{{ for a brace", Exit.USAGE) from error
    named = [(field, spec, how) for _, field, spec, how in parsed if field is not None]
    for field, spec, how in named:
        if field not in FIELDS or spec or how:
            known = ", ".join(FIELDS)
            raise Failure(f"--format: {{{field}}} is not known; there are {known}", Exit.USAGE)
    return {field for field, *_ in named}


def pick(players: list[dict[str, Any]], wanted: str) -> dict[str, Any] | None:
    """Returns the player to show: the one that began last of those that play, or else of those that
    paused. `wanted` is the beginning of its name, "" = any."""
    known = [
        player
        for player in players
        if player["title"] and (not wanted or player["player"].startswith(wanted))
    ]
    known.sort(key=lambda player: (bool(player["rate"]), player["start"]))
    return heard_now(known[-1]) if known else None


def fill(template: str, player: Mapping[str, Any] | None) -> str:
    """Fills the template with the player's values; returns "" without a player."""
    if player is None:
        return ""
    needed, heard = player["needed"], player["heard"]
    values = {name: for_people(str(player[name])) for name in TEXTS}
    values |= {name: formats.clock(player[name]) for name in TIMES}
    values["left"] = formats.clock(max(0.0, needed - heard))
    values["percent"] = str(percent(player))
    return template.format_map(values)


def percent(player: Mapping[str, Any]) -> int:
    """Returns how much of the needed time was heard, 0 to 100."""
    return min(100, int(100 * player["heard"] / player["needed"])) if player["needed"] else 0


def show(screen: Screen, options: Namespace, player: dict[str, Any] | None) -> None:
    """Shows the line, or with --json the document that waybar takes."""
    line = fill(options.format, player)
    if not options.json:
        screen.raw(line)
        return
    tooltip = fill("{title}\n{artist}\n{album}", player)
    state = player["status"].lower() if player else "nothing"
    document = {"text": line, "alt": state, "class": state, "tooltip": tooltip}
    document["percentage"] = percent(player) if player else 0
    screen.record(document | {"playing": player})


async def _current(client: Client) -> list[dict[str, Any]]:
    """Returns the players that have a track; none while the daemon does not run."""
    if not await client.owner():
        return []
    try:
        return (await client.properties())["Current"]
    except Failure as failure:
        if failure.status is not Exit.NOT_RUNNING:
            raise
        return []


async def _changed(client: Client) -> None:
    """Waits until `Current` may have changed."""
    while True:
        member, values = await client.next_signal()
        if not member or (member == "PropertiesChanged" and "Current" in values[1]):
            return
