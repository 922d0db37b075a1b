"""Says when a player has to be looked at next, and what for. Times are CLOCK_MONOTONIC. Pure."""

from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from ..core.model import Status
from ..core.rules import Rules
from .player_state import TIMER_TOLERANCE_SECONDS, Phase, PlayerState
from .settling import settled_at
from .verdicts import can_count, need

ANSWER_SECONDS = 2.0
"""A reading without an answer for this long counts as failed."""

ASK_EVERY_SECONDS = 5.0
"""Time between two readings for a suspected repeat: Sayonara 1.8 says Seeked once a second."""


class Action(Enum):
    """What is done at a deadline."""

    GIVE_UP_READING = auto()
    CLOSE = auto()
    BELIEVE_STOP = auto()
    ACCEPT_TAGS = auto()
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
    now = player.counter.as_of.mono + TIMER_TOLERANCE_SECONDS
    return min(_waited_for(rules, player), key=lambda due: max(due.at, now), default=None)


def _waited_for(rules: Rules, player: PlayerState) -> Iterator[Deadline]:
    phase = player.phase
    if phase is Phase.GONE:
        assert player.absence is not None
        yield Deadline(player.absence.return_deadline, Action.CLOSE)
        return
    if player.reading is not None:
        yield Deadline(player.reading.asked_at + ANSWER_SECONDS, Action.GIVE_UP_READING)
    if (stopped := _stop_believed_at(rules, player)) is not None:
        yield Deadline(stopped, Action.BELIEVE_STOP)
    if phase is Phase.SETTLING:
        is_stopped = player.playback.status is Status.STOPPED
        if (settled := settled_at(rules, player.tags, is_stopped)) is not None:
            yield Deadline(settled, Action.ACCEPT_TAGS)
    elif phase is Phase.LISTENING and player.reading is None:
        yield from _readings(rules, player)


def _stop_believed_at(rules: Rules, player: PlayerState) -> float | None:
    """VLC 3.0, Elisa 22.12, SMPlayer 22.7 and Chromium 156 say Stopped at each change of track; a
    player that came back may say it on its way to the play that goes on."""
    stop, absence = player.playback.stop_seen_at, player.absence
    if stop is None:
        return None
    believed_at = stop.at.mono + rules.settle
    return max(believed_at, absence.return_deadline) if absence else believed_at


def _readings(rules: Rules, player: PlayerState) -> Iterator[Deadline]:
    play, repeat = player.play, player.repeat
    assert play is not None
    if repeat is not None:
        ripe = repeat.suspected_at.at.mono + rules.settle
        asked = player.position.asked_at + ASK_EVERY_SECONDS
        yield Deadline(max(ripe, asked), Action.ASK_REPEAT)
    if (due := _due_at(rules, player)) is not None:
        yield Deadline(due, Action.ASK_DUE)
    if play.end is not None and (ended := player.wake_after(play.end)) is not None:
        yield Deadline(ended, Action.ASK_END)


def _due_at(rules: Rules, player: PlayerState) -> float | None:
    """When enough will have been heard. None if only the natural end of the track can be enough."""
    play = player.play
    if play is None or play.decision is not None:
        return None
    needed = need(rules, play)
    if play.length is not None and needed > play.length:
        return None
    due = player.wake_after(play.begin.clock + needed)
    return due if due is not None and can_count(rules, play) else None
