"""player_state.py: the counter, the names, the absence and the position of one player."""

import dataclasses
from dataclasses import replace

import pytest

from scrobblerd.core.events import Changed, Identified, Snapshot
from scrobblerd.core.model import Status
from scrobblerd.tracking import ongoing_play, player_state, settling
from scrobblerd.tracking.ongoing_play import OngoingPlay
from scrobblerd.tracking.player_state import (
    Absence,
    Counter,
    Identity,
    Phase,
    PlayerState,
    Reading,
    ReadReason,
    RepeatSuspicion,
)
from tests.support.players import BEGIN, SONG, START, listening, mark, saw_positions


def test_no_value_has_more_than_ten_fields():
    for module in (ongoing_play, player_state, settling):
        kinds = [kind for kind in vars(module).values() if dataclasses.is_dataclass(kind)]
        values = [kind for kind in kinds if kind.__module__ == module.__name__]
        assert values
        assert [kind for kind in values if len(dataclasses.fields(kind)) > 10] == []


# -- who ------------------------------------------------------------------------------------------


def test_rules_may_call_it_by_any_of_its_names():
    identity = Identity("firefox.instance_1_4", ":1.4", 7, "Mozilla Firefox", "firefox")
    assert identity.names == ("firefox.instance_1_4", "firefox", "Mozilla Firefox", "firefox")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Identity("vlc.instance7", ":1.8", 7), True),
        (Identity("vlc.instance7", ":1.7"), True),
        (Identity("vlc.instance9", ":1.9", 9), False),
        (Identity("mpv"), False),
    ],
)
def test_names_of_one_process_or_owner_are_one_program(other: Identity, same: bool):
    assert Identity("vlc", ":1.7", 7).is_same_program(other) is same
    assert other.is_same_program(Identity("vlc", ":1.7", 7)) is same


def test_names_of_unknown_owner_and_process_are_two_programs():
    assert not Identity("a").is_same_program(Identity("b"))


def test_another_owner_says_nothing_of_the_one_before():
    player = saw_positions(listening(5), 1.0, 5.0)
    player.identify(Identified("mpv", START, ":1.9", 3, "mpv Media Player"))
    player.identify(Identified("mpv", START, ":1.9", 3))
    assert player.identity == Identity("mpv", ":1.9", 3, "mpv Media Player")
    assert (player.position.moves, player.position.last_read) == (False, None)


# -- phases ---------------------------------------------------------------------------------------


def test_every_combination_of_absence_tags_and_play_is_one_phase():
    player = PlayerState(Identity("mpv"), Counter(START))
    assert player.phase is Phase.IDLE
    player.play = OngoingPlay(SONG, BEGIN, seen=True)
    assert player.phase is Phase.LISTENING
    player.tags.settle(mark(1), seen=True)
    assert player.phase is Phase.SETTLING
    player.play = None
    assert player.phase is Phase.SETTLING
    player.vanish(return_deadline=520.0)
    assert player.phase is Phase.GONE
    player.come_back()
    assert player.phase is Phase.SETTLING


def test_what_was_asked_of_a_player_goes_with_it():
    player = listening(5)
    player.reading = Reading(505.0, ReadReason.DUE)
    player.repeat = RepeatSuspicion(mark(5), strong_hint=True)
    player.vanish(return_deadline=515.0)
    assert (player.reading, player.repeat) == (None, None)
    assert player.absence == Absence(mark(5), 515.0)


def test_the_time_of_the_journal_outlasts_a_second_absence_of_the_same_owner():
    player = listening(5)
    player.absence = Absence(mark(5), 515.0, restored_from=505.0, is_over=True)
    player.vanish(return_deadline=520.0)
    assert player.absence == Absence(mark(5), 520.0, restored_from=505.0)


# -- the counter ----------------------------------------------------------------------------------


def test_the_counter_runs_at_the_rate_and_never_backwards():
    player = listening(0)
    player.counter.rate = 2.0
    player.advance(START.moved(10))
    player.advance(START.moved(4))
    assert player.mark() == replace(mark(10), clock=60.0)


@pytest.mark.parametrize("still", ["paused", "stopped", "muted", "gone"])
def test_the_counter_stands_while_nothing_is_to_be_heard(still: str):
    player = listening(0)
    match still:
        case "paused":
            player.playback.status = Status.PAUSED
        case "stopped":
            player.playback.status = Status.STOPPED
        case "muted":
            player.counter.muted = True
        case _:
            player.vanish(return_deadline=510.0)
    player.advance(START.moved(10))
    assert (player.speed, player.counter.clock) == (0.0, 40.0)
    assert player.wake_after(50.0) is None


def test_the_counter_tells_when_it_was_and_will_be_somewhere():
    player = listening(20)
    player.counter.rate = 2.0
    assert player.mark_at(50.0).at == START.moved(15)
    assert player.wake_after(80.0) == START.moved(30).mono
    assert player.wake_after(10.0) == START.moved(20).mono


def test_a_rate_next_to_nothing_comes_nowhere():
    player = listening(20)
    player.counter.rate = 5e-324
    assert player.wake_after(1e9) is None


@pytest.mark.parametrize(("rate", "speed"), [(-1.0, 0.0), (0.0, 0.0), (1.5, 1.5), (1e18, 100.0)])
def test_a_rate_is_taken_within_bounds(rate: float, speed: float):
    player = listening(0)
    player.set_speed(Changed("mpv", START, rate=rate), count_muted=True)
    assert player.speed == speed


@pytest.mark.parametrize(("count_muted", "muted"), [(True, False), (False, True)])
def test_a_volume_of_nothing_is_muted_if_the_user_does_not_count_it(count_muted: bool, muted: bool):
    player = listening(0)
    player.set_speed(Changed("mpv", START, loop="Track", volume=0.0), count_muted)
    assert (player.counter.muted, player.playback.loop) == (muted, "Track")


def test_a_snapshot_tells_the_speed_as_a_signal_does():
    player = listening(0)
    player.set_speed(Snapshot("mpv", START, None, None, rate=0.5), count_muted=True)
    assert player.speed == 0.5


# -- the place ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heard", "near"), [(196.9, False), (197.0, True), (203.0, True), (204, False)]
)
def test_the_end_is_near_within_three_seconds(heard: float, near: bool):
    player = listening(heard)
    assert player.near_end(player.counter.clock) is near
