"""An answer's body, JSON or XML, becomes one kind of dictionary."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.lastfm_answers import Tree, xml_reply
from scrobblerd.core.values import as_dict, as_int, as_list
from scrobblerd.services.audioscrobbler.answers import error_code, parse, text_of

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
    ("value", "found"),
    [
        (7, 7),
        ("7", 7),
        (" 7 ", 7),
        ("-7", -7),
        ("", 3),
        ("seven", 3),
        ("7.5", 3),
        (None, 3),
        ([7], 3),
        ({"#text": "7"}, 3),
        ("9" * 5000, 3),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_number_may_come_as_a_string(value: object, found: int):
    assert as_int(value, default=3) == found


def test_number_that_is_none_is_0_unless_told_otherwise():
    assert as_int("none") == 0


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([{"a": 1}, {"b": 2}], [{"a": 1}, {"b": 2}]),
        ({"a": 1}, [{"a": 1}]),
        ([], []),
        ("", []),
        (None, []),
        (7, []),
    ],
)
def test_one_or_many_or_none_are_a_list(value: Any, found: list[Any]):
    assert as_list(value) == found


@pytest.mark.parametrize(
    ("value", "found"), [({"a": 1}, {"a": 1}), ([], {}), ("", {}), (None, {}), (7, {})]
)
def test_what_is_no_object_is_an_empty_one(value: Any, found: dict[str, Any]):
    assert as_dict(value) == found


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
