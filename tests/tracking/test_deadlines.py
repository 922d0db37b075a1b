"""deadlines.py: when a player is looked at next, and what for."""

import pytest

from scrobblerd.core.model import Status, Verdict
from scrobblerd.core.rules import Rules
from scrobblerd.tracking.deadlines import Action, Deadline, next_due
from scrobblerd.tracking.ongoing_play import Decision
from scrobblerd.tracking.player_state import (
    Absence,
    Counter,
    Identity,
    PlayerState,
    Reading,
    ReadReason,
    RepeatSuspicion,
    Stall,
)
from tests.support.players import START, listening, mark

RULES = Rules()


def due(player: PlayerState, rules: Rules = RULES) -> tuple[float, Action] | None:
    """Seconds after the start of the next deadline, and what is done then."""
    deadline = next_due(rules, player)
    return deadline and (deadline.at - START.mono, deadline.action)


def test_nothing_is_waited_for_while_nothing_plays():
    assert next_due(RULES, PlayerState(Identity("mpv"), Counter(START))) is None


def test_a_play_is_due_when_enough_will_have_been_heard():
    assert due(listening(20)) == (100.0, Action.ASK_DUE)
    fast = listening(20)
    fast.counter.rate = 2.0
    assert due(fast) == (60.0, Action.ASK_DUE)


@pytest.mark.parametrize("verdict", [Verdict.COUNTED, Verdict.UNWANTED])
def test_what_is_decided_is_only_looked_at_after_its_end(verdict: Verdict):
    player = listening(120)
    assert player.play is not None
    player.play.decision = Decision(verdict)
    assert due(player) == (201.0, Action.ASK_END)


def test_a_play_that_only_its_natural_end_can_count_is_not_due_before():
    assert due(listening(20), Rules(minimum_seconds=230.0)) == (201.0, Action.ASK_END)


def test_a_play_that_cannot_count_is_not_due():
    assert due(listening(20), Rules(minimum_track_seconds=300.0)) == (201.0, Action.ASK_END)


@pytest.mark.parametrize(
    ("since", "looked_at", "heard", "look"),
    [
        (20.0, 20.0, 20.0, 100.0),  # not before it may be due
        (98.0, 98.0, 97.0, 103.0),
        (98.0, 298.0, 97.0, 318.0),  # the rarer the longer it stands
        (98.0, 298.0, 20.0, 378.0),
        (98.0, 1298.0, 97.0, 1401.0),  # but not so rarely that its end may be missed
    ],
)
def test_a_position_that_stands_is_looked_at_again(
    since: float, looked_at: float, heard: float, look: float
):
    player = listening(heard)
    player.position.stall = Stall(START.mono + since, START.mono + looked_at)
    assert due(player) == (look, Action.ASK_STALLED)


def test_a_position_that_stands_in_a_play_that_cannot_count_is_left_alone():
    player = listening(20)
    player.position.stall = Stall(START.mono + 20, START.mono + 20)
    assert next_due(Rules(minimum_track_seconds=300.0), player) is None


def test_a_player_that_stands_still_is_waited_for_without_a_deadline():
    player = listening(20)
    player.playback.status = Status.PAUSED
    assert next_due(RULES, player) is None


def test_a_player_whose_end_was_looked_at_is_not_looked_at_again():
    player = listening(250)
    assert player.play is not None
    player.play.decision, player.play.end = Decision(Verdict.COUNTED), None
    assert next_due(RULES, player) is None


# -- repeats --------------------------------------------------------------------------------------


def test_a_suspected_repeat_is_asked_for_after_the_settle_window():
    player = listening(30)
    player.repeat = RepeatSuspicion(mark(30), strong_hint=False)
    assert due(player) == (31.0, Action.ASK_REPEAT)


def test_a_suspected_repeat_is_asked_for_at_most_every_five_seconds():
    player = listening(30)
    player.repeat = RepeatSuspicion(mark(30), strong_hint=False)
    player.position.asked_at = mark(29).at.mono
    assert due(player) == (34.0, Action.ASK_REPEAT)


# -- readings -------------------------------------------------------------------------------------


def test_a_reading_is_waited_for_two_seconds_and_no_other_is_begun():
    player = listening(100)
    player.reading = Reading(mark(100).at.mono, ReadReason.DUE)
    assert due(player) == (102.0, Action.GIVE_UP_READING)


# -- tags and stops -------------------------------------------------------------------------------


def test_while_tags_settle_the_play_is_not_looked_at():
    player = listening(99.5)
    player.tags.settle(mark(99.5), seen=True)
    assert due(player) == (100.5, Action.ACCEPT_TAGS)


def test_a_stop_is_believed_after_the_settle_window():
    player = listening(20)
    player.playback.status, player.playback.stop_seen_at = Status.STOPPED, mark(20)
    assert due(player) == (21.0, Action.BELIEVE_STOP)


def test_a_player_that_came_back_may_be_stopped_until_it_goes_on():
    player = listening(20)
    player.absence = Absence(mark(20), mark(30).at.mono, is_over=True)
    player.playback.status, player.playback.stop_seen_at = Status.STOPPED, mark(22)
    assert due(player) == (30.0, Action.BELIEVE_STOP)


def test_a_player_that_is_gone_is_closed_and_nothing_else():
    player = listening(20)
    player.playback.stop_seen_at = mark(20)
    player.tags.settle(mark(20), seen=True)
    player.vanish(return_deadline=mark(30).at.mono)
    assert due(player) == (30.0, Action.CLOSE)


def test_what_is_overdue_comes_in_the_order_of_the_actions():
    player = listening(205)
    player.repeat = RepeatSuspicion(mark(204), strong_hint=True)
    assert due(player) == (205.0, Action.ASK_REPEAT)
    player.repeat = None
    assert next_due(RULES, player) == Deadline(mark(205).at.mono, Action.ASK_DUE)
