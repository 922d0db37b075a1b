"""players, skip, pause, resume and test-filter: shows and decides what counts."""

import shlex
import time
from argparse import Namespace
from contextlib import suppress
from typing import Any

from dbus_next.signature import Variant

from ...core import program_of, wording
from ...core.model import PlayReason, Status, Verdict
from ...core.text import for_people, isolated
from ..client import Client
from ..display import formats
from ..display.screen import Line, Screen, ask, can_ask
from ..errors import INVALID_ARGUMENT, Exit, Failure

MAX_NAME_CHARACTERS = 60
"""Of a title and of an artist in a question or an error, which names several."""

Player = dict[str, Any]
"""An entry of `Current`, or of ListPlayers."""


async def players(client: Client, options: Namespace, screen: Screen) -> None:
    """Lists every player on the bus, and the rule that says whether it is listened to. Or decides
    that of one."""
    if options.ignore is not None:
        await _ignore(client, options.ignore, screen)
        return
    if options.listen is not None:
        await _listen(client, options.listen, screen)
        return
    players = await client.call("ListPlayers")
    if options.json:
        screen.document(players)
        return
    headings = ("PLAYER", "NAME", "STATUS", "LISTENED TO", "RULE")
    nothing = "No player is on the bus; is there one that speaks MPRIS?"
    screen.listing(headings, players, _row, nothing)
    told = "".join(player["rule"] for player in players)
    for name in (await client.call("GetSettings")).get("ignored_players", []):
        if _back(name) not in told:
            screen.line([(f"{name} is left out by you, and is not here: {_back(name)}", "dim")])


async def _ignore(client: Client, name: str, screen: Screen) -> None:
    await client.call("IgnorePlayer", "s", name)
    screen.line(f"{name} is left out from now on; {_back(name)} takes it back")


async def _listen(client: Client, name: str, screen: Screen) -> None:
    rule = await client.call("ListenToPlayer", "s", name)
    screen.line(f"{name} is left out all the same: {rule}" if rule else f"{name} is listened to")


def _back(name: str) -> str:
    return f"scrobblerctl players --listen {shlex.quote(name)}"


def _row(player: dict[str, Any]) -> list[Line]:
    return [
        player["player"],
        isolated(player["identity"]),
        player["status"].lower() or "just gone",
        ("yes", "green") if player["wanted"] else ("no", "yellow"),
        (player["rule"], "dim"),
    ]


async def skip(client: Client, options: Namespace, screen: Screen) -> None:
    """Lets what plays now not count, or count again."""
    member = "Unskip" if options.undo else "Skip"
    names = [""] if options.all and not options.player else await _meant(client, options, screen)
    try:
        titles = [await client.call(member, "s", name) for name in names]
    except Failure as failure:
        if failure.error == INVALID_ARGUMENT and options.player and not options.undo:
            raise failure.with_remedy("scrobblerctl players lists what plays") from None
        raise
    title = ", ".join(dict.fromkeys(titles))
    screen.line(
        f"Not skipped any more: {title} counts again"
        if options.undo
        else f"Skipped: {title} will not be scrobbled"
    )


async def _meant(client: Client, options: Namespace, screen: Screen) -> list[str]:
    """Returns the names of the players to skip, or not to any more: more than one only with --all.
    Of several it is the only one whose play may still count, or else somebody is asked. Raises
    Failure if there is none, or nobody can be asked."""
    listed = [player for player in await client.call("ListPlayers") if player["status"]]
    names = _called(listed, options.player)  # without those that have just gone
    current = (await client.properties())["Current"]
    players: list[Player] = [player for player in current if player["player"] in names]
    if options.undo:
        players = [player for player in players if _is_skipped(player)]
    else:
        players = _skippable(players, options.player)
    if not players:
        return [options.player]  # the daemon says what is wrong
    if len(players) > 1 and not options.all:
        may_count = [player for player in players if player["verdict"] == Verdict.LISTENING]
        if len(may_count) != 1:
            may_count = [await _chosen(players, screen, options.undo)]
        players = may_count
    return [player["player"] for player in players]


def _called(listed: list[Player], name: str) -> list[str]:
    """Returns the player that has this name on the bus, or else those that are called so; "" =
    all."""
    names = [player["player"] for player in listed]
    if not name:
        return names
    if name in names:
        return [name]
    return [
        player["player"]
        for player in listed
        if name in (program_of(player["player"]), player["identity"], player["desktop_entry"])
    ]


def _skippable(players: list[Player], name: str) -> list[Player]:
    """Returns the players that play, or with a `name` those that are paused, too, if none plays.
    Raises Failure if nothing of that could be skipped. None has the name: the daemon says so."""
    playing = [player for player in players if _plays(player)] or (players if name else [])
    if name and not playing:
        return []
    if any(player["verdict"] != Verdict.COUNTED and not _is_skipped(player) for player in playing):
        return playing
    which = f"{for_people(name)!r:.60} plays nothing" if name else "nothing plays"
    message, remedy = f"{which} that could still be skipped", ""
    if playing:
        was = "is skipped already" if _is_skipped(playing[0]) else "has counted already"
        message += f": {_named(playing[0])} {was}"
    elif paused := [player for player in players if player["title"]]:
        name = paused[0]["player"]
        remedy = f"{for_people(name)} is paused: scrobblerctl skip {shlex.quote(for_people(name))}"
    raise Failure(message, remedy=remedy)


def _plays(player: Player) -> bool:
    return player["status"] == Status.PLAYING


def _is_skipped(player: Player) -> bool:
    return player["code"] == PlayReason.SKIPPED


def _named(player: Player) -> str:
    title, artist = (for_people(player[name], MAX_NAME_CHARACTERS) for name in ("title", "artist"))
    return formats.track(title, artist)


async def _chosen(players: list[Player], screen: Screen, undo: bool) -> Player:
    """Asks which of several players is meant. Raises Failure if there is no answer."""
    if not can_ask():
        which = ", ".join(f"{for_people(one['player'])} ({_named(one)})" for one in players)
        what = "were skipped" if undo else "play"
        message = f"{len(players)} players {what}: {which}"
        raise Failure(message, Exit.USAGE, remedy="name one of them, or all with --all")
    screen.table(
        ("", "", ""),
        [
            [(str(number), "bold"), (player["player"], "cyan"), _named(player)]
            for number, player in enumerate(players, 1)
        ],
    )
    answer = ""
    with suppress(EOFError):
        answer = await ask(screen, f"Which one (1 to {len(players)})? ")
    if answer.isascii() and answer.isdigit() and 1 <= int(answer[:9]) <= len(players):
        return players[int(answer[:9]) - 1]
    raise Failure(f"nothing was {'changed' if undo else 'skipped'}")


async def pause(client: Client, options: Namespace, screen: Screen) -> None:
    """Lets nothing count for a while, or be recorded."""
    await client.call("PausePrivately" if options.private else "Pause", "u", options.duration)
    settings = await client.call("GetSettings")
    ends, is_private = settings["paused_until"], settings.get("private", False)
    until = formats.until(ends, time.time()) if ends > 0 else "scrobblerctl resume"
    screen.line(
        f"Private: nothing is recorded until {until}"
        if is_private
        else f"Nothing is scrobbled until {until}"
    )


async def resume(client: Client, _: Namespace, screen: Screen) -> None:
    """Ends a pause, or private mode."""
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
