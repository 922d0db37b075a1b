"""tracker_state.py: the state of the tracker over a restart, and what is no state."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from scrobblerd.core.codec import StateError, dump, load
from scrobblerd.core.model import Moment
from scrobblerd.core.rules import Rules
from scrobblerd.tracking.duplicates import CountedPlay
from scrobblerd.tracking.player_state import Absence, Reading, ReadReason, RepeatSuspicion
from scrobblerd.tracking.tracker import Tracker
from scrobblerd.tracking.tracker_state import TrackerState
from tests.support.paths import OLD_JOURNAL
from tests.support.players import SONG, listening, mark
from tests.support.timeline import PLAYING, Timeline
from tests.tracking.test_tracker import STEPS, WORLDS, Steps, World, run


def whole() -> TrackerState:
    """A state in which every value is there."""
    player = listening(50)
    player.absence = Absence(mark(40), 560.0, restored_from=530.0, is_over=True)
    player.reading = Reading(550.0, ReadReason.DUE)
    player.repeat = RepeatSuspicion(mark(49), strong_hint=True)
    player.tags.settle(mark(49), seen=True)
    return TrackerState("boot-1", {"mpv": player}, [CountedPlay("mpv", SONG, 500.0)])


def kept(state: TrackerState) -> Any:
    """The state as the database gives it back."""
    return json.loads(json.dumps(dump(state), allow_nan=False))


def test_every_value_comes_back():
    assert load(TrackerState, kept(whole())) == whole()


@given(WORLDS, STEPS)
@settings(deadline=None, derandomize=True, max_examples=40, database=None)
def test_whatever_players_say_is_kept_and_comes_back(world: World, steps: Steps):
    line = world.line()
    run(line, steps)
    state = line.tracker.dump()
    assert dump(load(TrackerState, json.loads(json.dumps(state, allow_nan=False)))) == state


@pytest.mark.parametrize("key", ["boot_id", "players"])
def test_a_state_of_odd_types_is_refused(key: str):
    with pytest.raises(StateError, match=f"TrackerState.{key}"):
        load(TrackerState, kept(whole()) | {key: 7})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("play", {}),
        ("counter", None),
        ("reading", {"asked_at": 1.0}),
        ("repeat", {"strong_hint": True}),
        ("absence", {"vanished_at": None, "return_deadline": 1.0}),
        ("position", {"value": float("inf")}),
        ("gone", None),
    ],
)
def test_half_a_value_is_refused(field: str, value: object):
    state = kept(whole())
    state["players"]["mpv"][field] = value
    with pytest.raises(StateError, match=field):
        load(TrackerState, state)


def test_a_player_under_another_name_is_refused():
    state = kept(whole())
    state["players"]["vlc"] = state["players"].pop("mpv")
    with pytest.raises(StateError, match=r"players\.vlc is called 'mpv'"):
        load(TrackerState, state)


def test_a_journal_of_the_form_of_0_1_0_is_refused_and_costs_no_more_than_the_play_in_progress():
    line = Timeline()
    with pytest.raises(StateError):
        line.tracker.restore(json.loads(OLD_JOURNAL.read_text(encoding="utf-8")), line.now)
    line.starts().says(PLAYING, SONG).at(110)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [100.0])


def test_a_refused_state_leaves_the_tracker_as_it_was():
    tracker = Tracker(Rules(), "boot-1")
    before = tracker.dump()
    with pytest.raises(StateError):
        tracker.restore(kept(whole()) | {"counted": [{}]}, Moment(1.0, 1.0, 1.0))
    assert (tracker.dump(), tracker.next_wake()) == (before, None)
