"""queue: lists, sends, changes and exports what waits to be scrobbled."""

import time
from argparse import Namespace
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from dbus_next.signature import Variant

from ...core import LASTFM
from ...core.submission import RowReason
from ..arguments.options import TAGS
from ..client import LOG_IN, Client
from ..display import accounts, formats
from ..display.files import QUEUE_FORMATS, Target, format_by_ending
from ..display.screen import Line, Screen, agreed, can_ask
from ..errors import INVALID_ARGUMENT, Exit, Failure
from .plays import DEFAULT_ROWS, all_accounts, listed, several_accounts

RETRY_STATUSES = {
    "done": "",
    "nothing": "nothing waits",
    "running": "more is on its way",
    "held": "scrobblerctl status says why",
    "offline": "tried again by itself, scrobblerctl status says why and when",
}
"""What people read for each status that RetryQueue answers."""

REFUSED = ("rejected", "expired")
"""States of rows that are not sent again by themselves."""


ORIGINS = {"import": "imported", "backfill": "of a backfill"}
"""What people read of where a row comes from that was not just played."""


async def listing(client: Client, options: Namespace, screen: Screen) -> None:
    """Lists rows, the newest first."""
    amount = DEFAULT_ROWS if options.amount is None else options.amount
    rows = await _rows(client, options, amount)
    if options.json:
        screen.document(rows)
        return
    nothing = f"No row is {options.state}" if options.state else "The queue is empty"
    headings = ["ROW", "STATE", "PLAYED", "TRACK", "REASON"]
    with_account = not options.account and await several_accounts(client)
    if with_account:
        headings.insert(1, "ACCOUNT")
    screen.listing(headings, rows, lambda row: _row(row, with_account), nothing)
    if screen.live:
        for hint in _hints(rows):
            screen.note(hint)


def _hints(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Returns what helps with the rows that go nowhere by themselves."""
    held = [row for row in rows if row["state"] == "held"]
    rejected = [row for row in rows if row["state"] == "rejected"]
    claims = dict.fromkeys(accounts.claim(row["account_name"], row["account"]) for row in held)
    hints = [f"{claim} sends what is held from here" for claim in claims]
    if rejected:
        row = rejected[0]["id"]
        hints.append(f"scrobblerctl queue edit {row} --artist … sends row {row} with other tags")
    return hints


async def _rows(client: Client, options: Namespace, amount: int) -> list[dict[str, Any]]:
    """Returns at most `amount` rows (0 = all); without a state those that are not sent yet."""
    words = [options.state] if options.state else ["waiting", "held", "rejected", "expired"]
    rows: list[dict[str, Any]] = []
    for word in words:
        state = {"waiting": "pending", "ignored": "rejected"}.get(word, word)
        most = 0 if word == "ignored" else amount
        listing = listed(client, most, "ListQueue", "sux", state)
        if name := options.account:
            listing = listed(client, most, "ListAccountQueue", "ssux", name, state)
        rows += [row async for row in listing if word != "ignored" or row["code"] == word]
    rows.sort(key=itemgetter("id"), reverse=True)
    return rows[:amount] if amount else rows


async def retry(client: Client, options: Namespace, screen: Screen) -> int:
    """Sends all rows now, or lets single rows be sent again."""
    await _check_account(client, options, options.rows)
    await _each(client, "RetryItem", options.rows)
    if options.rows:
        screen.line(f"{formats.count(len(options.rows), 'row')} to be sent again")
        return Exit.FINE
    if options.account:
        return await _retry_account(client, options.account, screen)
    before = await client.call("GetQueueStatus")
    result = await client.call("RetryQueue")
    if result["status"] == "not_authenticated":
        waits_for = (await client.call("GetSettings")).get("waits_for")
        if waits_for:
            raise Failure(waits_for, Exit.NOT_LOGGED_IN)
        raise Failure("nobody is logged in", Exit.NOT_LOGGED_IN, remedy=LOG_IN)
    figures = _retried(result, before, await client.call("GetQueueStatus"))
    stuck = await _stuck(client)
    status = "done" if stuck and result["status"] == "nothing" else result["status"]
    if answer := "; ".join(filter(None, (figures, RETRY_STATUSES.get(status, "")))):
        screen.line(f"{answer[0].upper()}{answer[1:]}.")
    for account in stuck:
        screen.line([f"{account['account']}: ", *accounts.summary(account, time.time())])
    return Exit.FAILED if result["failed"] or result["status"] == "offline" else Exit.FINE


def _retried(result: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> str:
    """Says what became of the rows, each of them once. `result`: of RetryQueue; `before` and
    `after`: of GetQueueStatus."""
    sent, waiting = result["submitted"], result["remaining"]
    refused = max(0, sum(after[state] - before[state] for state in REFUSED))
    figures = (
        f"{formats.count(sent, 'play')} sent" if sent else "",
        f"{refused} not taken" if refused else "",
        f"{waiting} waiting" if waiting else "",
    )
    return ", ".join(filter(None, figures))


async def _stuck(client: Client) -> list[accounts.Account]:
    """Returns the accounts for which plays wait until the user logs in, or switches them on."""
    others = (await all_accounts(client))[1:]
    return [each for each in others if each["queued"] and accounts.remedy(each)]


async def _retry_account(client: Client, name: str, screen: Screen) -> int:
    """Lets all rows of an account be sent now."""
    account = await client.call("GetAccountStatus", "s", name)
    if todo := accounts.remedy(account):
        words = accounts.state(account)[0]
        raise Failure(f"{name}: {words}", Exit.NOT_LOGGED_IN, remedy=f"run {todo}")
    await client.call("RetryAccount", "s", name)
    what = formats.count(account["queued"], "play is", "plays are")
    screen.line(f"{what} sent to {name} now" if account["queued"] else "Nothing waits.")
    return Exit.FINE


async def _check_account(client: Client, options: Namespace, numbers: Sequence[int]) -> None:
    """Raises Failure if one of the rows is of another account than that of --account."""
    for number in numbers if options.account else ():
        owner = (await _row_numbered(client, number))["account_name"]
        if owner != options.account:
            message = f"row {number} is for {owner}, not for {options.account}"
            raise Failure(message, Exit.USAGE)


async def drop(client: Client, options: Namespace, screen: Screen) -> None:
    """Takes rows out for good, after a question."""
    await _check_account(client, options, options.rows)
    named = f"{formats.count(len(options.rows), 'row')} for good"
    if not options.yes:
        check_can_ask("drops")
        for row in [await _row_numbered(client, number) for number in options.rows]:
            screen.line(f"{row['id']}  {formats.track(row['track'], row['artist'])}")
        question = f"Drop {named}? The plays stay in the history, but are not scrobbled. [y/N] "
        if not await agreed(screen, question):
            raise Failure("nothing was dropped")
    await _each(client, "DropItem", options.rows)
    screen.line(f"Dropped {named}")


async def _row_numbered(client: Client, number: int) -> dict[str, Any]:
    """Returns the row with this number. Raises Failure if there is none."""
    rows = await client.call("ListQueue", "sux", "", 1, number + 1)
    if not rows or rows[0]["id"] != number:
        message = f"there is no row {number} in the queue"
        raise Failure(message, remedy="scrobblerctl queue lists them")
    return rows[0]


def check_can_ask(what: str) -> None:
    """Raises Failure if nobody can be asked; --yes `what` without a question."""
    if not can_ask():
        message = f"nobody can be asked at a pipe; --yes {what} without a question"
        raise Failure(message, Exit.USAGE)


async def _each(client: Client, member: str, numbers: list[int]) -> None:
    """Calls a method for each row. A Failure says for how many it was called before."""
    for done, number in enumerate(numbers):
        try:
            await _call_for_row(client, member, "x", number)
        except Failure as failure:
            before = f" ({formats.count(done, 'row')} before it done)" if done else ""
            raise Failure(f"{failure}{before}", failure.status, failure.error) from None


async def _call_for_row(
    client: Client, member: str, signature: str, number: int, *more: Any
) -> None:
    """Calls a method for a row. A Failure says what to do if there is no such row, or if its state
    forbids it."""
    try:
        await client.call(member, signature, number, *more)
    except Failure as failure:
        if failure.error == INVALID_ARGUMENT:
            row = await _row_numbered(client, number)
            raise failure.with_remedy(_remedy(row, member)) from None
        raise


def _remedy(row: dict[str, Any], member: str) -> str:
    """Returns what helps if a method can't be called for a row in its state; "" = nothing."""
    if member == "RetryItem" and row.get("code") == RowReason.OTHER_USER:
        return f"{accounts.claim(row['account_name'], row['account'])} sends it from here"
    if member == "EditItem" and row["state"] == "expired":
        return f"scrobblerctl queue drop {row['id']} takes it out"
    return ""


async def edit(client: Client, options: Namespace, screen: Screen) -> None:
    """Sends a row with other tags."""
    tags = given_tags(options)
    await _check_account(client, options, [options.row])
    values = {"track" if name == "title" else name: value for name, value in tags.items()}
    await _call_for_row(client, "EditItem", "xa{sv}", options.row, values)
    row = await _row_numbered(client, options.row)
    done = "has" if row["state"] == "held" else "is sent with"
    screen.line(f"Row {options.row} {done} the new tags")
    if screen.live and row["play_id"]:
        everywhere = f"scrobblerctl history edit {row['play_id']}"
        screen.note(f"{everywhere} corrects the play in the history and at all accounts")


def given_tags(options: Namespace) -> dict[str, Variant]:
    """Returns the tags that the options name. Raises Failure if they name none."""
    tags = {tag: value for tag in TAGS if (value := getattr(options, tag)) is not None}
    if not tags:
        known = ", ".join(f"--{tag.replace('_', '-')}" for tag in TAGS)
        raise Failure(f"nothing to change; name one of {known}", Exit.USAGE)
    return {tag: Variant("s", value) for tag, value in tags.items()}


async def claim(client: Client, options: Namespace, screen: Screen) -> None:
    """Sends what waits for another user, or for an account that has left config.toml."""
    name, source, user = options.account or LASTFM, options.source or "", options.user or ""
    if name == LASTFM and not source:
        claimed = await client.call("ClaimQueue", "s", user)
    else:
        claimed = await client.call("ClaimAccountQueue", "sss", name, source, user)
    whose = f"{formats.count(claimed, 'play')} of {user or source} to be sent"
    screen.line(f"{whose} from here" if name == LASTFM else f"{whose} to {name}")


async def export(client: Client, options: Namespace, screen: Screen) -> None:
    """Writes the whole queue to a file, the oldest row first."""
    kind = format_by_ending(options.format, options.file, QUEUE_FORMATS)
    target = Target(options.file, options.force)
    rows = await _rows(client, options, 0)
    rows.reverse()
    target.write(screen, QUEUE_FORMATS[kind](rows), formats.count(len(rows), "play"))


def _row(row: dict[str, Any], with_account: bool) -> list[Line]:
    now = time.time()
    tries = f"{formats.count(row['retry_count'], 'try', 'tries')}, " if row["retry_count"] else ""
    later = ""
    if row["state"] == "pending" and row["next_attempt"] > now:
        later = f"next try {formats.moment(row['next_attempt'], now)}"
    whose = row["account"] if row["state"] == "held" else ""
    origin = ORIGINS.get(row.get("origin", ""), "") if row["state"] == "pending" else ""
    remarks = ", ".join(filter(None, (row["last_error"], whose, later, origin)))
    return [
        (str(row["id"]), "dim"),
        *([row["account_name"]] if with_account else []),
        formats.state(row["state"], row.get("code", "")),
        formats.moment(row["timestamp"], now),
        formats.track(row["track"], row["artist"]),
        (tries + remarks if remarks else "", "dim"),
    ]
