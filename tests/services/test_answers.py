"""What an answer of Last.fm's, or the lack of one, asks for."""

import json

import pytest

from lab.lastfm_answers import (
    TOO_MANY_REQUESTS,
    TOO_MANY_SCROBBLES,
    ApiError,
    Shape,
    error_reply,
    html_reply,
)
from scrobblerd.services.audioscrobbler.answers import classify
from scrobblerd.services.audioscrobbler.protocol import RequestKind
from scrobblerd.services.base import Remedy, Reply
from scrobblerd.services.http import HttpAnswer, Transport

SHAPES: tuple[Shape, ...] = ("json", "string", "gnu", "xml")
WRITE, AUTH, READ = RequestKind.WRITE, RequestKind.AUTH, RequestKind.READ


def answered(kind: RequestKind, body: bytes, status: int = 200, retry_after: float = 0.0) -> Reply:
    """What is made of an answer to a request for a "token"."""
    return classify(
        kind, HttpAnswer(Transport.ANSWERED, status, body, retry_after), "token", "Last.fm"
    )


def failed(
    kind: RequestKind, error: ApiError, shape: Shape = "json", retry_after: float = 0.0
) -> Reply:
    """What is made of an error."""
    return answered(kind, error_reply(error, shape).body, error.status, retry_after)


# Errors


@pytest.mark.parametrize("shape", ["json", "string", "xml"])
def test_reply_says_what_last_fm_said(shape: Shape):
    reply = failed(WRITE, ApiError(8, "Operation failed -\n  try again"), shape)
    assert reply.message == "Last.fm says: Operation failed - try again (error 8)"


def test_reply_says_it_in_one_harmless_line_of_some_length():
    message = failed(WRITE, ApiError(8, "\x1b[31m\u202e" + "x" * 5000)).message
    assert message == f"Last.fm says: [31m {'x' * 194}… (error 8)"


@pytest.mark.parametrize("body", [b'{"error":8}', b'{"error":8,"message":""}'])
def test_error_without_words_is_named_by_its_code(body: bytes):
    assert answered(WRITE, body).message == "Last.fm says: error 8 (error 8)"


def test_error_wins_over_the_expected_key():
    assert answered(AUTH, b'{"token":"tK3","error":8}').remedy is Remedy.RETRY


# Error 29 has two meanings


@pytest.mark.parametrize(
    ("kind", "words", "remedy"),
    [
        (WRITE, TOO_MANY_SCROBBLES, Remedy.HOLD),
        (WRITE, TOO_MANY_SCROBBLES.upper(), Remedy.HOLD),
        (WRITE, TOO_MANY_REQUESTS, Remedy.RETRY),
        (WRITE, "Rate limit exceeded", Remedy.RETRY),
    ],
)
@pytest.mark.parametrize("shape", ["json", "string", "xml"])
def test_29_is_the_accounts_cap_or_the_rate_of_requests_by_its_words(
    kind: RequestKind, words: str, remedy: Remedy, shape: Shape
):
    reply = failed(kind, ApiError(29, words), shape)
    assert (reply.remedy, reply.code) == (remedy, 29)
    assert reply.wait == 60.0


@pytest.mark.parametrize(
    ("code", "retry_after", "wait"), [(29, 120.0, 120.0), (29, 5.0, 5.0), (8, 7.0, 7.0)]
)
def test_retry_after_wins_beside_an_error(code: int, retry_after: float, wait: float):
    assert failed(WRITE, ApiError(code), retry_after=retry_after).wait == wait


# Good answers


@pytest.mark.parametrize(
    "body",
    [
        b'{"token":"tK3"}',
        b'\xef\xbb\xbf{"token":"tK3"}',
        b'{"token":"tK3","error":0}',
        b'<lfm status="ok"><token>tK3</token></lfm>',
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_expected_key_is_a_good_answer_whatever_the_status(body: bytes, status: int):
    reply = answered(AUTH, body, status)
    assert (reply.remedy, reply.ok, reply.status) == (Remedy.DONE, True, status)
    assert (reply.body["token"], reply.code, reply.message) == ("tK3", 0, "")


@pytest.mark.parametrize(
    ("status", "body", "remedy"),
    [
        (200, b"{}", Remedy.DONE),
        (200, b"", Remedy.DONE),
        (204, b"", Remedy.DONE),
        (200, b'<lfm status="ok"/>', Remedy.DONE),
        (200, b'{"lfm":{"#text":"","status":"ok"}}', Remedy.DONE),
        (200, b'{"error":6,"message":"x"}', Remedy.DROP),
        (200, html_reply(200).body, Remedy.RETRY),
        (200, b"{", Remedy.RETRY),
        (500, b"{}", Remedy.RETRY),
        (500, b"", Remedy.RETRY),
        (404, b"", Remedy.STOP),
    ],
)
def test_love_is_done_by_a_good_status_without_an_error(status: int, body: bytes, remedy: Remedy):
    assert (
        classify(WRITE, HttpAnswer(Transport.ANSWERED, status, body), "", "Last.fm").remedy
        is remedy
    )


# Answers that can't be read


@pytest.mark.parametrize("status", [403, 406, 429, 503])
def test_retry_after_wins_over_our_own_patience(status: int):
    assert answered(WRITE, b"", status, retry_after=30.0).wait == 30.0


# No answer


@pytest.mark.parametrize("kind", list(RequestKind))
@pytest.mark.parametrize(
    ("transport", "reached"), [(Transport.UNSENT, False), (Transport.UNKNOWN, True)]
)
def test_request_without_an_answer_is_tried_again(
    kind: RequestKind, transport: Transport, reached: bool
):
    reply = classify(kind, HttpAnswer(transport, error="no\nroute"), "token", "Last.fm")
    assert (reply.remedy, reply.reached) == (Remedy.RETRY, reached)
    assert (reply.code, reply.status, reply.wait) == (0, 0, 0.0)
    assert reply.message == "Last.fm can't be reached (no route)"


def test_body_of_a_good_answer_is_passed_on_whole():
    tree = {"token": "tK3", "more": [1, 2]}
    assert answered(AUTH, json.dumps(tree).encode()).body == tree


def test_gnu_fms_nested_error_is_told_in_its_words():
    body = error_reply(ApiError(7, "Invalid resource specified"), "gnu").body
    reply = classify(
        RequestKind.WRITE, HttpAnswer(Transport.ANSWERED, 200, body), "scrobbles", "Last.fm"
    )
    assert reply.message == "Last.fm says: Invalid resource specified (error 7)"


def test_cap_told_in_gnu_fms_nested_error_holds():
    body = error_reply(ApiError(29, TOO_MANY_SCROBBLES), "gnu").body
    reply = classify(
        RequestKind.WRITE, HttpAnswer(Transport.ANSWERED, 200, body), "scrobbles", "Last.fm"
    )
    assert reply.remedy is Remedy.HOLD


@pytest.mark.parametrize(
    "body",
    [
        b'{"code":200,"error":"Invalid Method"}',
        b'<lfm status="failed"><error>out of order</error></lfm>',
        b'<lfm status="failed"></lfm>',
    ],
)
def test_love_is_not_done_by_an_error_without_a_code(body: bytes):
    assert not classify(
        RequestKind.WRITE, HttpAnswer(Transport.ANSWERED, 200, body), "", "Last.fm"
    ).ok


@pytest.mark.parametrize("body", [b'{"error":6.0,"message":"x"}'])
def test_error_code_may_be_a_float(body: bytes):
    assert (
        classify(RequestKind.WRITE, HttpAnswer(Transport.ANSWERED, 400, body), "x", "Last.fm").code
        == 6
    )
