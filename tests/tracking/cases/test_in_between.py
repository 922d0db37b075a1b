"""Cases that lie between the hundred: two of them at once, or one at its very edge."""

from dataclasses import replace

from scrobblerd.core.model import Track
from scrobblerd.core.rules import Rules
from tests.support.timeline import OTHER, PAUSED, PLAYING, SONG, STOPPED, Timeline, long
from tests.tracking.cases.marks import case

EXACTING = Rules(scrobble_threshold=100)
RADIO = Track(artist="Harbour FM", url="https://radio.example/live", trackid="/station")


def keys(line: Timeline) -> list[str]:
    """The names of the plays that fell due."""
    return [play.key for _, play in line.due]


@case(76)
@case(89)
def test_a_title_that_counted_on_air_is_not_taken_up_after_a_jingle() -> None:
    line = Timeline().says(PLAYING, replace(RADIO, title="A"))
    line.at(100).says(track=replace(RADIO, title="Jingle"))
    line.at(102).says(track=replace(RADIO, title="A")).at(400)
    assert len(keys(line)) == len(set(keys(line)))


@case(83)
@case(89)
def test_a_song_that_counted_at_its_end_is_not_taken_up_again() -> None:
    line = Timeline(EXACTING).says(PLAYING, SONG).at(198.5).says(track=OTHER)
    line.at(200).says(track=SONG).at(420)
    assert len(keys(line)) == len(set(keys(line)))


@case(10)
@case(20)
def test_a_length_corrected_once_is_no_stream() -> None:
    line = Timeline(position=lambda t: t % 200).says(PLAYING, long(198.0)).at(5).says(track=SONG)
    line.at(200).seeks().at(310)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Slow Harbour", 200.0)]


@case(11)
@case(20)
def test_a_length_corrected_once_is_no_stream_without_a_position() -> None:
    line = Timeline().says(PLAYING, long(198.0)).at(5).says(track=SONG)
    line.at(200).says(PLAYING, SONG).at(310)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Slow Harbour", 200.0)]


@case(60)
def test_a_title_within_another_is_another_song() -> None:
    one = Track(title="Love", artist="Mira Holt", length=200.0)
    other = Track(title="Love Me Do", artist="Mira Holt", length=201.0)
    line = Timeline().says(PLAYING, one).at(5).says(PLAYING, other, player="cmus").at(199)
    assert len(line.due) == 2


@case(61)
def test_what_is_paused_does_not_overlap() -> None:
    line = Timeline().says(PLAYING, SONG).at(120).says(PAUSED)
    line.at(3600).says(PLAYING, SONG, player="cmus").at(3800)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Slow Harbour", 3600.0)]


@case(61)
def test_what_is_paused_elsewhere_is_announced_anew() -> None:
    line = Timeline().says(PLAYING, SONG).at(60).says(PAUSED)
    line.at(300).says(PLAYING, SONG, player="cmus").at(410)
    assert [second for second, _ in line.announcements] == [1.0, 301.0]


@case(64)
@case(76)
def test_a_stream_found_stopped_after_a_blink_was_not_on_air_to_its_end() -> None:
    line = Timeline().starts().says(PLAYING, replace(RADIO, title="A")).at(100).vanishes()
    line.at(101).starts().becomes(STOPPED, replace(RADIO, title="B")).is_read().at(130)
    assert line.due == []


@case(97)
def test_two_titles_in_one_file_of_unknown_length_are_two_plays() -> None:
    one = Track(title="One", artist="Mira Holt", url="file:///m/album.flac")
    line = Timeline().says(PLAYING, one).at(300).says(track=replace(one, title="Two")).at(600)
    assert [title for title, _ in line.scrobbled] == ["One", "Two"]


@case(43)
def test_a_pause_that_was_never_said_is_found_at_the_due_reading() -> None:
    line = Timeline(position=lambda t: min(t, 50.0)).says(PLAYING, SONG).at(30).seeks()
    line.at(50).becomes(PAUSED).at(150)
    assert line.due == []


@case(57)
def test_a_player_is_named_without_its_instance() -> None:
    rules = Rules(deny=("chromium",))
    line = Timeline(rules, player="chromium.instance1234").says(PLAYING, SONG).at(199)
    assert (line.announced, line.due) == ([], [])


@case(22)
def test_a_file_of_unknown_length_is_no_stream() -> None:
    file = replace(long(None), url="file:///m/a.mp3")
    line = Timeline().says(PLAYING, file).at(70).says(track=OTHER).at(80)
    assert line.due == []
