"""Pure: when a player has to be looked at next. All times are CLOCK_MONOTONIC seconds."""

from ..core.model import Status
from ..core.rules import Rules, has_tags
from .player_state import Player
from .verdicts import can_count, need

PATIENCE = 3.0
"""Seconds: tags that never come to rest are accepted after this long, if whole."""

ANSWER = 2.0
"""Seconds until a reading without an answer counts as failed."""

ASK_EVERY = 5.0
"""Seconds between two readings for a suspected replay: some players say Seeked once a second."""

NEVER = float("inf")


def soonest(rules: Rules, player: Player) -> float:
    """The next moment at which something is due, NEVER while nothing is waited for."""
    if player.gone is not None:
        return player.until
    first = min(stopped(rules, player), settled(rules, player))
    if player.read is not None:
        return min(first, player.read + ANSWER)
    if player.edge is not None:
        return first
    return min(first, asked(rules, player), due(rules, player), ended(player))


def stopped(rules: Rules, player: Player) -> float:
    """When a Stopped is believed."""
    if player.stop is None:
        return NEVER
    return max(player.stop.at.mono + rules.settle, player.until)


def settled(rules: Rules, player: Player) -> float:
    """When the newest tags are accepted."""
    track = player.track
    if player.edge is None or track is None:
        return NEVER
    if player.status is Status.STOPPED and not track.title:
        return NEVER  # an empty Metadata on the way to the next track, or the end of the list
    quiet = player.quiet + rules.settle
    return min(quiet, player.edge.at.mono + PATIENCE) if has_tags(track) else quiet


def asked(rules: Rules, player: Player) -> float:
    """When to read the position of a player that may have begun its track again."""
    if player.question is None:
        return NEVER
    return max(player.question.at.mono + rules.settle, player.asked + ASK_EVERY)


def due(rules: Rules, player: Player) -> float:
    """When enough will have been heard."""
    play = player.play
    if play is None or play.decided or not can_count(rules, play):
        return NEVER
    if play.length is not None and need(rules, play) > play.length:
        return NEVER  # only its natural end can be enough
    return player.wake_after(play.begin.clock + need(rules, play))


def ended(player: Player) -> float:
    """When to look whether the track is over."""
    play = player.play
    return NEVER if play is None or play.end is None else player.wake_after(play.end)
