"""Cases 112 and 113: a pause that is no Paused."""

import pytest

from scrobblerd.core.model import Track
from tests.support.timeline import OTHER, PAUSED, PLAYING, SONG, STOPPED, Timeline, long
from tests.tracking.cases.marks import case
from tests.tracking.cases.test_positions import Position, path

MIX = long(900.0)


def stopped(at: float, until: float, onward: float, length: float = 200.0) -> Position:
    """A Position that runs, stands from `at` to `until`, and runs on from `onward`."""
    return path(
        (0, 0), (at, at), (until, at), (until + 0.001, onward), (until + length, onward + length)
    )


# -- 112: Stopped ---------------------------------------------------------------------------------


@case(112)
@pytest.mark.parametrize("pause", [5.0, 60.0, 3500.0])
@pytest.mark.parametrize("left", [20.0, 80.0])
def test_a_track_that_goes_on_where_it_was_stopped_is_the_same_play(
    pause: float, left: float
) -> None:
    line = Timeline(position=stopped(left, left + pause, left)).says(PLAYING, SONG).at(left)
    line.says(STOPPED).at(left + pause).says(PLAYING).at(pause + 200)
    line.says(track=OTHER).at(pause + 205)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.due_at == [100.0 + pause]
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(112)
def test_it_may_be_stopped_twice() -> None:
    where = path((0, 0), (80, 80), (140, 80), (170, 110), (230, 110), (320, 200))
    line = Timeline(position=where).says(PLAYING, SONG).at(80).says(STOPPED).at(140)
    line.says(PLAYING).at(170).says(STOPPED).at(230).says(PLAYING).at(320).says(track=OTHER).at(325)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(112)
def test_what_had_counted_does_not_count_again() -> None:
    line = Timeline(position=stopped(300, 360, 300, 600)).says(PLAYING, MIX).at(300)
    line.says(STOPPED).at(360).says(PLAYING).at(959).says(STOPPED).at(965)
    assert line.due_at == [240.0]
    assert line.history == [("Slow Harbour", 899.0, "counted")]


@case(112)
@pytest.mark.parametrize(
    ("onward", "plays"),
    [
        (0.0, [80.0, 100.0]),
        (2.0, [80.0, 100.0]),
        (40.0, [80.0, 100.0]),
        (79.0, [180.0]),
        (95.0, [180.0]),
    ],
)
def test_it_goes_on_from_where_it_was_left_or_further(onward: float, plays: list[float]) -> None:
    line = Timeline(position=stopped(80, 140, onward)).says(PLAYING, SONG).at(80)
    line.says(STOPPED).at(140).says(PLAYING).at(240).says(STOPPED).at(245)
    assert [seconds for _, seconds, _ in line.history] == plays
    assert len(line.due) == 1


@case(112)
@pytest.mark.parametrize("pause", [5.0, 60.0])
@pytest.mark.parametrize("left", [20.0, 80.0])
@pytest.mark.parametrize("late", [0.4, 1.0, 1.5, 2.5])
def test_its_position_may_be_zero_for_a_moment(late: float, left: float, pause: float) -> None:
    again = left + pause
    where = path(
        (0, 0), (left, left), (again, left), (again + 0.001, 0), (again + late, 0),
        (again + late + 0.001, left + late), (again + 200, left + 200),
    )  # fmt: skip
    line = Timeline(position=where).says(PLAYING, SONG).at(left).says(STOPPED).at(again)
    line.says(PLAYING).at(pause + 180).says(STOPPED).at(pause + 185)
    assert line.due_at == [100.0 + pause]
    assert line.history == [("Slow Harbour", 180.0, "counted")]


@case(112)
def test_one_that_stays_at_zero_is_a_new_play() -> None:
    line = Timeline(position=stopped(80, 140, 0)).says(PLAYING, SONG).at(80).says(STOPPED).at(140)
    line.says(PLAYING).at(250).says(STOPPED).at(255)
    assert [seconds for _, seconds, _ in line.history] == [80.0, 110.0]
    assert [why for _, why in line.reads] == ["replay", "again", "due"]


@case(112)
def test_after_an_hour_it_is_another_play() -> None:
    line = Timeline(position=stopped(80, 3690, 80)).says(PLAYING, SONG).at(80)
    line.says(STOPPED).at(3690).says(PLAYING).at(3740).says(STOPPED).at(3745)
    assert [seconds for _, seconds, _ in line.history] == [80.0, 50.0]


@case(112)
def test_an_hour_of_suspend_is_an_hour() -> None:
    line = Timeline(position=stopped(80, 140, 80)).says(PLAYING, SONG).at(80).says(STOPPED).at(140)
    line.sleeps(3600).says(PLAYING).at(190).says(STOPPED).at(195)
    assert [seconds for _, seconds, _ in line.history] == [80.0, 50.0]


@case(13, 112)
@pytest.mark.parametrize("where", [None, 0.0, 60.0])
def test_without_a_position_that_moves_a_stop_ends_the_play(where: float | None) -> None:
    line = Timeline(position=lambda t: where).becomes(STOPPED).is_read().says(PLAYING, SONG)
    line.at(80).says(STOPPED).at(140).says(PLAYING).at(210).says(STOPPED).at(215)
    assert line.history == [
        ("Slow Harbour", 80.0, "not_heard"),
        ("Slow Harbour", 70.0, "not_heard"),
    ]


@case(112)
def test_another_track_in_between_does_not_matter() -> None:
    where = path((0, 0), (80, 80), (100, 80), (100.01, 0), (180, 80), (240, 80), (360, 200))
    line = Timeline(position=where).says(PLAYING, SONG).at(80).says(STOPPED).at(100)
    line.says(PLAYING, OTHER).at(180).says(STOPPED).at(240).says(PLAYING, SONG).at(355)
    line.says(STOPPED).at(365)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert ("Slow Harbour", 195.0, "counted") in line.history


@case(112)
def test_a_player_may_take_its_tags_away_meanwhile() -> None:
    line = Timeline(position=stopped(80, 140, 80)).says(PLAYING, SONG).at(80)
    line.says(STOPPED, Track()).at(140).says(PLAYING, SONG).at(250).says(STOPPED).at(255)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.history == [("Slow Harbour", 190.0, "counted")]


@case(112)
def test_the_daemon_may_restart_meanwhile() -> None:
    line = Timeline(position=stopped(80, 140, 80)).starts().says(PLAYING, SONG).at(80)
    line.says(STOPPED).at(100).restarts(after=5).starts().is_read().at(140)
    line.says(PLAYING).at(250).says(STOPPED).at(255)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.history == [("Slow Harbour", 190.0, "counted")]


# -- 113: off the bus -----------------------------------------------------------------------------


@case(113)
@pytest.mark.parametrize("name", ["firefox.instance_1_44", "spotify"])
@pytest.mark.parametrize(("left", "due"), [(300.0, 240.0), (100.0, 302.0)])
def test_a_player_that_leaves_the_bus_in_a_pause_goes_on(
    name: str, left: float, due: float
) -> None:
    line = Timeline(player=name, position=stopped(left, left + 62, left, 900)).starts()
    line.says(PLAYING, MIX).at(left).says(PAUSED).at(left + 2).vanishes().at(left + 62)
    line.becomes(PLAYING, MIX).starts(owner=":1.9").is_read().at(962).says(STOPPED).at(970)
    assert line.due_at == [due]
    assert line.history == [("Slow Harbour", 900.0, "counted")]


@case(113)
def test_another_instance_of_the_player_goes_on() -> None:
    line = Timeline(player="chromium.instance4711", position=stopped(300, 360, 300, 900)).starts()
    line.says(PLAYING, MIX).at(300).vanishes().at(360)
    other = "chromium.instance5822"
    line.becomes(PLAYING, MIX, other).starts(other, ":1.9").is_read(other).at(700)
    line.vanishes(other).at(720)
    assert line.due_at == [240.0]
    assert line.history[-1] == ("Slow Harbour", 640.0, "counted")


@case(113)
def test_a_player_that_begins_the_track_anew_plays_it_again() -> None:
    line = Timeline(position=stopped(300, 360, 0, 900)).starts().says(PLAYING, MIX).at(300)
    line.vanishes().at(360).becomes(PLAYING, MIX).starts(owner=":1.9").is_read().at(620)
    assert line.due_at == [240.0, 600.0]


@case(64, 113)
@pytest.mark.parametrize(("onward", "plays"), [(80.0, [160.0]), (0.0, [80.0, 80.0])])
def test_a_player_that_is_back_within_seconds_goes_on_unless_it_begins_anew(
    onward: float, plays: list[float]
) -> None:
    line = Timeline(position=stopped(80, 84, onward)).starts().says(PLAYING, SONG).at(80)
    line.vanishes().at(84).starts(owner=":1.9").is_read().at(164).says(STOPPED).at(170)
    assert [seconds for _, seconds, _ in line.history] == plays
    assert len(line.due) == (1 if len(plays) == 1 else 0)
