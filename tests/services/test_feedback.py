"""How a track is found among listens and loves, and how a page of loves is read."""

from typing import Any

import pytest

from scrobblerd.core.model import Loved
from scrobblerd.services.listenbrainz.feedback import TrackIds, ids_in, looked_up, loved_page

MBID, MSID = "11111111-2222-4333-8444-555555555555", "66666666-7777-4888-9999-aaaaaaaaaaaa"


def named(artist: str, title: str, **mapping: str) -> dict[str, Any]:
    """Track metadata."""
    names = {"artist_name": artist, "track_name": title}
    return {**names, "mbid_mapping": mapping} if mapping else names


def heard(artist: str, title: str, msid: str = MSID, **mapping: str) -> dict[str, Any]:
    """A listen."""
    return {"recording_msid": msid, "track_metadata": named(artist, title, **mapping)}


@pytest.mark.parametrize(
    ("listens", "ids"),
    [
        ([heard("Mira Holt", "Fern")], [TrackIds("", MSID)]),
        ([heard("Mira Holt", "Fern", recording_mbid=MBID)], [TrackIds(MBID, MSID)]),
        ([heard("MIRA  HOLT", " fern")], [TrackIds("", MSID)]),
        ([heard("Mira Holt", "Moss"), heard("Okto", "Fern")], []),
        ([heard("Mira Holt", "Fern", "")], []),
        ([{"track_metadata": None}, 7, None], []),
        (
            [heard("Mira Holt", "Fern", "newer"), heard("Mira Holt", "Fern", "older")],
            [TrackIds("", "newer"), TrackIds("", "older")],
        ),
    ],
)
def test_a_track_is_found_by_its_names(listens: list[Any], ids: list[TrackIds]) -> None:
    assert ids_in({"payload": {"listens": listens}}, "Mira Holt", "Fern") == ids


def test_a_love_is_found_by_the_names_that_come_with_it() -> None:
    love = {"recording_mbid": MBID, "recording_msid": None, "track_metadata": named("A", "B")}
    assert ids_in({"feedback": [love]}, "A", "B") == [TrackIds(MBID)]


def test_a_love_hangs_on_the_better_id_and_is_taken_back_from_both() -> None:
    assert TrackIds(MBID, MSID).wanted(True) == {"recording_mbid": MBID}
    assert TrackIds("", MSID).wanted(True) == {"recording_msid": MSID}
    assert TrackIds(MBID, MSID).wanted(False) == {"recording_mbid": MBID, "recording_msid": MSID}


@pytest.mark.parametrize(
    ("body", "ids"),
    [({"recording_mbid": MBID}, [TrackIds(MBID)]), ({}, []), ({"recording_mbid": None}, [])],
)
def test_a_lookup_may_find_nothing(body: dict[str, Any], ids: list[TrackIds]) -> None:
    assert looked_up(body) == ids


def test_a_love_without_names_is_known_by_its_id() -> None:
    love = {"created": 1_780_000_000, "track_metadata": None}
    body = {
        "feedback": [
            {"created": 1_790_000_000, "recording_mbid": MBID, "track_metadata": named("A", "B")},
            {**love, "recording_mbid": MBID},
            {**love, "recording_mbid": None, "recording_msid": MSID},
            {"created": 1_780_000_000, "recording_mbid": MBID},
            love,
        ],
        "total_count": 2001,
    }
    page = loved_page(body, "quiet_otter")
    by_mbid = Loved("", "", 1_780_000_000, MBID, MBID)
    assert page.tracks == (
        Loved("A", "B", 1_790_000_000, MBID),
        by_mbid,
        Loved("", "", 1_780_000_000, "", MSID),
        by_mbid,
    )
    assert (page.entries, page.user, page.total, page.pages) == (5, "quiet_otter", 2001, 3)


def test_an_empty_list_has_no_page() -> None:
    page = loved_page({"feedback": [], "total_count": 0}, "quiet_otter")
    assert (page.tracks, page.entries, page.total, page.pages) == ((), 0, 0, 0)
