"""now: shows what plays, in a line made for status bars (waybar, polybar, i3blocks)."""

import asyncio
from argparse import Namespace
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ...core.text import for_people
from ..client import Client, if_running
from ..display.screen import Screen
from ..errors import Exit, Failure
from ..playing import foremost, heard_now
from ..template.template import Template, Value
from ..template.template_reader import TemplateError, read

TEXTS = ("artist", "title", "album", "player", "status", "verdict")
TIMES = ("heard", "needed", "left", "length", "position")
FIELDS = (*TEXTS, "loved", *TIMES, "percent")
"""What a template may name. Times look like 3:07. `left` is the time until the play counts,
`percent` how much of the needed time was heard, `position` where the player is."""

PRIVATE = "private"
"""What stands for the line in private mode."""

LOVED = "loved"
"""The second class of a track that is loved."""

TICKING = {"heard", "left", "percent", "position"}
"""Fields that change while a track plays."""

TOOLTIP = read("{title}{if loved} ♥{end}\n{artist}{if album}\n{album}{end}", FIELDS, TIMES)


async def now(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows the line, once or at every change."""
    template = check(options.format)
    if not options.endless:
        properties = await client.properties()
        player = pick(properties["Current"], options.player)
        player = await _with_position(client, template, player)
        show(screen, options, template, player, is_private=_is_private(properties))
        return
    await client.listen()
    if (task := asyncio.current_task()) is not None:
        screen.when_unread(task.cancel)
    shown: object = ...  # nothing yet, not even that nothing plays
    while True:
        properties = await if_running(client, Client.properties) or {}
        is_private = _is_private(properties)
        player = pick(properties.get("Current", []), options.player)
        player = await _with_position(client, template, player)
        if (line := (is_private, player if options.json else fill(template, player))) != shown:
            show(screen, options, template, player, is_private=is_private)
        shown = line
        ticking = player and player["rate"] and (template.fields & TICKING)
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0 if ticking else None):
                await _changed(client)


def check(template: str) -> Template:
    """Reads a template. Raises Failure if it is wrong."""
    try:
        return read(template, FIELDS, TIMES)
    except TemplateError as error:
        message = f"--format: {error}"
        raise Failure(message, Exit.USAGE, remedy="scrobblerctl now --help has all") from error


def pick(players: list[dict[str, Any]], wanted: str) -> dict[str, Any] | None:
    """Returns the player to show; None if there is none. `wanted` is the beginning of its name."""
    known = [
        player
        for player in players
        if player["title"] and (not wanted or player["player"].startswith(wanted))
    ]
    player = foremost(known)
    return heard_now(player) if player else None


def fill(
    template: Template,
    player: Mapping[str, Any] | None,
    *,
    markup: bool = False,
    isolates: bool = False,
) -> str:
    """Fills the template with the player's values; returns "" without a player."""
    if player is None:
        return ""
    values: dict[str, Value] = {name: for_people(str(player[name])) for name in TEXTS}
    values |= {
        "loved": player.get("loved", False),  # an older daemon does not say
        "heard": float(player["heard"]),
        "needed": float(player["needed"]),
        "left": max(0.0, player["needed"] - player["heard"]),
        "length": float(player["length"]),
        "position": player.get("position"),
        "percent": percent(player),
    }
    return template.fill(values, markup=markup, isolates=isolates)


def percent(player: Mapping[str, Any]) -> int:
    """Returns how much of the needed time was heard, 0 to 100."""
    return min(100, int(100 * player["heard"] / player["needed"])) if player["needed"] else 0


def show(
    screen: Screen,
    options: Namespace,
    template: Template,
    player: dict[str, Any] | None,
    *,
    is_private: bool = False,
) -> None:
    """Shows the line, or with --json the document that waybar takes."""
    if not options.json:
        line = fill(template, player, markup=options.markup, isolates=screen.isolates)
        screen.raw(PRIVATE if is_private else line)
        return
    state = PRIVATE if is_private else player["status"].lower() if player else "nothing"
    line = fill(template, player, markup=options.markup)
    document: dict[str, Any] = {
        "text": PRIVATE if is_private else line,
        "alt": state,
        "class": [state, LOVED] if player and player.get("loved", False) else state,
        "tooltip": fill(TOOLTIP, player, markup=options.markup),
        "percentage": percent(player) if player else 0,
    }
    screen.record(document | {"playing": player})


async def _with_position(
    client: Client, template: Template, player: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Returns the player with its Position, if the template names it: only the player knows."""
    if player is None or "position" not in template.fields:
        return player
    return player | {"position": await client.position(player["player"])}


def _is_private(properties: Mapping[str, Any]) -> bool:
    """Whether private mode is on: what plays is not told."""
    return properties.get("Private", False)  # an older daemon does not say


async def _changed(client: Client) -> None:
    """Waits until what is shown may have changed."""
    while True:
        member, values = await client.next_signal()
        if not member or (member == "PropertiesChanged" and {"Current", "Private"} & {*values[1]}):
            return
