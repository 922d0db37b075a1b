"""Cases 29–38 and 46–47: odd types and missing fields."""

from dataclasses import replace

import pytest

from scrobblerd.core.filters import Filters
from scrobblerd.core.model import Track
from scrobblerd.core.rules import Rules, as_scrobble
from scrobblerd.mpris.metadata import parse
from tests.support.timeline import OTHER, PAUSED, PLAYING, SONG, WALL, Timeline
from tests.tracking.cases.marks import case

NAMES = [f"Artist {number}" for number in range(1, 13)]


# -- artists --------------------------------------------------------------------------------------


@case(29)
def test_an_artist_that_is_a_plain_string_is_one_artist() -> None:
    assert parse({"xesam:artist": "Mira Holt"}).artist == "Mira Holt"


@case(30)
@pytest.mark.parametrize("artist", [[""], [], "", ["", " "]])
def test_an_empty_artist_is_missing(artist: object) -> None:
    track = parse({"xesam:title": "Fern", "xesam:artist": artist, "mpris:length": 180_000_000})
    line = Timeline().says(PLAYING, track).at(180).says(PLAYING, SONG).at(185)
    assert (track.artist, line.due) == ("", [])
    assert line.history == [("Fern", 180.0, "no_tags")]
    assert line.announcements == [(181.0, "Slow Harbour")]


@case(31)
def test_of_twelve_artists_the_first_is_sent() -> None:
    assert parse({"xesam:artist": NAMES}).artist == "Artist 1"


@case(32)
@pytest.mark.parametrize(
    ("artist", "sent"),
    [
        (["A, B"], "A, B"),
        (["A", "B"], "A"),
        (["Tyler, The Creator"], "Tyler, The Creator"),
        (["", "B"], "B"),
    ],
)
def test_the_first_artist_is_sent_and_never_split(artist: list[str], sent: str) -> None:
    assert parse({"xesam:artist": artist}).artist == sent


@case(31, 32, 105)
@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        ("first", "A"),
        ("joined", "A / B"),
        ("album_artist", "Various Artists"),
        ("composer", "Clara Wren"),
    ],
)
def test_which_of_several_artists_is_sent_is_the_users_choice(policy: str, sent: str) -> None:
    tags = {"xesam:title": "Fern", "xesam:artist": ["A", "B"], "xesam:composer": ["Clara Wren"]}
    track = replace(parse(tags | {"xesam:albumArtist": ["Various Artists"]}), length=100.0)
    filters = Filters(artist=policy, artist_separator=" / ")
    line = Timeline(Rules(filters=filters)).says(PLAYING, track).at(60)
    assert [play.track.artist for _, play in line.due] == [sent]


@case(33)
@pytest.mark.parametrize("album_artist", ["Mira Holt", ["Mira Holt"]])
def test_the_album_artist_stands_in_for_the_artist(album_artist: object) -> None:
    track = parse({"xesam:title": "Fern", "xesam:albumArtist": album_artist})
    assert (track.artist, track.album_artist) == ("Mira Holt", "Mira Holt")


@case(34)
@pytest.mark.parametrize("various", ["Various Artists", "various artists"])
def test_various_artists_are_never_the_artist(various: str) -> None:
    lone = parse({"xesam:title": "Fern", "xesam:albumArtist": [various]})
    both = parse({"xesam:artist": ["Mira Holt"], "xesam:albumArtist": [various]})
    assert (lone.artist, lone.album_artist) == ("", various)
    assert (both.artist, both.album_artist) == ("Mira Holt", various)


@case(34)
def test_various_artists_are_sent_as_album_artist() -> None:
    track = replace(SONG, album_artist="Various Artists")
    line = Timeline().says(PLAYING, track).at(110)
    sent = as_scrobble(line.due[0][1])
    assert (sent.artist, sent.album_artist) == ("The Paper Lanterns", "Various Artists")


# -- albums, empty and shorter dictionaries -------------------------------------------------------


@case(35)
@pytest.mark.parametrize("tags", [{}, {"xesam:album": ""}, {"xesam:album": "Unknown"}])
def test_an_unknown_album_is_left_out(tags: dict[str, object]) -> None:
    track = parse({"xesam:title": "Fern", "xesam:artist": ["Mira Holt"], **tags})
    line = Timeline().says(PLAYING, track).at(250)
    assert as_scrobble(line.due[0][1]).album == ""


@case(36)
def test_an_album_that_flips_is_the_same_play() -> None:
    page = replace(SONG, album="The Page Behind")
    line = Timeline().says(PLAYING, SONG).at(40).says(track=page).at(60).says(track=SONG).at(80)
    line.says(track=page).at(150).says(track=SONG).at(200).says(PLAYING, OTHER).at(210)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [100.0])
    assert line.history == [("Slow Harbour", 200.0, "counted")]
    assert [title for _, title in line.announcements] == ["Slow Harbour", "Fern"]


@case(37)
def test_an_empty_metadata_between_two_tracks_is_nothing() -> None:
    line = Timeline().says(PLAYING, SONG).at(200).says(track=Track()).at(200.1).says(track=OTHER)
    line.at(300)
    assert line.scrobbled == [("Slow Harbour", 0.0), ("Fern", 200.0)]
    assert line.history == [("Slow Harbour", 200.0, "counted")]


@case(37)
def test_an_empty_metadata_in_the_middle_is_nothing() -> None:
    line = Timeline().says(PLAYING, SONG).at(50).says(track=Track()).at(50.1).says(track=SONG)
    line.at(110)
    assert (line.scrobbled, line.due_at, line.history) == ([("Slow Harbour", 0.0)], [100.0], [])


@case(37)
def test_an_empty_metadata_that_lasts_ends_the_play() -> None:
    line = Timeline().says(PLAYING, SONG).at(50).says(track=Track()).at(60)
    assert line.history == [("Slow Harbour", 50.0, "not_heard")]


@case(38)
def test_what_new_metadata_lacks_is_dropped() -> None:
    bare = Track(title="Fern", artist="Mira Holt")
    line = Timeline().says(PLAYING, SONG).at(200).says(track=bare).at(445)
    play = line.due[1][1]
    assert (line.due_at, play.track, play.start.wall) == ([100.0, 440.0], bare, WALL + 200)


@case(38)
def test_an_album_that_was_taken_out_is_not_sent() -> None:
    line = Timeline().says(PLAYING, SONG).at(50).says(track=replace(SONG, album="")).at(110)
    assert as_scrobble(line.due[0][1]).album == ""


# -- track ids ------------------------------------------------------------------------------------


@case(46)
@pytest.mark.parametrize("trackid", ["spotify:track:5W3cjX2J3tjhG8zb6u0qHn", "/org/mpv/1"])
def test_a_trackid_may_be_a_string_or_an_object_path(trackid: str) -> None:
    track = parse({"mpris:trackid": trackid, "xesam:title": "Fern", "xesam:artist": ["Mira Holt"]})
    assert track.trackid == trackid
    assert Timeline().says(PLAYING, track).at(250).scrobbled == [("Fern", 0.0)]


@case(47)
def test_a_trackid_may_be_missing() -> None:
    line = Timeline().says(PLAYING, SONG).at(50).says(PAUSED).at(60).says(PLAYING, SONG).at(115)
    assert (SONG.trackid, line.scrobbled) == ("", [("Slow Harbour", 0.0)])
