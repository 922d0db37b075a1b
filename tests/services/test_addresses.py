"""Where an API is looked for, what is taken for one, and what is said if there is none."""

import json
from typing import Any

import pytest

from scrobblerd.services.base import Fault, Remedy
from scrobblerd.services.http import HttpAnswer, Transport
from scrobblerd.services.listenbrainz.addresses import (
    candidates,
    is_there,
    is_valid,
    known_place,
    nowhere,
    place_of,
)
from scrobblerd.services.listenbrainz.profiles import (
    KOITO,
    LISTENBRAINZ,
    MALOJA,
    MULTI_SCROBBLER,
    OTHER,
    ROCKSKY,
    Profile,
)

HOME = "https://music.example.org"
ENDS = ["/1", "", "/apis/listenbrainz/1", "/api/listenbrainz/1", "/api/listenbrainz"]


def answer(status: int, body: Any, **more: Any) -> HttpAnswer:
    """An answer to validate-token."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(Transport.ANSWERED, status, raw, **more)


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        (HOME, HOME),
        (f"{HOME}/", HOME),
        (f" {HOME}/?x=1#y", HOME),
        (f"{HOME}/koito/", f"{HOME}/koito"),
        (f"{HOME}/1/submit-listens", f"{HOME}/1"),
        (f"{HOME}/1/validate-token/", f"{HOME}/1"),
    ],
)
def test_what_may_be_missing_is_added_in_its_order(typed: str, base: str) -> None:
    first = [base] if base.endswith("/1") else []
    assert list(candidates(typed)) == list(dict.fromkeys([*first, *(base + end for end in ENDS)]))


@pytest.mark.parametrize(
    ("url", "root", "server"),
    [
        ("https://api.listenbrainz.org", "https://api.listenbrainz.org/1", LISTENBRAINZ),
        ("https://api.listenbrainz.org/1/", "https://api.listenbrainz.org/1", LISTENBRAINZ),
        ("https://audioscrobbler.rocksky.app", "https://audioscrobbler.rocksky.app/1", ROCKSKY),
    ],
)
def test_an_address_that_is_known_is_not_looked_for(url: str, root: str, server: Profile) -> None:
    place = known_place(url)
    assert place is not None
    assert (place.root, place.server) == (root, server)
    assert known_place(HOME) is None
    assert known_place("https://api.listenbrainz.org.example.com") is None


@pytest.mark.parametrize(
    ("status", "body", "there", "valid"),
    [
        (200, {"valid": True, "user_name": "quiet_otter"}, True, True),
        (200, {"valid": False}, True, False),
        (200, {"valid": "yes"}, False, False),
        (200, {"code": 200, "error": "Invalid Method"}, False, False),
        (200, b"<html></html>", False, False),
        (401, {"error": "unauthorized"}, True, False),
        (400, {"code": 400, "error": "You need to provide an Authorization token."}, True, False),
        (401, b"<html></html>", False, False),
        (404, {"error": "Invalid API"}, False, False),
        (500, {"error": "oh"}, False, False),
        (200, b"", False, False),
    ],
)
def test_an_api_is_known_by_its_answer(status: int, body: Any, there: bool, valid: bool) -> None:
    assert is_there(answer(status, body)) is there
    assert is_valid(answer(status, body)) is valid


@pytest.mark.parametrize(
    ("end", "said", "server"),
    [
        ("/1", {"requests_left": 29}, LISTENBRAINZ),
        ("/1", {}, OTHER),
        ("/apis/listenbrainz/1", {"content_type": "text/plain; charset=utf-8"}, KOITO),
        ("/apis/listenbrainz/1", {"content_type": "application/json"}, MALOJA),
        ("/apis/listenbrainz/1", {"requests_left": 29, "content_type": "text/plain"}, KOITO),
        ("/api/listenbrainz/1", {}, MULTI_SCROBBLER),
        ("/api/listenbrainz", {}, MULTI_SCROBBLER),
    ],
)
def test_the_server_is_recognised(end: str, said: dict[str, Any], server: Profile) -> None:
    told = answer(200, {"valid": True, "user_name": "quiet_otter"}, **said)
    assert place_of(HOME + end, told, None).server is server
    assert place_of(HOME + end, told, ROCKSKY).server is ROCKSKY  # as the user says


def test_a_server_that_says_its_name_is_recognised_by_that() -> None:
    told = answer(200, {"valid": True, "user_name": "Multi-Scrobbler"})
    assert place_of(f"{HOME}/1", told, None).server is MULTI_SCROBBLER


def test_if_nothing_is_there_the_paths_are_told() -> None:
    reply = nowhere(HOME, [answer(404, b"<html></html>")] * 5, "ListenBrainz")
    assert (reply.remedy, reply.fault) == (Remedy.STOP, Fault.ADDRESS)
    assert "at music.example.org; tried were /1, /, /apis/listenbrainz/1" in reply.message


@pytest.mark.parametrize("status", [429, 502, 503, 301, 511])
def test_if_it_may_be_there_later_it_is_tried_again(status: int) -> None:
    answers = [answer(404, b""), answer(status, b"<html></html>")]
    assert nowhere(HOME, answers, "ListenBrainz").remedy is Remedy.RETRY
