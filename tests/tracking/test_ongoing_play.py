"""ongoing_play.py: the length, the tags and the heard time of a play that goes on."""

from dataclasses import replace

import pytest

from scrobblerd.core.model import Verdict
from scrobblerd.tracking.ongoing_play import Decision, Lengths, OngoingPlay
from tests.support.players import BEGIN, SONG, START

LIVE = replace(SONG, length=None)


def play() -> OngoingPlay:
    """A play of SONG whose end is expected."""
    ongoing = OngoingPlay(SONG, BEGIN, seen=True)
    ongoing.expect_end()
    return ongoing


def test_a_play_is_open_until_it_is_decided():
    ongoing = play()
    assert ongoing.verdict is Verdict.LISTENING
    ongoing.decision = Decision(Verdict.COUNTED, needed=100.0)
    assert ongoing.verdict is Verdict.COUNTED


@pytest.mark.parametrize(("clock", "heard"), [(39.0, 0.0), (40.0, 0.0), (50.5, 10.5), (400, 200)])
def test_no_more_is_heard_than_one_length(clock: float, heard: float):
    assert play().heard(clock) == heard


def test_all_is_heard_of_what_has_no_length():
    assert OngoingPlay(LIVE, BEGIN, seen=True).heard(1040.0) == 1000.0


def test_it_is_looked_at_a_second_after_its_expected_end():
    assert play().end == 40.0 + 201.0


def test_another_length_moves_the_end_and_forgets_where_the_player_stood():
    ongoing = play()
    ongoing.last_end_position = 3.0
    ongoing.update(replace(SONG, length=210.0), START)
    assert (ongoing.end, ongoing.last_end_position) == (251.0, None)


def test_newer_tags_of_the_same_length_leave_the_end_as_it_is():
    ongoing = play()
    ongoing.end = None
    ongoing.update(replace(SONG, album="Elsewhere"), START)
    assert (ongoing.end, ongoing.track.album) == (None, "Elsewhere")


def test_a_length_that_is_left_out_later_is_kept():
    ongoing = play()
    ongoing.update(LIVE, START)
    assert ongoing.length == 200.0


@pytest.mark.parametrize(
    ("growth", "every", "length"),
    [
        (1.0, 1.0, None),  # radio
        (1.0, 0.9, None),
        (9.9, 10.0, None),
        (1.2, 1.0, None),
        (5.0, 2.0, 250.0),  # what is buffered
        (2.0, 1.0, 220.0),
        (1.5, 1.0, 215.0),
        (1.0, 5.0, 210.0),
        (10.0, 10.0, 300.0),  # it was wrong before
        (-1.0, 1.0, 190.0),
    ],
)
def test_a_length_that_grows_as_the_clock_does_is_no_length(
    growth: float, every: float, length: float | None
):
    ongoing = play()
    for times in range(1, 11):
        track = replace(SONG, length=200.0 + times * growth)
        ongoing.update(track, START.moved(times * every))
    assert ongoing.length == length
    assert (ongoing.end is None) is (length is None)


def test_a_length_that_no_longer_grows_as_the_clock_does_is_one():
    growth = Lengths(is_live=True)
    for times in range(1, 5):
        growth = growth.then(10.0 * times, 10.0 * times + 5.0, float(times))
        assert growth.is_live is (times < 3)


def test_what_was_not_played_is_not_heard_and_the_start_stays():
    ongoing = play()
    ongoing.hear_less(5.0)
    assert (ongoing.heard(60.0), ongoing.begin.at) == (15.0, BEGIN.at)
