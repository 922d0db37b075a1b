"""players, skip, pause, resume and test-filter: shows and decides what counts."""

import time
from argparse import Namespace
from typing import Any

from dbus_next.signature import Variant

from ...core import wording
from ..client import Client
from ..display import formats
from ..display.screen import Line, Screen


async def players(client: Client, options: Namespace, screen: Screen) -> None:
    """Lists every player on the bus, and the rule that says whether it is listened to."""
    players = await client.call("ListPlayers")
    if options.json:
        screen.document(players)
        return
    headings = ("PLAYER", "CALLS ITSELF", "STATUS", "LISTENED TO", "RULE")
    nothing = "No player is on the bus; is there one that speaks MPRIS?"
    screen.listing(headings, players, _row, nothing)


def _row(player: dict[str, Any]) -> list[Line]:
    return [
        player["player"],
        player["identity"],
        player["status"].lower() or "just gone",
        ("yes", "green") if player["wanted"] else ("no", "yellow"),
        (player["rule"], "dim"),
    ]


async def skip(client: Client, options: Namespace, screen: Screen) -> None:
    """Lets what plays now not count."""
    title = await client.call("Skip", "s", options.player)
    screen.line(f"Skipped: {title} will not be scrobbled")


async def pause(client: Client, options: Namespace, screen: Screen) -> None:
    """Lets nothing count for a while."""
    await client.call("Pause", "u", options.duration)
    ends = (await client.call("GetSettings"))["paused_until"]
    until = formats.until(ends, time.time()) if ends > 0 else "scrobblerctl resume"
    screen.line(f"Nothing is scrobbled until {until}")


async def resume(client: Client, _: Namespace, screen: Screen) -> None:
    """Ends a pause."""
    await client.call("Resume")
    enabled = (await client.call("GetSettings"))["enabled"]
    screen.line(
        "Plays are scrobbled again"
        if enabled
        else "No pause any more, but scrobbling is off: scrobblerctl settings enabled on"
    )


async def test_filter(client: Client, options: Namespace, screen: Screen) -> None:
    """Shows what the rules would make of a track."""
    texts = ("artist", "title", "album", "album_artist", "url", "player")
    track = {name: Variant("s", getattr(options, name)) for name in texts if getattr(options, name)}
    if options.length:
        track["length"] = Variant("d", float(options.length))
    if options.genre:
        track["genres"] = Variant("as", options.genre)
    check = await client.call("CheckTrack", "a{sv}", track)
    verdict = "counts" if check["counts"] else "ignored"
    explanation = _explained(check)
    if options.json:
        answer = {"counts": check["counts"], "words": f"{verdict}: {explanation}"}
        screen.document({**answer, "changes": check["changes"]})
        return
    style = "green" if check["counts"] else "yellow"
    screen.line([(verdict, style), f": {explanation}"])
    for change in check["changes"]:
        screen.line([(f"  {wording.of_change(*change)}", "dim")])


def _explained(check: dict[str, Any]) -> str:
    """Returns a track and when it counts, or why it does not."""
    named = f"{check['title'] or 'no title'} by {check['artist'] or 'nobody'}"
    if not check["counts"]:
        return f"{named}: {check['reason']}"
    off = "" if check["enabled"] else " (but scrobbling is off)"
    return f"{named}, after {check['needed']:g} s{off}"
