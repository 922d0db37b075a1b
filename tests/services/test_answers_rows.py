"""The verdict on each scrobble of a batch, from the answer to `track.scrobble`."""

from dataclasses import replace
from typing import Any

import pytest

from lab.lastfm_answers import xml_reply
from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import QueueRow, RowOutcome, RowReason, RowState
from scrobblerd.services.audioscrobbler.answers import parse, row_outcomes
from scrobblerd.services.lastfm import LASTFM

SENT, PENDING, REJECTED = RowState.SENT, RowState.PENDING, RowState.REJECTED


def row(number: int = 1, retry_count: int = 0) -> QueueRow:
    """A row that was sent."""
    scrobble = Scrobble("Mira Holt", f"Fern {number}", 1_790_000_000 + number)
    return QueueRow(number, "quiet_otter", scrobble, retry_count)


def item(code: object = "0", text: str | None = "", key: str = "ignoredMessage") -> dict[str, Any]:
    """Last.fm's word on one scrobble."""
    ignored = {"code": code} if text is None else {"code": code, "#text": text}
    return {
        "artist": {"corrected": "0", "#text": "Mira Holt"},
        "album": {"corrected": "0"},
        "track": {"corrected": "1", "#text": "Ferns"},
        key: ignored,
        "albumArtist": {"corrected": "0", "#text": ""},
        "timestamp": "1790000001",
    }


def answer(scrobble: object) -> dict[str, Any]:
    """The whole body."""
    return {"scrobbles": {"scrobble": scrobble, "@attr": {"ignored": 0, "accepted": 1}}}


def verdict(one: dict[str, Any], sent: QueueRow) -> RowOutcome:
    """The verdict on a single scrobble."""
    found = row_outcomes(answer(one), [sent], LASTFM)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("spelled", [str, int])
@pytest.mark.parametrize(
    ("code", "text", "state", "words", "wait"),
    [
        (0, "", SENT, "", 0.0),
        (1, "", REJECTED, "artist filtered", 0.0),
        (1, "Artist was ignored", REJECTED, "Artist was ignored", 0.0),
        (2, None, REJECTED, "track filtered", 0.0),
        (3, "", REJECTED, "too old", 0.0),
        (4, "", PENDING, "in the future", 3600.0),
        (5, "", PENDING, "daily limit reached", 0.0),
        (6, "", REJECTED, "code 6", 0.0),
        (91, "New\nreason", REJECTED, "New reason", 0.0),
    ],
)
def test_each_ignored_code_has_its_verdict(
    spelled: type[str] | type[int],
    code: int,
    text: str | None,
    state: RowState,
    words: str,
    wait: float,
):
    sent = row()
    assert verdict(item(spelled(code), text), sent) == RowOutcome(
        sent, state, code, words, wait, RowReason.IGNORED if code else RowReason.NONE
    )


def test_what_is_in_the_future_is_held_once_and_then_rejected():
    assert verdict(item("4"), row(retry_count=0)).state is PENDING
    assert verdict(item("4"), replace(row(retry_count=1), answer_code=4)).state is REJECTED


@pytest.mark.parametrize("key", ["ignoredMessage", "ignoredmessage", "IgnoredMessage"])
def test_spelling_of_the_element_does_not_matter(key: str):
    assert verdict(item("1", key=key), row()).state is REJECTED


def test_corrections_are_no_reason_to_reject():
    assert verdict(item("0"), row()).state is SENT


def test_verdicts_stand_in_the_order_sent():
    sent = [row(number) for number in range(1, 51)]
    codes = [number % 4 for number in range(1, 51)]
    found = row_outcomes(answer([item(str(code)) for code in codes]), sent, LASTFM)
    assert found is not None
    assert [one.row for one in found] == sent
    assert [one.code for one in found] == codes
    assert [one.state for one in found] == [REJECTED if code else SENT for code in codes]


@pytest.mark.parametrize("shape", [item(), [item()]], ids=["object", "list"])
def test_single_item_may_be_an_object_or_a_list(shape: object):
    sent = row()
    assert row_outcomes(answer(shape), [sent], LASTFM) == (RowOutcome(sent, SENT),)


def test_items_of_an_xml_answer_are_judged_alike():
    sent = [row(1), row(2), row(3)]
    body = answer([item("0"), item("1", "Artist was ignored"), item("5")])
    from_xml = parse(xml_reply(body).body)
    assert from_xml is not None
    assert row_outcomes(from_xml, sent, LASTFM) == row_outcomes(body, sent, LASTFM)


@pytest.mark.parametrize(
    "body",
    [
        answer([item()]),
        answer([item(), item(), item()]),
        answer(item()),
        answer([]),
        answer(""),
        answer(None),
        {"scrobbles": {"@attr": {"ignored": 0}}},
        {"scrobbles": {}},
        {"scrobbles": ""},
        {"scrobbles": []},
        {},
    ],
    ids=lambda body: repr(body)[:40],
)
def test_answer_that_does_not_fit_what_was_sent_is_no_verdict(body: dict[str, Any]):
    assert row_outcomes(body, [row(1), row(2)], LASTFM) is None


@pytest.mark.parametrize(
    "item", [{}, {"ignoredMessage": {}}, {"ignoredMessage": {"code": "x"}}, "not an object"]
)
def test_item_without_a_code_of_its_own_is_no_verdict(item: object):
    row = QueueRow(1, "quiet_otter", Scrobble("Mira Holt", "Fern", 1_790_000_000))
    assert row_outcomes({"scrobbles": {"scrobble": [item]}}, [row], LASTFM) is None


def test_future_is_held_once_also_for_a_row_that_failed_otherwise_before():
    row = QueueRow(1, "quiet_otter", Scrobble("Mira Holt", "Fern", 1_790_000_000), retry_count=3)
    body = {"scrobbles": {"scrobble": {"ignoredMessage": {"code": "4", "#text": ""}}}}
    found = row_outcomes(body, [row], LASTFM)
    assert found is not None
    assert found[0].state is RowState.PENDING
