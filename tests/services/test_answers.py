"""How an answer is read, and what it, or the lack of one, asks for."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.lastfm_answers import (
    TOO_MANY_REQUESTS,
    TOO_MANY_SCROBBLES,
    ApiError,
    Shape,
    Tree,
    error_reply,
    xml_reply,
)
from lab.reply import html_reply
from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import CorrectedNames, QueueRow, RowOutcome, RowReason, RowState
from scrobblerd.services.audioscrobbler.answers import (
    classify,
    error_code,
    parse,
    row_outcomes,
    text_of,
)
from scrobblerd.services.audioscrobbler.protocol import RequestKind
from scrobblerd.services.base import Remedy, Reply
from scrobblerd.services.http import HttpAnswer, Transport
from scrobblerd.services.lastfm import LASTFM

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
        (404, b"", Remedy.BLOCKED),
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


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (b"<html><head><title> 404\nNot Found</title></html>", 'a web page "404 Not Found"'),
        (b"<!DOCTYPE html>\n<HTML lang=en><body>\x1b[31m", "a web page"),
        (b"", "nothing in it"),
        (b"Service Unavailable", '"Service Unavailable"'),
        (b"x" * 5000, f'"{"x" * 60}"'),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 405, 407, 410, 451, 500])
def test_what_came_instead_of_an_answer_is_told(status: int, body: bytes, seen: str):
    message = answered(WRITE, body, status).message
    assert seen in message
    assert f"HTTP {status}" in message


URL = "http://ws.example/2.0/"


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://ws.example/2.0/", "api_url should be https://ws.example/2.0/"),
        ("https://ws.example/api/?x=1", "api_url should be https://ws.example/api/"),
        ("https://www.example:8443/2.0/", "api_url should be https://www.example:8443/2.0/"),
        (
            "http://user:pass@login.example/hotel?from=x",
            "a redirect to http://login.example/hotel; is this a network that wants a login?",
        ),
        ("", "a redirect to nowhere"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_names_its_target(status: int, location: str, words: str):
    answer = HttpAnswer(Transport.ANSWERED, status, url=URL, location=location)
    reply = classify(WRITE, answer, "scrobbles", "Last.fm")
    assert reply.message == f"HTTP {status} instead of an answer: {words}"
    assert (reply.remedy, reply.reached) == (Remedy.RETRY, True)


@pytest.mark.parametrize(
    ("status", "location"), [(404, ""), (418, ""), (301, "https://ws.example/2.0/")]
)
def test_the_option_is_named_that_has_the_address(status: int, location: str) -> None:
    answer = HttpAnswer(Transport.ANSWERED, status, b"x", url=URL, location=location)
    lastfm = classify(WRITE, answer, "scrobbles", "Last.fm").message
    other = classify(WRITE, answer, "scrobbles", "Last.fm", url_option="url").message
    assert "api_url" in lastfm
    assert other == lastfm.replace("api_url", "url")


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


# -- scrobbles ----------------------------------------------------------------------------------


SENT, PENDING, REJECTED = RowState.SENT, RowState.PENDING, RowState.REJECTED
FERNS = CorrectedNames(track="Ferns")


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
        "track": {"corrected": "1", "#text": "Ferns"},  # it is called so there
        key: ignored,
        "albumArtist": {"corrected": "0", "#text": ""},
        "timestamp": "1790000001",
    }


def scrobbles(scrobble: object) -> dict[str, Any]:
    """The whole body."""
    return {"scrobbles": {"scrobble": scrobble, "@attr": {"ignored": 0, "accepted": 1}}}


def verdict(one: dict[str, Any], sent: QueueRow) -> RowOutcome:
    """The verdict on a single scrobble."""
    found = row_outcomes(scrobbles(one), [sent], LASTFM)
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
        row=sent,
        state=state,
        code=code,
        message=words,
        wait=wait,
        reason=RowReason.IGNORED if code else RowReason.NONE,
        corrected=CorrectedNames() if code else FERNS,
    )


def test_what_is_in_the_future_is_held_once_and_then_rejected():
    assert verdict(item("4"), row(retry_count=0)).state is PENDING
    assert verdict(item("4"), replace(row(retry_count=1), answer_code=4)).state is REJECTED


@pytest.mark.parametrize("key", ["ignoredMessage", "ignoredmessage", "IgnoredMessage"])
def test_spelling_of_the_element_does_not_matter(key: str):
    assert verdict(item("1", key=key), row()).state is REJECTED


def test_corrections_are_no_reason_to_reject():
    assert verdict(item("0"), row()).state is SENT


def corrected(**names: object) -> CorrectedNames:
    """What is kept of these elements of an item."""
    same = {"track": {"corrected": "0", "#text": "Fern 1"}}
    return verdict(item() | same | names, row()).corrected


@pytest.mark.parametrize("flag", ["1", 1])
@pytest.mark.parametrize("name", ["albumArtist", "albumartist"])
def test_all_names_that_are_corrected_are_kept(flag: object, name: str) -> None:
    def other(text: str) -> dict[str, object]:
        return {"corrected": flag, "#text": text}

    names = {"artist": other("Björn Ål"), "track": other("Is"), "album": other("Ytor")}
    assert corrected(**names, **{name: other("Alla")}) == CorrectedNames(
        artist="Björn Ål", track="Is", album="Ytor", album_artist="Alla"
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [("Fern 1", ""), ("FERN 1", "FERN 1"), ("Fern 1 ", ""), ("é" * 1000, "é" * 1000)],
)
def test_a_name_is_corrected_if_it_differs_from_what_was_sent(text: str, kept: str) -> None:
    assert corrected(track={"corrected": "1", "#text": text}).track == kept


@pytest.mark.parametrize(
    "element",
    [
        {"corrected": "0", "#text": "Is"},
        {"#text": "Is"},
        {"corrected": "yes", "#text": "Is"},
        {"corrected": True, "#text": "Is"},
        {"corrected": "1"},
        {"corrected": "1", "#text": ""},
        {"corrected": "1", "#text": " \n"},
        {"corrected": "1", "#text": None},
        {"corrected": "1", "#text": 7},
        {"corrected": "1", "#text": ["Is"]},
        {"corrected": "1", "#text": "I\x00s"},
        {"corrected": "1", "#text": "I\ns"},
        {"corrected": "1", "#text": "I\ud800s"},
        {"corrected": "1", "#text": "x" * 1001},
        {"corrected": "1", "#text": "x" * 5_000_000},
        "Is",
        ["Is"],
        None,
    ],
)
@pytest.mark.parametrize("name", ["artist", "track", "album", "albumArtist"])
def test_what_is_no_name_is_no_correction(name: str, element: object) -> None:
    assert corrected(**{name: element}) == CorrectedNames()


def test_verdicts_stand_in_the_order_sent():
    sent = [row(number) for number in range(1, 51)]
    codes = [number % 4 for number in range(1, 51)]
    found = row_outcomes(scrobbles([item(str(code)) for code in codes]), sent, LASTFM)
    assert found is not None
    assert [one.row for one in found] == sent
    assert [one.code for one in found] == codes
    assert [one.state for one in found] == [REJECTED if code else SENT for code in codes]


@pytest.mark.parametrize("shape", [item(), [item()]], ids=["object", "list"])
def test_single_item_may_be_an_object_or_a_list(shape: object):
    sent = row()
    assert row_outcomes(scrobbles(shape), [sent], LASTFM) == (
        RowOutcome(sent, SENT, corrected=FERNS),
    )


def test_items_of_an_xml_answer_are_judged_alike():
    sent = [row(1), row(2), row(3)]
    body = scrobbles([item("0"), item("1", "Artist was ignored"), item("5")])
    from_xml = parse(xml_reply(body).body)
    assert from_xml is not None
    assert row_outcomes(from_xml, sent, LASTFM) == row_outcomes(body, sent, LASTFM)


@pytest.mark.parametrize(
    "body",
    [
        scrobbles([item()]),
        scrobbles([item(), item(), item()]),
        scrobbles(item()),
        scrobbles([]),
        scrobbles(""),
        scrobbles(None),
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


# -- the body -----------------------------------------------------------------------------------


BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"token":"tK3"}', {"token": "tK3"}),
        (b'\n {"token":"tK3"} \r\n', {"token": "tK3"}),
        (BOM + b'{"token":"tK3"}', {"token": "tK3"}),
        ('{"name":"夜"}'.encode(), {"name": "夜"}),
        (b'{"name":"\xff"}', {"name": "\ufffd"}),
        (b"{}", {}),
        (b"", None),
        (b"  ", None),
        (b"[]", None),
        (b'[{"token":"tK3"}]', None),
        (b"null", None),
        (b'"token"', None),
        (b"29", None),
        (b'{"token":"tK', None),
        (b"Service Unavailable", None),
        (b'{"error":' + b"9" * 5000 + b"}", None),
        (b"[" * 100_000, None),
        (b'{"a":' * 100_000, None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_only_a_json_object_is_a_body(body: bytes, found: object):
    assert parse(body) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'<lfm status="ok"/>', {}),
        (b'<?xml version="1.0"?>\n<lfm status="ok"><token>tK3</token></lfm>', {"token": "tK3"}),
        (BOM + b'<lfm status="ok"><token>tK3</token></lfm>', {"token": "tK3"}),
        (b"<html><body>502</body></html>", None),
        (b"<!DOCTYPE html><html><lfm/></html>", None),
        (b'<lfm status="ok"><token>tK3</tok', None),
        (b'<!DOCTYPE lfm [<!ENTITY a "b">]><lfm><token>&a;</token></lfm>', None),
        (b"<lfm><token>&a;</token></lfm>", None),
        (b"<", None),
    ],
)
def test_only_last_fms_own_xml_is_a_body(body: bytes, found: object):
    assert parse(body) == found


@pytest.mark.parametrize(
    ("xml", "found"),
    [
        ("<a>x</a>", {"a": "x"}),
        ("<a/>", {"a": ""}),
        ("<a> x </a>", {"a": "x"}),
        ('<a n="1">x</a>', {"a": {"n": "1", "#text": "x"}}),
        ('<a n="1"/>', {"a": {"n": "1", "#text": ""}}),
        ("<a><b>x</b></a>", {"a": {"b": "x"}}),
        ("<a><b>x</b><b>y</b><b>z</b></a>", {"a": {"b": ["x", "y", "z"]}}),
        ('<a n="1"><b>x</b></a>', {"a": {"b": "x", "@attr": {"n": "1"}}}),
        ("<a><b/><b>y</b></a>", {"a": {"b": ["", "y"]}}),
    ],
)
def test_xml_becomes_what_last_fms_json_would_be(xml: str, found: object):
    assert parse(f'<lfm status="ok">{xml}</lfm>'.encode()) == found


def test_scrobbles_read_the_same_in_xml_and_json():
    item: Tree = {
        "artist": {"corrected": "0", "#text": "Björn Ål"},
        "album": {"corrected": "0", "#text": "Ytor"},
        "track": {"corrected": "1", "#text": "Is & <snö>"},
        "ignoredMessage": {"code": "1", "#text": "Artist was ignored"},
        "timestamp": "1790000000",
    }
    counts = {"accepted": "0", "ignored": "2"}
    tree: Tree = {"scrobbles": {"scrobble": [item, item], "@attr": counts}}
    assert parse(xml_reply(tree).body) == tree


@settings(deadline=None)
@given(st.binary() | st.text().map(lambda text: f"<lfm>{text}".encode()))
def test_any_bytes_are_a_body_or_none(body: bytes):
    assert parse(body) is None or isinstance(parse(body), dict)


# Errors


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"error":9,"message":"x"}', 9),
        (b'{"message":"x","links":[],"error":"9"}', 9),
        (b'{"error":{"#text":"x","code":"9"}}', 9),
        (b'{"error":{"#text":"x","code":9}}', 9),
        (b'<lfm status="failed"><error code="9">x</error></lfm>', 9),
        (b'{"error":0}', 0),
        (b'{"error":null}', 0),
        (b'{"error":{}}', 0),
        (b'{"error":[9]}', 0),
        (b'{"token":"tK3"}', 0),
    ],
)
def test_error_code_is_found_in_every_shape(body: bytes, code: int):
    found = parse(body)
    assert found is not None
    assert error_code(found) == code


def test_xml_error_keeps_its_text():
    found = parse(b'<lfm status="failed"><error code="9">Invalid session key</error></lfm>')
    assert found == {"error": "9", "message": "Invalid session key"}


# Values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Mira Holt", "Mira Holt"),
        ({"#text": "Mira Holt", "mbid": ""}, "Mira Holt"),
        ({"name": "Mira Holt", "url": "x"}, "Mira Holt"),
        ({"#text": "", "name": "Mira Holt"}, "Mira Holt"),
        ({"corrected": "0"}, ""),
        ({}, ""),
        (None, ""),
        (7, ""),
        (["Mira Holt"], ""),
    ],
    ids=repr,
)
def test_text_of_an_element_is_found_in_every_shape(value: Any, text: str):
    assert text_of(value) == text
