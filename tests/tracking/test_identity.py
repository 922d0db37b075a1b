"""identity.py: which tracks and songs are the same."""

from dataclasses import replace

import pytest

from scrobblerd.core.model import Track
from scrobblerd.tracking.identity import (
    completes,
    has_other_length,
    has_own_id,
    is_file,
    same_song,
    same_tags,
    same_track,
)

SONG = Track(
    title="Slow Harbour",
    artist="The Paper Lanterns",
    album="Tidewater",
    album_artist="Various Keepers",
    length=241.0,
    url="file:///music/a.flac",
    trackid="/track/1",
    number=3,
    mbid="11111111-2222-4333-8444-555555555555",
)
OTHER_FILE = replace(SONG, url="file:///music/b.flac", trackid="/track/2")
STREAM = replace(SONG, url="http://radio.example/a")


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("file:///music/a.flac", True),
        ("/music/a.flac", True),
        ("https://shop.example/a.flac", False),
        ("spotify:track:1", False),
        ("", False),
    ],
)
def test_file_is_known_by_its_url(url: str, local: bool):
    assert is_file(Track(url=url)) is local


# The same track for one player


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (SONG, True),
        (replace(SONG, length=3.0), True),
        (replace(SONG, album="Elsewhere", album_artist=""), True),
        (replace(SONG, trackid="/track/2", number=9, mbid=""), True),
        (replace(OTHER_FILE, title="Slow Harbour II"), False),
        (replace(OTHER_FILE, artist="Mira Holt"), False),
        (OTHER_FILE, False),  # an album's two "Intro"s
        (replace(SONG, url="/music/b.flac"), False),
        (replace(SONG, url=""), True),
        (replace(SONG, url="https://shop.example/b"), True),
    ],
)
def test_title_artist_and_file_decide_whether_it_is_the_same_track(other: Track, same: bool):
    assert same_track(SONG, other) is same
    assert same_track(other, SONG) is same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Caf\u00e9", "Cafe\u0301"),
        ("Slow Harbour", "slow  HARBOUR "),
        ("ＦＥＲＮ", "fern"),
        ("Straße", "STRASSE"),
    ],
)
def test_same_track_looks_through_spelling(one: str, other: str):
    assert same_track(Track(title=one, artist="M"), Track(title=other, artist="m"))
    assert same_track(Track(title="T", artist=one), Track(title="t", artist=other))


@pytest.mark.parametrize(
    ("url", "same"),
    [("http://radio.example/a", True), ("http://radio.example/b", False), ("", False)],
)
@pytest.mark.parametrize("poor", [{"artist": ""}, {"title": ""}])
def test_other_urls_decide_where_the_tags_are_poor(url: str, same: bool, poor: dict[str, str]):
    untagged = replace(STREAM, **poor)
    assert same_track(untagged, replace(untagged, url=url)) is same


def test_other_urls_do_not_decide_where_the_tags_are_good():
    assert same_track(STREAM, replace(STREAM, url="http://radio.example/b"))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (replace(SONG, title="Slow Harbour (live)", artist="Lanterns, The"), True),
        (replace(SONG, title="Fern", trackid="/track/2"), False),  # a cue sheet
        (replace(SONG, title="Fern", length=180.0), False),
        (replace(SONG, title="Fern", url="file:///music/b.flac"), False),
    ],
)
def test_file_whose_tags_were_edited_is_the_same_track(other: Track, same: bool):
    assert same_track(SONG, other) is same


def test_stream_whose_tags_change_is_another_track():
    assert not same_track(STREAM, replace(STREAM, title="Fern"))


# A track whose tags come in pieces


@pytest.mark.parametrize(
    ("poor", "completed"),
    [
        (replace(SONG, artist=""), True),
        (replace(SONG, title="", artist=""), True),
        (replace(SONG, title="a.flac", artist=""), True),
        (Track(title="slow harbour"), True),
        (Track(title="Fern"), False),
        (Track(artist="The Paper Lanterns"), False),
        (replace(OTHER_FILE, title=""), False),
        (Track(), False),
        (SONG, False),
    ],
)
def test_whole_tags_complete_poor_ones_of_the_same_file_or_title(poor: Track, completed: bool):
    assert completes(poor, SONG) is completed


def test_poor_tags_complete_nothing():
    assert not completes(replace(SONG, artist=""), replace(SONG, artist=""))


# The same song for two players


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (SONG, True),
        (OTHER_FILE, True),
        (replace(SONG, title="slow HARBOUR", length=None), True),
        (replace(SONG, title="Slow Harbour - YouTube", length=244.0), True),
        (replace(SONG, title="Slow Harbour - YouTube", length=244.1), False),
        (replace(SONG, title="Slow Harbour - YouTube", length=238.0), True),
        (replace(SONG, title="Slow Harbour - YouTube", length=None), False),
        (replace(SONG, title="Harbour"), False),
        (replace(SONG, title="Fern"), False),
        (replace(SONG, title=""), False),
        (replace(SONG, artist="Mira Holt"), False),
    ],
)
def test_song_is_the_same_though_an_integration_decorates_its_title(other: Track, same: bool):
    assert same_song(SONG, other) is same
    assert same_song(other, SONG) is same


DUO = replace(SONG, artist="Mira Holt", artists=("Mira Holt", "Oda Fenn"))


@pytest.mark.parametrize(
    ("artist", "artists", "length", "same"),
    [
        ("Mira Holt", ("Mira Holt",), 241.0, True),
        ("Mira Holt, Oda Fenn", (), 241.0, True),
        ("Mira Holt, Oda Fenn", (), 243.9, True),
        ("Mira Holt, Oda Fenn", (), 244.1, False),
        ("Mira Holt, Oda Fenn", (), None, False),
        ("Mira Holt & Oda Fenn", (), 241.0, True),
        ("Mira Holt feat. Oda Fenn", (), 241.0, True),
        ("MIRA HOLT; Oda Fenn", (), 241.0, True),
        ("Mira Holt featuring Oda Fenn", (), 241.0, True),
        ("Mira Holt vs. Oda Fenn", (), 241.0, True),
        ("Mira Holt • Oda Fenn", (), 241.0, True),
        ("Oda Fenn + Mira Holt", (), 241.0, True),
        ("Mira Holt with Oda Fenn, Kite", (), 241.0, True),
        ("Mira Holt with Kite", (), 241.0, False),
        ("Mira Holt Oda Fenn", (), 241.0, False),
        ("Mira Holtby", (), 241.0, False),
        ("Oda Fenn", ("Oda Fenn",), 241.0, False),
        ("", (), 241.0, False),
    ],
)
def test_one_song_may_name_its_artists_in_several_ways(
    artist: str, artists: tuple[str, ...], length: float | None, same: bool
):
    other = replace(SONG, artist=artist, artists=artists, length=length)
    assert same_song(DUO, other) is same
    assert same_song(other, DUO) is same


@pytest.mark.parametrize(
    ("url", "trackid", "own"),
    [
        (SONG.url, SONG.trackid, False),
        ("https://shop.example/b", SONG.trackid, True),
        (SONG.url, "/track/2", True),
        ("", "", False),  # not told yet
    ],
)
def test_a_song_has_an_id_of_its_own_if_the_player_says_another(url: str, trackid: str, own: bool):
    assert has_own_id(SONG, replace(SONG, url=url, trackid=trackid)) is own


@pytest.mark.parametrize(
    ("length", "other", "at_edge"),
    [
        (244.5, False, True),  # a correction, or an advertisement as long as the song
        (250.9, False, True),
        (251.0, True, True),
        (238.5, False, False),
        (237.9, True, True),
        (None, False, False),
    ],
)
def test_a_length_is_another_if_it_differs_by_more_than_a_correction(
    length: float | None, other: bool, at_edge: bool
):
    assert has_other_length(SONG, replace(SONG, length=length)) is other
    assert has_other_length(SONG, replace(SONG, length=length), at_edge=True) is at_edge


def test_artists_told_differently_are_no_other_title():
    other = replace(DUO, title="Slow Harbour - YouTube", artist="Mira Holt, Oda Fenn", artists=())
    assert not same_song(DUO, other)


# Tags that rest


@pytest.mark.parametrize("name", ["title", "artist", "album", "album_artist", "url"])
def test_tags_rest_while_none_of_five_changes(name: str):
    changes = {name: "another"}
    assert not same_tags(SONG, replace(SONG, **changes))


def test_tags_rest_though_hints_change():
    other = replace(SONG, length=9.0, trackid="/track/2", number=None, mbid="")
    assert same_tags(SONG, other)
