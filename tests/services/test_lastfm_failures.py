"""The client of Last.fm where the server or the network fails: one reply, and no secret told."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from lab.lastfm import API_SECRET, Behaviour, StandIn
from scrobblerd.core.errors import ScrobblerdError, ServiceFailed
from scrobblerd.core.model import Session
from scrobblerd.core.submission import RowState
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.audioscrobbler.protocol import RequestKind
from scrobblerd.services.base import Remedy, Reply
from scrobblerd.services.http import HttpClient, Timeouts
from tests.support.lastfm_service import SONG, lastfm_service, rows, service_at

A_WHILE = 60.0
"""Seconds a scripted answer takes: for ever, unless the test lets go."""


@pytest.fixture
async def hasty(standin: StandIn) -> AsyncIterator[AudioscrobblerService]:
    """A client that does not wait half a minute for an answer."""
    http = HttpClient(timeouts=Timeouts(read=0.1))
    client = lastfm_service(http, standin)
    await client.api.call("auth.getToken", {}, kind=RequestKind.AUTH, expected="token")
    yield client
    await http.close()


def verdict(reply: Reply) -> tuple[Remedy, bool, int]:
    """What a reply comes to."""
    return reply.remedy, reply.reached, reply.code


AMBIGUOUS = (Remedy.RETRY, True, 0)
"""Maybe stored: the identical request may be sent again."""


# An answer that is broken off


@pytest.mark.parametrize(
    ("behaviour", "stored"),
    [
        (Behaviour.closed_before_storing(), 0),
        (Behaviour.closed_after_storing(), 2),
        (Behaviour.cut_mid_body(), 2),
        (Behaviour.reset_mid_body(), 2),
        (Behaviour.truncated(), 2),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_answer_broken_off_is_ambiguous_and_a_resend_is_stored_once(
    client: AudioscrobblerService,
    standin: StandIn,
    session: Session,
    behaviour: Behaviour,
    stored: int,
):
    standin.misbehave(behaviour)
    assert verdict(await client.submit(session, rows(2))) == AMBIGUOUS
    assert len(standin.scrobbles) == stored
    reply = await client.submit(session, rows(2))
    assert [one.state for one in reply.outcomes] == [RowState.SENT] * 2
    assert len(standin.scrobbles) == 2


@pytest.mark.parametrize(
    ("behaviour", "stored"),
    [(Behaviour.slow(A_WHILE), 0), (Behaviour.slow_after_storing(A_WHILE), 2)],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_answer_that_does_not_come_is_ambiguous(
    hasty: AudioscrobblerService,
    client: AudioscrobblerService,
    standin: StandIn,
    session: Session,
    behaviour: Behaviour,
    stored: int,
):
    standin.misbehave(behaviour)
    reply = await hasty.submit(session, rows(2))
    assert verdict(reply) == AMBIGUOUS
    assert reply.message == "Last.fm can't be reached (no answer in time)"
    assert standin.wait_for(lambda seen: len(seen.scrobbles) == stored)
    assert (await client.submit(session, rows(2))).ok
    assert len(standin.scrobbles) == 2


async def test_whole_request_has_its_time_out(standin: StandIn, session: Session):
    http = HttpClient(timeouts=Timeouts(whole=0.1))
    standin.misbehave(Behaviour.slow(A_WHILE))
    assert verdict(await lastfm_service(http, standin).submit(session, rows(1))) == AMBIGUOUS
    await http.close()


def test_time_outs_are_the_documented_ones():
    assert Timeouts() == Timeouts(connect=10, read=30, whole=60)


# A request that never left


async def test_refused_connection_is_certainly_not_stored(
    client: AudioscrobblerService, standin: StandIn, session: Session
):
    standin.stop()
    reply = await client.submit(session, rows(1))
    assert verdict(reply) == (Remedy.RETRY, False, 0)
    standin.start()
    assert (await client.submit(session, rows(1))).ok


@pytest.mark.parametrize("scheme", ["https", "gopher", ""])
async def test_server_that_can_not_be_spoken_to_is_certainly_not_reached(
    standin: StandIn, session: Session, scheme: str
):
    url = standin.api_url.replace("http", scheme)
    http = HttpClient()
    client = service_at(http, url, standin.auth_url)
    assert verdict(await client.submit(session, rows(1))) == (Remedy.RETRY, False, 0)
    await http.close()
    assert standin.requests == []


# Answers that are odd


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour.gzipped(),
        Behaviour.bom(),
        Behaviour.bom().also(Behaviour.gzipped()),
        Behaviour.codes_as_ints(),
        Behaviour.counts_as_strings(),
        Behaviour.corrects(0, artist="Somebody Else"),
        Behaviour.hangs_up_afterwards(),
        Behaviour.retry_after("soon"),
    ],
    ids=lambda behaviour: behaviour.name,
)
async def test_odd_but_good_answer_is_taken(
    client: AudioscrobblerService, standin: StandIn, session: Session, behaviour: Behaviour
):
    standin.misbehave(behaviour)
    reply = await client.submit(session, rows(2))
    assert [one.state for one in reply.outcomes] == [RowState.SENT] * 2


@pytest.mark.parametrize(
    ("behaviour", "remedy", "code", "wait"),
    [
        (Behaviour.error(8), Remedy.RETRY, 8, 0.0),
        (Behaviour.error(8, shape="gnu"), Remedy.RETRY, 8, 0.0),
        (Behaviour.error(9, shape="xml"), Remedy.REAUTH, 9, 0.0),
        (Behaviour.error(6), Remedy.DROP, 6, 0.0),
        (Behaviour.error(26), Remedy.STOP, 26, 0.0),
        (Behaviour.too_many_scrobbles(), Remedy.HOLD, 29, 60.0),
        (Behaviour.too_many_requests(), Remedy.RETRY, 29, 60.0),
        (
            Behaviour.too_many_requests().also(Behaviour.retry_after("90")),
            Remedy.RETRY,
            29,
            90.0,
        ),
        (Behaviour.html(503).also(Behaviour.retry_after("7")), Remedy.RETRY, 0, 7.0),
        (Behaviour.html(503).also(Behaviour.retry_after("9" * 30)), Remedy.RETRY, 0, 86_400.0),
        (Behaviour.html(429), Remedy.RETRY, 0, 60.0),
        (Behaviour.html(413), Remedy.HALVE, 0, 0.0),
        (Behaviour.html(404), Remedy.STOP, 0, 0.0),
        (Behaviour.html(200), Remedy.RETRY, 0, 0.0),
        (Behaviour.empty(), Remedy.RETRY, 0, 0.0),
        (Behaviour.wrong_keys(), Remedy.RETRY, 0, 0.0),
        (
            Behaviour.raw(b"not gzip", headers={"Content-Encoding": "gzip"}),
            Remedy.RETRY,
            0,
            0.0,
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_refusal_becomes_its_remedy(
    client: AudioscrobblerService,
    standin: StandIn,
    session: Session,
    behaviour: Behaviour,
    remedy: Remedy,
    code: int,
    wait: float,
):
    standin.misbehave(behaviour)
    reply = await client.submit(session, rows(2))
    assert verdict(reply) == (remedy, True, code)
    assert (reply.wait, reply.outcomes) == (wait, ())
    assert standin.scrobbles == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_is_not_followed(
    client: AudioscrobblerService, standin: StandIn, session: Session, status: int
):
    elsewhere = {"Location": standin.api_url}
    standin.misbehave(Behaviour.raw(b"", status, elsewhere))
    reply = await client.submit(session, rows(1))
    assert verdict(reply) == AMBIGUOUS
    assert "a network that wants a login?" in reply.message
    assert len(standin.requests) == 1


def token_of(size: int) -> bytes:
    """A good answer to auth.getToken of so many bytes."""
    start, end = b'{"token":"tK3","padding":"', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


async def test_body_of_any_size_is_read_up_to_16_mib(
    client: AudioscrobblerService, standin: StandIn
):
    most = 16 * 2**20
    standin.misbehave(Behaviour.raw(token_of(most)), Behaviour.raw(token_of(most + 2**20)))
    async with asyncio.timeout(20):
        replies = [
            await client.api.call("auth.getToken", {}, kind=RequestKind.AUTH, expected="token")
            for _ in range(2)
        ]
    assert [verdict(reply) for reply in replies] == [(Remedy.DONE, True, 0), AMBIGUOUS]


# Secrets

TOLD = [
    Behaviour(""),
    *(Behaviour.error(code) for code in (4, 8, 9, 10, 13, 14, 15, 26, 29)),
    *(Behaviour.html(status) for status in (200, 302, 403, 404, 413, 502)),
    Behaviour.closed_after_storing(),
    Behaviour.reset_mid_body(),
    Behaviour.truncated(),
    Behaviour.wrong_keys(),
    Behaviour.slow(A_WHILE),
]


async def said_by(client: AudioscrobblerService, session: Session, token: str) -> list[str]:
    """The words of every kind of request: messages of replies, and of what is raised."""
    replies = [
        await client.now_playing(session, SONG),
        await client.submit(session, rows(2)),
        await client.love(session, "Mira Holt", "Fern", loved=True),
        await client.api.call(
            "user.getInfo", {}, kind=RequestKind.READ, expected="user", session_key=session.key
        ),
        await client.api.call("auth.getToken", {}, kind=RequestKind.AUTH, expected="token"),
    ]
    words = [reply.message for reply in replies]
    try:
        words.append(str(await client.login.session(token)))
    except ScrobblerdError as error:
        words += [str(error), repr(error.__cause__), repr(error.__context__)]
    return words


@pytest.mark.parametrize("behaviour", TOLD, ids=lambda behaviour: behaviour.name)
async def test_no_secret_is_logged_or_said(
    hasty: AudioscrobblerService,
    standin: StandIn,
    session: Session,
    behaviour: Behaviour,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG)
    token = standin.issue_token()
    standin.approve(token)
    standin.outage = behaviour
    words = await said_by(hasty, session, token)
    words += [f"{record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records]
    assert any("track.scrobble" in line for line in words)
    signatures = {request.params["api_sig"] for request in standin.requests}
    secrets = {API_SECRET, *standin.tokens, *standin.sessions, *signatures}
    told = "\n".join(words)
    assert [secret for secret in secrets if secret in told] == []


async def test_failures_are_logged_at_info_and_successes_at_debug(
    hasty: AudioscrobblerService,
    client: AudioscrobblerService,
    standin: StandIn,
    session: Session,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG, "scrobblerd")
    standin.misbehave(Behaviour.error(8), Behaviour(""), Behaviour.slow(A_WHILE))
    for each in (client, client, hasty):
        await each.submit(session, rows(1))
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "INFO",
            "track.scrobble: HTTP 500, Last.fm says: Operation failed - Most likely the backend"
            " service failed. Please try again. (error 8)",
        ),
        ("DEBUG", "track.scrobble: HTTP 200, ok"),
        ("INFO", "track.scrobble: HTTP -, Last.fm can't be reached (no answer in time)"),
    ]


async def test_retry_after_of_odd_digits_is_passed_over(
    client: AudioscrobblerService, standin: StandIn, session: Session
):
    standin.misbehave(Behaviour.retry_after("²"))
    assert (await client.submit(session, rows(1))).ok


@pytest.mark.parametrize("code", [8, 9, 13])
async def test_secret_that_the_server_repeats_is_not_told(
    client: AudioscrobblerService,
    standin: StandIn,
    session: Session,
    code: int,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level("DEBUG")
    standin.misbehave(Behaviour.error(code, f"Invalid sk={session.key}"))
    reply = await client.submit(session, rows(1))
    assert session.key not in reply.message + caplog.text


@pytest.mark.parametrize("body", [b'{"token":""}', b'{"token":null}', b'{"token":{}}'])
async def test_token_that_is_none_is_told(
    client: AudioscrobblerService, standin: StandIn, body: bytes
):
    standin.misbehave(Behaviour.raw(body))
    with pytest.raises(ServiceFailed):
        await client.login.token()
