"""scrobble: adds a play by hand."""

import time
from argparse import Namespace
from typing import Any

from dbus_next.signature import Variant

from ...core.submission import Correction, RowState
from ..client import Client
from ..display import formats
from ..display.screen import Screen
from ..errors import BUSY, Exit, Failure

FUTURE_SECONDS = 60
"""How far a start may be ahead of our clock; the daemon takes no more."""


async def scrobble(client: Client, options: Namespace, screen: Screen) -> int:
    """Adds a play, and says where it is sent."""
    now = int(time.time())
    start = now if options.at is None else options.at
    if start > now + FUTURE_SECONDS:
        message = f"{formats.moment(start, now)} lies in the future"
        raise Failure(f"{message}; --at is when the play began", Exit.USAGE)
    texts = {name: getattr(options, name) or "" for name in ("album", "album_artist")}
    texts |= {"artist": options.artist, "title": options.title}
    play = {name: Variant("s", value) for name, value in texts.items()}
    play |= {"start": Variant("x", start), "length": Variant("u", options.duration)}
    try:
        answer = await client.call("AddPlay", "a{sv}as", play, options.account)
    except Failure as failure:
        if failure.error == BUSY:
            raise failure.with_remedy("--at is for a play before this one") from None
        raise
    states = dict(answer["accounts"])
    if options.json:
        entries = [{"account": name, "state": state} for name, state in states.items()]
        number, is_new = answer["play_id"], answer["is_new"]
        screen.document({"play": number, "is_new": is_new, "accounts": entries})
    else:
        what = "Added to" if answer["is_new"] else "That play is already in"
        screen.line(f"{what} your history as play {answer['play_id']}")
        _tell(screen, states)
    return Exit.FAILED if Correction.TOO_OLD in states.values() else Exit.FINE


def _tell(screen: Screen, states: dict[str, Any]) -> None:
    """Says what becomes of the play at each account."""
    if not states:
        screen.line("Scrobbling is off or paused, so it is sent nowhere; --account NAME sends it")
    for name, state in states.items():
        words, style = formats.state(state)
        if state == Correction.TOO_OLD:
            words, style = "too old: not taken any more", "red"
        elif state == RowState.PENDING:
            words = "to be sent"
        screen.line([(name, "bold"), ": ", (words, style)])
