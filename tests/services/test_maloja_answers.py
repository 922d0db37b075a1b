"""What answers of Maloja's own API ask for: the table, with each kind of body."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import QueueRow, RowReason, RowState
from scrobblerd.services.base import Fault, Remedy, Reply
from scrobblerd.services.http import HttpAnswer, Transport
from scrobblerd.services.maloja.answers import (
    TABLE,
    is_list,
    is_maloja,
    is_stored,
    submitted,
)
from scrobblerd.services.maloja.seconds import origin_of_refused
from tests.support.transcripts import read

DONE, DROP, RETRY, STOP = Remedy.DONE, Remedy.DROP, Remedy.RETRY, Remedy.STOP
FEW, REAUTH, BLOCKED, MOVE = Remedy.RETRY_FEW, Remedy.REAUTH, Remedy.BLOCKED, Remedy.MOVE
HALVE = Remedy.HALVE

PAGE = b"<!DOCTYPE html>\n<html><head><title>Maloja</title></head></html>"
ROW = QueueRow(1, "quiet_otter", Scrobble("Mira Holt", "Fern", 1_790_000_000))


def asked(status: int, body: bytes, **answer: Any) -> Reply:
    """What an answer to newscrobble asks for."""
    return TABLE.judge(HttpAnswer(Transport.ANSWERED, status, body, **answer), "Maloja", is_stored)


def error(kind: str, desc: str = "Some words.", value: Any = None) -> bytes:
    """An error of Maloja's."""
    told = {"type": kind, "value": value, "desc": desc}
    return json.dumps({"status": "failure", "error": told}).encode()


STORED = b'{"status": "success", "track": {"artists": ["Mira Holt"], "title": "Fern"}}'
EXISTS = json.dumps({"status": "success", "track": {}, "warnings": [{"type": "scrobble_exists"}]})

OWN = [
    (200, STORED, DONE, Fault.NONE),
    (200, EXISTS.encode(), DONE, Fault.NONE),
    (200, b'{"status":"failure"}', STOP, Fault.ADDRESS),
    (200, b'{"code": 200, "error": "Invalid Method"}', STOP, Fault.ADDRESS),
    (400, error("missing_scrobble_data"), DROP, Fault.UNKNOWN),
    (400, error("missing_entity_parameter"), FEW, Fault.UNKNOWN),
    (403, error("authentication_fail"), REAUTH, Fault.LOGIN),
    (401, error("authentication_fail"), REAUTH, Fault.LOGIN),
    (403, error("something_else"), BLOCKED, Fault.BLOCKED),
    (404, b'{"error": "Not found"}', STOP, Fault.ADDRESS),
    (409, error("duplicate_timestamp"), MOVE, Fault.UNKNOWN),
    (409, error("entity_exists"), FEW, Fault.UNKNOWN),
    (500, error("unknown_error"), FEW, Fault.SERVER),
    (503, error("server_not_ready"), RETRY, Fault.UNAVAILABLE),
]
"""Answers of its own, by the types of its errors (apis/native_v1.py of 3.2.9)."""


@pytest.mark.parametrize(("status", "body", "remedy", "fault"), OWN)
def test_each_answer_of_its_own_asks_for_its_remedy(
    status: int, body: bytes, remedy: Remedy, fault: Fault
) -> None:
    reply = asked(status, body)
    assert (reply.remedy, reply.fault) == (remedy, fault)
    assert reply.ok or reply.message


@pytest.mark.parametrize(("status", "body"), [(status, body) for status, body, _, _ in OWN])
def test_an_answer_that_is_cut_off_says_nothing_of_the_row(status: int, body: bytes) -> None:
    for length in (0, 1, len(body) // 2, len(body) - 1):
        reply = asked(status, body[:length])
        assert reply.remedy not in (DONE, DROP, MOVE, REAUTH)
        assert (reply.code, reply.outcomes) == (0, ())


TABLE_OF_OTHERS = {  # status: other JSON, page, nothing
    200: (STOP, RETRY, RETRY),
    301: (RETRY, RETRY, RETRY),
    400: (FEW, STOP, FEW),
    401: (BLOCKED, BLOCKED, BLOCKED),
    403: (BLOCKED, BLOCKED, BLOCKED),
    404: (STOP, STOP, STOP),
    405: (STOP, STOP, STOP),
    408: (RETRY, RETRY, RETRY),
    409: (FEW, RETRY, RETRY),
    413: (HALVE, HALVE, HALVE),
    429: (RETRY, RETRY, RETRY),
    500: (RETRY, RETRY, RETRY),
    502: (RETRY, RETRY, RETRY),
    503: (RETRY, RETRY, RETRY),
    511: (RETRY, RETRY, RETRY),
}


@pytest.mark.parametrize(("status", "remedies"), TABLE_OF_OTHERS.items())
def test_what_stands_before_it_says_nothing_of_the_row(
    status: int, remedies: tuple[Remedy, ...]
) -> None:
    bodies = (b'{"weather":"grey"}', PAGE, b"")
    assert [asked(status, body).remedy for body in bodies] == list(remedies)


@given(st.integers(100, 599), st.binary(max_size=60))
def test_nothing_but_success_with_200_is_done(status: int, body: bytes) -> None:
    assert asked(status, body).remedy is not DONE
    assert asked(status, STORED).ok is (status == 200)


def test_a_database_that_is_upgraded_says_how_long_that_takes() -> None:
    for body in (error("server_not_ready"), PAGE, b""):
        assert asked(503, body, retry_after=120.0).wait == 120.0


def test_people_are_told_its_own_words() -> None:
    message = asked(409, error("duplicate_timestamp", "It is taken.")).message
    assert message == "Maloja says: duplicate_timestamp: It is taken. (HTTP 409)"


# -- outcomes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [STORED, EXISTS.encode()])
def test_a_play_that_is_there_is_sent(body: bytes) -> None:
    (outcome,) = submitted(asked(200, body), ROW).outcomes
    assert (outcome.row, outcome.state) == (ROW, RowState.SENT)


def test_a_play_that_is_refused_is_rejected() -> None:
    (outcome,) = submitted(asked(400, error("missing_scrobble_data")), ROW).outcomes
    assert (outcome.state, outcome.reason) == (RowState.REJECTED, RowReason.REFUSED)


def test_a_play_whose_second_is_taken_moves() -> None:
    (outcome,) = submitted(asked(409, error("duplicate_timestamp")), ROW).outcomes
    assert (outcome.state, outcome.move) == (RowState.PENDING, True)


def test_an_answer_that_is_none_has_no_outcome() -> None:
    assert submitted(asked(502, PAGE), ROW).outcomes == ()


@pytest.mark.parametrize(
    ("value", "origin"),
    [({"origin": "client:phone"}, "client:phone"), ({"origin": 7}, ""), ({}, ""), (None, "")],
)
def test_a_refusal_says_who_we_are(value: Any, origin: str) -> None:
    refusal = asked(409, error("duplicate_timestamp", value=value))
    assert origin_of_refused(refusal.body) == origin


# -- what real servers answered -------------------------------------------------------------------

RECORDED = {
    "native newscrobble": DONE,
    "native newscrobble again": DONE,
    "native newscrobble clash": MOVE,
    "native newscrobble bad key": REAUTH,
    "native newscrobble no title": DROP,
}


@pytest.mark.parametrize("name", ["maloja-3.2.3", "maloja-3.2.9"])
def test_a_recorded_answer_is_what_it_was(name: str) -> None:
    recorded = {it.title: it for it in read(name)}
    for title, remedy in RECORDED.items():
        reply = asked(recorded[title].status, recorded[title].answer.encode())
        assert reply.remedy is remedy, title
    assert is_maloja(json.loads(recorded["native serverinfo"].answer))
    shown = json.loads(recorded["native scrobbles since"].answer)
    clash = asked(409, recorded["native newscrobble clash"].answer.encode())
    assert is_list(shown)
    assert origin_of_refused(clash.body) == shown["list"][0]["origin"] == "client:default"
