"""Cases 83–100: edges. What network, disk and clock do (85–88, 100) is tested where they are."""

import logging
from dataclasses import replace

import pytest

from scrobblerd.core import wording
from scrobblerd.core.events import Changed
from scrobblerd.core.model import ApiAccess, Track
from scrobblerd.core.rules import Rules, as_scrobble
from scrobblerd.mpris.metadata import parse
from scrobblerd.pipeline import line as told
from scrobblerd.services.audioscrobbler.signing import scrobble_params, signed_form
from tests.support.timeline import OTHER, PAUSED, PLAYING, SONG, STOPPED, WALL, Timeline, long
from tests.tracking.cases.marks import case
from tests.tracking.cases.wire import Peer, Wire

EXACTING = Rules(scrobble_threshold=100)
SECRET = "https://ana:hunter2@media.example/stream?token=6b1f9c0d4e"


# -- the end --------------------------------------------------------------------------------------


@case(83)
@pytest.mark.parametrize("early", [1.0, 2.0, 2.9])
def test_the_next_track_may_be_told_before_the_end(early: float) -> None:
    line = Timeline(EXACTING).says(PLAYING, SONG).at(200 - early).says(track=OTHER).at(210)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert line.ended[0].heard == pytest.approx(200 - early)


@case(83)
def test_a_skip_just_before_the_threshold_is_not_let_off() -> None:
    line = Timeline().says(PLAYING, SONG).at(98.5).says(track=OTHER).at(110)
    assert (line.due, line.history) == ([], [("Slow Harbour", 98.5, "not_heard")])


@case(83)
def test_a_natural_end_lets_off_three_seconds_and_no_more() -> None:
    # four seconds were jumped over, so the end comes four seconds before all is heard
    line = Timeline(EXACTING, position=lambda t: t + 4).says(PLAYING, SONG)
    line.at(10).seeks().at(196).says(track=OTHER).at(210)
    assert (line.due, line.history) == ([], [("Slow Harbour", 196.0, "not_heard")])


@case(84)
@pytest.mark.parametrize(
    ("length", "due"), [(31.0, 30.0), (1200.0, 240.0), (5 * 3600.0, 240.0), (480.0, 240.0)]
)
def test_when_a_track_of_this_length_counts(length: float, due: float) -> None:
    line = Timeline().says(PLAYING, long(length)).at(min(length, 1000.0))
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [due])


@case(84)
def test_a_short_track_counts_at_half_where_the_minimum_is_lower() -> None:
    line = Timeline(Rules(minimum_seconds=15.0)).says(PLAYING, long(31.0)).at(31)
    assert line.due_at == [15.5]


@case(84)
def test_a_track_of_29_seconds_never_counts() -> None:
    line = Timeline().says(PLAYING, long(29.0)).at(29).says(track=OTHER).at(35)
    assert (line.due, line.history) == ([], [("Slow Harbour", 29.0, "too_short")])
    assert [title for _, title in line.announcements] == ["Fern"]


# -- two tabs, volume, books ----------------------------------------------------------------------


@case(89)
def test_of_two_tabs_that_alternate_only_the_one_that_lasts_counts() -> None:
    line = Timeline()
    for second in range(0, 20, 4):
        line.at(second).says(PLAYING, SONG).at(second + 2).says(PLAYING, OTHER)
    line.at(20).says(PLAYING, SONG).at(190).says(STOPPED).at(200)
    assert [title for title, _ in line.scrobbled] == ["Slow Harbour"]
    last_words = {play.key: play for play in line.ended}.values()
    assert sum(play.heard for play in last_words) <= 190.001


@case(89)
def test_the_tab_that_lasts_keeps_what_was_heard_of_it() -> None:
    line = Timeline()
    for second in range(0, 20, 4):
        line.at(second).says(PLAYING, SONG).at(second + 2).says(PLAYING, OTHER)
    line.at(20).says(PLAYING, SONG).at(112)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [110.0])


@case(90)
def test_a_muted_player_counts() -> None:
    tags = {"xesam:title": "Slow Harbour", "xesam:artist": ["A"], "mpris:length": 200_000_000}
    peer = Peer(":1.5", {"PlaybackStatus": "Playing", "Metadata": tags, "Volume": 0.0})
    line = Wire().owns(peer, "mpv").at(10).changes(peer, {"Volume": 0.5}).at(20)
    assert line.changes(peer, {"Volume": 0.0}).at(110).due_at == [100.0]


@case(90)
def test_a_muted_player_pauses_where_the_user_wants_it_so() -> None:
    line = Timeline(Rules(count_muted=False), position=lambda t: t).starts().says(PLAYING, SONG)
    line.at(20).tell(Changed("mpv", line.now, volume=0.0)).at(60)
    line.tell(Changed("mpv", line.now, volume=0.8)).at(139)
    assert line.due == []
    assert line.at(141).due_at == [140.0]


@case(90)
def test_a_natural_end_is_known_after_a_muted_stretch() -> None:
    line = Timeline(Rules(count_muted=False), position=lambda t: t).starts().says(PLAYING, SONG)
    line.at(20).tell(Changed("mpv", line.now, volume=0.0)).at(122)
    line.tell(Changed("mpv", line.now, volume=0.8)).at(200).says(track=OTHER).at(202)
    assert line.history == [("Slow Harbour", 98.0, "counted")]


@case(91)
def test_a_position_far_in_is_no_evidence_of_listening() -> None:
    book = replace(SONG, title="Chapter 9", length=3000.0)
    line = Timeline(position=lambda t: t if t < 60 else 2000 + t).starts().says(PLAYING, book)
    line.at(60).vanishes().at(63).starts(owner=":1.9").is_read().at(242.9)
    assert line.due == []
    assert line.at(244).due_at == [243.0]


@case(91)
def test_a_position_that_jumped_while_the_daemon_was_away_counts_the_time_only() -> None:
    book = replace(SONG, title="Chapter 9", length=3000.0)
    line = Timeline(position=lambda t: t if t < 60 else 2000 + t).starts().says(PLAYING, book)
    line.at(60).restarts(after=5).starts().is_read().at(239)
    assert line.due == []
    assert line.at(241).due_at == [240.0]


# -- pause and change -----------------------------------------------------------------------------


@case(92)
def test_a_track_picked_while_paused_begins_with_playing() -> None:
    line = Timeline().says(PLAYING, SONG).at(50).says(PAUSED).at(60).says(track=OTHER).at(80)
    assert line.announcements == [(1.0, "Slow Harbour")]
    line.says(PLAYING).at(180)
    assert line.announcements == [(1.0, "Slow Harbour"), (81.0, "Fern")]
    assert (line.scrobbled, line.due_at) == ([("Fern", 80.0)], [170.0])
    assert line.history == [("Slow Harbour", 50.0, "not_heard")]


@case(92)
def test_a_track_picked_while_paused_and_played_at_once_begins_with_playing() -> None:
    line = Timeline().says(PLAYING, SONG).at(50).says(PAUSED).at(60).says(track=OTHER).at(60.4)
    line.says(PLAYING).at(180)
    assert (line.scrobbled, line.due_at) == ([("Fern", 60.4)], [150.4])


@case(93)
def test_play_and_pause_ten_times_in_three_seconds_is_measured_exactly() -> None:
    line = Timeline().says(PLAYING, SONG)
    for number in range(10):
        line.at(50 + number * 0.3).says(PAUSED).at(50.1 + number * 0.3).says(PLAYING)
    line.at(110)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [101.0])
    assert line.announcements == [(1.0, "Slow Harbour")]
    assert line.reads == [(pytest.approx(101.0), "due")]


@case(92)
def test_a_song_begun_again_while_paused_begins_with_playing() -> None:
    line = Timeline(position=lambda t: t if t < 150 else max(0.0, t - 1000)).says(PLAYING, SONG)
    line.at(150).says(PAUSED).at(155).seeks().at(1000).says(PLAYING).at(1110)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Slow Harbour", 1000.0)]
    assert line.history == [("Slow Harbour", 150.0, "counted")]


@case(93)
def test_a_pause_before_the_tags_have_settled_loses_nothing() -> None:
    line = Timeline().says(PLAYING, SONG).at(0.9).says(PAUSED).at(5).says(PLAYING).at(110)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [104.1])


@case(93)
def test_play_and_pause_ten_times_at_the_beginning_is_one_announcement() -> None:
    line = Timeline()
    for number in range(10):
        line.at(number * 0.3).says(PLAYING, SONG).at(number * 0.3 + 0.2).says(PAUSED)
    line.at(3).says(PLAYING).at(110)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [101.0])
    assert len(line.announcements) == 1


@case(94)
@pytest.mark.parametrize("start", [10.0, 150.0])
def test_a_storm_of_seeks_makes_no_play_and_few_readings(start: float) -> None:
    line = Timeline(position=lambda t: t if t < start else 80 + t % 7).says(PLAYING, SONG).at(start)
    readings = len(line.reads)
    for number in range(90):
        line.at(start + number / 30).seeks()
    line.at(start + 4)
    assert len(line.reads) - readings <= 4
    line.at(199)
    assert (line.scrobbled, line.due_at, line.history) == ([("Slow Harbour", 0.0)], [100.0], [])


# -- identity -------------------------------------------------------------------------------------


@case(95)
@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("Café Tide", "CAFÉ TIDE"),
        ("Café Tide", "Cafe\u0301 Tide"),
        ("Café Tide", "Café Tide "),
        ("Ｃａｆé　Tide", "Café Tide"),
    ],
)
def test_case_form_and_spaces_do_not_part_a_play(first: str, later: str) -> None:
    line = Timeline().says(PLAYING, replace(SONG, title=first)).at(50)
    line.says(track=replace(SONG, title=later)).at(110)
    assert (line.due_at, line.history) == ([100.0], [])
    assert as_scrobble(line.due[0][1]).track in (first, later)
    assert len(line.announced) == 1


@case(96)
def test_two_files_with_the_same_tags_are_two_plays() -> None:
    files = [replace(SONG, url=f"file:///music/0{number}%20Intro.flac") for number in (1, 2)]
    line = Timeline().says(PLAYING, files[0]).at(200).says(track=files[1]).at(310)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Slow Harbour", 200.0)]


@case(96)
def test_another_trackid_alone_is_no_other_play() -> None:
    line = Timeline(position=lambda t: t).says(PLAYING, replace(SONG, trackid="/1")).at(120)
    line.says(track=replace(SONG, trackid="/2")).at(199)
    assert (line.scrobbled, line.history) == ([("Slow Harbour", 0.0)], [])


def skit(number: int, length: float) -> Track:
    """One of several songs of one title and artist, as a streaming service tells them."""
    return replace(
        SONG,
        title="Intro",
        album=f"Album {number}",
        url=f"https://music.example/track/{number}",
        trackid=f"/track/{number}",
        length=length,
    )


@case(111)
@pytest.mark.parametrize("length", [190.0, 60.0, 250.0])
@pytest.mark.parametrize("start", [0.0, 0.3])
def test_namesakes_that_are_skipped_are_two_plays(length: float, start: float) -> None:
    line = Timeline(position=lambda t: t % 60 + start).says(PLAYING, skit(1, 200.0)).at(60)
    line.says(track=skit(2, length)).at(85).says(track=OTHER).at(90)
    assert line.due == []
    assert [(title, seconds) for title, seconds, _ in line.history] == [
        ("Intro", 60.0),
        ("Intro", 25.0),
    ]
    assert [play.track.album for play in line.ended] == ["Album 1", "Album 2"]


@case(111)
def test_namesakes_that_are_heard_count_each() -> None:
    line = Timeline(position=lambda t: t if t < 200 else t - 200).says(PLAYING, skit(1, 200.0))
    line.at(200).says(track=skit(2, 190.0)).at(390).says(track=OTHER).at(395)
    assert [(play.track.album, round(play.heard)) for play in line.ended] == [
        ("Album 1", 200),
        ("Album 2", 190),
    ]
    assert len(line.due) == 2


@case(111)
@pytest.mark.parametrize(
    "other",
    [
        replace(skit(1, 190.0), album="Album 2"),  # one address
        replace(skit(2, 190.0), trackid="/track/1"),
        replace(skit(2, 200.4)),
        replace(skit(2, 190.0), url=""),
    ],
)
def test_a_song_that_differs_in_less_is_one_play(other: Track) -> None:
    line = Timeline(position=lambda t: t % 60).says(PLAYING, skit(1, 200.0)).at(60)
    line.says(track=other).at(119).says(track=OTHER).at(125)
    assert len(line.history) == 1


@case(111)
@pytest.mark.parametrize("where", [None, 0.0, "on"])
def test_a_song_whose_stream_changes_is_one_play_if_position_does_not_begin_anew(
    where: float | str | None,
) -> None:
    def position(t: float) -> float | None:
        return t if isinstance(where, str) else where

    line = Timeline(position=position).says(PLAYING, skit(1, 200.0)).at(60)
    line.says(track=skit(2, 190.0)).at(119).says(track=OTHER).at(125)
    assert [seconds for _, seconds, _ in line.history] == [119.0]


@case(97)
@pytest.mark.parametrize(
    "edited",
    [
        replace(SONG, album="Tidewater (Remastered)"),
        replace(SONG, album_artist="The Paper Lanterns", number=3),
        replace(SONG, title="SLOW HARBOUR"),
    ],
)
def test_a_tag_that_was_edited_is_sent_as_it_is_now(edited: Track) -> None:
    line = Timeline().says(PLAYING, SONG).at(50).says(track=edited).at(110)
    assert (line.due_at, line.history) == ([100.0], [])
    assert line.due[0][1].track == edited
    assert line.due[0][1].start.wall == WALL


@case(97)
def test_a_title_that_was_edited_in_the_player_is_the_same_play() -> None:
    file = replace(SONG, url="file:///music/harbour.flac", trackid="/1")
    line = Timeline().says(PLAYING, file).at(50).says(track=replace(file, title="Slow Harbor"))
    line.at(110)
    assert (line.scrobbled, line.history) == ([("Slow Harbor", 0.0)], [])


# -- unknown types and secrets --------------------------------------------------------------------


@case(98)
def test_keys_of_unknown_types_are_left_out_and_the_signal_kept() -> None:
    tags: dict[str, object] = {
        "xesam:title": "Slow Harbour",
        "xesam:artist": [["nested"], b"bytes", 7, "The Paper Lanterns"],
        "xesam:album": b"\xff\xfe",
        "xesam:albumArtist": {"a": 1},
        "xesam:url": 4.5,
        "xesam:trackNumber": float("nan"),
        "mpris:length": float("inf"),
        "mpris:trackid": None,
        "vendor:odd": [[["deep"]], {"x": [1, b""]}, float("nan")],
    }
    assert parse(tags) == Track(title="Slow Harbour", artist="The Paper Lanterns")
    peer = Peer(":1.5", {"PlaybackStatus": "Playing", "Metadata": {}})
    line = Wire().owns(peer, "odd").at(5).changes(peer, {"Metadata": tags, "Rate": float("nan")})
    assert line.at(250).scrobbled == [("Slow Harbour", 5.0)]


@case(98)
@pytest.mark.parametrize("odd", [None, 5, "text", [], [["a"]], {"b": 1}, float("nan"), True, b"x"])
@pytest.mark.parametrize("key", ["Metadata", "PlaybackStatus", "Rate", "LoopStatus", "Position"])
def test_properties_of_unknown_types_stop_nothing(key: str, odd: object) -> None:
    peer = Peer(":1.5", {key: odd})
    line = Wire().owns(peer, "odd").at(1).changes(peer, {key: odd}).at(2)
    tags = {"xesam:title": "Slow Harbour", "xesam:artist": "A", "mpris:length": 200_000_000}
    line.changes(peer, {"PlaybackStatus": "Playing", "Metadata": tags, "Rate": 1.0}).at(130)
    assert [title for title, _ in line.scrobbled] == ["Slow Harbour"]


@case(99)
def test_an_address_is_neither_sent_nor_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    line = Timeline().says(PLAYING, replace(SONG, url=SECRET)).at(120).says(STOPPED).at(130)
    (play,) = line.ended
    sent = signed_form(
        "track.scrobble", scrobble_params([as_scrobble(play)]), ApiAccess("key", "secret"), "s"
    )
    words = [told(play), wording.of_play(play), play.key, str(sent), caplog.text]
    words += [str(current) for current in line.tracker.current()]
    assert not [word for word in words if "hunter2" in word or "6b1f9c0d4e" in word]
