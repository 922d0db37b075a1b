"""What all tables of answers share: front ends, waits, and rows that are at fault."""

from dataclasses import replace
from typing import Any

import pytest

from scrobblerd.core.model import Details, Scrobble
from scrobblerd.core.submission import QueueRow, RowReason, RowState
from scrobblerd.services.answer_rules import (
    FRONT_END_RULES,
    MAX_MOVED_SECONDS,
    Rule,
    Shape,
    Table,
    refused,
    second_taken,
)
from scrobblerd.services.base import Fault, Remedy, Reply
from scrobblerd.services.http import HttpAnswer, Transport

TABLE = Table(
    (Rule((404,), Remedy.DROP, shapes=(Shape.ERROR,), error="^gone"), *FRONT_END_RULES),
    lambda body: str(body.get("error", "")),
)
PAGE = b"<html><title>Welcome</title></html>"
ROW = QueueRow(1, "quiet_otter", Scrobble("Mira Holt", "Fern", 1_790_000_000), retry_count=2)


def judged(status: int, body: bytes, **answer: Any) -> Reply:
    """What an answer asks for."""
    whole = HttpAnswer(Transport.ANSWERED, status, body, **answer)
    return TABLE.judge(whole, "the server", lambda told: told.get("status") == "ok")


def test_the_first_rule_that_fits_decides() -> None:
    assert judged(404, b'{"error":"gone for good"}').remedy is Remedy.DROP
    assert judged(404, b'{"error":"not here"}').remedy is Remedy.STOP
    assert judged(404, PAGE).remedy is Remedy.STOP


def test_only_a_good_body_with_200_is_done() -> None:
    assert judged(200, b'{"status":"ok"}').body == {"status": "ok"}
    assert judged(201, b'{"status":"ok"}').remedy is Remedy.RETRY
    assert judged(200, b'{"status":"no"}').remedy is Remedy.RETRY


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, PAGE, 'the server answered HTTP 403 (a web page "Welcome"): requests from here'),
        (418, b'{"error":"teapot"}', "the server says: teapot (HTTP 418)"),
        (200, b"", "the server answered HTTP 200 (nothing in it): the answer could not be read"),
    ],
)
def test_people_are_told_what_came(status: int, body: bytes, words: str) -> None:
    assert judged(status, body).message.startswith(words)


@pytest.mark.parametrize(
    ("status", "answer", "wait"),
    [
        (429, {"reset_in": 7.0, "retry_after": 90.0}, 7.0),
        (429, {}, 10.0),
        (503, {"retry_after": 120.0}, 120.0),
        (503, {}, 0.0),
    ],
)
def test_a_server_says_how_long_to_be_quiet(
    status: int, answer: dict[str, float], wait: float
) -> None:
    assert judged(status, PAGE, **answer).wait == wait


def test_what_never_came_is_told_from_what_may_have() -> None:
    for transport, reached in ((Transport.UNSENT, False), (Transport.UNKNOWN, True)):
        reply = TABLE.judge(HttpAnswer(transport, error="no route"), "the server", bool)
        assert (reply.remedy, reply.fault, reply.reached) == (
            *(Remedy.RETRY, Fault.UNREACHED),
            reached,
        )


# -- rows -----------------------------------------------------------------------------------------

ANSWER = Reply(Remedy.MOVE, code=409, status=409, message="it is taken")


def test_a_row_that_is_refused_is_told_why() -> None:
    reply = refused(ANSWER, ROW)
    (outcome,) = reply.outcomes
    assert reply.remedy is Remedy.DROP
    assert (outcome.state, outcome.reason, outcome.code, outcome.message) == (
        *(RowState.REJECTED, RowReason.REFUSED),
        *(409, "it is taken"),
    )


def test_a_row_whose_second_is_taken_moves_and_none_of_its_tries_counts() -> None:
    (outcome,) = second_taken(ANSWER, ROW).outcomes
    assert (outcome.row, outcome.state, outcome.move, outcome.tries) == (
        *(ROW, RowState.PENDING),
        *(True, 0),
    )


@pytest.mark.parametrize(("later", "moves"), [(MAX_MOVED_SECONDS - 1, True), (300, False)])
def test_a_row_moves_no_further_than_its_place_among_the_others_allows(
    later: int, moves: bool
) -> None:
    start = ROW.scrobble.timestamp
    scrobble = replace(ROW.scrobble, timestamp=start + later, details=Details(start=start))
    (outcome,) = second_taken(ANSWER, replace(ROW, scrobble=scrobble)).outcomes
    assert outcome.move is moves
    assert outcome.state is (RowState.PENDING if moves else RowState.REJECTED)
