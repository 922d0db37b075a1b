"""history edit and delete: corrects and deletes plays, and says what that means at each account."""

from argparse import Namespace
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ...core import LASTFM
from ...core.submission import Correction
from ..client import Client
from ..commands.queue import check_can_ask, given_tags
from ..display import findings, formats
from ..display.screen import Screen, agreed
from ..errors import INVALID_ARGUMENT, Failure

_TOLD = {
    Correction.EDITED: "goes out with the new tags",
    Correction.SENT_AGAIN: "goes out again, with the new tags",
    Correction.REPLACING: "being deleted there, and sent anew after that",
    Correction.DROPPED: "not sent",
    Correction.DELETING: "being deleted there, too",
    Correction.UNCHANGED: "takes the old and the new tags for the same",
    Correction.NOT_POSSIBLE: "can't be {done} from here",
    Correction.MAYBE_SENT: "may have it already, and can't be {done} from here",
    Correction.TOO_OLD: "has it, and does not take anything so old anew",
    Correction.GONE: "is not in config.toml, and stays as it is",
}
"""What people read of each account."""


async def edit(client: Client, options: Namespace, screen: Screen) -> None:
    """Corrects the tags of a play."""
    play = await _called(client, "EditPlay", options.play, "xa{sv}", given_tags(options))
    if options.json:
        screen.document(play)
        return
    screen.line(f"Play {options.play} is {_named(play)} now")
    _tell_accounts(screen, play, "changed")
    if _at(play, Correction.REPLACING):
        screen.line(f"scrobblerctl explain {options.play} tells when that is done")


async def delete(client: Client, options: Namespace, screen: Screen) -> None:
    """Deletes plays, after a question."""
    plays = list(dict.fromkeys(options.plays))
    counted = formats.count(len(plays), "play")
    if not options.yes:
        check_can_ask("deletes")
        for number in plays:
            play = await _play_numbered(client, number)
            screen.line(f"{number}  {formats.track(play['title'], play['artist'])}")
        if not await agreed(screen, f"Delete {counted} for good? [y/N] "):
            raise Failure("nothing was deleted")
    await _delete_each(client, screen, plays, as_json=options.json)


async def _delete_each(
    client: Client, screen: Screen, plays: Sequence[int], *, as_json: bool
) -> None:
    """Deletes plays. What was deleted is told, also if the next one can't be."""
    deleted = list[dict[str, Any]]()
    try:
        for number in plays:
            play = await _called(client, "DeletePlay", number, "x")
            deleted.append(play)
            if not as_json:
                screen.line(f"Deleted {_named(play)}")
                _tell_accounts(screen, play, "deleted")
    finally:
        if as_json and deleted:
            screen.document(deleted)
    if not as_json:
        _tell_how_to_look(screen, deleted)


def _tell_how_to_look(screen: Screen, deleted: Sequence[dict[str, Any]]) -> None:
    """Says how to see whether plays are gone from where they are being deleted."""
    starts: dict[str, list[int]] = defaultdict(list)
    for play in deleted:
        for name in _at(play, Correction.DELETING):
            starts[name].append(play["start"])
    for name, ones in starts.items():
        screen.line(f"{findings.command_of(name, *ones)} tells whether that is done")


async def _called(
    client: Client, member: str, number: int, signature: str, *more: Any
) -> dict[str, Any]:
    """Calls a method that changes a play. Returns its answer as a document."""
    answer = await _asked(client, member, number, signature, *more)
    accounts = [
        {"account": name, "state": state, "page": page} for name, state, page in answer["accounts"]
    ]
    return {"play": number, **answer, "accounts": accounts}


async def _asked(
    client: Client, member: str, number: int, signature: str, *more: Any
) -> dict[str, Any]:
    """Calls a method for a play. A Failure says what to do if there is no such play."""
    try:
        return await client.call(member, signature, number, *more)
    except Failure as failure:
        if failure.error == INVALID_ARGUMENT and failure.message.startswith("there is no play"):
            raise failure.with_remedy("scrobblerctl history lists them") from None
        raise


async def _play_numbered(client: Client, number: int) -> dict[str, Any]:
    """Returns the play with this number. Raises Failure if there is none."""
    return await _asked(client, "GetPlay", number, "x")


def _named(play: dict[str, Any]) -> str:
    album = f" ({play['album']})" if play["album"] else ""
    return formats.track(play["title"], play["artist"]) + album


def _at(play: dict[str, Any], state: Correction) -> list[str]:
    """Returns the accounts at which this becomes of a play."""
    return [account["account"] for account in play["accounts"] if account["state"] == state]


def _tell_accounts(screen: Screen, play: dict[str, Any], done: str) -> None:
    """Says what becomes of a play at each account, and where the user can do himself what was to be
    `done`."""
    known = {str(code): words.format(done=done) for code, words in _TOLD.items()}
    for account in play["accounts"]:
        name = "Last.fm" if account["account"] == LASTFM else account["account"]
        told = known.get(account["state"], account["state"])
        remedy = f"; open {account['page']}" if account["page"] else ""
        screen.line([(name, "bold"), f": {told}{remedy}"])
