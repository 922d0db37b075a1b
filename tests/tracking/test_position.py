"""position.py: what a Position proves, and what was heard by it."""

import pytest

from scrobblerd.tracking import position
from scrobblerd.tracking.player_state import (
    Counter,
    Doubt,
    Identity,
    PlayerState,
    ReadReason,
    Stall,
)
from tests.support.players import START, listening, saw_positions


def read_at(player: PlayerState, heard: float, where: float) -> PlayerState:
    """The player has played so many seconds, and its Position is read as `where`."""
    player.advance(START.moved(heard))
    position.take(player, where)
    return player


def test_position_moves_if_two_readings_differ():
    player = listening(50)
    assert not saw_positions(player, 7.0, 7.4).position.moves
    assert saw_positions(player, 8.0).position.moves


@pytest.mark.parametrize(
    ("readings", "trusted"),
    [
        ([(100, 100.0)], True),  # in step since the start that was seen
        ([(100, 98.0)], True),
        ([(100, 20.0)], False),  # stands, or was moved by hand
        ([(100, 0.1)], False),  # milliseconds
        ([(5, 5.0)], False),  # too early to tell it from one that stands
        ([(5, 5.0), (9, 9.0)], True),
        ([(100, 100.0), (150, 100.0)], False),
        ([(100, 100.0), (150, 20.0)], False),
        ([(100, 20.0), (150, 70.0)], True),
    ],
)
def test_a_position_that_is_in_step_is_a_witness(
    readings: list[tuple[float, float]], trusted: bool
):
    player = listening(0)
    for heard, where in readings:
        read_at(player, heard, where)
    assert player.position.trusted is trusted


def test_after_a_seek_the_next_reading_is_the_first():
    player = read_at(listening(0), 50, 50.0)
    player.position.seek()
    read_at(player, 51, 120.0)
    assert player.position.trusted
    assert (player.position.base, player.position.base_clock) == (120.0, 91.0)


@pytest.mark.parametrize(
    ("last_read", "where", "behind"),
    [
        (None, 97.5, None),  # within the tolerance
        (None, 20.0, 80.0),
        (None, 2.9, 97.1),
        (None, 0.4, None),  # may mean nothing
        (None, 0.1, None),  # milliseconds
        (20.0, 20.0, None),  # it was there before the play began
        (300.0, 20.0, 80.0),
    ],
)
def test_a_position_that_came_by_itself_to_where_it_is_vouches_for_that(
    last_read: float | None, where: float, behind: float | None
):
    player = listening(100)
    player.position.last_read = last_read
    assert position.lag(player, where) == behind


def test_a_witness_vouches_wherever_it_stands():
    player = read_at(listening(0), 50, 50.0)
    player.advance(START.moved(100))
    assert position.lag(player, 50.0) == 50.0


def test_after_a_seek_no_position_is_behind():
    player = read_at(listening(0), 50, 50.0)
    player.position.seek()
    assert position.lag(player, 20.0) is None


@pytest.mark.parametrize(
    ("last_read", "where", "since_when"),
    [
        (None, 20.0, 20.0),  # behind
        (None, 110.0, None),
        (None, 197.0, 0.0),
        (197.0, 197.0, None),  # it was there before
        (None, 203.5, None),  # beyond the end
    ],
)
def test_a_position_that_is_at_the_end_too_early_may_wait_there(
    last_read: float | None, where: float, since_when: float | None
):
    player = listening(100)
    player.position.last_read = last_read
    not_heard = None if since_when is None else 100.0 - since_when
    assert position.unvouched(player, where) == not_heard


@pytest.mark.parametrize(
    ("where", "scaled"), [(10.2, True), (10.0, False), (11.0, False), (12.0, False)]
)
def test_a_position_that_goes_on_as_slowly_as_before_is_at_another_scale(
    where: float, scaled: bool
):
    doubt = Doubt(ReadReason.DUE, 10.0, clock=140.0, behind=90.0)
    player = listening(102)
    assert position.is_scaled(player, doubt, where) is scaled
    player.position.trusted = True
    assert not position.is_scaled(player, doubt, where)


@pytest.mark.parametrize(("where", "stands"), [(20.0, True), (20.9, True), (21.0, False)])
def test_a_position_stands_if_it_hardly_moves_in_two_seconds(where: float, stands: bool):
    doubt = Doubt(ReadReason.DUE, 20.0, clock=140.0, behind=80.0)
    assert position.stands(listening(102), doubt, where) is stands


@pytest.mark.parametrize(
    ("heard", "where", "tells"), [(102, 20.0, True), (100.5, 20.0, False), (100.5, None, True)]
)
def test_a_second_reading_that_comes_at_once_tells_nothing(
    heard: float, where: float | None, tells: bool
):
    doubt = Doubt(ReadReason.DUE, 20.0, clock=140.0, behind=80.0)
    assert position.tells(listening(heard), doubt, where) is tells


@pytest.mark.parametrize(
    ("heard", "where", "runs"),
    [(51, 1.0, True), (51, 0.65, True), (51, 0.0, False), (50, 0, False)],
)
def test_a_track_that_began_a_moment_ago_shows_it(heard: float, where: float, runs: bool):
    assert position.runs_from(listening(heard), where, clock=90.0) is runs


def test_the_place_is_counted_from_the_last_position_or_from_the_begin():
    player = listening(50)
    assert player.place(100.0) == 60.0
    position.take(player, 30.0)
    assert player.place(100.0) == 40.0


@pytest.mark.parametrize(
    ("heard", "moves", "where", "believed"),
    [
        (50, False, 49.0, True),
        (50, False, 0.5, False),  # may mean nothing yet
        (50, True, 0.5, True),
        (50, True, 203.5, False),  # beyond the end
        (2, True, 150.0, False),  # of the track before
        (2, True, 2.0, True),
    ],
)
def test_a_position_is_believed_if_it_can_be_of_this_play(
    heard: float, moves: bool, where: float, believed: bool
):
    player = listening(heard)
    player.position.moves = moves
    position.take(player, where)
    assert (player.position.value == where) is believed


def test_a_player_without_a_play_is_believed():
    player = PlayerState(Identity("mpv"), Counter(START))
    position.take(player, 77.0)
    assert player.place(3.0) == 80.0


@pytest.mark.parametrize(("where", "heard"), [(60.0, 10.0), (70.0, 15.0), (40.0, 0.0)])
def test_what_was_played_while_nobody_listened_counts_as_far_as_position_says(
    where: float, heard: float
):
    player = listening(50)
    position.catch_up(player, 15.0, where)
    assert player.counter.clock == 90.0 + heard


@pytest.mark.parametrize(
    ("where", "heard", "stands"),
    [
        (None, 20.0, True),
        (20.0, 20.0, True),
        (20.4, 20.0, True),
        (25.0, 25.0, False),
        (120.0, 50.0, False),  # moved by hand: no more than the time since the last look
        (3.0, 20.0, False),
    ],
)
def test_a_position_that_stood_counts_on_from_where_it_runs_again(
    where: float | None, heard: float, stands: bool
):
    player = saw_positions(listening(20), 20.0)
    player.position.rebase(20.0, player.counter.clock)
    player.position.stall = Stall(START.mono + 100, START.mono + 120)
    player.advance(START.moved(150))
    position.look_again(player, where)
    assert player.play is not None
    assert player.play.heard(player.counter.clock) == pytest.approx(heard)
    assert (player.position.stall is not None) is stands
    if where is not None and not stands:
        assert player.place(player.counter.clock) == where


@pytest.mark.parametrize(
    ("last_read", "where", "heard"),
    [(None, 20.0, 20.0), (None, 48.0, 50.0), (20.0, 20.0, 50.0), (None, None, 50.0)],
)
def test_a_pause_without_a_signal_is_not_heard(
    last_read: float | None, where: float | None, heard: float
):
    player = listening(50)
    player.position.last_read = last_read
    position.fall_back(player, where)
    assert player.play is not None
    assert player.play.heard(player.counter.clock) == heard
