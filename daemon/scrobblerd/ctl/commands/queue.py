"""queue: what waits to be scrobbled, and a person's hand on it."""

import time
from argparse import Namespace
from typing import Any

from dbus_next.signature import Variant

from ..arguments import STATES, TAGS
from ..client import Client
from ..display import formats, labels
from ..display.files import write
from ..display.screen import Line, Screen, asked, somebody_answers
from ..errors import Exit, Failure
from .plays import SCREENFUL, listed

RESULTS = {
    "done": "",
    "nothing": "Nothing waits.",
    "running": "More is on its way.",
    "held": "The rest is held: scrobblerctl status tells why.",
    "offline": "It is tried again by itself; scrobblerctl status tells why and when.",
}
"""What RetryQueue's status means to people."""


async def listing(client: Client, options: Namespace, screen: Screen) -> None:
    """The newest rows first."""
    amount = SCREENFUL if options.amount is None else options.amount
    found = await rows(client, options.state, amount)
    if options.json:
        screen.document(found)
    elif found:
        headings = ("ROW", "STATE", "PLAYED", "TRACK", "SAID")
        screen.table(headings, [_row(row, time.time()) for row in found])
    else:
        screen.line(f"No row is {options.state}" if options.state else "The queue is empty")


async def rows(client: Client, state: str, amount: int) -> list[dict[str, Any]]:
    """At most `amount` rows (0 = all); without a state those that are not sent yet."""
    states = [state] if state else [name for name in STATES if name != "sent"]
    found: list[dict[str, Any]] = []
    for one in states:
        found += [row async for row in listed(client, amount, "ListQueue", "sux", one)]
    found.sort(key=_number, reverse=True)
    return found[:amount] if amount else found


def _number(row: dict[str, Any]) -> int:
    return row["id"]


async def retry(client: Client, options: Namespace, screen: Screen) -> int:
    """Send all now, or let single rows be sent again."""
    await _each(client, "RetryItem", options.rows)
    if options.rows:
        screen.line(f"{formats.count(len(options.rows), 'row')} to be sent again")
        return Exit.FINE
    result = await client.call("RetryQueue")
    if result["status"] == "not_authenticated":
        waits_for = (await client.call("GetSettings")).get("waits_for")
        raise Failure(
            waits_for or "nobody is logged in; run scrobblerctl login", Exit.NOT_LOGGED_IN
        )
    sent = f"{formats.count(result['submitted'], 'play')} sent" if result["submitted"] else ""
    failed = f"{result['failed']} failed" if result["failed"] else ""
    waiting = f"{result['remaining']} waiting" if result["remaining"] else ""
    figures = ", ".join(filter(None, (sent, failed, waiting)))
    said = f"{figures}." if figures else ""
    screen.line(" ".join(filter(None, (said, RESULTS.get(result["status"], "")))))
    return Exit.FAILED if result["failed"] or result["status"] == "offline" else Exit.FINE


async def drop(client: Client, options: Namespace, screen: Screen) -> None:
    """Take rows out for good, after a question."""
    named = f"{formats.count(len(options.rows), 'row')} for good"
    if not options.yes:
        if not somebody_answers():
            raise Failure("nobody can be asked here; --yes drops without a question", Exit.USAGE)
        for row in await _found(client, options.rows):
            screen.line(f"{row['id']}  {labels.track(row['track'], row['artist'])}")
        if not await _agreed(screen, named):
            raise Failure("nothing was dropped")
    await _each(client, "DropItem", options.rows)
    screen.line(f"Dropped {named}")


async def _found(client: Client, numbers: list[int]) -> list[dict[str, Any]]:
    """The rows with these numbers, all of which must be there."""
    found: list[dict[str, Any]] = []
    for number in numbers:
        rows = await client.call("ListQueue", "sux", "", 1, number + 1)
        if not rows or rows[0]["id"] != number:
            raise Failure(f"there is no row {number} in the queue; scrobblerctl queue lists them")
        found += rows
    return found


async def _agreed(screen: Screen, named: str) -> bool:
    question = f"Drop {named}? The plays stay in the history, but are not scrobbled. [y/N] "
    try:
        return (await asked(screen, question)).lower() in ("y", "yes")
    except EOFError:
        return False


async def _each(client: Client, member: str, numbers: list[int]) -> None:
    """Call a method for each row. A Failure tells how many it was done for before."""
    for done, number in enumerate(numbers):
        try:
            await client.call(member, "x", number)
        except Failure as failure:
            before = f" ({formats.count(done, 'row')} before it done)" if done else ""
            raise Failure(f"{failure}{before}", failure.status, failure.error) from None


async def edit(client: Client, options: Namespace, screen: Screen) -> None:
    """Send a rejected row with other tags."""
    tags = {tag: value for tag in TAGS if (value := getattr(options, tag)) is not None}
    if not tags:
        known = ", ".join(f"--{tag.replace('_', '-')}" for tag in TAGS)
        raise Failure(f"nothing to change; name one of {known}", Exit.USAGE)
    values = {tag: Variant("s", value) for tag, value in tags.items()}
    await client.call("EditItem", "xa{sv}", options.row, values)
    screen.line(f"Row {options.row} is sent again with the new tags")


async def claim(client: Client, options: Namespace, screen: Screen) -> None:
    """Send what waits for another account."""
    claimed = await client.call("ClaimQueue", "s", options.account)
    screen.line(f"{formats.count(claimed, 'play')} of {options.account} to be sent from here")


async def export(client: Client, options: Namespace, screen: Screen) -> None:
    """The whole queue as a file, the oldest first."""
    from ..display import exports  # noqa: PLC0415 # only here

    found = await rows(client, options.state, 0)
    found.reverse()
    write(
        screen,
        options.file,
        exports.FORMATS[options.format](found),
        formats.count(len(found), "play"),
    )


def _row(row: dict[str, Any], now: float) -> list[Line]:
    tries = f"{formats.count(row['retry_count'], 'try', 'tries')}, " if row["retry_count"] else ""
    later = ""
    if row["state"] == "pending" and row["next_attempt"] > now:
        later = f"next try {formats.moment(row['next_attempt'], now)}"
    whose = row["account"] if row["state"] == "held" else ""
    said = ", ".join(filter(None, (row["last_error"], whose, later)))
    return [
        (str(row["id"]), "dim"),
        labels.state(row["state"]),
        formats.moment(row["timestamp"], now),
        labels.track(row["track"], row["artist"]),
        (tries + said if said else "", "dim"),
    ]
