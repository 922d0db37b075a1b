"""The JSON of a submission: what is in it, what is left out, and that it never changes."""

import json
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.listenbrainz_payload import checked
from scrobblerd.core.model import Details, Scrobble
from scrobblerd.services.listenbrainz.payload import (
    announcement,
    page_of,
    service_of,
    submission,
)
from scrobblerd.services.listenbrainz.profiles import (
    KOITO,
    LISTENBRAINZ,
    MALOJA,
    PROFILES,
    Profile,
)
from tests.support.full_scrobble import FULL, MBIDS


def info(scrobble: Scrobble, profile: Profile = LISTENBRAINZ) -> dict[str, Any]:
    """The additional_info that is sent of a scrobble."""
    (listen,) = json.loads(submission([scrobble], profile))["payload"]
    return listen["track_metadata"]["additional_info"]


def test_all_that_is_known_is_told() -> None:
    assert json.loads(submission([FULL], LISTENBRAINZ)) == {
        "listen_type": "single",
        "payload": [
            {
                "listened_at": 1_790_000_000,
                "track_metadata": {
                    "artist_name": "Mira Holt & Okto",
                    "track_name": "Fern",
                    "release_name": "Tidewater",
                    "additional_info": {
                        "artist_mbids": MBIDS[2:],
                        "release_mbid": MBIDS[1],
                        "recording_mbid": MBIDS[0],
                        "tracknumber": "3",
                        "duration_ms": 241_000,
                        "media_player": "Spotify",
                        "submission_client": "scrobblerd",
                        "music_service": "spotify.com",
                        "origin_url": "https://open.spotify.com/track/4u",
                    },
                },
            }
        ],
    }


def test_what_is_not_known_has_no_key() -> None:
    bare = Scrobble("Mira Holt", "Fern", 1_790_000_000)
    (listen,) = json.loads(submission([bare], LISTENBRAINZ))["payload"]
    assert listen["track_metadata"].keys() == {"artist_name", "track_name", "additional_info"}
    assert info(bare).keys() == {"submission_client"}
    assert b"null" not in submission([bare], LISTENBRAINZ)


def test_one_is_single_and_several_are_an_import_in_their_order() -> None:
    later = replace(FULL, timestamp=FULL.timestamp + 300)
    document = json.loads(submission([FULL, later], LISTENBRAINZ))
    assert document["listen_type"] == "import"
    assert [each["listened_at"] for each in document["payload"]] == [1_790_000_000, 1_790_000_300]


def test_what_plays_now_has_no_time() -> None:
    document = json.loads(announcement(FULL, LISTENBRAINZ))
    assert document["listen_type"] == "playing_now"
    assert [each.keys() for each in document["payload"]] == [{"track_metadata"}]


def test_an_id_of_a_track_is_never_told_as_that_of_a_recording() -> None:
    track = replace(FULL, mbid="", details=replace(FULL.details, track_mbid=MBIDS[0]))
    assert info(track)["track_mbid"] == MBIDS[0]
    assert "recording_mbid" not in info(track)


@pytest.mark.parametrize("mbid", ["", "none", MBIDS[0][:-1], MBIDS[0] + " ", MBIDS[0] + "0"])
def test_an_id_that_is_none_is_left_out_because_the_listen_would_be_refused(mbid: str) -> None:
    details = replace(FULL.details, album_mbid=mbid, artist_mbids=(MBIDS[2], mbid))
    left = info(replace(FULL, mbid=mbid, details=details)).keys()
    assert not left & {"recording_mbid", "release_mbid", "artist_mbids"}


@pytest.mark.parametrize("seconds", [None, 0, -3, 24 * 86400 + 1])
def test_a_length_that_would_be_refused_is_left_out(seconds: int | None) -> None:
    assert "duration_ms" not in info(replace(FULL, duration=seconds))


def test_a_server_that_reads_seconds_gets_them() -> None:
    told = info(FULL, MALOJA)
    assert told["duration"] == 241
    assert "duration_ms" not in told


def test_a_server_that_reads_all_artists_gets_them() -> None:
    told = info(FULL, KOITO)
    assert told["artist_names"] == ["Mira Holt", "Okto"]
    assert told["albumartist"] == "Various Keepers"
    assert "artist_names" not in info(FULL)


TEXTS = st.text(st.characters(codec=None), max_size=30)


@given(
    artist=TEXTS,
    track=TEXTS,
    album=TEXTS,
    player=TEXTS,
    url=TEXTS,
    mbid=TEXTS,
    duration=st.none() | st.integers(),
    number=st.none() | st.integers(-5, 999),
)
def test_any_row_gives_the_same_json_again_and_one_that_is_accepted(
    artist: str,
    track: str,
    album: str,
    player: str,
    url: str,
    mbid: str,
    duration: int | None,
    number: int | None,
) -> None:
    row = Scrobble(
        artist=f"A{artist}",
        track=f"T{track}",
        timestamp=1_790_000_000,
        album=album,
        track_number=number,
        mbid=mbid,
        duration=duration,
        details=Details(
            artists=(artist, track), player=player, url=url, artist_mbids=(mbid,) if mbid else ()
        ),
    )
    for profile in PROFILES.values():
        body = submission([row], profile)
        assert body == submission([replace(row)], profile)
        assert checked(body.decode(), 1_790_000_300)[0] == "single"
        assert not has_null(json.loads(body))


def has_null(value: object) -> bool:
    """Whether there is a null anywhere."""
    if isinstance(value, dict):
        return any(map(has_null, cast("dict[str, object]", value).values()))
    if isinstance(value, list):
        return any(map(has_null, cast("list[object]", value)))
    return value is None


# -- where the music is ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "player", "page", "service"),
    [
        ("https://open.spotify.com/track/4u?si=x", "Spotify", None, "spotify.com"),
        ("https://www.youtube.com/watch?v=a1", "mpv", None, "youtube.com"),
        ("https://music.youtube.com/watch?v=a1", "Chromium", None, "music.youtube.com"),
        ("https://youtu.be/a1", "mpv", None, "youtube.com"),
        ("https://keeper.bandcamp.com/track/fern", "Firefox", None, "bandcamp.com"),
        ("https://listen.tidal.com/track/9", "Firefox", None, "tidal.com"),
        ("https://radio.example.org/shows/9", "Firefox", None, ""),
        ("https://x.example/a?token=s3cret#y", "Firefox", "https://x.example/a", ""),
        ("https://notspotify.com/track/4u", "mpv", "", ""),
    ],
)
def test_a_page_is_told_with_its_service(
    url: str, player: str, page: str | None, service: str
) -> None:
    told = page_of(url, player)
    assert (told, service_of(told)) == (url if page is None else page, service)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///home/otter/Music/fern.flac",
        "spotify:track:4u",
        "https://ice.example.org/live.mp3",
        "https://ice.example.org/live.m3u8?session=1",
        "https://ice.example.org/stream",
        "https://ice.example.org:8443/live",
        "http://ice.example.org:8000/;",
        "https://otter:pass@music.youtube.com/watch?v=1",
        "http://127.0.0.1/rest/stream.view?u=otter&t=1",
        "http://192.168.1.4/item",
        "http://[fe80::1]/item",
        "http://nas/item",
        "http://nas.local/item",
        "http://localhost/item",
        "https://[broken",
        "https://music.youtube.com/" + "x" * 1000,
        "https://archive.org/download/fern/fern.ogg",
    ],
)
def test_what_is_no_page_for_others_is_not_told(url: str) -> None:
    assert page_of(url, "Firefox") == ""


def test_an_address_that_a_player_of_files_and_streams_has_may_hold_a_secret() -> None:
    assert page_of("https://music.example.org/rest/download?u=otter&t=1", "mpv") == ""
