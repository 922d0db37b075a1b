"""What answers of the ListenBrainz kind ask for: the table, with each kind of body."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import QueueRow, RowOutcome, RowReason, RowState
from scrobblerd.services.base import Fault, Remedy, Reply
from scrobblerd.services.http import HttpAnswer, Transport
from scrobblerd.services.listenbrainz.answers import classify, submitted
from tests.support.transcripts import read

DONE, DROP, RETRY, STOP = Remedy.DONE, Remedy.DROP, Remedy.RETRY, Remedy.STOP
MOVE = Remedy.MOVE
FEW, REAUTH, BLOCKED, HALVE = Remedy.RETRY_FEW, Remedy.REAUTH, Remedy.BLOCKED, Remedy.HALVE

PAGE = b"<!doctype html>\n<html lang=en>\n<title>Something</title>"


def asked(status: int, body: bytes, **answer: Any) -> Reply:
    """What an answer asks for."""
    return classify(HttpAnswer(Transport.ANSWERED, status, body, **answer), "Koito")


def test_a_redirect_names_the_option_of_an_account() -> None:
    answer = HttpAnswer(
        Transport.ANSWERED, 301, url="http://m.example/1/x", location="https://m.example/1/x"
    )
    assert classify(answer, "Koito").message.endswith(": url should be https://m.example/1/x")


def error(status: int, text: str, **more: Any) -> bytes:
    """An error in JSON."""
    return json.dumps({**more, "code": status, "error": text}).encode()


TABLE = {  # status: error in JSON, other JSON, page, nothing or cut off
    200: (STOP, STOP, RETRY, RETRY),
    202: (STOP, STOP, RETRY, RETRY),
    301: (RETRY, RETRY, RETRY, RETRY),
    302: (RETRY, RETRY, RETRY, RETRY),
    400: (DROP, FEW, STOP, FEW),
    401: (REAUTH, REAUTH, REAUTH, REAUTH),
    403: (BLOCKED, BLOCKED, BLOCKED, BLOCKED),
    404: (STOP, STOP, STOP, STOP),
    405: (STOP, STOP, STOP, STOP),
    406: (BLOCKED, BLOCKED, BLOCKED, BLOCKED),
    408: (RETRY, RETRY, RETRY, RETRY),
    409: (REAUTH, RETRY, RETRY, RETRY),
    413: (HALVE, HALVE, HALVE, HALVE),
    418: (FEW, BLOCKED, BLOCKED, BLOCKED),
    429: (RETRY, RETRY, RETRY, RETRY),
    500: (RETRY, RETRY, RETRY, RETRY),
    502: (RETRY, RETRY, RETRY, RETRY),
    503: (RETRY, RETRY, RETRY, RETRY),
    511: (RETRY, RETRY, RETRY, RETRY),
}


@pytest.mark.parametrize(("status", "remedies"), TABLE.items())
def test_each_status_asks_for_its_remedy_by_the_shape_of_the_body(
    status: int, remedies: tuple[Remedy, ...]
) -> None:
    words = error(status, "Some words")
    bodies = (words, b'{"weather":"grey"}', PAGE, b"", words[: len(words) // 2])
    assert [asked(status, body).remedy for body in bodies] == [*remedies, remedies[-1]]


@given(st.integers(100, 599), st.binary(max_size=60))
def test_nothing_but_ok_with_200_is_done(status: int, body: bytes) -> None:
    reply = asked(status, body)
    assert reply.remedy is not DONE
    assert reply.message
    assert asked(status, b'{"status":"ok"}').ok is (status == 200)


@pytest.mark.parametrize(
    ("status", "text", "remedy", "fault"),
    [
        (401, "Invalid authorization token.", REAUTH, Fault.LOGIN),
        (401, "You need to provide an Authorization header.", REAUTH, Fault.LOGIN),
        (401, "Provided Authorization header is invalid.", REAUTH, Fault.LOGIN),
        (401, "Incorrect Authorization", REAUTH, Fault.LOGIN),
        (401, "User account is paused and is currently not ..", STOP, Fault.UNKNOWN),
        (401, "The user must have a verified email address", STOP, Fault.UNKNOWN),
        (401, "Please verify your e-mail address", STOP, Fault.UNKNOWN),
        (409, "Scrobble with the same timestamp already exists.", MOVE, Fault.UNKNOWN),
        (409, "Another timestamp, please", REAUTH, Fault.LOGIN),
        (409, "No Listenbrainz endpoint config matched", REAUTH, Fault.LOGIN),
        (500, "Unspecified server error.", FEW, Fault.SERVER),
        (500, "An unknown error occured.", RETRY, Fault.SERVER),
        (503, "Cannot submit listens to queue, please try again later.", RETRY, Fault.UNAVAILABLE),
        (429, "You have exceeded your rate limit.", RETRY, Fault.RATE),
        (404, "The requested URL was not found on the server.", STOP, Fault.ADDRESS),
    ],
)
def test_the_words_of_an_error_decide_what_its_status_leaves_open(
    status: int, text: str, remedy: Remedy, fault: Fault
) -> None:
    reply = asked(status, error(status, text))
    assert (reply.remedy, reply.fault, reply.code) == (remedy, fault, status)
    assert text in reply.message
    assert reply.message.startswith("Koito says: ")


def test_the_type_of_the_content_means_nothing() -> None:
    assert asked(200, b'{"status":"ok"}', content_type="text/plain").ok


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        ({"reset_in": 7.0}, 7.0),
        ({"reset_in": 7.0, "retry_after": 90.0}, 7.0),
        ({"retry_after": 90.0}, 90.0),
        ({}, 10.0),
    ],
)
def test_a_limit_says_how_long_to_be_quiet(answer: dict[str, float], wait: float) -> None:
    assert asked(429, PAGE, **answer).wait == wait


def test_a_server_that_is_not_there_certainly_stored_nothing() -> None:
    reply = classify(HttpAnswer(Transport.UNSENT, error="no route"), "Koito")
    assert (reply.remedy, reply.reached) == (RETRY, False)
    assert classify(HttpAnswer(Transport.UNKNOWN, error="reset"), "Koito").reached


# -- what real servers answered -------------------------------------------------------------------

RECORDED = [
    "listenbrainz-0a11984",
    "maloja-3.2.3",
    "maloja-3.2.9",
    "multi-scrobbler-0.16.4-noslug",
]


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_answer_is_done_only_if_something_was_stored(name: str) -> None:
    submissions = [it for it in read(name) if it.url.endswith("/submit-listens")]
    assert len(submissions) > 10
    for exchange in submissions:
        reply = asked(exchange.status, exchange.answer.encode())
        assert reply.ok is (exchange.answer.replace(" ", "")[:14] == '{"status":"ok"')
        if exchange.status == 409:
            same = "timestamp" in exchange.answer
            assert reply.remedy is (MOVE if same else REAUTH), exchange.title


# -- outcomes -------------------------------------------------------------------------------------


def rows(*titles: str) -> list[QueueRow]:
    """Plays a minute apart."""
    return [
        QueueRow(number, "quiet_otter", Scrobble("Mira Holt", title, 1_790_000_000 + number * 60))
        for number, title in enumerate(titles)
    ]


def outcomes(status: int, body: bytes, sent: list[QueueRow]) -> Reply:
    """The reply to a submission."""
    return submitted(asked(status, body), sent, "Koito")


def test_all_rows_are_sent_if_it_is_ok() -> None:
    sent = rows("Fern", "Moss")
    reply = outcomes(200, b'{"status":"ok"}', sent)
    assert reply.outcomes == tuple(RowOutcome(row, RowState.SENT) for row in sent)


@pytest.mark.parametrize(
    "payload",
    [
        {"submitted_listens": 0, "ignored_listens": 1},
        {"ignored_listens": 1},
        {"submitted_listens": 0},
    ],
)
def test_what_is_ignored_is_rejected_though_it_is_ok(payload: dict[str, int]) -> None:
    body = json.dumps({"status": "ok", "payload": payload}).encode()
    (outcome,) = outcomes(200, body, rows("Fern")).outcomes
    assert (outcome.state, outcome.reason) == (RowState.REJECTED, RowReason.IGNORED)
    assert outcomes(200, body, rows("Fern", "Moss")).remedy is HALVE


def test_what_is_taken_is_no_reason_to_reject() -> None:
    body = b'{"status":"ok","payload":{"submitted_listens":1,"ignored_listens":0}}'
    assert outcomes(200, body, rows("Fern")).outcomes[0].state is RowState.SENT


def refusal(text: str, **listen: Any) -> bytes:
    """A refusal into which keys of the listen are merged."""
    return error(400, text, **listen)


@pytest.mark.parametrize(
    ("merged", "guilty"),
    [
        ({"listened_at": 1_790_000_060, "track_metadata": {"track_name": "Moss"}}, "Moss"),
        ({"listened_at": 1_790_000_060, "track_metadata": {"track_name": " moss "}}, "Moss"),
        ({"track_name": "Reed"}, "Reed"),
        ({"listened_at": 1_790_000_000, "track_metadata": {"track_name": "Moss"}}, None),
        ({"track_metadata": {"track_name": "Fern"}}, None),  # it stands there twice
        ({"track_metadata": None}, None),
        ({}, None),
    ],
)
def test_the_row_that_is_named_is_refused_alone(merged: dict[str, Any], guilty: str | None) -> None:
    sent = rows("Fern", "Moss", "Reed", "Fern")
    names = merged.get("track_metadata") if "track_metadata" in merged else merged
    if names:
        names["artist_name"] = "Mira Holt"
    reply = outcomes(400, refusal("field track_metadata.release_name is bad.", **merged), sent)
    assert reply.remedy is DROP
    titles = [outcome.row.scrobble.track for outcome in reply.outcomes]
    assert titles == ([guilty] if guilty else [])
    assert {outcome.state for outcome in reply.outcomes} <= {RowState.REJECTED}


def test_a_row_that_is_alone_is_the_one() -> None:
    (outcome,) = outcomes(400, refusal("release_mbid MBID format invalid."), rows("Fern")).outcomes
    assert (outcome.state, outcome.code, outcome.reason) == (
        *(RowState.REJECTED, 400),
        RowReason.REFUSED,
    )


def test_a_second_that_another_play_has_moves_the_row_if_it_is_alone() -> None:
    taken = error(409, "Scrobble with the same timestamp already exists.")
    (outcome,) = outcomes(409, taken, rows("Fern")).outcomes
    assert (outcome.state, outcome.move, outcome.tries) == (RowState.PENDING, True, 0)
    several = outcomes(409, taken, rows("Fern", "Moss"))  # which of them, it does not say
    assert (several.remedy, several.outcomes) == (MOVE, ())


def test_what_is_in_the_future_is_tried_once_more_for_the_clock_may_be_wrong() -> None:
    body = refusal("Value for key listened_at is too high.")
    (row,) = rows("Fern")
    (first,) = outcomes(400, body, [row]).outcomes
    assert (first.state, first.wait) == (RowState.PENDING, 3600.0)
    (second,) = outcomes(400, body, [replace(row, answer_code=first.code)]).outcomes
    assert second.state is RowState.REJECTED


def test_the_recorded_refusal_names_its_listen() -> None:
    exchange = next(
        it
        for it in read("listenbrainz-0a11984")
        if it.title == "import, one bad of 3 (blank artist)"
    )
    listens = json.loads(exchange.body)["payload"]
    sent = [
        QueueRow(
            number,
            "quiet_otter",
            Scrobble(
                listen["track_metadata"]["artist_name"],
                listen["track_metadata"]["track_name"],
                listen["listened_at"],
            ),
        )
        for number, listen in enumerate(listens)
    ]
    (outcome,) = outcomes(exchange.status, exchange.answer.encode(), sent).outcomes
    assert outcome.row.scrobble.track == "Bad"
    assert re.search("artist_name is empty", outcome.message)
