"""Cases 107–109: positions that stand, and positions that lie."""

from collections.abc import Callable

import pytest

from scrobblerd.core.rules import Rules
from tests.support.timeline import OTHER, PAUSED, PLAYING, SONG, STOPPED, Timeline, long
from tests.tracking.cases.marks import case

Position = Callable[[float], float | None]


def path(*points: tuple[float, float]) -> Position:
    """A Position that runs in straight lines through these seconds and positions."""

    def position(t: float) -> float:
        before = [point for point in points if point[0] <= t]
        after = [point for point in points if point[0] > t]
        if not before or not after:
            return (before or after)[-1 if before else 0][1]
        (t0, p0), (t1, p1) = before[-1], after[0]
        return p0 + (p1 - p0) * (t - t0) / (t1 - t0)

    return position


def constantly(where: float | None) -> Position:
    """A Position that never moves."""
    return lambda t: where


# -- 107: a Position that stands proves no replay -------------------------------------------------


@case(107)
@pytest.mark.parametrize("length", [45.0, 200.0, 900.0])
@pytest.mark.parametrize("at_the_end", [0.0, 0.4, 2.0])
@pytest.mark.parametrize("loop", [None, "None"])
def test_a_position_that_went_back_to_zero_and_stands_is_no_replay(
    length: float, at_the_end: float, loop: str | None
) -> None:
    stands = path((0, 0), (length, length), (length + 0.01, at_the_end), (10_000, at_the_end))
    line = Timeline(position=stands, loop=loop).says(PLAYING, long(length)).at(8 * length)
    line.says(STOPPED).at(8 * length + 5)
    assert [title for title, _ in line.scrobbled] == ["Slow Harbour"]
    assert line.history == [("Slow Harbour", length, "counted")]


@case(107)
def test_a_seeked_to_zero_at_the_end_is_no_replay_if_nothing_runs_from_there() -> None:
    line = Timeline(position=path((0, 0), (200, 200), (200.01, 0), (10_000, 0)))
    line.says(PLAYING, SONG).at(200.2).seeks().at(900).says(PLAYING).at(1500)
    assert len(line.due) == 1


@case(107)
@pytest.mark.parametrize("target", [0.0, 1.0, 2.0, 60.0])
def test_a_position_that_is_where_the_last_seek_went_is_no_replay(target: float) -> None:
    line = Timeline(position=lambda t: 0.0 if t < 6 else 120.0 if t < 150 else target)
    line.says(PLAYING, SONG).at(6).seeks().at(150).seeks().at(1000)
    assert line.due_at == [100.0]


@case(107)
@pytest.mark.parametrize("length", [45.0, 200.0])
def test_a_position_that_runs_from_zero_is_a_replay(length: float) -> None:
    line = Timeline(position=lambda t: t % length).says(PLAYING, long(length)).at(4 * length - 2)
    assert [start for _, start in line.scrobbled] == [0.0, length, 2 * length, 3 * length]


@case(107)
def test_a_position_in_whole_seconds_that_runs_from_zero_is_a_replay() -> None:
    line = Timeline(position=lambda t: float(int((t % 200) / 2) * 2)).says(PLAYING, SONG).at(200)
    line.says(PLAYING).at(390)
    assert [start for _, start in line.scrobbled] == [0.0, 200.0]


# -- 108: what plays while Position stands was not heard ------------------------------------------


@case(108)
@pytest.mark.parametrize("heard", [5.0, 20.0, 97.0 - 3.5])
@pytest.mark.parametrize("stop", [101.0, 130.0, 600.0, 4000.0])
def test_a_player_that_buffers_is_not_heard(heard: float, stop: float) -> None:
    line = Timeline(position=path((0, 0), (heard, heard), (9000, heard)))
    line.says(PLAYING, SONG).at(stop).says(STOPPED).at(stop + 5)
    assert line.due == []
    [(_, seconds, verdict)] = line.history
    assert verdict == "not_heard"
    assert seconds <= heard + 102.0  # what was counted since the last reading


@case(108)
@pytest.mark.parametrize("length", [45.0, 200.0, 900.0])
@pytest.mark.parametrize("heard", [0.6, 1.0, 2.0, 2.9])
def test_a_player_that_buffers_from_the_first_seconds_is_not_heard(
    heard: float, length: float
) -> None:
    line = Timeline(position=path((0, 0), (heard, heard), (9000, heard)))
    line.becomes(STOPPED, OTHER).is_read().says(PLAYING, long(length)).at(1200).says(STOPPED)
    line.at(1205)
    assert line.due == []
    assert [verdict for *_, verdict in line.history] == ["not_heard"]


@case(108)
def test_a_player_that_buffers_at_first_and_plays_on_counts_what_was_heard() -> None:
    line = Timeline(position=path((0, 0), (2, 2), (150, 2), (348, 200)))
    line.says(PLAYING, SONG).at(348).says(track=OTHER).at(355)
    assert line.due_at == [pytest.approx(248.0, abs=4)]


@case(108)
def test_a_player_that_lost_its_session_costs_few_readings() -> None:
    line = Timeline(position=path((0, 0), (20, 20), (9000, 20))).says(PLAYING, SONG).at(3600)
    assert line.due == []
    assert len(line.reads) <= 30


@case(108)
@pytest.mark.parametrize("heard", [20.0, 60.0, 90.0, 96.5, 150.0])
def test_a_player_that_stands_all_night_is_looked_at_ever_more_rarely(heard: float) -> None:
    line = Timeline(position=path((0, 0), (heard, heard), (90_000, heard)))
    line.says(PLAYING, SONG).at(8 * 3600).says(STOPPED).at(8 * 3600 + 5)
    assert len(line.due) == (heard > 100)
    assert len(line.reads) <= 8 * 3600 / (200 - heard) + 40
    assert line.history[0][1] == pytest.approx(heard, abs=1)


@case(108)
@pytest.mark.parametrize("stall", [30.0, 90.0, 200.0, 900.0])
@pytest.mark.parametrize("heard", [20.0, 60.0, 95.0])
def test_one_that_stood_and_plays_on_to_its_end_counts_what_was_heard(
    heard: float, stall: float
) -> None:
    where = path((0, 0), (heard, heard), (heard + stall, heard), (200 + stall, 200))
    line = Timeline(position=where).says(PLAYING, SONG).at(200 + stall).says(track=OTHER)
    line.at(line.t + 5)
    assert [title for title, _ in line.scrobbled] == ["Slow Harbour"]
    assert line.history == [("Slow Harbour", pytest.approx(200, abs=3), "counted")]


@case(108)
@pytest.mark.parametrize(("more", "counts"), [(10.0, False), (40.0, True)])
def test_one_that_stood_plays_on_and_is_stopped_counts_what_was_heard(
    more: float, counts: bool
) -> None:
    line = Timeline(position=path((0, 0), (85, 85), (385, 85), (500, 200)))
    line.says(PLAYING, SONG).at(385 + more).says(STOPPED).at(505)
    assert bool(line.due) is counts


@case(108)
@pytest.mark.parametrize("wakes", ["seeks", "pauses"])
@pytest.mark.parametrize(("more", "counts"), [(30.0, False), (85.0, True)])
def test_time_runs_again_when_the_listener_does_something(
    wakes: str, more: float, counts: bool
) -> None:
    line = Timeline(position=path((0, 0), (20, 20), (130, 20), (330, 220)))
    line.says(PLAYING, SONG).at(130)
    line = line.seeks() if wakes == "seeks" else line.says(PAUSED).says(PLAYING)
    line.at(130 + more).says(STOPPED).at(line.t + 5)
    assert 20 <= line.history[0][1] <= 21 + more
    assert bool(line.due) is counts


@case(108)
@pytest.mark.parametrize(("more", "counts"), [(40.0, False), (75.0, True)])
def test_one_that_is_paused_while_it_stands_may_stand_on(more: float, counts: bool) -> None:
    line = Timeline(position=path((0, 0), (30, 30), (200, 30), (300, 130)))
    line.says(PLAYING, SONG).at(60).says(PAUSED).at(61).says(PLAYING).at(140).says(PAUSED)
    line.at(141).says(PLAYING).at(200 + more).says(STOPPED).at(310)
    assert bool(line.due) is counts


@case(108)
@case(43)
def test_a_change_without_a_signal_after_one_that_stands_is_found() -> None:
    where = path((0, 0), (20, 20), (300, 20), (300.01, 0), (700, 400))
    line = Timeline(position=where).says(PLAYING, SONG).at(300).becomes(track=OTHER).at(480)
    assert [title for title, _ in line.scrobbled] == ["Fern"]


@case(108)
def test_a_stall_survives_a_restart() -> None:
    line = Timeline(position=path((0, 0), (20, 20), (400, 20), (700, 320)))
    line.starts().says(PLAYING, long(300.0)).at(250).restarts(after=2.0).starts().is_read().at(400)
    assert line.due == []
    assert line.at(700).says(track=OTHER).at(705).due_at == [pytest.approx(530, abs=80)]


@case(108)
def test_what_stands_is_shown_to_stand() -> None:
    line = Timeline(position=path((0, 0), (20, 20), (9000, 20))).says(PLAYING, SONG).at(150)
    [shown] = line.tracker.current()
    assert (shown.heard, shown.rate) == (pytest.approx(20.0), 0.0)


@case(108)
def test_the_counted_time_goes_on_from_what_position_vouches_for() -> None:
    line = Timeline(position=path((0, 0), (20, 20), (220, 20), (400, 200)))
    line.says(PLAYING, SONG).at(400).says(track=OTHER).at(405)
    assert line.due_at == [pytest.approx(300.0, abs=4)]
    assert line.history == [("Slow Harbour", pytest.approx(200.0, abs=4), "counted")]


@case(108)
def test_a_stall_after_a_seek_back_is_found_too() -> None:
    line = Timeline(position=path((0, 0), (50, 50), (50.01, 10), (60, 20), (9000, 20)))
    line.says(PLAYING, SONG).at(50).seeks().at(300).says(STOPPED).at(305)
    assert line.due == []


@case(108)
@pytest.mark.parametrize("back", [0.0, 20.0, 70.0])
def test_a_silent_seek_back_costs_nothing(back: float) -> None:
    line = Timeline(position=path((0, 0), (80, 80), (80.01, back), (280, back + 200)))
    line.says(PLAYING, SONG).at(150).says(STOPPED).at(155)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.history == [("Slow Harbour", 150.0, "counted")]


@case(108)
@pytest.mark.parametrize("left", [0.0, 0.2, 2.0])
@pytest.mark.parametrize("sought", [20.0, 60.0, 85.0])
def test_a_player_that_waits_at_the_end_after_a_seek_is_not_heard(
    sought: float, left: float
) -> None:
    where = path((0, 0), (sought, sought), (sought + 0.01, 200 - left), (9000, 200 - left))
    line = Timeline(position=where).says(PLAYING, SONG).at(sought).seeks().at(600).says(STOPPED)
    assert line.at(605).due == []


@case(108)
@pytest.mark.parametrize("left", [0.0, 0.2, 2.0])
@pytest.mark.parametrize(("length", "sought"), [(200.0, 20.0), (200.0, 85.0), (900.0, 100.0)])
@pytest.mark.parametrize("stop", [3.0, 600.0])
def test_one_that_was_moved_to_the_end_without_a_word_and_waits_there_is_not_heard(
    length: float, sought: float, left: float, stop: float
) -> None:
    where = path((0, 0), (sought, sought), (sought + 0.01, length - left), (9000, length - left))
    line = Timeline(position=where).becomes(STOPPED, OTHER).is_read()
    line.says(PLAYING, long(length)).at(min(length / 2, 240.0) + stop).says(STOPPED)
    assert line.at(line.t + 5).due == []


@case(108)
@pytest.mark.parametrize("left", [0.5, 1.5, 20.0])
def test_one_that_was_moved_near_the_end_without_a_word_and_runs_on_is_heard(left: float) -> None:
    line = Timeline(position=lambda t: t if t < 98 else min(200.0, t + 100 - left + 2))
    line.says(PLAYING, SONG).at(100 + left).says(track=OTHER).at(130)
    assert line.scrobbled == [("Slow Harbour", 0.0)]


@case(108)
@case(51)
def test_a_song_that_plays_twice_as_fast_without_a_word_ends_as_it_falls_due() -> None:
    line = Timeline(position=lambda t: min(200.0, 2 * t)).becomes(STOPPED, OTHER).is_read()
    assert line.says(PLAYING, SONG).at(100.3).says(STOPPED).at(110).scrobbled == [
        ("Slow Harbour", 0.0)
    ]


@case(108)
@pytest.mark.parametrize("threshold", [50, 95])
def test_a_song_that_ends_as_it_falls_due_counts(threshold: int) -> None:
    start = 200.0 - 2 * threshold
    line = Timeline(Rules(scrobble_threshold=threshold), position=lambda t: min(200.0, start + t))
    line.says(PLAYING, SONG).at(2 * threshold + 0.5).says(track=OTHER).at(230)
    assert line.scrobbled[0] == ("Slow Harbour", 0.0)


@case(108)
def test_a_silent_seek_on_costs_nothing() -> None:
    line = Timeline(position=path((0, 0), (30, 30), (30.01, 90), (140, 200)))
    line.says(PLAYING, SONG).at(120)
    assert (line.due_at, len(line.reads)) == ([100.0], 1)


@case(108)
def test_a_play_that_counted_keeps_its_scrobble_and_is_told_what_was_heard() -> None:
    line = Timeline(position=path((0, 0), (120, 120), (9000, 120)))
    line.says(PLAYING, SONG).at(260).says(STOPPED).at(265)
    assert line.due_at == [100.0]
    [(_, seconds, verdict)] = line.history
    assert (seconds <= 180, verdict) == (True, "counted")


@case(108)
def test_a_player_that_never_tells_a_position_is_measured_as_before() -> None:
    for where in (None, 0.0, 42.0):
        line = Timeline(position=constantly(where)).becomes(STOPPED).is_read()
        assert line.says(PLAYING, SONG).at(120).due_at == [100.0]


@case(108)
def test_the_normal_case_costs_two_readings() -> None:
    line = Timeline(position=lambda t: t).says(PLAYING, SONG).at(202)
    assert [why for _, why in line.reads] == ["due", "end"]


# -- 109: a Position at another scale --------------------------------------------------------------


@case(109)
@pytest.mark.parametrize("scale", [1e-3, 1e-6, 1e3])
@pytest.mark.parametrize("length", [45.0, 200.0, 3000.0])
def test_a_position_at_another_scale_is_no_witness(scale: float, length: float) -> None:
    line = Timeline(position=lambda t: min(t, length) * scale)
    line.says(PLAYING, long(length)).at(4 * length).says(PAUSED).at(4 * length + 100)
    need = max(30.0, min(length / 2, 240.0))
    assert (line.due_at, len(line.due)) == ([need], 1)


@case(109)
@pytest.mark.parametrize("scale", [1 / 2.5, 1 / 10, 1 / 25, 1 / 48, 1 / 60, 1 / 100])
@pytest.mark.parametrize("length", [45.0, 200.0, 3000.0])
@pytest.mark.parametrize("delay", [0.0, 0.3])
def test_a_position_at_a_part_of_seconds_is_no_witness(
    scale: float, length: float, delay: float
) -> None:
    line = Timeline(position=lambda t: min(t, length) * scale, delay=delay)
    line.becomes(STOPPED, OTHER).is_read().says(PLAYING, long(length)).at(length)
    line.says(track=OTHER).at(length + 10)
    need = max(30.0, min(length / 2, 240.0))
    assert line.due_at == [pytest.approx(need, abs=2.7)]
    assert line.history == [("Slow Harbour", length, "counted")]


@case(109)
def test_a_scale_is_known_from_the_middle_of_a_song_too() -> None:
    line = Timeline(position=lambda t: (50 + t) / 10)
    line.becomes(PLAYING, SONG).is_read().at(150)
    assert line.due_at == [pytest.approx(100.0, abs=2.5)]


@case(108)
def test_one_that_was_in_step_and_creeps_is_no_scale() -> None:
    where = path((0, 0), (100, 100), (4100, 500))
    line = Timeline(Rules(maximum_seconds=2000), position=where)
    line.says(PLAYING, long(1000.0)).at(90).says(PAUSED).is_read().says(PLAYING).at(900)
    assert line.due == []


@case(109)
def test_two_songs_with_positions_in_milliseconds_count_once_each() -> None:
    line = Timeline(Rules(scrobble_threshold=100), position=lambda t: (t % 200) / 1000)
    line.says(PLAYING, SONG).at(200).says(track=long(200.0, OTHER)).at(1500)
    assert [title for title, _ in line.scrobbled] == ["Slow Harbour", "Fern"]
