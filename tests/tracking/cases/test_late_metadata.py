"""Cases 15–28: metadata that comes late, in pieces, or wrong."""

from dataclasses import replace

import pytest

from scrobblerd.core.model import Scrobble, Track
from scrobblerd.core.rules import Rules, whole_seconds
from scrobblerd.mpris import metadata
from scrobblerd.services.audioscrobbler.signing import without_short_duration
from scrobblerd.services.lastfm import LASTFM
from tests.support.timeline import OTHER, PAUSED, PLAYING, SONG, STOPPED, WALL, Timeline, long
from tests.tracking.cases.marks import case

INT64_MAX = 2**63 - 1
FERN = [(Track(title="Fern"), 0.0), (replace(OTHER, length=None), 0.1), (OTHER, 0.2)]
"""A track in the pieces in which VLC and SMPlayer tell it, and when."""


def playing_song() -> Timeline:
    """A timeline at the end of SONG."""
    return Timeline().says(PLAYING, SONG).at(200)


# -- order ----------------------------------------------------------------------------------------


@case(15)
def test_the_old_title_said_with_playing_is_not_announced() -> None:
    line = Timeline().says(STOPPED, SONG).at(10).says(PLAYING).at(10.3).says(track=OTHER).at(110)
    assert line.announcements == [(11.3, "Fern")]
    assert 10.0 <= line.scrobbled[0][1] <= 10.3
    assert line.history == []


@case(15)
def test_the_track_before_is_not_announced_again_on_the_way_to_the_next() -> None:
    line = playing_song().says(STOPPED).at(220).says(PLAYING).at(220.3).says(track=OTHER).at(330)
    assert line.announcements == [(1.0, "Slow Harbour"), (221.3, "Fern")]
    assert 220.0 <= line.scrobbled[1][1] <= 220.3


@case(16)
@pytest.mark.parametrize("wait", [0.4, 2.0, 60.0])
def test_the_start_is_the_playing_that_follows_the_metadata(wait: float) -> None:
    line = Timeline().says(track=SONG).at(wait).says(PLAYING).at(wait + 110)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", wait)], [100 + wait])
    assert line.announcements == [(wait + 1, "Slow Harbour")]


# -- pieces and hybrids ---------------------------------------------------------------------------


@case(17)
def test_a_track_in_pieces_begins_with_the_first_piece() -> None:
    line = playing_song()
    for piece, after in FERN:
        line.at(200 + after).says(track=piece)
    line.at(200.3).says(track=replace(OTHER, trackid="/art")).at(300)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Fern", 200.0)]
    assert line.due[1][1].track == replace(OTHER, trackid="/art")
    assert line.history == [("Slow Harbour", 200.0, "counted")]
    assert [title for _, title in line.announcements] == ["Slow Harbour", "Fern"]


@case(17)
def test_the_first_track_of_all_begins_with_its_first_piece() -> None:
    line = Timeline()
    for piece, after in FERN:
        line.at(after).says(PLAYING, piece)
    line.at(100)
    assert (line.scrobbled, line.history) == ([("Fern", 0.0)], [])


@case(17)
@pytest.mark.parametrize(
    "first",
    [
        Track(title="Fern"),
        Track(title="Fern", url="file:///music/fern.flac"),
        Track(title="fern.flac", url="file:///music/fern.flac"),
        Track(url="file:///music/fern.flac", length=180.0),
    ],
)
def test_a_piece_that_comes_after_seconds_completes_the_same_play(first: Track) -> None:
    whole = replace(OTHER, url=first.url)
    line = Timeline().says(PLAYING, first).at(2.5).says(track=whole).at(170)
    assert (line.scrobbled, line.due_at, line.history) == ([("Fern", 0.0)], [90.0], [])
    assert [play.track for _, play in line.announced] == [whole]


@case(18)
def test_two_partial_updates_are_one_change() -> None:
    line = playing_song().says(PLAYING, replace(OTHER, album="", length=None))
    line.at(200.4).says(track=OTHER).at(300)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Fern", 200.0)]
    assert line.due[1][1].track == OTHER


@case(19)
@pytest.mark.parametrize(
    "hybrid",
    [
        replace(OTHER, title=SONG.title),  # Lollypop, Chromium
        replace(OTHER, artist=SONG.artist),
        replace(SONG, title=OTHER.title),  # Elisa, Firefox
        replace(OTHER, length=SONG.length),
    ],
)
def test_a_mixture_of_two_tracks_is_never_sent(hybrid: Track) -> None:
    line = playing_song().says(track=hybrid).at(200.7).says(track=OTHER).at(300)
    assert [play.track for _, play in line.announced] == [SONG, OTHER]
    assert [play.track for _, play in line.due] == [SONG, OTHER]
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Fern", 200.0)]
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(19)
def test_the_next_length_on_the_old_track_is_never_sent() -> None:
    # Chromium and Mopidy: only the length, which says nothing about when the track changed
    line = playing_song().says(track=long(OTHER.length)).at(200.7).says(track=OTHER).at(300)
    assert [play.track for _, play in line.announced] == [SONG, OTHER]
    assert 200.0 <= line.scrobbled[1][1] <= 200.7


# -- lengths --------------------------------------------------------------------------------------


@case(20)
@pytest.mark.parametrize(("length", "due"), [(200.0, 100.0), (600.0, 240.0), (40.0, 30.0)])
def test_a_length_that_comes_late_keeps_what_was_heard(length: float, due: float) -> None:
    line = Timeline().says(PLAYING, long(None)).at(3).says(track=long(length)).at(250)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [due])
    assert line.due[0][1].track.length == length


@case(20)
def test_a_length_that_comes_late_is_announced_with_the_play() -> None:
    line = Timeline().says(PLAYING, long(12.0)).at(3).says(track=SONG).at(110)
    assert [play.track for _, play in line.announced] == [SONG]


@case(20)
@pytest.mark.parametrize("first", [None, 150.0, 900.0])
def test_a_length_that_comes_late_moves_the_expected_end(first: float | None) -> None:
    looping = Timeline(position=lambda t: t % 200).says(PLAYING, long(first)).at(5)
    looping.says(track=SONG).at(310)
    assert looping.scrobbled == [("Slow Harbour", 0.0), ("Slow Harbour", 200.0)]
    changing = Timeline().says(PLAYING, long(first)).at(5).says(track=SONG).at(200)
    changing.becomes(track=OTHER).at(310)
    assert changing.scrobbled == [("Slow Harbour", 0.0), ("Fern", 201.0)]


@case(21)
def test_a_track_without_length_counts_after_four_minutes() -> None:
    line = Timeline().says(PLAYING, long(metadata.length(0))).at(1000)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [240.0])


@case(22)
def test_a_length_that_grows_each_second_is_live() -> None:
    line = Timeline(position=lambda t: t).says(PLAYING, long(None))
    for second in range(300):
        line.at(second).says(track=long(metadata.length(second * 1_000_000)))
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [240.0])
    play = line.due[0][1]
    assert (play.live, play.track.length) == (True, None)
    assert line.history == []
    assert line.wakes <= 6


@case(22)
def test_a_length_that_grows_with_playing_said_each_second_is_live() -> None:
    line = Timeline(position=lambda t: t)
    for second in range(1, 300):
        line.at(second).says(PLAYING, long(metadata.length(second * 1_000_000)))
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 1.0)], [241.0])
    assert line.history == []
    assert len(line.announced) == 1


@case(23)
def test_the_length_of_the_track_before_brings_no_early_scrobble() -> None:
    line = playing_song().says(track=long(40.0, OTHER)).at(205).says(track=long(600.0, OTHER))
    assert line.at(439).scrobbled == [("Slow Harbour", 0.0)]
    assert line.at(441).scrobbled == [("Slow Harbour", 0.0), ("Fern", 200.0)]


@case(23)
@pytest.mark.parametrize(("corrected", "due"), [(5.0, 100.0), (150.0, 150.0)])
def test_a_length_that_shrinks_is_weighed_anew(corrected: float, due: float) -> None:
    line = Timeline().says(PLAYING, long(600.0)).at(corrected).says(track=SONG).at(190)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [due])


@case(23)
def test_a_length_that_is_corrected_upwards_invents_no_time() -> None:
    line = Timeline(loop="Track").says(PLAYING, SONG, loop="Track").at(5).says(track=long(400.0))
    line.at(210).says(STOPPED).at(220)
    assert line.history == [("Slow Harbour", 210.0, "counted")]


@case(24)
@pytest.mark.parametrize("length", [-1, -1_000_000, INT64_MAX, 2**64 - 1, -(2**63)])
def test_an_impossible_length_is_unknown(length: int) -> None:
    assert metadata.parse({"mpris:length": length}).length is None


@case(25)
@pytest.mark.parametrize("length", [200_000_000, 200_000_000.0, "200000000"])
def test_a_length_of_any_type_is_microseconds(length: object) -> None:
    assert metadata.parse({"mpris:length": length}).length == 200.0


@case(26)
@pytest.mark.parametrize("said", [200_000, 200])
def test_a_length_in_a_wrong_unit_counts_neither_early_nor_never(said: int) -> None:
    line = Timeline(position=lambda t: t).says(PLAYING, long(metadata.length(said)))
    assert line.at(199).due == []
    line.at(200).says(track=OTHER).at(210)
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(26)
def test_a_long_mix_with_its_length_in_milliseconds_is_not_lost() -> None:
    line = Timeline(position=lambda t: t).says(PLAYING, long(metadata.length(1_800_000)))
    line.at(1000)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [240.0])


@case(27)
@pytest.mark.parametrize(("minimum", "length"), [(30.0, 29.988), (60.0, 45.0)])
@pytest.mark.parametrize("frozen", [None, 29.0])
def test_a_need_beyond_the_length_wakes_nobody(
    minimum: float, length: float, frozen: float | None
) -> None:
    line = Timeline(Rules(minimum_seconds=minimum), position=lambda t: frozen and min(t, frozen))
    line.says(PLAYING, long(length)).at(1000)
    assert line.wakes <= 4
    assert len(line.reads) <= 3


@case(27)
def test_a_track_of_nearly_thirty_seconds_counts_when_heard_to_its_end() -> None:
    line = Timeline().says(PLAYING, long(29.988)).at(29.99).says(PLAYING, OTHER).at(40)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.due[0][1].track.length == 29.988


@case(27)
@pytest.mark.parametrize(("length", "sent"), [(30.9, None), (31, 31), (31.9, 31), (200, 200)])
def test_the_duration_sent_is_never_falsified(length: float, sent: int | None) -> None:
    scrobble = Scrobble("Mira Holt", "Fern", int(WALL), duration=whole_seconds(length))
    assert without_short_duration(scrobble, LASTFM.least_duration).duration == sent


@case(28)
def test_a_length_after_the_scrobble_brings_no_second_one() -> None:
    track = replace(SONG, url="https://radio.example/slow", length=None)
    line = Timeline().says(PLAYING, track).at(250).says(track=replace(track, length=600.0)).at(590)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.ended == []
    assert line.due[0][1].start.wall == WALL


# -- what is buffered -----------------------------------------------------------------------------


def buffered(first: float, step: float, every: float, whole: float) -> Timeline:
    """A page that says what is buffered for the length, until all of it is."""
    line, said = Timeline(position=lambda t: t), first
    line.says(PLAYING, long(first))
    while said < whole:
        said = min(whole, said + step)
        line.at(line.t + every).says(track=long(said))
    return line


@case(110)
@pytest.mark.parametrize(
    ("first", "step", "every", "whole"),
    [
        (30.0, 5.0, 2.0, 190.0),
        (31.0, 9.0, 1.0, 200.0),
        (40.0, 2.0, 1.0, 240.0),
        (60.0, 8.0, 4.0, 300.0),
        (20.0, 30.0, 5.0, 210.0),
    ],
)
def test_a_length_that_grows_with_the_buffer_is_no_live_stream(
    first: float, step: float, every: float, whole: float
) -> None:
    line = buffered(first, step, every, whole).at(whole)
    line.says(PAUSED).at(whole + 60)
    [(t, play)] = line.due
    assert whole / 2 - 10 <= t <= whole / 2 + 10
    assert not play.live


@case(110)
def test_a_song_whose_length_grew_with_the_buffer_is_whole_at_its_end() -> None:
    line = buffered(30.0, 5.0, 2.0, 190.0).at(190).says(track=OTHER).at(195)
    assert line.history == [("Slow Harbour", 190.0, "counted")]
    assert line.ended[0].track.length == 190.0
