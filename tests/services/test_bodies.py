"""What is read of any body, and what is said of one that is no answer."""

import pytest

from scrobblerd.services.bodies import MAX_VALUES, json_object, redirect, seen, text_within_bounds
from scrobblerd.services.http import HttpAnswer, Transport


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":1}', {"a": 1}),
        (b'\xef\xbb\xbf {"a":1}\n', {"a": 1}),
        (b"{}", {}),
        (b"[1]", None),
        (b'{"a":', None),
        (b"", None),
        (b"<html></html>", None),
        (b'{"a":' * 100_000, None),
        (b'{"a":"\xff"}', {"a": "\ufffd"}),
    ],
)
def test_an_object_is_read_and_nothing_else(body: bytes, value: object) -> None:
    assert json_object(body) == value


def test_a_body_of_more_values_than_anybody_asks_for_is_none() -> None:
    assert text_within_bounds(b"[" + b"0," * MAX_VALUES + b"0]") == ""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><title>Bad\nGateway</title>", 'a web page "Bad Gateway"'),
        (b"<!doctype html><html>", "a web page"),
        (b"out of order", '"out of order"'),
        (b"", "nothing in it"),
    ],
)
def test_what_came_is_told(body: bytes, words: str) -> None:
    assert seen(HttpAnswer(Transport.ANSWERED, 502, body)) == words


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("", "a redirect to nowhere"),
        ("https://music.example/2.0/", "api_url should be https://music.example/2.0/"),
        ("https://u:p@portal.example/login?x=1", "a redirect to https://portal.example/login;"),
    ],
)
def test_where_a_redirect_leads_is_told(location: str, words: str) -> None:
    asked = HttpAnswer(Transport.ANSWERED, 301, url="http://music.example/2.0", location=location)
    assert redirect(asked, "api_url").startswith(words)
    assert redirect(asked, "url").startswith(words.replace("api_url", "url"))
