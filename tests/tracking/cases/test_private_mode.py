"""Cases 117 to 119: what plays in private mode, and around it."""

import re
from dataclasses import replace

import pytest

from scrobblerd.core.filters import Filters, Rewrite
from scrobblerd.core.model import Track
from scrobblerd.core.rules import Rules
from tests.support.timeline import OTHER, PAUSED, PLAYING, SONG, STOPPED, Timeline, long
from tests.tracking.cases.marks import case

SECRET = Track(title="Whispered Name", artist="Nobody", album="Hidden", length=200.0)


def is_silent(line: Timeline) -> bool:
    """Whether nothing names the secret, but for what was announced before private mode."""
    announced = [play for t, play in line.announced if t > line.private_since]
    plays = [announced, [play for _, play in line.due], line.ended]
    shown = repr([*line.tracker.current(), *line.tracker.seen(), *line.tracker.heard()])
    return "Whispered" not in f"{line.journal}{line.tracker.dump()}{plays}{shown}"


# -- 117: what played before ----------------------------------------------------------------------


@case(117)
def test_what_has_counted_when_private_mode_begins_ends_then() -> None:
    line = Timeline().says(PLAYING, SONG).at(120).goes_private().at(190)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.history == [("Slow Harbour", 120.0, "counted")]
    line.says(track=OTHER).at(400)
    assert line.history == [("Slow Harbour", 120.0, "counted")]


@case(117)
@pytest.mark.parametrize("heard", [0.5, 60.0, 99.0])
def test_what_has_not_counted_then_is_forgotten(heard: float) -> None:
    line = Timeline().says(PLAYING, SECRET).at(heard).goes_private()
    assert is_silent(line)
    line.at(250).ends_private().at(300).says(track=OTHER).at(600)
    assert is_silent(line)
    assert line.scrobbled == [("Fern", 300.0)]


@case(117)
def test_what_was_skipped_or_paused_then_is_forgotten_too() -> None:
    line = Timeline().says(PLAYING, SECRET).at(50)
    line.tracker.skip("mpv")
    line.goes_private().at(300)
    assert is_silent(line)
    assert line.history == []


@case(117)
def test_each_player_is_judged_by_its_own_play() -> None:
    line = Timeline().says(PLAYING, SONG).at(50).says(PLAYING, SECRET, player="vlc").at(110)
    line.goes_private().at(300)
    assert line.history == [("Slow Harbour", 110.0, "counted")]


# -- 118: what plays on afterwards ----------------------------------------------------------------


@case(118)
@pytest.mark.parametrize("begun_before", [True, False])
def test_what_plays_on_after_private_mode_is_not_recorded(begun_before: bool) -> None:
    line = Timeline()
    if begun_before:
        line.says(PLAYING, SECRET).at(20).goes_private()
    else:
        line.goes_private().at(20).says(PLAYING, SECRET)
    line.at(30).ends_private().at(190)
    assert is_silent(line)
    line.says(track=OTHER).at(400)
    assert line.history == []
    assert line.scrobbled == [("Fern", 190.0)]
    assert line.announcements[-1] == (191.0, "Fern")


@case(118)
@pytest.mark.parametrize(
    "later",
    [
        replace(SECRET, album="", length=None),
        replace(SECRET, album_artist="Nobody", trackid="/2", length=201.0),
        replace(SECRET, artist=""),
        replace(SECRET, artist="Mira Holt"),
        replace(SECRET, title="whispered  NAME"),
        Track(),
    ],
    ids=["fewer tags", "more tags", "no artist", "a mixture", "other case", "none for a moment"],
)
def test_other_tags_of_it_do_not_bring_it_to_light(later: Track) -> None:
    line = Timeline().goes_private().says(PLAYING, SECRET).at(10).ends_private().at(20)
    line.says(track=later).at(40).says(track=SECRET).at(190)
    assert is_silent(line)
    assert line.history == []


@case(118)
def test_tags_that_filters_rewrite_are_known_again_as_the_player_says_them() -> None:
    rewrite = Rewrite(field="title", pattern=re.compile("Whispered"), replacement="Said")
    line = Timeline(rules=Rules(filters=Filters(rewrites=(rewrite,))))
    line.says(PLAYING, SECRET).at(10).goes_private().at(20).ends_private().says(track=SECRET).at(90)
    assert is_silent(line)
    assert "Said" not in line.journal


@case(118)
def test_pauses_and_seeks_do_not_bring_it_to_light() -> None:
    line = Timeline().goes_private().says(PLAYING, SECRET).at(10).ends_private()
    line.says(PAUSED).at(5000).says(PLAYING).seeks().at(5010).is_read().at(5100)
    line.says(STOPPED).at(5105).says(PLAYING).is_read().at(5200)
    assert is_silent(line)
    assert line.history == []


@case(118)
@pytest.mark.parametrize("is_named_again", [True, False])
def test_after_a_stop_the_same_track_is_a_new_play(is_named_again: bool) -> None:
    line = Timeline().goes_private().says(PLAYING, SECRET).at(10).ends_private()
    line.says(STOPPED).at(60).says(PLAYING, SECRET if is_named_again else None).at(300)
    assert line.scrobbled == [("Whispered Name", 60.0)]


@case(118)
def test_a_track_that_is_on_repeat_stays_hidden() -> None:
    line = Timeline(loop="Track").goes_private().says(PLAYING, SECRET, loop="Track").at(10)
    line.ends_private()
    for wrap in (200, 400, 600):
        line.at(wrap).says(PLAYING).says(track=SECRET).seeks().at(wrap + 1).is_read()
    assert is_silent(line.at(800))


@case(118)
def test_a_player_that_comes_back_at_once_is_still_at_it() -> None:
    line = Timeline().starts().goes_private().says(PLAYING, SECRET).at(10).ends_private().at(20)
    line.vanishes().at(25).starts().is_read().at(180)
    assert is_silent(line)
    line.vanishes().at(500).starts().is_read().at(800)
    assert line.scrobbled == [("Whispered Name", 500.0)]


@case(118)
def test_what_counted_before_is_no_second_play_afterwards() -> None:
    line = Timeline().says(PLAYING, long(900.0)).at(300).goes_private().at(310).ends_private()
    line.is_read().at(890).says(track=OTHER).at(1100)
    assert line.history[0] == ("Slow Harbour", 300.0, "counted")
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Fern", 890.0)]


# -- 119: what comes and goes in private mode -----------------------------------------------------


@case(119)
def test_in_private_mode_players_are_seen_and_their_tracks_are_not() -> None:
    line = Timeline(rules=Rules(private=True, enabled=False)).starts().says(PLAYING, SECRET).at(300)
    assert [(each.player, each.status) for each in line.tracker.seen()] == [("mpv", "Playing")]
    assert line.tracker.current() == []
    line.says(track=OTHER).at(600).vanishes().at(700).starts().is_read().at(1000)
    assert is_silent(line)
    assert (line.announced, line.due, line.ended) == ([], [], [])


@case(119)
@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("boot", ["boot-1", "boot-2"])
def test_it_outlasts_a_restart(killed: bool, boot: str) -> None:
    line = Timeline().starts().goes_private().at(5).says(PLAYING, SECRET).at(100)
    line.restarts(after=5, boot=boot, killed=killed).starts().is_read().at(300)
    line.ends_private().at(310).is_read().at(500)
    assert is_silent(line)
    line.says(track=OTHER).at(800)
    assert line.scrobbled == [("Fern", 500.0)]


@case(119)
@pytest.mark.parametrize("boot", ["boot-1", "boot-2"])
@pytest.mark.parametrize(("heard", "is_kept"), [(150.0, True), (50.0, False)])
def test_a_kill_while_it_begins_leaves_nothing_behind(
    boot: str, heard: float, is_kept: bool
) -> None:
    """The setting is on disk before the journal is."""
    line = Timeline().starts().says(PLAYING, SONG).at(heard)
    line.rules = replace(line.rules, private=True, enabled=False)
    line.restarts(after=1, boot=boot, killed=True).starts().is_read().at(400)
    assert [(title, verdict) for title, _, verdict in line.history] == (
        [("Slow Harbour", "counted")] if is_kept else []
    )
    assert line.tracker.current() == []
