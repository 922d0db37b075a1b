"""backfill: sends history to an account that lacks it. A login offers to do so."""

import time
from argparse import Namespace
from contextlib import suppress
from shlex import quote
from typing import Any

from ..client import LONG_CALL_SECONDS, Client
from ..commands.plays import listed
from ..display import moments
from ..display.formats import count, named
from ..display.screen import Screen, agreed, can_ask
from ..errors import INVALID_ARGUMENT, NOT_AUTHENTICATED, Exit, Failure
from ..transfer.progress import following

OFFERED_DAYS = 30
"""Days of the history that a login offers to send."""

UNCHECKED = "unchecked: "
"""How the daemon's words begin if a service does not show what it has."""

Figures = dict[str, Any]
"""What `Backfill` answers."""

Call = tuple[str, int, int, bool, int, bool]
"""What `Backfill` takes: the account, since, until, whether it is a trial, how many a day, and
whether plays are sent unchecked."""


async def backfill(client: Client, options: Namespace, screen: Screen) -> None:
    """Sends history, tells what would be sent, or takes back what waits."""
    name = options.account
    if options.per_day == 0:
        raise Failure("--per-day: at least one play a day", Exit.USAGE)
    if options.cancel:
        await _cancel(client, options, screen)
        return
    label = (await client.call("GetAccountStatus", "s", name))["label"]
    figures = await _figures(client, options, screen)
    if options.json:
        screen.document(figures)
    elif options.dry_run:
        _show(screen, figures, label)
    else:
        _promise(screen, figures, name)


async def _cancel(client: Client, options: Namespace, screen: Screen) -> None:
    """Ends a backfill, and says what of its plays is taken back, and what is not."""
    name = options.account
    removed = await client.call("CancelBackfill", "s", name)
    waiting = listed(client, 0, "ListAccountQueue", "ssux", name, "pending")
    kept = sum([row["origin"] == "backfill" async for row in waiting])
    if options.json:
        screen.document({"removed": removed, "kept": kept})
        return
    screen.line(f"The backfill of {name} has ended; what was sent stays there")
    if removed:
        screen.line(f"{count(removed, 'play is', 'plays are')} taken back")
    if kept:
        tried = count(kept, "play was", "plays were")
        listing = f"scrobblerctl queue --account {quote(name)}"
        screen.line(f"{tried} tried, and may have arrived: sent again all the same; see {listing}")


async def offer(client: Client, screen: Screen, name: str) -> None:
    """Offers to send the plays of the last days to an account that somebody has logged in to. It
    is no fault of the login if that can't be done."""
    since = int(time.time()) - OFFERED_DAYS * 86400
    command = f"scrobblerctl backfill {name} --since {OFFERED_DAYS}d"
    with suppress(Failure):
        figures = await _call(client, (name, since, 0, True, 0, True))
        if not figures["queued"]:
            return
        plays = f"{count(figures['queued'], 'play')} of the last {OFFERED_DAYS} days"
        if not can_ask():
            screen.note(f"{command} sends {plays} there, too")
            return
        screen.note(
            f"Your history has {plays} that {name} did not get from here. If its service fetches"
            " plays from elsewhere, or another program sends them, they would be there twice."
        )
        if not await agreed(screen, "Send them there, too? [y/N] "):
            screen.note(f"{command} sends them later")
            return
        await _send_offered(client, screen, (name, since, 0, False, 0, False), command)


async def _send_offered(client: Client, screen: Screen, call: Call, command: str) -> None:
    try:
        _promise(screen, await _call(client, call), call[0])
    except Failure as failure:
        is_unchecked = failure.message.startswith(UNCHECKED)
        remedy = f"; {command} --yes sends them all the same" if is_unchecked else ""
        screen.note(f"{failure.message.removeprefix(UNCHECKED)}{remedy}")


async def _figures(client: Client, options: Namespace, screen: Screen) -> Figures:
    """Calls the daemon, if need be once more after a question."""
    since, until = moments.stretch(options.since, options.until)
    call = (options.account, since, until, options.dry_run, options.per_day or 0, options.yes)
    try:
        return await _watched(client, screen, call, hidden=options.json)
    except Failure as failure:
        if failure.error == NOT_AUTHENTICATED:
            raise failure.with_remedy(f"run scrobblerctl login {options.account}") from None
        if failure.error != INVALID_ARGUMENT or not failure.message.startswith(UNCHECKED):
            raise
        words = failure.message.removeprefix(UNCHECKED)
    if not can_ask():
        raise Failure(words, remedy="--yes goes on all the same")
    screen.note(f"{words}.")
    if not await agreed(screen, "Go on all the same? [y/N] "):
        raise Failure("nothing was sent")
    return await _watched(client, screen, (*call[:-1], True), hidden=options.json)


async def _watched(client: Client, screen: Screen, call: Call, *, hidden: bool) -> Figures:
    """Calls the daemon, and shows how far a trial is."""
    name, _, _, is_trial, *_ = call
    hidden = hidden or not is_trial
    async with following(client, screen, "BackfillProgress", "plays", of=name, hidden=hidden):
        return await _call(client, call)


async def _call(client: Client, call: Call) -> Figures:
    return await client.call("Backfill", "sxxbub", *call, within=LONG_CALL_SECONDS)


def _show(screen: Screen, figures: Figures, label: str) -> None:
    """Shows what would be sent."""
    rows = [
        (figures["queued"], "would be sent"),
        (figures["there"], f"{label} has already"),
        (figures["left_out"], "the rules of the account leave out"),
        (figures["too_old"], f"{named(figures['too_old'], 'is', 'are')} too old for {label}"),
    ]
    shown = [row for row in rows if row[0] or row is rows[0]]
    screen.table(("", ""), [[(f"{number:,}", "bold"), what] for number, what in shown])
    if figures["queued"]:
        screen.line(f"That takes {_days(figures)}.")


def _promise(screen: Screen, figures: Figures, name: str) -> None:
    """Says what happens from now on."""
    left = figures["plays"] - figures["too_old"]
    are_old = count(figures["too_old"], "play is", "plays are")
    old = f" {are_old} too old for it." if figures["too_old"] else ""
    if not left:
        screen.line(f"{name} lacks no play that it takes.{old}")
        return
    screen.line(
        f"{count(left, 'play is', 'plays are')} sent to {name}, behind what you play; those that"
        f" it has already are left out.{old} That takes {_days(figures)}."
    )
    if screen.live:
        screen.note(
            f"scrobblerctl status --account {name} shows how far it is; scrobblerctl backfill"
            f" {name} --cancel takes back what still waits"
        )


def _days(figures: Figures) -> str:
    """Says how long it takes."""
    per_day = f", with {count(figures['per_day'], 'play')} a day" if figures["per_day"] else ""
    if figures["days"] <= 1:
        return f"a day at most{per_day}"
    return f"{count(figures['days'], 'day')} at most{per_day}"
