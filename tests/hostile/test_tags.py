"""Metadata of any kind: a track that can be sent, or nothing."""

import json
import math
import time
import tracemalloc
from dataclasses import asdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core.text import MAX_WIRE_CHARACTERS
from scrobblerd.mpris import metadata
from tests.hostile.fuzzing import fuzz, nested, numbers, texts

MEGABYTE = 2**20

KEYS = (
    "xesam:title xesam:artist xesam:album xesam:albumArtist xesam:url xesam:genre mpris:length"
    " mpris:trackid xesam:trackNumber xesam:musicBrainzTrackID mb:trackId"
)
VALUES = nested(
    st.none() | st.booleans() | numbers() | texts() | st.binary(max_size=8), texts(), size=4
)
TAGS = st.dictionaries(st.sampled_from(KEYS.split()) | texts(), VALUES, max_size=8)


def is_sendable(text: str) -> bool:
    """Whether XML, JSON, SQLite and D-Bus take it, at a length that somebody may read."""
    text.encode()
    return "\0" not in text and len(text) <= MAX_WIRE_CHARACTERS


@fuzz(300)
@given(TAGS)
def test_any_metadata_is_a_track_that_can_be_sent(tags: dict[str, Any]) -> None:
    track = metadata.parse(metadata.as_tags(tags) or {})
    words = (track.title, track.artist, track.album, track.album_artist, track.url, track.trackid)
    assert all(is_sendable(word) for word in (*words, *track.artists, *track.genres, track.mbid))
    assert track.length is None or 1 <= track.length <= metadata.MAX_LENGTH_SECONDS
    assert track.number is None or 1 <= track.number < 100_000
    json.dumps(asdict(track))


@fuzz(60)
@given(VALUES)
def test_any_value_in_the_place_of_any_other_is_read_or_left_out(value: Any) -> None:
    for found in (metadata.number(value), metadata.position(value), metadata.length(value)):
        assert found is None or math.isfinite(found)
    metadata.status(value)
    metadata.as_tags(value)
    metadata.text(value)


def test_a_title_of_10_megabytes_costs_no_more_than_a_long_one() -> None:
    huge = "\x00夜 " * (10 * MEGABYTE // 5)
    many = [huge] * 64
    tracemalloc.start()
    begin = time.process_time()
    track = metadata.parse(
        {"xesam:title": huge, "xesam:artist": many, "xesam:genre": many, "xesam:url": huge}
    )
    seconds, (_, peak) = time.process_time() - begin, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(track.title) <= MAX_WIRE_CHARACTERS
    assert (seconds < 2, peak < 4 * MEGABYTE) == (True, True)
