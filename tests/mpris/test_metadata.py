"""Whatever a player puts in Metadata becomes a Track, or a Track that lacks the odd key."""

import math
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrobblerd.core.model import Moment, Play, PlayReason, Reason, Status, Track, Verdict
from scrobblerd.core.rules import as_scrobble
from scrobblerd.core.text import for_wire
from scrobblerd.core.values import number
from scrobblerd.mpris.metadata import as_tags, length, parse, position, status, text

WELL_BEHAVED = {
    "mpris:trackid": "/org/example/track/7",
    "mpris:length": 215_000_000,
    "mpris:artUrl": "file:///cover.png",
    "xesam:title": "Slow Harbour",
    "xesam:artist": ["The Paper Lanterns"],
    "xesam:album": "Tidewater",
    "xesam:albumArtist": ["Various Keepers"],
    "xesam:url": "file:///music/slow%20harbour.flac",
    "xesam:trackNumber": 3,
    "xesam:musicBrainzTrackID": "11111111-2222-4333-8444-555555555555",
    "xesam:userRating": 0.8,
}
TRACK = Track(
    title="Slow Harbour",
    artist="The Paper Lanterns",
    album="Tidewater",
    album_artist="Various Keepers",
    length=215.0,
    url="file:///music/slow%20harbour.flac",
    trackid="/org/example/track/7",
    number=3,
    mbid="11111111-2222-4333-8444-555555555555",
)
TEXT_KEYS = {
    "xesam:title": "title",
    "xesam:artist": "artist",
    "xesam:album": "album",
    "xesam:albumArtist": "album_artist",
    "xesam:url": "url",
    "mpris:trackid": "trackid",
    "xesam:musicBrainzTrackID": "mbid",
}
NOISE: list[object] = [None, 7, True, math.nan, b"bytes", {"a": "b"}, [], [[]], [7, b"x", ["y"]]]


def test_well_behaved_metadata_is_read_key_by_key():
    assert parse(WELL_BEHAVED) == TRACK


def test_no_metadata_is_an_unknown_track():
    assert parse({}) == Track()


# Texts


@pytest.mark.parametrize("key", TEXT_KEYS)
@pytest.mark.parametrize("value", NOISE, ids=repr)
def test_text_of_an_odd_type_counts_as_missing(key: str, value: object):
    assert getattr(parse({key: value}), TEXT_KEYS[key]) == ""


@pytest.mark.parametrize("key", ["xesam:title", "xesam:artist", "xesam:album", "xesam:albumArtist"])
@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Fern", "Fern"),  # plain string where a list belongs (mpc-qt, sublime-music)
        (["Fern"], "Fern"),
        (["Fern", "Moss"], "Fern"),
        (["", "  ", None, "Moss"], "Moss"),
        ([""], ""),  # Firefox
        ("", ""),
        ([f"no. {n}" for n in range(1, 13)], "no. 1"),
        (["Tyler, The Creator"], "Tyler, The Creator"),
        ("Fern\nand\x00 Moss ", "Fern and Moss"),
        ("x" * 2000, "x" * 1000),
        ("夜の港", "夜の港"),
        ("Unknown", ""),
        ("[unknown]", ""),
        ("<UNKNOWN>", ""),
        ("Unknown Pleasures", "Unknown Pleasures"),
    ],
    ids=repr,
)
def test_text_is_the_first_one_that_says_something(key: str, value: object, found: str):
    assert getattr(parse({key: value}), TEXT_KEYS[key]) == found


@pytest.mark.parametrize("name", ["Unknown Artist", "[unknown artist]", "unknown  artist"])
def test_artist_that_stands_for_none_is_none(name: str):
    assert parse({"xesam:artist": [name]}).artist == ""


@pytest.mark.parametrize("name", ["Unknown Album", "[unknown album]"])
def test_album_that_stands_for_none_is_none(name: str):
    assert parse({"xesam:album": name}).album == ""


@pytest.mark.parametrize(
    ("album_artist", "artist"),
    [
        ("Mira Holt", "Mira Holt"),
        (["Mira Holt"], "Mira Holt"),
        ("Various Artists", ""),
        ("various  ARTISTS", ""),
        ("Various", ""),
        ("VA", ""),
        ("Unknown Artist", ""),
    ],
    ids=repr,
)
def test_album_artist_stands_in_for_an_artist_unless_it_is_nobody(
    album_artist: object, artist: str
):
    assert parse({"xesam:artist": [""], "xesam:albumArtist": album_artist}).artist == artist


def test_composers_are_read_as_artists_are():
    assert parse({"xesam:composer": ["Clara Wren", "", 7]}).composers == ("Clara Wren",)
    assert parse({"xesam:composer": "Clara Wren"}).composers == ("Clara Wren",)


def test_various_artists_stay_the_album_artist():
    found = parse({"xesam:artist": ["Mira Holt"], "xesam:albumArtist": ["Various Artists"]})
    assert (found.artist, found.album_artist) == ("Mira Holt", "Various Artists")


@pytest.mark.parametrize(
    "trackid",
    [
        "/org/mpris/MediaPlayer2/TrackList/NoTrack",
        "/org/mpris/MediaPlayer2/firefox",
        "spotify:track:6rqhFgbbKwnb9MLmUQDhG6",
    ],
)
def test_trackid_may_be_a_path_or_any_string(trackid: str):
    assert parse({"mpris:trackid": trackid}).trackid == trackid


@pytest.mark.parametrize(
    ("tags", "mbid"),
    [
        ({"mb:trackId": TRACK.mbid}, TRACK.mbid),
        ({"xesam:musicBrainzTrackID": [TRACK.mbid]}, TRACK.mbid),
        ({"mb:trackId": TRACK.mbid.replace("1", "A")}, TRACK.mbid.replace("1", "a")),
        ({"xesam:musicBrainzTrackID": "7", "mb:trackId": TRACK.mbid}, TRACK.mbid),
        ({"mb:trackId": f"{TRACK.mbid}0"}, ""),
        ({"mb:trackId": "11111111222243338444555555555555"}, ""),
        ({"mb:trackId": "not an id"}, ""),
    ],
    ids=repr,
)
def test_musicbrainz_id_is_taken_where_it_is_one(tags: dict[str, object], mbid: str):
    assert parse(tags).mbid == mbid


def test_musicbrainz_ids_of_album_and_artists_are_taken_where_they_are_some():
    one, two = TRACK.mbid, TRACK.mbid.replace("1", "2")
    track = parse(
        {"xesam:musicBrainzAlbumID": [one], "xesam:musicBrainzArtistID": [one, "no id", two]}
    )
    assert (track.album_mbid, track.artist_mbids) == (one, (one, two))
    assert parse({"mb:albumId": two, "mb:artistId": one}).album_mbid == two


# Numbers


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (215_000_000, 215.0),
        (29_988_000, 29.988),
        (215_000_000.0, 215.0),
        ("215000000", 215.0),
        (1_000_000, 1.0),
        (999_999, None),
        (215_000, None),  # milliseconds
        (215, None),  # seconds
        (7 * 86_400_000_000, 604_800.0),
        (7 * 86_400_000_000 + 1, None),
        (0, None),
        (-215_000_000, None),
        (2**63 - 1, None),
        (2**64 - 1, None),
        (10**400, None),
        ("9" * 5000, None),
        (math.inf, None),
        (math.nan, None),
        ("nan", None),
        ("3:35", None),
        ("", None),
        (True, None),
        (None, None),
        (b"215000000", None),
        ({"x": 1}, None),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_length_is_microseconds_of_any_type_or_unknown(value: object, seconds: float | None):
    assert length(value) == seconds
    assert parse({"mpris:length": value}).length == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(0, 0.0), (61_500_000, 61.5), (-20_000, -0.02), ("5000000", 5.0), (True, None), (None, None)],
)
def test_position_may_be_zero_and_below(value: object, seconds: float | None):
    assert position(value) == seconds


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (3, 3),
        (3.0, 3),
        ("3", 3),
        (1, 1),
        (99_999, 99_999),
        (100_000, None),
        (0, None),
        (-3, None),
        ("3/12", None),
        ("", None),
        (True, None),
        ([3], None),
        (math.nan, None),
        (None, None),
    ],
    ids=repr,
)
def test_track_number_is_a_positive_one_or_unknown(value: object, found: int | None):
    assert parse({"xesam:trackNumber": value}).number == found


@pytest.mark.parametrize(
    ("value", "found"), [(1, 1.0), ("-0.5", -0.5), (False, None), (10**400, None), ([], None)]
)
def test_number_is_finite_or_none(value: object, found: float | None):
    assert number(value) == found


# The rest of a player's properties


@pytest.mark.parametrize("word", ["Playing", "Paused", "Stopped"])
def test_status_is_one_of_the_three_words(word: str):
    assert status(word) is Status(word)


@pytest.mark.parametrize(
    "value", ["playing", "Buffering", "", None, 1, ["Playing"], {}, b"Playing"]
)
def test_any_other_status_is_none(value: object):
    assert status(value) is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": 1, 2: "b", None: "c"}, {"a": 1}),
        ({}, {}),
        (None, None),
        ([("a", 1)], None),
        ("a", None),
    ],
    ids=repr,
)
def test_metadata_is_a_dictionary_or_nothing(value: object, found: object):
    assert as_tags(value) == found


@pytest.mark.parametrize(("value", "found"), [("a\n", "a"), (b"a", ""), (None, ""), (["a"], "")])
def test_text_is_a_string_or_nothing(value: object, found: str):
    assert text(value) == found


# Anything at all

TEXTS = st.text(st.characters(exclude_categories=())) | st.just("x" * 5000)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.binary()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS | st.integers(), inner),
    max_leaves=8,
)
METADATA = st.fixed_dictionaries({}, optional=dict.fromkeys([*WELL_BEHAVED, "mb:trackId"], VALUES))


@settings(deadline=None)
@given(METADATA)
def test_whatever_a_player_sends_becomes_a_track_fit_to_send(tags: dict[str, object]):
    found = parse(tags)
    for name in TEXT_KEYS.values():
        value: str = getattr(found, name)
        assert len(value) <= 1000
        assert not {unicodedata.category(character) for character in value} & {"Cc", "Cs"}
    assert found.length is None or 1.0 <= found.length <= 604_800.0
    assert found.number is None or found.number < 100_000


@settings(deadline=None)
@given(VALUES)
def test_whatever_a_property_holds_is_read_or_left_out(value: object):
    assert length(value) is None or isinstance(length(value), float)
    assert position(value) is None or isinstance(position(value), float)
    assert status(value) is None or isinstance(status(value), Status)
    assert isinstance(text(value), str)
    assert as_tags(value) is None or isinstance(value, dict)


@pytest.mark.parametrize("value", [0.5, "0.9"])
def test_track_number_under_1_is_unknown(value: object):
    assert parse({"xesam:trackNumber": value}).number is None


def test_album_artist_va_is_not_sent():
    track = parse({"xesam:title": "Fern", "xesam:artist": ["Mira"], "xesam:albumArtist": ["VA"]})
    play = Play(
        "k", "mpv", track, Moment(0, 0, 1e9), 99.0, 99.0, Verdict.COUNTED, Reason(PlayReason.HEARD)
    )
    assert as_scrobble(play).album_artist == ""


@pytest.mark.parametrize("between", ["\x0b", "\x0c", "\x85", "\x00", "\x1f"])
def test_words_that_a_control_character_parts_stay_two(between: str):
    assert for_wire(f"Mira{between}Holt") == "Mira Holt"


def test_of_a_long_list_of_long_texts_some_are_read() -> None:
    names = [f"{number}" + "x" * 900 for number in range(30)]
    track = parse({"xesam:title": "Fern", "xesam:artist": names})
    assert (track.artist, track.artists) == (names[0], tuple(names[:3]))
    short = [f"Band {number}" for number in range(30)]
    assert parse({"xesam:artist": short}).artists == tuple(short)
