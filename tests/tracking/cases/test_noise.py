"""Cases 39–45 and 48–50: noise, silence, track ids and positions that mean nothing."""

from dataclasses import replace
from typing import Any

import pytest

from scrobblerd.dbus.names import PROPERTIES
from scrobblerd.mpris.watcher import PLAYER
from tests.support.timeline import OTHER, PLAYING, SONG, STOPPED, WALL, Timeline
from tests.tracking.cases.marks import case
from tests.tracking.cases.wire import Peer, Wire

SONG_TAGS: dict[str, object] = {
    "mpris:trackid": "/org/mpris/MediaPlayer2/CurrentTrack",
    "mpris:length": 200_000_000,
    "xesam:title": "Slow Harbour",
    "xesam:artist": ["The Paper Lanterns"],
    "xesam:album": "Tidewater",
}
FERN_TAGS: dict[str, object] = {
    "mpris:length": 180_000_000,
    "xesam:title": "Fern",
    "xesam:artist": ["Mira Holt"],
}


def wire() -> tuple[Wire, Peer]:
    """A player of SONG that was there before the daemon."""
    peer = Peer(":1.5", {"PlaybackStatus": "Playing", "Metadata": SONG_TAGS})
    line = Wire(peers={":1.5": peer}, names={"mpv": peer}).listens().at(0)
    return line, peer


# -- repetition -----------------------------------------------------------------------------------


@case(39)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mpris:artUrl", "file:///tmp/cover.png"),
        ("bitrate", 320),
        ("xesam:comment", ["ripped"]),
        ("xesam:userRating", 0.8),
        ("xesam:useCount", 41),
    ],
)
def test_art_bitrate_and_ratings_change_nothing(key: str, value: object) -> None:
    line, peer = wire()
    for second in range(10, 190, 10):
        line.at(second).changes(peer, {"Metadata": SONG_TAGS | {key: value, "second": second}})
    line.at(190)
    assert (line.scrobbled, line.due_at, line.history) == ([("Slow Harbour", 0.0)], [100.0], [])
    assert line.announcements == [(1.0, "Slow Harbour")]


@case(40)
def test_a_signal_at_every_tick_of_the_position_is_no_work() -> None:
    line, peer = wire()
    events, calls = len(line.events), len(line.calls)
    for tick in range(1, 360):
        line.at(tick / 4).changes(peer, {"Position": tick * 250_000})
    assert (line.events[events:], line.calls[calls:]) == ([], [])
    assert line.at(105).due_at == [100.0]


@case(40)
def test_everything_said_at_every_tick_resets_nothing() -> None:
    line, peer = wire()
    for tick in range(1, 190):
        position: dict[str, object] = {"Position": tick * 1_000_000}
        line.at(tick).changes(peer, peer.properties | position)
    assert (line.scrobbled, line.due_at, line.history) == ([("Slow Harbour", 0.0)], [100.0], [])
    assert line.announcements == [(1.0, "Slow Harbour")]


@case(40)
@pytest.mark.parametrize("seeks", [True, False])
def test_a_word_each_second_is_no_reading_each_second(seeks: bool) -> None:
    # Sayonara says Seeked once a second on Ogg files
    line = Timeline(position=lambda t: t).says(PLAYING, SONG)
    for second in range(2, 200):
        line.at(second)
        if seeks:
            line.seeks()
        else:
            line.says(PLAYING, SONG)
    assert len(line.reads) <= 50
    assert (line.scrobbled, line.history) == ([("Slow Harbour", 0.0)], [])


@case(41)
def test_everything_said_twice_is_said_once() -> None:
    once, twice = Timeline(), Timeline()
    for times, line in ((1, once), (2, twice)):
        for t, status, track in (
            (0.0, PLAYING, SONG),
            (200.0, None, OTHER),
            (200.1, PLAYING, None),
            (390.0, PLAYING, SONG),
        ):
            line.at(t)
            for _ in range(times):
                line.says(status, track)
        line.at(500)
    assert twice.due == once.due
    assert (twice.ended, twice.announced) == (once.ended, once.announced)


# -- silence --------------------------------------------------------------------------------------


@case(42)
def test_metadata_that_is_only_invalidated_is_read() -> None:
    line, peer = wire()
    line.at(200)
    peer.properties["Metadata"] = FERN_TAGS
    line.sends(":1.5", PROPERTIES, "PropertiesChanged", PLAYER, {}, ["Metadata"]).at(300)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Fern", 200.0)]


@case(43)
def test_a_silent_change_before_the_threshold_is_unclear() -> None:
    line = Timeline().says(PLAYING, SONG).at(80).becomes(track=OTHER).at(195)
    assert line.history == [("Slow Harbour", 100.0, "unclear")]
    assert line.scrobbled == [("Fern", 100.0)]


@case(43)
def test_a_silent_change_at_the_end_is_found_there() -> None:
    line = Timeline().says(PLAYING, SONG).at(200).becomes(track=OTHER).at(310)
    assert [play.track.title for play in line.ended] == ["Slow Harbour"]
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Fern", 201.0)]


@case(43)
def test_only_a_status_at_the_change_is_found_too() -> None:
    line = Timeline(position=lambda t: t % 200).says(PLAYING, SONG).at(200)
    line.becomes(track=OTHER).says(PLAYING).at(310)
    assert [title for title, _ in line.scrobbled] == ["Slow Harbour", "Fern"]
    assert line.scrobbled[1][1] == pytest.approx(201.0, abs=1.0)


@case(116)
@pytest.mark.parametrize("moment", [20.0, 60.0, 150.0, 200.0])
@pytest.mark.parametrize("position", [None, "runs"])
def test_an_equal_status_alone_is_looked_into_at_once(moment: float, position: str | None) -> None:
    def where(t: float) -> float | None:
        return None if position is None else t if t < moment else t - moment

    line = Timeline(position=where).says(PLAYING, SONG).at(moment)
    line.becomes(track=OTHER).says(PLAYING).at(moment + 170).says(STOPPED).at(moment + 175)
    assert line.history == [
        ("Slow Harbour", moment, "counted" if moment >= 100 else "not_heard"),
        ("Fern", 170.0, "counted"),
    ]
    assert line.scrobbled[-1] == ("Fern", moment)


@case(116)
def test_a_player_that_says_its_status_all_the_time_is_not_read_for_that() -> None:
    line = Timeline(position=lambda t: t).says(PLAYING, SONG)
    for tick in range(2, 100):
        line.at(tick).says(PLAYING)
    assert [why for _, why in line.reads].count("status") <= 1


@case(116)
def test_a_status_before_the_metadata_costs_no_reading() -> None:
    # cmus 2.10 says Playing, Metadata, Seeked at each change of track
    line = Timeline(position=lambda t: t % 200).says(PLAYING, SONG).at(200)
    line.says(PLAYING).says(track=OTHER).seeks().at(250)
    assert [why for _, why in line.reads] == ["due"]


@case(116)
def test_a_status_after_the_metadata_costs_no_reading() -> None:
    # Strawberry 1.0 and Clementine 1.4 say Metadata twice, and Playing, at each change of track
    line = Timeline(position=lambda t: t % 200).says(PLAYING, SONG).says(PLAYING).at(200)
    line.says(track=OTHER).says(track=OTHER).says(PLAYING).at(250)
    assert [why for _, why in line.reads] == ["due"]


@case(43)
def test_a_silent_player_is_not_polled() -> None:
    line = Timeline(position=lambda t: min(t, 200.0)).says(PLAYING, SONG).at(5000)
    assert len(line.reads) <= 3
    assert line.wakes <= 4


# -- track ids ------------------------------------------------------------------------------------


@case(43)
@pytest.mark.parametrize("name", ["url", "album"])
def test_a_tag_that_is_new_at_every_reading_costs_no_scrobble(name: str) -> None:
    class Restless(Timeline):
        def read(self, player: str) -> None:
            status, track = self.truth[player]
            assert track is not None
            new: dict[str, Any] = {name: f"https://media.example/{len(self.reads)}"}
            self.truth[player] = status, replace(track, **new)
            super().read(player)

    line = Restless().says(PLAYING, SONG).at(150)
    assert line.due_at == pytest.approx([100.0], abs=2.0)
    assert len(line.reads) <= 3


@case(44)
@pytest.mark.parametrize(
    "trackid", ["/org/mpris/MediaPlayer2/firefox", "/org/mpris/MediaPlayer2/TrackList/NoTrack"]
)
def test_a_constant_trackid_joins_no_tracks(trackid: str) -> None:
    line = Timeline().says(PLAYING, replace(SONG, trackid=trackid)).at(200)
    line.says(track=replace(OTHER, trackid=trackid)).at(300)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Fern", 200.0)]


@case(45)
def test_a_trackid_that_is_always_new_parts_no_play() -> None:
    line = Timeline(position=lambda t: t)
    for second in range(0, 200, 7):
        line.at(second).says(PLAYING, replace(SONG, trackid=f"/Track/{second * 7919}"))
    line.at(199)
    assert (line.scrobbled, line.due_at, line.history) == ([("Slow Harbour", 0.0)], [100.0], [])


# -- positions ------------------------------------------------------------------------------------


@case(48)
@pytest.mark.parametrize("position", [None, 0.0, 7.0])
def test_without_a_position_time_is_measured_and_nothing_is_a_replay(
    position: float | None,
) -> None:
    line = Timeline(position=lambda t: position).says(PLAYING, SONG)
    line.at(50).seeks().at(120).says(PLAYING, SONG).seeks().at(150).seeks().at(200)
    line.says(PLAYING, OTHER).at(210)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [100.0])
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(48)
def test_a_player_that_answers_no_reading_is_measured_all_the_same() -> None:
    line = Timeline(answers=False).says(PLAYING, SONG).at(199).says(PLAYING, OTHER).at(210)
    assert line.scrobbled == [("Slow Harbour", 0.0)]
    assert 100.0 <= line.due_at[0] <= 102.0
    assert line.history == [("Slow Harbour", 199.0, "counted")]


@case(49)
def test_a_position_beyond_the_length_is_no_replay() -> None:
    line = Timeline(position=lambda t: 500.0 + t).says(PLAYING, SONG)
    line.at(50).seeks().at(120).seeks().says(PLAYING, SONG).at(199)
    assert (line.scrobbled, line.history) == ([("Slow Harbour", 0.0)], [])


@case(49)
def test_the_position_of_the_track_before_is_no_evidence() -> None:
    line = Timeline(position=lambda t: t if t < 203 else t - 200).says(PLAYING, SONG)
    line.at(200).says(track=OTHER).seeks().at(201.5).seeks().at(203).seeks().at(295)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Fern", 200.0)]
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(49)
def test_a_position_beyond_the_length_is_no_natural_end() -> None:
    line = Timeline(position=lambda t: 500.0 + t).says(PLAYING, SONG).at(50).seeks()
    line.at(98).says(track=OTHER).at(110)
    assert line.history == [("Slow Harbour", 98.0, "not_heard")]


@case(49)
def test_the_position_of_the_track_before_is_no_natural_end() -> None:
    line = Timeline(position=lambda t: t).says(PLAYING, SONG).at(200).says(track=OTHER)
    line.at(201.1).seeks().at(288).says(track=SONG).at(300)
    assert line.history[1] == ("Fern", 88.0, "not_heard")


@case(50)
def test_position_zero_when_metadata_is_said_again_is_no_replay() -> None:
    def position(t: float) -> float:
        return 0.0 if 60 <= t < 62 or 130 <= t < 130.5 else t

    line = Timeline(position=position).says(PLAYING, SONG)
    for second in (60, 130):
        line.at(second).says(PLAYING, SONG).seeks()
    line.at(199)
    assert (line.scrobbled, line.due_at, line.history) == ([("Slow Harbour", 0.0)], [100.0], [])
    assert line.tracker.current()[0].start == WALL


@case(50)
def test_a_position_that_is_always_zero_is_no_replay() -> None:
    line = Timeline(position=lambda t: 0.0).says(PLAYING, SONG)
    for second in range(10, 190, 20):
        line.at(second).says(PLAYING, replace(SONG, album=f"Tidewater {second}"))
        line.at(second + 5).says(PLAYING, SONG).seeks()
    assert (line.scrobbled, line.history) == ([("Slow Harbour", 0.0)], [])
