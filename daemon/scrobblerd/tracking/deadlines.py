"""Says when a player has to be looked at next, and what for. Times are CLOCK_MONOTONIC. Pure."""

from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from ..core.model import Status
from ..core.rules import Rules
from ..core.rules import needed as needed_of
from .ongoing_play import PAST_END_SECONDS, OngoingPlay
from .player_state import TIMER_TOLERANCE_SECONDS, Doubt, Phase, PlayerState, Stall
from .position import MIN_CARRY_SECONDS, RECHECK_SECONDS
from .settling import settled_at
from .verdicts import can_count, length_without_carry, may_be_advertisement, need

ANSWER_SECONDS = 2.0
"""A reading without an answer for this long counts as failed."""

ASK_EVERY_SECONDS = 5.0
"""Time between two readings for a suspected repeat: Sayonara 1.8 says Seeked once a second."""

MIN_STALL_SECONDS = 5.0
"""Time between two looks at a Position that stands, at least."""

STALL_GROWTH = 0.1
"""The next look at a Position that stands comes after this part of the time for which it stood, but
not so late that the rest of the track may be heard unseen."""

BARE_STATUS_SECONDS = 0.2
"""An equal status is looked into so soon, if no Metadata follows as from cmus 2.10."""


class Action(Enum):
    """What is done at a deadline."""

    GIVE_UP_READING = auto()
    CLOSE = auto()
    BELIEVE_STOP = auto()
    ACCEPT_TAGS = auto()
    ASK_STATUS = auto()
    ASK_AGAIN = auto()
    ASK_STALLED = auto()
    ASK_REPEAT = auto()
    ASK_DUE = auto()
    ASK_END = auto()


class Deadline(NamedTuple):
    """When something is due, and what."""

    at: float
    action: Action


def next_due(rules: Rules, player: PlayerState) -> Deadline | None:
    """Returns what is due first; None while nothing is waited for. What is overdue comes in the
    order of `Action`."""
    deadlines = _deadlines(rules, player)
    if len(deadlines) < 2:
        return deadlines[0] if deadlines else None
    now = player.counter.as_of.mono + TIMER_TOLERANCE_SECONDS
    return min(deadlines, key=lambda deadline: max(deadline.at, now))


def _deadlines(rules: Rules, player: PlayerState) -> list[Deadline]:
    """Returns all that is waited for, in the order of `Action`."""
    phase, reading, absence = player.phase, player.reading, player.absence
    if phase is Phase.GONE and absence is not None:
        return [Deadline(absence.return_deadline, Action.CLOSE)]
    deadlines: list[Deadline] = []
    if reading is not None:
        deadlines.append(Deadline(reading.asked_at + ANSWER_SECONDS, Action.GIVE_UP_READING))
    if (stopped := _stop_believed_at(rules, player)) is not None:
        deadlines.append(Deadline(stopped, Action.BELIEVE_STOP))
    if phase is Phase.SETTLING:
        is_stopped = player.playback.status is Status.STOPPED
        if (settled := settled_at(rules, player.tags, is_stopped)) is not None:
            deadlines.append(Deadline(settled, Action.ACCEPT_TAGS))
    elif phase is Phase.LISTENING and reading is None:
        deadlines += _readings(rules, player)
    return deadlines


def _stop_believed_at(rules: Rules, player: PlayerState) -> float | None:
    """VLC 3.0, Elisa 22.12, SMPlayer 22.7 and Chromium 156 say Stopped at each change of track; a
    player that came back may say it on its way to the play that goes on."""
    stop, absence = player.playback.stop_seen_at, player.absence
    if stop is None:
        return None
    believed_at = stop.at.mono + rules.settle
    return max(believed_at, absence.return_deadline) if absence else believed_at


def _readings(rules: Rules, player: PlayerState) -> Iterator[Deadline]:
    """When to read the player of a play that goes on."""
    play, repeat = player.play, player.repeat
    assert play is not None
    if (repeated := player.playback.repeated_at) is not None:
        yield Deadline(repeated.at.mono + BARE_STATUS_SECONDS, Action.ASK_STATUS)
    if player.position.doubt is not None:
        yield from _second_look(player, player.position.doubt)
        return
    if repeat is not None:
        ripe = repeat.suspected_at.at.mono + rules.settle
        asked = player.position.asked_at + ASK_EVERY_SECONDS
        yield Deadline(max(ripe, asked), Action.ASK_REPEAT)
    if player.position.stall is not None:
        yield from _look_at_stall(rules, player, player.position.stall)
    if play.break_at is not None:
        return
    if (due := _due_at(rules, player)) is not None:
        yield Deadline(due, Action.ASK_DUE)
    if play.end is not None and (ended := player.wake_after(play.end)) is not None:
        yield Deadline(ended, Action.ASK_END)


def _second_look(player: PlayerState, doubt: Doubt) -> Iterator[Deadline]:
    recheck = player.wake_after(doubt.clock + RECHECK_SECONDS)
    if recheck is not None:
        yield Deadline(recheck, Action.ASK_AGAIN)


def _look_at_stall(rules: Rules, player: PlayerState, stall: Stall) -> Iterator[Deadline]:
    """When to see whether a Position that stands runs again: not before the play may be due, or the
    track over, and the rarer the longer it stands."""
    play = player.play
    assert play is not None
    wanted = play.length or 0.0 if play.decision else _needed(rules, play)
    if wanted is not None:
        heard, stood = play.heard(player.counter.clock), stall.looked_at - stall.since
        rarely = stood * STALL_GROWTH
        if play.length is not None and not play.decision:
            rarely = min(rarely, play.length - heard)
        wait = max(MIN_STALL_SECONDS, wanted - heard, rarely)
        yield Deadline(stall.looked_at + wait, Action.ASK_STALLED)


def _due_at(rules: Rules, player: PlayerState) -> float | None:
    """When enough will have been heard. None if only the natural end of the track can be enough."""
    play = player.play
    if play is None or play.decision is not None:
        return None
    needed = _needed(rules, play)
    if needed is not None and play.length is not None and may_be_advertisement(player):
        needed = play.length + PAST_END_SECONDS
    return None if needed is None else player.wake_after(play.begin.clock + needed)


def _needed(rules: Rules, play: OngoingPlay) -> float | None:
    """Returns the seconds after which the play may fall due; None if it never will."""
    needed = need(rules, play)
    if (own := length_without_carry(rules, play)) is not None:
        needed = min(needed, max(needed_of(rules, own), MIN_CARRY_SECONDS))
    if play.length is not None and needed > play.length:
        return None
    return needed if can_count(rules, play) else None
