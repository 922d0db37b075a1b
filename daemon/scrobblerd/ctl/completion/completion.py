"""completion: prints a script for bash, zsh or fish. The scripts run the hidden `complete`.

tools.ctl writes the scripts, with shtab.
"""

import asyncio
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from importlib.resources import files
from typing import Any

from ...core.text import for_people
from ..client import Client
from ..display.screen import Screen
from ..errors import Failure

ANSWER_SECONDS = 1.0
"""How long somebody who presses Tab waits for the daemon at most."""

Candidates = list[tuple[str, str]]
"""Words, each with its description, "" if it has none."""


async def completion(options: Namespace, screen: Screen) -> None:
    """Prints the script."""
    screen.raw(script(options.shell).removesuffix("\n"))


def script(shell: str) -> str:
    """Returns the script for "bash", "zsh" or "fish"."""
    path = files("scrobblerd.ctl").joinpath("completion", f"scrobblerctl.{shell}")
    return path.read_text(encoding="utf-8")


async def complete(options: Namespace, screen: Screen) -> None:
    """Prints the words that can stand for a value, one a line, each with a tab and its description
    if it has one. Prints nothing if something fails. Never starts the daemon."""
    with suppress(Failure, TimeoutError):
        async with asyncio.timeout(ANSWER_SECONDS), Client.connected() as client:
            for word, what in await KINDS[options.kind](client):
                screen.raw(f"{word}\t{for_people(what)}" if what else word)


async def _players(client: Client) -> Candidates:
    return [(name, "") for name in await client.players()]


async def _plays(client: Client) -> Candidates:
    plays = await _asked(client, "GetHistory", "ux", 30, 0)
    return [(str(play["id"]), f"{play['title']} by {play['artist']}") for play in plays]


async def _rows(client: Client) -> Candidates:
    rows = await _asked(client, "ListQueue", "sux", "rejected", 30, 0)
    return [(str(row["id"]), f"{row['track']} by {row['artist']}") for row in rows]


async def _accounts(client: Client) -> Candidates:
    accounts = await _asked(client, "ListAccounts", "")
    return [(account["account"], account["label"]) for account in accounts]


async def _gone(client: Client) -> Candidates:
    """Returns the accounts that have left config.toml, and for whom plays are kept."""
    accounts = await _asked(client, "ListAccounts", "")
    return [(each["account"], each["label"]) for each in accounts if each["state"] == "gone"]


async def _users(client: Client) -> Candidates:
    rows = await _asked(client, "ListQueue", "sux", "held", 200, 0)
    return [(name, "") for name in sorted({row["account"] for row in rows if row["account"]})]


async def _asked(client: Client, member: str, *arguments: Any) -> list[dict[str, Any]]:
    """Calls a method that lists something; returns nothing if the daemon does not run."""
    return await client.call(member, *arguments) if await client.owner() else []


KINDS: Mapping[str, Callable[[Client], Awaitable[Candidates]]] = {
    "player": _players,
    "play": _plays,
    "row": _rows,
    "account": _accounts,
    "user": _users,
    "gone": _gone,
}
"""What can be completed, by the lower-case metavar of the value."""
