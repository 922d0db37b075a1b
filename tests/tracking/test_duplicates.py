"""duplicates.py: one song, one play, whoever reports it."""

from dataclasses import replace

import pytest

from scrobblerd.core.model import Status, Track
from scrobblerd.tracking.duplicates import (
    MAX_REMEMBERED_PLAYS,
    already_counted,
    may_be_repeated,
    richest,
    same_play,
)
from scrobblerd.tracking.ongoing_play import InterruptedPlay, StoppedPlay
from scrobblerd.tracking.player_state import CountedPlay, PlayerState, TrackerState
from tests.support.players import SONG, START, listening

FERN = Track(title="Fern", artist="Mira Holt", length=180.0)
BROWSER = "plasma-browser-integration"


def counted(begin: float = 0.0, end: float | None = None, track: Track = SONG) -> CountedPlay:
    """A play in mpv that counted, from and to these seconds after the start."""
    return CountedPlay("mpv", track, START.mono + begin, None if end is None else START.mono + end)


def repeats(play: CountedPlay, player: PlayerState, *others: PlayerState) -> bool:
    """Whether what `player` plays is `play`."""
    players = {each.name: each for each in (player, *others)}
    return already_counted([play], players, player) is play


# -- who reports ----------------------------------------------------------------------------------


def test_players_of_the_same_song_report_one_play():
    player, other = listening(50), listening(50, name=BROWSER)
    assert same_play([player, other], player) == [other]


@pytest.mark.parametrize("why", ["song", "silent", "idle"])
def test_others_report_something_else(why: str):
    player, other = listening(50), listening(50, FERN if why == "song" else SONG, BROWSER)
    assert other.play is not None
    other.play.silent = why == "silent"
    if why == "idle":
        other.play = None
    assert same_play([player, other], player) == []
    assert same_play([player, other], replace(player, play=None)) == []


# -- what counted ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begin", "end", "same"),
    [
        (0.0, None, True),
        (-50.0, 50.0, True),
        (-50.0, 2.0, False),  # no more than two seconds in common
        (-50.0, 2.1, True),
        (98.0, None, False),
        (97.9, None, True),
    ],
)
def test_a_play_repeats_one_that_it_overlaps(begin: float, end: float | None, same: bool):
    assert repeats(counted(begin, end), listening(100, name=BROWSER), listening(100)) is same


def test_another_song_is_another_play():
    assert not repeats(counted(track=FERN), listening(100, name=BROWSER))


def test_a_player_does_not_repeat_itself():
    assert not repeats(counted(), listening(100))


def test_a_player_without_a_play_repeats_nothing():
    assert not repeats(counted(), replace(listening(100, name=BROWSER), play=None))


def test_what_is_paused_does_not_overlap():
    paused, player = listening(100), listening(100, name=BROWSER)
    paused.playback.status, paused.playback.paused_at = Status.PAUSED, START.mono + 1.0
    assert not repeats(counted(), player, paused)


def test_what_counted_in_a_player_that_left_is_on_until_it_ended():
    assert repeats(counted(), listening(100, name=BROWSER))
    assert not repeats(counted(0.0, 1.0), listening(100, name=BROWSER))


# -- whose tags -----------------------------------------------------------------------------------


def test_the_track_with_the_most_tags_is_sent():
    poor, rich = replace(SONG, album=""), replace(SONG, number=3)
    assert richest([poor, rich, SONG]) is rich


def test_a_list_of_artists_is_richer_than_one_text():
    text = replace(SONG, artist="Mira Holt, Oda Fenn", artists=("Mira Holt, Oda Fenn",))
    listed = replace(SONG, artist="Mira Holt", artists=("Mira Holt", "Oda Fenn"))
    assert richest([text, listed]) is listed
    assert richest([listed, text]) is listed


def test_the_first_of_equals_is_sent():
    other = replace(SONG, album="Elsewhere")
    assert richest([SONG, other]) is SONG


# -- which are remembered ---------------------------------------------------------------------


def remembered(play: CountedPlay, *players: PlayerState) -> bool:
    """Whether what counted is kept beside these players."""
    state = TrackerState("boot", {each.name: each for each in players}, [play])
    return may_be_repeated(state) == [play]


@pytest.mark.parametrize(
    ("end", "kept"), [(None, True), (0.0, False), (0.1, True), (90.0, True), (-1.0, False)]
)
def test_what_was_over_before_all_that_plays_began_is_forgotten(end: float | None, kept: bool):
    assert remembered(counted(-50, end), listening(50, name=BROWSER)) is kept


def test_without_anything_that_plays_only_what_goes_on_is_remembered():
    assert remembered(counted(-50))
    assert not remembered(counted(-50, 40))
    assert not remembered(counted(-50, 40), replace(listening(50), play=None))


@pytest.mark.parametrize("what", ["interrupted", "settling", "repeated", "stopped"])
def test_what_may_yet_be_repeated_is_remembered(what: str):
    player = listening(50)
    mark, play = player.mark(), player.play
    assert play is not None
    player.play = None
    state = TrackerState("boot", {player.name: player}, [counted(-50, 1)])
    assert may_be_repeated(state) == []
    match what:
        case "interrupted":
            player.interrupted = InterruptedPlay(play, mark)
        case "settling":
            player.tags.settle(play.begin, seen=True)
        case "repeated":
            player.playback.repeated_at = play.begin
        case _:
            stopped = StoppedPlay("mpv", play, heard=9.0, place=9.0, at_boot=9.0, is_vouched=True)
            state.stopped.append(stopped)
    assert may_be_repeated(state) == state.counted


def test_no_more_than_a_few_are_remembered():
    state = TrackerState("boot", {}, [counted(number) for number in range(40)])
    assert may_be_repeated(state) == state.counted[-MAX_REMEMBERED_PLAYS:]
