"""Files of plays: all that is known stands in a line, and can be had again."""

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core.codec import StateError
from scrobblerd.core.model import Details, Scrobble
from scrobblerd.history_files.writing import CSV_COLUMNS, WRITERS, as_line, from_values, plain_cell
from tests.support.full_scrobble import FULL, MBIDS

BARE = Scrobble("Mira Holt", "Fern", 1_790_000_000)
HEARD = replace(FULL, details=replace(FULL.details, heard=121))


@pytest.mark.parametrize("play", [BARE, FULL, HEARD], ids=["bare", "full", "heard"])
def test_a_line_gives_the_play_again(play: Scrobble) -> None:
    assert from_values(json.loads(as_line(play))) == play


def test_what_a_later_version_adds_is_left_out() -> None:
    values = {**json.loads(as_line(FULL)), "mood": "calm", "details": 3}
    assert from_values(values) == FULL


@pytest.mark.parametrize("wrong", [{}, {"artist": "A", "track": "B", "timestamp": "1"}])
def test_what_is_no_play_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(StateError):
        from_values(wrong)


@pytest.mark.parametrize("stamp", [0, 253_402_300_800, 2**53, 2**62])
@pytest.mark.parametrize("form", WRITERS)
def test_a_moment_that_no_calendar_has_costs_no_play(form: str, stamp: int) -> None:
    line = WRITERS[form].line(replace(BARE, timestamp=stamp))
    assert "Fern" in line
    assert str(stamp) in line


def test_listenbrainz_gets_a_listen_as_it_exports_them() -> None:
    listen = json.loads(WRITERS["listenbrainz"].line(FULL))
    assert listen == {
        "listened_at": 1_790_000_000,
        "track_metadata": {
            "artist_name": "Mira Holt & Okto",
            "track_name": "Fern",
            "release_name": "Tidewater",
            "additional_info": {
                "artist_names": ["Mira Holt", "Okto"],
                "albumartist": "Various Keepers",
                "artist_mbids": [MBIDS[2], MBIDS[3]],
                "release_mbid": MBIDS[1],
                "recording_mbid": MBIDS[0],
                "tracknumber": "3",
                "duration_ms": 241_000,
                "media_player": "Spotify",
                "submission_client": "scrobblerd",
                "origin_url": "https://open.spotify.com/track/4u",
            },
        },
    }
    bare = json.loads(WRITERS["listenbrainz"].line(BARE))["track_metadata"]
    assert bare["additional_info"] == {"submission_client": "scrobblerd"}  # no null, no 0


def test_a_file_of_this_machine_is_no_page_of_a_listen() -> None:
    local = replace(FULL, details=Details(url="file:///home/mira/fern.flac"))
    assert "origin_url" not in WRITERS["listenbrainz"].line(local)


def test_a_table_begins_with_the_columns_of_last_fm() -> None:
    writer = WRITERS["csv"]
    [row] = csv.DictReader(io.StringIO(writer.header + writer.line(FULL)))
    assert [*row][:8] == [
        *("uts", "utc_time", "artist", "artist_mbid", "album", "album_mbid", "track", "track_mbid")
    ]
    assert tuple(row) == CSV_COLUMNS
    assert (row["uts"], row["utc_time"]) == ("1790000000", "21 Sep 2026, 14:13")
    assert json.loads(row["artists"]) == ["Mira Holt", "Okto"]


@given(st.text(st.characters(codec="utf-8"), max_size=20) | st.text("'=+-@a \t", max_size=8))
def test_no_cell_is_a_formula_and_each_can_be_read_again(title: str) -> None:
    writer, play = WRITERS["csv"], replace(BARE, track=title)
    [row] = csv.DictReader(io.StringIO(writer.header + writer.line(play)))
    assert not row["track"].startswith(("=", "+", "-", "@"))
    assert plain_cell(row["track"]) == json.loads(as_line(play)).get("track", "")
