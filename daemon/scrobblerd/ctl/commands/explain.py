"""explain: says what became of a play, and why."""

import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ...core import LASTFM, wording
from ...core.model import PlayReason, Verdict
from ...core.submission import CorrectedNames, FindingKind, QueueItem
from ..client import Client
from ..display import accounts, findings, formats, records
from ..display.accounts import Account
from ..display.screen import Line, Screen
from ..errors import INVALID_ARGUMENT, Failure
from ..playing import heard_now
from .plays import all_accounts


async def explain(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows what became of a play. Without a number it is the last one, and also what plays now."""
    number = options.play
    playing: list[dict[str, Any]] = []
    if not number:
        current = (await client.properties())["Current"]
        playing = [heard_now(track) for track in current if track["title"] or track["artist"]]
        last = await client.call("GetHistory", "ux", 1, 0)
        number = last[0]["id"] if last else 0
    words, others = await _explanation(client, number) if number else ("", {})
    if options.json:
        document = {"play": number, "words": words, "playing": playing}
        screen.document(document | ({"accounts": others} if others else {}))
        return
    if not words and not playing:
        raise Failure("nothing was played yet: scrobblerctl players tells which players are seen")
    for player in playing:
        screen.line(_in_progress(player))
    if words:
        screen.line(words if options.play else f"{number}: {words}")
    for name, told in others.items():
        screen.line([(name, "bold"), f": {told}"])


async def _explanation(client: Client, number: int) -> tuple[str, dict[str, str]]:
    """Says what became of a play, in this command's local time, and what helps if it waits; then
    what each other account made of it, by its name."""
    try:
        outcomes = await client.call("GetOutcomes", "x", number)
    except Failure as failure:
        if failure.error == INVALID_ARGUMENT:  # there is no such play
            raise failure.with_remedy("scrobblerctl history lists them") from None
        raise
    play = await client.call("GetPlay", "x", number)
    listed = await all_accounts(client)
    entry = replace(
        records.play_record(play),
        outcomes=tuple(records.play_outcome(each) for each in outcomes if not each["row"]),
    )
    words, others = wording.of_accounts(
        entry,
        [row for outcome in outcomes if (row := await _queue_item(client, outcome["row"]))],
        waiting=_waiting(outcomes, listed),
        corrections={name: CorrectedNames(*names) for name, *names in play.get("corrections", [])},
        now=time.time(),
    )
    if play["verdict"] == Verdict.COUNTED and outcomes:
        never = _NOT_TO_BE_SENT if play["code"] in _TAKEN_IN else _NEVER
        others |= dict.fromkeys(_without_row(outcomes, listed), never)
    order = [account["account"] for account in listed]
    others = dict(sorted(others.items(), key=lambda each: (*order, each[0]).index(each[0])))
    found = await _findings(client, number)
    for outcome in outcomes:
        remedy = found.get(outcome["account"]) or _limit(outcome, listed)
        remedy = remedy or await _remedy(client, outcome, listed)
        if remedy and outcome["account"] == LASTFM:
            words += f" {remedy}"
        elif remedy:
            others[outcome["account"]] += f" {remedy}"
    return words, others


async def _findings(client: Client, number: int) -> dict[str, str]:
    """Returns what verifying has found of a play at each account, in words."""
    found: dict[str, str] = {}
    with suppress(Failure):  # an older daemon does not verify
        for each in await client.call("GetFindings", "x", number):
            if each["kind"] == FindingKind.CHANGED:  # its other names are told anyway
                continue
            before = found.get(each["account"], "")
            found[each["account"]] = f"{before} {findings.explained(each)}".strip()
    return found


_NEVER = "Not sent there: it was switched off then, or not in config.toml yet."

_NOT_TO_BE_SENT = "It was not to be sent there."

_TAKEN_IN = (PlayReason.IMPORTED, PlayReason.BY_HAND)
"""Plays whose accounts the user names."""


def _without_row(outcomes: Sequence[dict[str, Any]], listed: Sequence[Account]) -> list[str]:
    """Returns the accounts that had no part in a play, though they are switched on now."""
    known = {outcome["account"] for outcome in outcomes}
    others = [each["account"] for each in listed[1:] if each["state"] not in ("off", "gone")]
    return [name for name in others if name not in known]


def _limit(outcome: dict[str, Any], listed: Sequence[Account]) -> str:
    """Says what `sent` does not mean at an account; "" = it means that the play is stored."""
    taken = {each["account"]: each["label"] for each in listed if accounts.is_only_taken(each)}
    if outcome["state"] != "sent" or outcome["account"] not in taken:
        return ""
    return f"That means taken: {taken[outcome['account']]} may still leave it out."


async def _remedy(client: Client, outcome: dict[str, Any], listed: Sequence[Account]) -> str:
    """Says what helps if a play waits at an account; "" = nothing is to be done."""
    name = outcome["account"]
    account = next((each for each in listed if each["account"] == name), None)
    is_gone = account["state"] == "gone" if account else name != LASTFM
    if is_gone and outcome["state"] in ("pending", "held"):
        return f"scrobblerctl queue claim --from {name} sends its plays to another account."
    if outcome["state"] == "held":
        return f"{accounts.claim(name, outcome['username'])} sends it from here."
    if outcome["state"] != "pending":
        return ""
    if name == LASTFM:
        remedy = await client.login_remedy()
        return f"{remedy.capitalize()}." if remedy else ""
    todo = accounts.remedy(account) if account else ""
    return f"Run {todo}." if todo else ""


async def _queue_item(client: Client, row_id: int) -> tuple[QueueItem, str] | None:
    """Returns a row of the queue, and why it is in its state; None if it has left the queue."""
    if not row_id:
        return None
    rows: list[dict[str, Any]] = await client.call("ListQueue", "sux", "", 1, row_id + 1)
    found = ((records.queue_item(row), row["last_error"]) for row in rows if row["id"] == row_id)
    return next(found, None)


def _waiting(outcomes: Sequence[dict[str, Any]], listed: Sequence[Account]) -> dict[str, str]:
    """Says what the rows of each account wait for that may be sent, by its name."""
    names = [outcome["account"] for outcome in outcomes]
    return {name: f"{name} is not in config.toml" for name in names} | {
        each["account"]: wording.of_wait(each["hold_reason"], each["last_error"]) for each in listed
    }


def _in_progress(player: dict[str, Any]) -> Line:
    """Returns what a player plays now, and how much must still be heard."""
    named = f"Now: {formats.track(player['title'], player['artist'])} on {player['player']}: "
    verdict = formats.verdict(player["verdict"], player.get("code", ""), player.get("detail", ""))
    if player["verdict"] == "listening":
        heard, needed = formats.clock(player["heard"]), formats.clock(player["needed"])
        return [named, verdict, (f", heard {heard} of {needed} needed", "cyan")]
    reason = player.get("reason")  # an older daemon gives none
    return [named, *formats.because(verdict, reason or "")]
