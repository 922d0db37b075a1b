"""history: shows what was played, and what became of it."""

import math
import time
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from dbus_next.signature import Variant

from ...core import LASTFM, program_of
from ...core.text import too_little
from ..client import READING_CALL_SECONDS, Client
from ..display import accounts, formats, moments
from ..display.accounts import Account
from ..display.screen import Line, Screen
from ..errors import Failure
from .status import MAX_PAGE_ROWS

FILTERS = ("since", "until", "artist", "title", "player", "verdict", "account", "only")
"""The options by which FindPlays filters, under the same names."""

DEFAULT_ROWS = 20
"""Rows that are listed without --limit."""


async def history(client: Client, options: Namespace, screen: Screen) -> None:
    """Lists plays, the newest first."""
    listed = await all_accounts(client)
    several = len(listed) > 1
    newest = await _newest(client, options, several)
    only_taken = accounts.taken_at(listed)
    if options.json:
        from ..display import records  # noqa: PLC0415 # its sentences take 30 ms

        screen.document([records.in_local_time(play, several, only_taken) for play in newest])
        return
    plays = [_with_result(play, only_taken) for play in newest]
    headings = ["PLAY", "WHEN", "PLAYER", "HEARD", "RESULT", "TRACK"]
    screen.listing(
        headings, plays, lambda play: _row(play, several, options.account), _no_plays(options)
    )


async def several_accounts(client: Client) -> bool:
    """Returns whether there are accounts beside that of Last.fm."""
    return len(await all_accounts(client)) > 1


async def all_accounts(client: Client) -> list[Account]:
    """Returns all accounts; none if the daemon is older and does not know of them."""
    with suppress(Failure):
        return await client.call("ListAccounts")
    return []


def _no_plays(options: Namespace) -> str:
    asked = {name for name in FILTERS if getattr(options, name)}
    if asked == {"since"}:
        return "No plays since then"
    return "No such plays" if asked - {"account"} else "No plays yet"


async def _newest(client: Client, options: Namespace, several: bool) -> list[dict[str, Any]]:
    """Returns the plays that the options ask for: at most `amount`; 0 = all, None = DEFAULT_ROWS,
    or all if a time is given."""
    moments.stretch(options.since, options.until)
    filters = {name: _filter(value) for name in FILTERS if (value := getattr(options, name))}
    amount = options.amount
    if amount is None:
        amount = 0 if "since" in filters or "until" in filters else DEFAULT_ROWS
    member: tuple[Any, ...] = ("FindPlays", "a{sv}ux", filters)
    if not filters:
        member = ("GetHistory", "ux")
    elif filters.keys() <= {"account", "only"} and (options.account or not several):
        # an older daemon knows this, too
        account = options.account or LASTFM
        member = ("GetAccountHistory", "ssux", account, options.only or "")
    return [play async for play in listed(client, amount, *member)]


def _filter(value: int | str | Sequence[str]) -> Variant:
    """Returns the value of an option as FindPlays takes it."""
    if isinstance(value, int):
        return Variant("x", value)
    return Variant("s", value if isinstance(value, str) else ",".join(value))


async def listed(
    client: Client, amount: int, member: str, signature: str, *first: Any
) -> AsyncIterator[dict[str, Any]]:
    """Yields at most `amount` entries (0 = all) of a method that lists page by page. `first` are
    its arguments before the limit and the id from which it goes on."""
    before, left = 0, amount or math.inf
    while left:
        limit = int(min(MAX_PAGE_ROWS, left))
        page: list[dict[str, Any]] = await client.call(
            member, signature, *first, limit, before, within=READING_CALL_SECONDS
        )
        for entry in page:
            yield entry
        if len(page) < limit:
            break
        before, left = page[-1]["id"], left - limit


def _with_result(play: dict[str, Any], only_taken: frozenset[str]) -> dict[str, Any]:
    """Returns a play of GetHistory with what became of it, as `accounts.result` needs it."""
    if "accounts" not in play:  # an older daemon has none
        return play
    return play | {"result": accounts.results(play, only_taken)}


def _row(play: dict[str, Any], several: bool, account: str | None) -> list[Line]:
    why = _why(play)
    return [
        (str(play["id"]), "dim"),
        formats.moment(play["start"], time.time()),
        program_of(play["player"]),
        _heard(play),
        accounts.result(play, several, account),
        [formats.track(play["title"], play["artist"]), (f" – {why}" if why else "", "dim")],
    ]


def _heard(play: dict[str, Any]) -> str:
    """Returns how much of how long a track was heard. Most files of plays, and who adds one by
    hand, tell the length only, or not even that."""
    length = formats.clock(play["length"]) if play["length"] else ""
    is_told = play.get("code") in ("imported", "by_hand")  # older ones: no code
    if is_told and not play["heard"]:
        return length
    return formats.clock(play["heard"]) + (f"/{length}" if length else "")


def _why(play: dict[str, Any]) -> str:
    """Returns why a play did not count, without what stands before it; "" if it counted."""
    if play["verdict"] == "counted":
        return ""
    if play["verdict"] == "not_heard":
        return too_little(play["heard"], play["needed"])
    return play["reason"]
