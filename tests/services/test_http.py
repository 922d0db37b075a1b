"""What is sent, how fast, and what becomes of a server that can't be reached or never ends."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from lab.lastfm import Behaviour, StandIn
from scrobblerd import __version__
from scrobblerd.services.http import HttpClient, Pace, ServerDate, Timeouts, Transport

A_WHILE = 60.0
"""Seconds that a scripted answer takes: for ever, unless the test lets go."""

FORM = {"method": "user.getInfo"}


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    """The client."""
    client = HttpClient()
    yield client
    await client.close()


# -- the pace -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "asked_at", "waits"),
    [
        (5, [7.0] * 5, [0.0] * 5),
        (5, [7.0] * 11, [0.0] * 5 + [1.0] * 5 + [2.0]),
        (1, [7.0, 7.0, 7.0], [0.0, 1.0, 2.0]),
        (1, [7.0, 7.25, 8.5], [0.0, 0.75, 0.5]),
        (1, [7.0, 8.0, 9.0], [0.0, 0.0, 0.0]),
        (2, [7.0, 7.5, 7.75, 7.75], [0.0, 0.0, 0.25, 0.75]),
        (0, [7.0] * 100, [0.0] * 100),
    ],
)
def test_no_second_holds_more_requests_than_its_limit(
    limit: int, asked_at: list[float], waits: list[float]
):
    pace = Pace(lambda: limit)
    assert [pace.wait(mono) for mono in asked_at] == waits


def test_a_limit_that_was_lowered_holds_from_then_on():
    limits = [5]
    pace = Pace(lambda: limits[-1])
    for _ in range(5):
        pace.wait(7.0)
    limits.append(1)
    assert [pace.wait(mono) for mono in (7.0, 7.0, 20.0)] == [1.0, 2.0, 0.0]


# -- the clock ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "ahead"),
    [
        ("Mon, 21 Sep 2026 14:13:20 GMT", 0.0),
        ("Mon, 21 Sep 2026 14:12:20 GMT", 60.0),
        ("Mon, 21 Sep 2026 16:14:20 +0200", -60.0),
        *((header, 0.0) for header in ("", "soon", "Mon, 99 Sep 2026 14:12:20 GMT", "0" * 400)),
    ],
)
def test_the_clock_of_a_server_is_compared(header: str, ahead: float) -> None:
    assert ServerDate(header, 1_790_000_000.0).clock_ahead() == ahead


# -- requests -------------------------------------------------------------------------------------


async def test_request_waits_for_its_pace() -> None:
    asked_at: list[float] = []

    def pace(mono: float) -> float:
        asked_at.append(mono)
        return 0.05

    http = HttpClient(pace)
    before = time.monotonic()
    await http.wait_for_turn()
    assert before <= asked_at[0] <= time.monotonic() - 0.05


async def test_a_request_that_goes_first_waits_for_one_other_at_most() -> None:
    begun, free_at = list[str](), time.monotonic()

    def pace(mono: float) -> float:
        nonlocal free_at
        free_at = max(mono, free_at + 0.02)
        return free_at - mono

    http = HttpClient(pace)

    async def ask(name: str, *, goes_first: bool) -> None:
        await http.wait_for_turn(goes_first=goes_first)
        begun.append(name)

    others = [asyncio.create_task(ask("other", goes_first=False)) for _ in range(30)]
    await others[0]  # all others wait by now
    before = len(begun)
    await ask("scrobble", goes_first=True)
    assert begun.index("scrobble") <= before + 1
    await asyncio.gather(*others)
    assert len(begun) == 31


async def test_a_request_is_a_form_that_names_the_program(
    http: HttpClient, standin: StandIn
) -> None:
    await http.post_form(standin.api_url, {"artist[0]": "a b&c=é"})
    (request,) = standin.requests
    home = "https://github.com/scrobblerd/scrobblerd"
    assert (request.http_method, request.params) == ("POST", {"artist[0]": "a b&c=é"})
    assert request.headers["user-agent"] == f"scrobblerd/{__version__} ( {home} )"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"


async def test_a_document_is_sent_as_json_with_its_authorization(
    http: HttpClient, standin: StandIn
) -> None:
    await http.post_json(standin.api_url, '{"a":"é"}'.encode(), "Token t0")
    (request,) = standin.requests
    assert (request.http_method, request.body) == ("POST", '{"a":"é"}')
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Token t0"


@pytest.mark.parametrize("authorization", ["Token t0", ""])
async def test_an_address_is_read_with_its_authorization_or_none(
    http: HttpClient, standin: StandIn, authorization: str
) -> None:
    await http.get(f"{standin.api_url}?count=3", authorization)
    (request,) = standin.requests
    assert (request.http_method, request.params, request.body) == ("GET", {"count": "3"}, "")
    assert request.headers.get("authorization", "") == authorization


@pytest.mark.parametrize(
    ("headers", "left", "reset_in"),
    [
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-In": "7"}, 0, 7.0),
        ({"X-RateLimit-Remaining": "29"}, 29, 0.0),
        ({"X-RateLimit-Remaining": "-1", "X-RateLimit-Reset-In": "-3"}, None, 0.0),
        ({"X-RateLimit-Remaining": "few", "X-RateLimit-Reset-In": "soon"}, None, 0.0),
        ({"X-RateLimit-Reset-In": "99999999"}, None, 86400.0),
        ({}, None, 0.0),
    ],
)
async def test_what_the_server_says_of_its_limit_is_read(
    http: HttpClient, standin: StandIn, headers: dict[str, str], left: int | None, reset_in: float
) -> None:
    standin.misbehave(Behaviour.raw(b"{}", 200, headers))
    answer = await http.get(standin.api_url)
    assert (answer.requests_left, answer.reset_in) == (left, reset_in)


async def test_first_requests_share_one_client(http: HttpClient, standin: StandIn) -> None:
    answers = await asyncio.gather(*(http.post_form(standin.api_url, FORM) for _ in range(3)))
    assert [answer.transport for answer in answers] == [Transport.ANSWERED] * 3
    assert len(standin.requests) == 3


async def test_client_that_was_never_used_can_be_closed() -> None:
    await HttpClient().close()


# -- what can go wrong ----------------------------------------------------------------------------


def test_time_outs_are_the_documented_ones() -> None:
    assert Timeouts() == Timeouts(connect=10, read=30, whole=60)


async def test_whole_request_has_its_time_out(standin: StandIn) -> None:
    http = HttpClient(timeouts=Timeouts(whole=0.1))
    standin.misbehave(Behaviour.slow(A_WHILE))
    assert (await http.post_form(standin.api_url, FORM)).transport is Transport.UNKNOWN
    await http.close()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("9" * 30, 86_400.0), ("soon", 0.0), ("²", 0.0), ("-5", 0.0)],
)
async def test_retry_after_is_seconds_within_a_day(
    http: HttpClient, standin: StandIn, header: str, seconds: float
) -> None:
    standin.misbehave(Behaviour.html(503).also(Behaviour.retry_after(header)))
    assert (await http.post_form(standin.api_url, FORM)).retry_after == seconds


@pytest.mark.parametrize("status", [301, 308])
async def test_a_redirect_is_not_followed_but_told(
    http: HttpClient, standin: StandIn, status: int
) -> None:
    standin.misbehave(Behaviour.raw(b"", status, {"Location": "/api/"}))
    answer = await http.post_form(standin.api_url, FORM)
    assert (answer.status, answer.location) == (status, standin.api_url.replace("/2.0/", "/api/"))
    assert len(standin.requests) == 1


async def test_a_setting_that_can_not_be_used_is_an_answer_until_it_can(standin: StandIn) -> None:
    settings = ["nonsense://", "none"]
    http = HttpClient(proxy=lambda: settings[0])
    answer = await http.post_form(standin.api_url, FORM)
    assert answer.transport is Transport.UNSENT
    assert answer.error.startswith("nothing was sent, because [network] proxy is not the address")
    settings.pop(0)
    assert (await http.post_form(standin.api_url, FORM)).transport is Transport.ANSWERED
    await http.close()
