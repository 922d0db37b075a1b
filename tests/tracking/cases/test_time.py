"""Cases 1–14: time, pause, seek and replay."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from scrobblerd.core.model import Status, Track, Verdict
from scrobblerd.core.rules import Rules
from tests.support.timeline import OTHER, PAUSED, PLAYING, SONG, STOPPED, WALL, Timeline, long
from tests.tracking.cases.marks import case

EXACTING = Rules(scrobble_threshold=100)
SILENT_LOOP = [("Slow Harbour", 0.0), ("Slow Harbour", 200.0)]


# -- pause, suspend, the wall clock ---------------------------------------------------------------


@case(1)
def test_pause_keeps_progress_and_scrobbles_once() -> None:
    line = Timeline().says(PLAYING, SONG).at(80).says(PAUSED).at(180).says(PLAYING).at(230)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [200.0])


@case(2)
def test_pause_after_the_threshold_scrobbles_no_second_time() -> None:
    line = Timeline().says(PLAYING, SONG).at(120).says(PAUSED).at(150).says(PLAYING)
    line.at(230).says(PLAYING, OTHER).at(240)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(3)
def test_a_pause_of_three_hours_is_the_same_play_announced_again() -> None:
    hours = 3 * 3600.0
    line = Timeline().says(PLAYING, SONG).at(50).says(PAUSED).at(50 + hours).says(PLAYING)
    line.at(150 + hours)
    assert line.announcements == [(1.0, "Slow Harbour"), (50 + hours, "Slow Harbour")]
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [100 + hours])


@case(4)
def test_a_night_in_suspend_is_not_heard() -> None:
    line = Timeline().says(PLAYING, SONG).at(40).sleeps(8 * 3600).is_read().at(99.9)
    assert line.due == []
    assert line.at(101).scrobbled == [("Slow Harbour", 0.0)]


@case(4)
def test_a_player_that_paused_for_the_suspend_is_found_paused() -> None:
    line = Timeline().says(PLAYING, SONG).at(40).sleeps(8 * 3600).becomes(PAUSED).is_read()
    line.at(500).says(PLAYING).at(559.9)
    assert line.due == []
    assert line.at(561).due_at == [560.0]


@case(5)
@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_jump_of_the_wall_clock_changes_neither_heard_time_nor_start(jump: float) -> None:
    line = Timeline().says(PLAYING, SONG).at(40).sets_clock(jump).at(200).says(PLAYING, OTHER)
    line.at(210)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [100.0])
    assert line.history == [("Slow Harbour", 200.0, "counted")]


# -- seek -----------------------------------------------------------------------------------------


@case(6)
def test_seeking_forward_cheats_nothing() -> None:
    line = Timeline(position=lambda t: t if t < 5 else t + 175).says(PLAYING, SONG)
    line.at(5).seeks().at(25).says(PLAYING, OTHER).at(40)
    assert (line.due, line.history) == ([], [("Slow Harbour", 25.0, "not_heard")])


@case(7)
def test_seeking_back_after_the_scrobble_scrobbles_no_second_time() -> None:
    line = Timeline(position=lambda t: t if t < 120 else t - 60).says(PLAYING, SONG)
    line.at(120).seeks().at(260).says(PLAYING, OTHER).at(270)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(8)
def test_a_restart_after_ten_seconds_is_the_same_play() -> None:
    line = Timeline(position=lambda t: t if t < 10 else t - 10).says(PLAYING, SONG)
    line.at(10).seeks().at(210).says(PLAYING, OTHER).at(220)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [100.0])
    assert line.history == [("Slow Harbour", 200.0, "counted")]
    assert line.announcements == [(1.0, "Slow Harbour"), (211.0, "Fern")]


# -- replay ---------------------------------------------------------------------------------------


@case(9)
def test_a_silent_loop_is_found_by_its_position() -> None:
    line = Timeline(position=lambda t: t % 200).says(PLAYING, SONG).at(310)
    assert (line.scrobbled, line.due_at) == (SILENT_LOOP, [100.0, 300.0])


@case(9)
def test_a_silent_loop_without_position_is_found_by_loop_status() -> None:
    line = Timeline(loop="Track").says(PLAYING, SONG, loop="Track").at(310)
    assert (line.scrobbled, line.due_at) == (SILENT_LOOP, [100.0, 300.0])


@case(9)
def test_a_silent_loop_goes_on_for_hours() -> None:
    line = Timeline(position=lambda t: t % 200).says(PLAYING, SONG).at(3600)
    assert [round(start, 0) for _, start in line.scrobbled] == [200.0 * n for n in range(18)]
    assert line.wakes <= 4 * 18


@case(10)
def test_a_loop_with_seeked_is_a_new_play() -> None:
    line = Timeline(position=lambda t: t % 200).says(PLAYING, SONG).at(200).seeks().at(310)
    assert (line.scrobbled, line.due_at) == (SILENT_LOOP, [100.0, 300.0])
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(10)
def test_seeked_a_moment_before_the_wrap_is_a_new_play() -> None:
    # mpv says it 0.35 s before the sound wraps, with a negative position
    line = Timeline(position=lambda t: t if t < 199.65 else t - 200).says(PLAYING, SONG)
    line.at(199.65).seeks().at(310)
    assert [start for _, start in line.scrobbled] == pytest.approx([0.0, 200.0], abs=1.0)


@case(10)
def test_a_wrap_near_the_end_is_a_new_play_however_little_was_heard() -> None:
    line = Timeline(position=lambda t: t if t < 5 else (t + 185) % 200).says(PLAYING, SONG)
    line.at(5).seeks().at(15).seeks().at(120)
    assert line.history == [("Slow Harbour", 15.0, "not_heard")]
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 15.0)], [115.0])


SIGNS: list[Callable[[Timeline], Timeline]] = [
    lambda line: line,
    lambda line: line.seeks(),
    lambda line: line.says(track=SONG),
    lambda line: line.says(PLAYING),
]


@case(9, 10, 11)
@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("early", [0.0, 0.1])
def test_a_loop_is_found_where_all_of_it_is_needed(
    sign: Callable[[Timeline], Timeline], early: float
) -> None:
    line = Timeline(EXACTING, position=lambda t: t % 200).says(PLAYING, SONG).at(200 - early)
    sign(line).at(410)
    assert [start for _, start in line.scrobbled] == pytest.approx([0.0, 200.0], abs=1.0)


@case(9, 10, 11)
@pytest.mark.parametrize("length", [31.0, 40.0])
def test_a_short_loop_is_found_each_time(length: float) -> None:
    line = Timeline(position=lambda t: t % length).says(PLAYING, long(length))
    for number in range(1, 10):
        line.at(length * number)
        if number % 3 == 1:
            line.seeks()
        elif number % 3 == 2:
            line.says(PLAYING, long(length))
    line.at(length * 10 - 0.5)
    assert [round(start) for _, start in line.scrobbled] == [length * n for n in range(10)]


@case(11)
@pytest.mark.parametrize("again", [(None, SONG), (PLAYING, None), (PLAYING, SONG)])
def test_the_same_said_again_at_the_wrap_is_a_new_play(
    again: tuple[Status | None, Track | None],
) -> None:
    line = Timeline(position=lambda t: t % 200).says(PLAYING, SONG).at(200).says(*again).at(310)
    assert (line.scrobbled, line.due_at) == (SILENT_LOOP, [100.0, 300.0])


@case(11)
def test_the_same_said_again_in_the_middle_is_no_new_play() -> None:
    line = Timeline(position=lambda t: t).says(PLAYING, SONG)
    line.at(60).says(PLAYING, SONG).at(130).says(PLAYING, SONG).at(190)
    assert (line.scrobbled, line.history) == ([("Slow Harbour", 0.0)], [])


@case(11)
def test_the_same_said_again_after_a_whole_length_needs_no_position() -> None:
    line = Timeline().says(PLAYING, SONG).at(200.5).says(PLAYING, SONG).at(310)
    assert [start for _, start in line.scrobbled] == pytest.approx([0.0, 200.0], abs=1.0)


@case(12)
def test_a_stream_without_length_is_never_played_again() -> None:
    line = Timeline(position=lambda t: t, loop="Track").says(PLAYING, long(None), loop="Track")
    for t in range(300, 1500, 300):
        line.at(t).says(PLAYING, long(None)).at(t + 5).seeks()
    assert (line.scrobbled, line.history) == ([("Slow Harbour", 0.0)], [])


@case(12)
def test_a_stream_without_length_and_position_is_never_played_again() -> None:
    line = Timeline(loop="Track").says(PLAYING, long(None), loop="Track")
    for t in range(300, 1500, 300):
        line.at(t).says(PLAYING, long(None)).at(t + 5).seeks()
    assert (line.scrobbled, line.history) == ([("Slow Harbour", 0.0)], [])


@case(12)
def test_a_stream_that_connects_anew_is_not_played_again() -> None:
    stream = replace(long(None), url="https://radio.example/live")
    line = Timeline(position=lambda t: t if t < 400 else t - 400).says(PLAYING, stream)
    line.at(400).seeks().says(PLAYING, stream).at(700)
    assert (line.scrobbled, line.history) == ([("Slow Harbour", 0.0)], [])


# -- stop -----------------------------------------------------------------------------------------


@case(13)
def test_stop_and_play_is_a_new_play() -> None:
    line = Timeline().says(PLAYING, SONG).at(50).says(STOPPED).at(60).says(PLAYING).at(170)
    assert line.history == [("Slow Harbour", 50.0, "not_heard")]
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 60.0)], [160.0])


@case(13)
def test_a_stopped_play_that_was_heard_enough_stays_counted() -> None:
    line = Timeline().says(PLAYING, SONG).at(120).says(STOPPED).at(130).says(PLAYING).at(240)
    assert line.history == [("Slow Harbour", 120.0, "counted")]
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Slow Harbour", 130.0)]


@case(14)
def test_a_short_stopped_in_the_middle_is_no_stop() -> None:
    line = Timeline().says(PLAYING, SONG).at(50).says(STOPPED).at(50.2).says(PLAYING).at(110)
    assert (line.scrobbled, line.due_at, line.history) == ([("Slow Harbour", 0.0)], [100.2], [])
    assert line.announcements == [(1.0, "Slow Harbour")]


@case(14)
def test_a_short_stopped_between_two_tracks_is_one_change() -> None:
    line = Timeline().says(PLAYING, SONG).at(200).says(STOPPED).at(200.2).says(PLAYING, OTHER)
    line.at(210).says(STOPPED).at(230)
    assert line.history == [("Slow Harbour", 200.0, "counted"), ("Fern", 9.8, "not_heard")]
    assert line.ended[1].start.wall == pytest.approx(WALL + 200.2)


@case(14)
def test_stopped_for_good_is_a_stop_at_its_first_moment() -> None:
    line = Timeline().says(PLAYING, replace(SONG, title="Ebb")).at(101).says(STOPPED).at(300)
    (play,) = line.ended
    assert (play.verdict, round(play.heard, 1)) == (Verdict.COUNTED, 101.0)
