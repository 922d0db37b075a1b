"""filters.py: which tracks are wanted, and how tags are put right."""

import re
from dataclasses import replace

import pytest

from scrobblerd.core.filters import (
    PRESETS,
    VIDEO_FILES,
    Correction,
    Filters,
    Rewrite,
    correct_tags,
    corrections,
    is_stream,
    rejection_reason,
)
from scrobblerd.core.model import PlayReason, Reason, Track
from tests.support.timeline import SONG

RADIO = Track(title="Mira Holt - Fern", url="http://radio.example/live")


def pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def refused(filters: Filters, **changes: object) -> bool:
    return bool(rejection_reason(filters, replace(SONG, **changes)))


# -- what is not wanted ---------------------------------------------------------------------------


def test_music_is_wanted_by_default() -> None:
    assert rejection_reason(Filters(), replace(SONG, url="file:///music/a.flac")) is None


@pytest.mark.parametrize(
    "trackid",
    ["spotify:ad:1234", "/com/spotify/ad/1234", "/org/example/AD/7", "https://x.example/ad/1"],
)
def test_advertisements_are_not_wanted_by_default(trackid: str) -> None:
    assert refused(Filters(), trackid=trackid)
    assert refused(Filters(), url=trackid)


@pytest.mark.parametrize("ending", VIDEO_FILES)
def test_video_files_are_not_wanted_by_default(ending: str) -> None:
    assert refused(Filters(), url=f"file:///films/one.{ending}")
    assert refused(Filters(), url=f"/films/one.{ending.upper()}")


@pytest.mark.parametrize("url", ["file:///mkv", "file:///a.mkv/b.flac", "file:///.mkv", ""])
def test_an_ending_is_that_of_the_file(url: str) -> None:
    assert not refused(Filters(), url=url)


@pytest.mark.parametrize(
    ("url", "unwanted"),
    [
        ("https://www.youtube.com/watch?v=1", True),
        ("https://m.youtube.com/watch?v=1", True),
        ("https://music.youtube.com/watch?v=1", False),
        ("https://vimeo.com/1", True),
        ("https://player.vimeo.com/1", True),
        ("https://notvimeo.com/1", False),
        ("file:///vimeo.com/1.flac", False),
    ],
)
def test_video_sites_are_told_by_their_host(url: str, unwanted: bool) -> None:
    filters = Filters(ignore_hosts=PRESETS["video-sites"]["ignore_hosts"])
    assert refused(filters, url=url) is unwanted


def test_genres_are_compared_without_regard_to_case() -> None:
    filters = Filters(ignore_genres=("podcast",))
    assert refused(filters, genres=("Talk", "PODCAST"))
    assert not refused(filters, genres=("Pop",))


@pytest.mark.parametrize("name", ["artist", "title", "album"])
def test_a_pattern_is_searched_in_its_own_tag(name: str) -> None:
    filters = replace(Filters(), **{f"ignore_{name}": (pattern("^shipping"),)})
    assert refused(filters, **{name: "Shipping Forecast"})
    assert not refused(filters)


def test_the_reason_names_the_rule() -> None:
    filters = Filters(ignore_title=(pattern("harbour$"),))
    assert rejection_reason(filters, SONG) == Reason(
        PlayReason.TITLE, "harbour$", "[filters] ignore_title"
    )


@pytest.mark.parametrize(
    ("presets", "rule"), [(("video-files",), "presets: video-files"), ((), "ignore_file_types")]
)
def test_the_reason_names_the_preset_that_has_the_rule(presets: tuple[str, ...], rule: str) -> None:
    film = replace(SONG, url="file:///film.mkv")
    assert rejection_reason(Filters(presets=presets), film) == Reason(
        PlayReason.FILE_TYPE, "mkv", f"[filters] {rule}"
    )


@pytest.mark.parametrize(("length", "unwanted"), [(59.9, True), (60.0, False), (None, False)])
def test_shorter_tracks_are_refused(length: float | None, unwanted: bool) -> None:
    assert refused(Filters(minimum_length=60.0), length=length) is unwanted


@pytest.mark.parametrize(("length", "unwanted"), [(1800.1, True), (1800.0, False), (None, False)])
def test_longer_tracks_are_refused(length: float | None, unwanted: bool) -> None:
    assert refused(Filters(maximum_length=1800.0), length=length) is unwanted


def test_an_album_may_be_required() -> None:
    assert refused(Filters(require_album=True), album="")
    assert not refused(Filters(require_album=True))


def test_an_address_that_is_none_matches_nothing() -> None:
    assert not refused(Filters(ignore_hosts=("x.example",)), url="http://[::1")


# -- putting tags right ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "artist"),
    [("first", "A"), ("joined", "A & B"), ("album_artist", "Various Artists"), ("composer", "C")],
)
def test_the_artist_to_send_is_a_policy(policy: str, artist: str) -> None:
    track = Track(
        "T", "A", album_artist="Various Artists", artists=("A", "B"), composers=("C", "D")
    )
    filters = Filters(artist=policy, artist_separator=" & ")
    assert correct_tags(filters, track).artist == artist


@pytest.mark.parametrize("policy", ["album_artist", "composer"])
def test_without_an_album_artist_or_composer_the_artist_is_sent(policy: str) -> None:
    assert correct_tags(Filters(artist=policy), Track("T", "A")).artist == "A"


@pytest.mark.parametrize(
    ("split", "url", "artist"),
    [
        ("never", RADIO.url, ""),
        ("streams", RADIO.url, "Mira Holt"),
        ("streams", "file:///a.flac", ""),
        ("always", "file:///a.flac", "Mira Holt"),
    ],
)
def test_a_stations_title_may_be_split(split: str, url: str, artist: str) -> None:
    edited = correct_tags(Filters(split_titles=split), replace(RADIO, url=url))
    assert edited.artist == artist
    assert edited.title == ("Fern" if artist else RADIO.title)


def test_a_title_is_split_at_its_first_dash_between_spaces() -> None:
    track = replace(RADIO, title="Jean-Luc Holt – Fern - Live")
    edited = correct_tags(Filters(split_titles="streams"), track)
    assert (edited.artist, edited.title) == ("Jean-Luc Holt", "Fern - Live")


@pytest.mark.parametrize(
    ("split", "url", "is_split"),
    [
        ("always", RADIO.url, True),  # the artist is the station
        ("streams", RADIO.url, False),
        ("never", RADIO.url, False),
        ("always", "file:///a.flac", False),
        ("always", "", True),  # nor is there a length
        ("streams", "", False),
    ],
)
def test_a_title_with_an_artist_is_split_only_on_a_stream_and_on_wish(
    split: str, url: str, is_split: bool
) -> None:
    track = replace(RADIO, artist="Harbour FM", url=url)
    edited = correct_tags(Filters(split_titles=split), track)
    assert (edited.artist, edited.title) == (
        ("Mira Holt", "Fern") if is_split else ("Harbour FM", RADIO.title)
    )


def test_a_track_of_some_length_without_an_address_is_no_stations() -> None:
    track = replace(RADIO, artist="Harbour FM", url="", length=200.0)
    assert correct_tags(Filters(split_titles="always"), track) == track


def test_a_station_whose_title_names_no_artist_stays_the_artist() -> None:
    track = replace(RADIO, artist="Harbour FM", title="News at ten")
    assert correct_tags(Filters(split_titles="always"), track) == track


TOPIC = Track(
    "Fern",
    "Mira Holt - Topic",
    album_artist="Mira Holt - Topic",
    artists=("Mira Holt - Topic", "Jo - Topic"),
)


def test_the_channel_of_an_artist_is_the_artist_in_a_browser() -> None:
    edited = correct_tags(Filters(), TOPIC, in_browser=True)
    assert (edited.artist, edited.album_artist) == ("Mira Holt", "Mira Holt")
    assert edited.artists == ("Mira Holt", "Jo")


@pytest.mark.parametrize(
    ("filters", "in_browser", "artist"),
    [
        (Filters(strip_topic=False), True, TOPIC.artist),
        (Filters(), False, TOPIC.artist),
        (Filters(), True, "Topic"),
        (Filters(), True, "Mira Holt - Topics"),
        (Filters(), True, "Mira Holt-Topic"),
    ],
)
def test_other_artists_keep_their_name(filters: Filters, in_browser: bool, artist: str) -> None:
    track = Track("Fern", artist)
    assert correct_tags(filters, track, in_browser) == track


def test_rewrites_are_applied_in_their_order() -> None:
    filters = Filters(
        rewrites=(
            Rewrite("title", pattern(r"\s*\(Official Video\)$"), ""),
            Rewrite("title", pattern("^(.*) Harbor$"), r"\1 Harbour"),
            Rewrite("album", pattern(".*"), "never of nothing"),
        )
    )
    edited = correct_tags(filters, Track("Slow Harbor (official video)", "The Paper Lanterns"))
    assert (edited.title, edited.album) == ("Slow Harbour", "")


def test_what_a_rewrite_makes_can_be_sent() -> None:
    rewrite = Rewrite("title", pattern("$"), "\n\x00")
    assert correct_tags(Filters(rewrites=(rewrite,)), SONG).title == "Slow Harbour"


@pytest.mark.parametrize(("url", "stream"), [(RADIO.url, True), ("file:///a", False), ("", False)])
def test_a_stream_comes_over_the_network(url: str, stream: bool) -> None:
    assert is_stream(Track(url=url)) is stream


def test_every_rule_that_changes_a_tag_is_named_in_turn() -> None:
    filters = Filters(
        artist="album_artist",
        split_titles="always",
        rewrites=(
            Rewrite("title", pattern("x$"), ""),
            Rewrite("title", pattern(" live$"), "", preset="live"),
            Rewrite("artist", pattern("^m"), "N"),
        ),
    )
    track = Track("Mira Holt - Fern live", "", album_artist="Various - Topic")
    assert list(corrections(filters, track, in_browser=True)) == [
        Correction("album_artist", "Various - Topic", "Various", "[filters] strip_topic"),
        Correction("artist", "", "Various", "[filters] artist"),
        Correction("title", "Mira Holt - Fern live", "Fern live", "[filters] split_titles"),
        Correction("artist", "Various", "Mira Holt", "[filters] split_titles"),
        Correction("title", "Fern live", "Fern", "[filters] presets: live"),
        Correction("artist", "Mira Holt", "Nira Holt", "[filters] rewrites"),
    ]


def test_a_preset_leaves_no_tag_empty() -> None:
    everything = pattern(".*")
    preset, own = (Rewrite("title", everything, "", preset=name) for name in ("live", ""))
    assert correct_tags(Filters(rewrites=(preset,)), SONG) == SONG
    assert correct_tags(Filters(rewrites=(own,)), SONG).title == ""
