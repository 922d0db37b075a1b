"""answers.py: what the answer to a reading means for the play that goes on."""

import pytest

from scrobblerd.core.events import Effect
from scrobblerd.core.model import Verdict
from scrobblerd.core.rules import Rules
from scrobblerd.tracking.answers import Answers
from scrobblerd.tracking.play_lifecycle import PlayLifecycle
from scrobblerd.tracking.player_state import (
    Doubt,
    PlayerState,
    Reading,
    ReadReason,
    RepeatSuspicion,
    TrackerState,
)
from tests.support.players import START, listening, mark


def answer(
    player: PlayerState, heard: float, where: float | None, why: ReadReason = ReadReason.DUE
) -> PlayerState:
    """The player has played so many seconds, and a reading is answered."""
    player.advance(START.moved(heard))
    player.reading = Reading(player.counter.as_of.mono, why)
    state, effects = TrackerState("boot-1", {player.name: player}), list[Effect]()
    plays = PlayLifecycle(state, Rules(), player, effects)
    Answers(Rules(), player, plays).take(where)
    return player


def verdict(player: PlayerState) -> Verdict | None:
    """The verdict on the play so far."""
    return player.play.verdict if player.play else None


@pytest.mark.parametrize("where", [None, 100.0, 98.0, 120.0, 0.0])
def test_a_due_play_is_decided_if_position_does_not_contradict(where: float | None):
    player = answer(listening(99), 100, where)
    assert (verdict(player), player.position.doubt) == (Verdict.COUNTED, None)


def test_a_position_that_lags_raises_a_doubt_and_decides_nothing():
    player = answer(listening(99), 100, 20.0)
    assert verdict(player) is Verdict.LISTENING
    assert player.position.doubt == Doubt(ReadReason.DUE, 20.0, 140.0, behind=80.0)


@pytest.mark.parametrize(
    ("second", "heard", "decided"),
    [
        (20.0, 20.0, Verdict.LISTENING),  # it stands
        (22.0, 102.0, Verdict.COUNTED),  # it was moved by hand
        (None, 102.0, Verdict.COUNTED),
    ],
)
def test_a_second_reading_tells_a_stall_from_a_silent_seek(
    second: float | None, heard: float, decided: Verdict
):
    player = answer(answer(listening(99), 100, 20.0), 102, second, ReadReason.AGAIN)
    assert player.play is not None
    assert player.play.heard(player.counter.clock) == pytest.approx(heard)
    assert (verdict(player), player.position.doubt) == (decided, None)


def test_a_reading_for_another_reason_leaves_the_doubt_until_it_can_tell():
    player = answer(answer(listening(99), 100, 20.0), 100.5, 20.0, ReadReason.RESUME)
    assert player.position.doubt is not None


def test_a_player_that_stood_before_is_not_asked_twice():
    player = answer(answer(listening(99), 100, 20.0), 102, 20.0, ReadReason.AGAIN)
    answer(player, 182, 20.0)
    assert player.position.doubt is None
    assert player.play and player.play.heard(player.counter.clock) == pytest.approx(20.0)


@pytest.mark.parametrize(("second", "begins"), [(0.0, False), (3.0, True)])
def test_a_position_near_zero_after_the_end_has_to_run(second: float, begins: bool):
    player = answer(answer(listening(99), 100, 100.0), 201, 1.0 if begins else 0.0, ReadReason.END)
    assert player.position.doubt == Doubt(ReadReason.END, 1.0 if begins else 0.0, 241.0)
    answer(player, 203, second, ReadReason.AGAIN)
    assert player.play is not None
    assert (player.play.begin == mark(200)) is begins


def test_a_witness_that_runs_from_the_hint_needs_no_second_reading():
    player = answer(listening(99), 100, 100.0)
    player.advance(START.moved(150))
    player.repeat = RepeatSuspicion(mark(150), strong_hint=True)
    answer(player, 151, 1.0, ReadReason.REPEAT)
    assert player.play and player.play.begin == mark(150)


def test_a_witness_that_stands_after_the_hint_is_read_again_and_proves_nothing():
    player = answer(listening(99), 100, 100.0)
    player.advance(START.moved(200))
    player.repeat = RepeatSuspicion(mark(200), strong_hint=True)
    answer(player, 201, 0.0, ReadReason.REPEAT)
    assert player.position.doubt is not None
    answer(player, 203, 0.0, ReadReason.AGAIN)
    assert player.play and player.play.begin == mark(0)
    assert player.repeat is None
