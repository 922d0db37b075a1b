"""replays.py: did the track begin again?"""

from dataclasses import replace

import pytest

from scrobblerd.core.model import Track
from scrobblerd.core.rules import Rules
from scrobblerd.tracking.player_state import PlayerState, RepeatSuspicion
from scrobblerd.tracking.replays import (
    confirmed,
    has_wrong_length,
    next_end,
    possible,
    wrapped_at,
)
from tests.support.players import SONG, listening, mark, saw_positions

RULES = Rules()
RADIO = replace(SONG, length=None)
UNTITLED = replace(SONG, title="")


def suspected(
    heard: float, ago: float = 1.0, strong_hint: bool = True, moves: bool = True
) -> PlayerState:
    """A player that may have begun again some seconds ago."""
    player = listening(heard)
    player.position.moves = moves
    player.repeat = RepeatSuspicion(mark(heard - ago), strong_hint)
    return player


# -- worth a reading ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("track", "heard", "worth"),
    [
        (SONG, 99.9, False),
        (SONG, 100.0, True),
        (SONG, 250.0, True),
        (RADIO, 300.0, False),
        (UNTITLED, 150.0, False),
        (replace(SONG, length=20.0), 20.0, False),
    ],
)
def test_a_replay_is_possible_when_enough_was_heard(track: Track, heard: float, worth: bool):
    assert possible(RULES, listening(heard, track), mark(heard)) is worth


def test_a_replay_is_possible_near_the_end_however_little_was_heard():
    player = listening(50)
    player.position.set(198.0, player.counter.clock)
    assert possible(RULES, player, mark(50))


def test_what_began_just_now_did_not_begin_again():
    player = listening(0.5)
    player.position.set(199.0, player.counter.clock)
    assert not possible(RULES, player, mark(0.5))


# -- proved ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("position", "is_replay"),
    [(1.0, True), (0.65, True), (3.9, True), (4.1, False), (151.0, False), (-1.9, True)],
)
def test_a_position_that_fell_to_zero_proves_a_replay(position: float, is_replay: bool):
    assert confirmed(RULES, suspected(150), position) is is_replay


def test_a_position_that_was_always_near_zero_did_not_fall():
    player = suspected(150)
    player.position.set(2.0, player.counter.clock)
    assert not confirmed(RULES, player, 1.5)


@pytest.mark.parametrize(
    ("heard", "strong_hint", "is_replay"),
    [(201.0, True, True), (200.0, True, True), (199.5, True, False), (201.0, False, False)],
)
@pytest.mark.parametrize("position", [None, 0.0])
def test_without_a_position_a_whole_length_and_a_strong_hint_prove_a_replay(
    heard: float, strong_hint: bool, is_replay: bool, position: float | None
):
    player = suspected(heard, strong_hint=strong_hint, moves=False)
    assert confirmed(RULES, player, position) is is_replay


def test_nothing_is_proved_that_was_not_suspected():
    assert not confirmed(RULES, listening(250), 0.0)


# -- silent loops ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("position", "begin"), [(1.0, 200.0), (3.5, 197.5), (-0.35, 201.0), (4.1, None), (201.0, None)]
)
def test_a_position_near_zero_after_a_whole_length_is_a_loop(position: float, begin: float | None):
    player = listening(201)
    player.position.moves = True
    assert wrapped_at(RULES, player, position) == (begin and mark(begin))


@pytest.mark.parametrize(("loop", "begin"), [("Track", 200.0), ("None", None), ("Playlist", None)])
def test_without_a_position_the_loop_status_decides(loop: str, begin: float | None):
    player = listening(201)
    player.playback.loop = loop
    assert wrapped_at(RULES, player, None) == (begin and mark(begin))


def test_before_a_whole_length_there_is_no_loop():
    player = listening(199)
    player.playback.loop = "Track"
    assert wrapped_at(RULES, player, None) is None


@pytest.mark.parametrize("track", [RADIO, UNTITLED])
def test_what_has_no_length_or_cannot_count_does_not_loop(track: Track):
    player = listening(500, track)
    player.playback.loop = "Track"
    assert wrapped_at(RULES, player, None) is None


# -- the end --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("position", "wrong"), [(200.4, False), (200.6, True), (None, False)])
def test_a_player_that_plays_on_has_a_wrong_length(position: float | None, wrong: bool):
    assert has_wrong_length(listening(201), position) is wrong


@pytest.mark.parametrize(
    ("position", "seconds"), [(190.0, 212.0), (196.9, 205.1), (197.0, None), (None, None)]
)
def test_a_player_that_is_behind_is_looked_at_again(position: float | None, seconds: float | None):
    end = next_end(listening(201), position)
    assert end == (None if seconds is None else pytest.approx(40.0 + seconds))


def test_a_player_that_stands_still_is_not_looked_at_again():
    player = saw_positions(listening(201), 100.0)
    assert player.play is not None
    player.play.last_end_position = 100.0
    assert next_end(player, 100.0) is None
