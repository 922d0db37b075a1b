"""Tags that the user corrects."""

import pytest

from scrobblerd.core.errors import InvalidArgument
from scrobblerd.core.model import Details, Scrobble
from scrobblerd.storage.editing.tags import (
    TAGS_OF_PLAY,
    TAGS_OF_ROW,
    checked_tags,
    edited,
    is_same_listen,
)

FERN = Scrobble(
    artist="Mira Holt",
    track="Fern",
    timestamp=1_790_000_000,
    album="Understorey",
    mbid="recording",
    details=Details(
        artists=("Mira Holt", "Jonas Ek"),
        album_mbid="album",
        track_mbid="track",
        artist_mbids=("artist",),
        player="mpv",
    ),
)


def test_tags_are_taken_by_the_words_of_a_play_or_of_a_row() -> None:
    assert checked_tags({"title": " Moss  two ", "album": ""}, TAGS_OF_PLAY) == {
        "track": "Moss two",
        "album": "",
    }
    assert checked_tags({"track": "Moss"}, TAGS_OF_ROW) == {"track": "Moss"}


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({}, "tags: nothing to change; there are artist, title, album, album_artist"),
        ({"track": "x"}, "track: can't be edited; there are artist, title, album, album_artist"),
        ({"album": 5}, "album: must be a text"),
        ({"title": "  "}, "title: must not be empty"),
        ({"artist": "\ud800"}, "artist: must not be empty"),
        ({"artist": "x" * 1001}, "artist: must have 1000 characters at most"),
        *(
            ({"album": f"a{control}b"}, "album: must have no control characters")
            for control in "\n\t\0\x1b\x9f"
        ),
    ],
)
def test_tags_that_cannot_be_are_refused(tags: dict[str, object], why: str) -> None:
    with pytest.raises(InvalidArgument, match=f"^{why}"):
        checked_tags(tags, TAGS_OF_PLAY)


def test_ids_that_stood_for_what_has_changed_are_left_out() -> None:
    artist = edited(FERN, {"artist": "Mira Hold"})
    assert (artist.artist, artist.mbid, artist.details) == (
        "Mira Hold",
        "",
        Details(album_mbid="album", player="mpv"),
    )
    title = edited(FERN, {"track": "Moss"})
    assert (title.mbid, title.details.track_mbid, title.details.artists) == (
        "",
        "",
        ("Mira Holt", "Jonas Ek"),
    )
    album = edited(FERN, {"album": "", "artist": "Mira Holt"})
    assert (album.mbid, album.details.album_mbid) == ("recording", "")
    assert edited(FERN, {"artist": "Mira Holt"}) == FERN


@pytest.mark.parametrize(
    ("tags", "is_same"),
    [
        ({"artist": "MIRA  HOLT"}, True),
        ({"album_artist": "Various"}, True),
        ({"artist": "Mira Holtt"}, False),
        ({"track": "Moss"}, False),
        ({"album": ""}, False),
    ],
)
def test_a_service_takes_names_of_another_case_for_the_same(
    tags: dict[str, str], is_same: bool
) -> None:
    assert is_same_listen(FERN, edited(FERN, tags)) == is_same
