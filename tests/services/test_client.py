"""The client over real HTTP: what leaves, what becomes of its answers, and no secret told."""

import logging
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from lab.lastfm import API_KEY, API_SECRET, Behaviour, StandIn
from scrobblerd.core.errors import LogIn, NotConfigured, ScrobblerdError, ServiceFailed, Unreachable
from scrobblerd.core.model import Session
from scrobblerd.core.submission import LoveRequest, QueueRow, RowState
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.audioscrobbler.protocol import RequestKind
from scrobblerd.services.base import Remedy, Reply
from scrobblerd.services.http import HttpClient, Timeouts
from tests.support.lastfm_service import SONG, lastfm_service, rows, service_at

# Now playing and love


async def test_now_playing_arrives_with_all_its_tags(
    client: AudioscrobblerService, standin: StandIn, session: Session
):
    reply = await client.now_playing(session, SONG)
    assert (reply.remedy, reply.status, reply.code) == (Remedy.DONE, 200, 0)
    (shown,) = standin.now_playing
    assert (shown.user, shown.artist, shown.track) == ("quiet_otter", SONG.artist, SONG.track)
    assert (shown.album, shown.duration) == ("Tidewater", 241)
    assert "timestamp" not in shown.params


# Scrobbles


async def test_each_scrobble_of_a_batch_gets_its_own_verdict(
    client: AudioscrobblerService, standin: StandIn, session: Session
):
    standin.misbehave(Behaviour.ignores({1: (1, ""), 2: (9, "New reason"), 3: (4, "")}))
    reply = await client.submit(session, rows(5))
    assert reply.ok
    assert [one.state for one in reply.outcomes] == [
        RowState.SENT,
        RowState.REJECTED,
        RowState.REJECTED,
        RowState.PENDING,
        RowState.SENT,
    ]


@pytest.mark.parametrize(("length", "told"), [(30, None), (31, 31)])
async def test_a_duration_that_the_service_would_ignore_is_left_out(
    client: AudioscrobblerService, standin: StandIn, session: Session, length: int, told: int | None
):
    song = replace(SONG, duration=length)
    assert (await client.now_playing(session, song)).ok
    assert (await client.submit(session, [QueueRow(1, session.username, song)])).ok
    assert [one.duration for one in (*standin.now_playing, *standin.scrobbles)] == [told, told]


async def test_daily_limit_within_a_batch_holds_with_all_verdicts(
    client: AudioscrobblerService, standin: StandIn, session: Session
):
    standin.daily_cap = 2
    reply = await client.submit(session, rows(3))
    assert (reply.remedy, reply.code) == (Remedy.HOLD, 5)
    assert reply.message == "Last.fm's daily limit of scrobbles"
    assert [one.state for one in reply.outcomes] == [RowState.SENT] * 2 + [RowState.PENDING]


@pytest.mark.parametrize("missing", [1, None])
async def test_answer_with_items_missing_is_no_verdict_on_any(
    client: AudioscrobblerService, standin: StandIn, session: Session, missing: int | None
):
    standin.misbehave(Behaviour.items_missing(missing))
    reply = await client.submit(session, rows(3))
    assert (reply.remedy, reply.reached, reply.outcomes) == (Remedy.RETRY, True, ())
    assert reply.message == "Last.fm's answer does not fit what was sent"


# Login


async def test_token_can_be_used_once(client: AudioscrobblerService, standin: StandIn):
    token = await client.login.token()
    standin.approve(token)
    await client.login.session(token)
    with pytest.raises(LogIn, match="the login has to begin again") as raised:
        await client.login.session(token)
    assert raised.type is LogIn


@pytest.mark.parametrize("code", [15, 4])
async def test_token_is_good_for_an_hour(
    client: AudioscrobblerService, standin: StandIn, code: int
):
    standin.expired_token_code = code
    token = await client.login.token()
    standin.approve(token)
    standin.advance(3601)
    with pytest.raises(LogIn) as raised:
        await client.login.session(token)
    assert raised.type is LogIn


@pytest.mark.parametrize(
    ("behaviour", "error", "words"),
    [
        (Behaviour.error(10), NotConfigured, "check api_key and api_secret"),
        (Behaviour.error(13), NotConfigured, "the API key is right, but not its secret"),
        (Behaviour.error(26), NotConfigured, "check api_key and api_secret"),
        (Behaviour.error(8), ServiceFailed, "try again later"),
        (Behaviour.error(16), ServiceFailed, "try again later"),
        (Behaviour.error(29), ServiceFailed, "try again later"),
        (Behaviour.html(502), Unreachable, "try again later"),
        (Behaviour.truncated(), Unreachable, "try again later"),
        (Behaviour.closed_before_storing(), Unreachable, "try again later"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_login_that_fails_says_what_to_do(
    client: AudioscrobblerService,
    standin: StandIn,
    behaviour: Behaviour,
    error: type[Exception],
    words: str,
):
    standin.outage = behaviour
    for step in (client.login.token(), client.login.session("tK3")):
        with pytest.raises(error, match=words):
            await step


@pytest.mark.parametrize(
    "session", [b'{"session":{}}', b'{"session":{"name":"a","key":""}}', b'{"session":""}']
)
async def test_session_without_name_or_key_is_none(
    client: AudioscrobblerService, standin: StandIn, session: bytes
):
    standin.misbehave(Behaviour.raw(session))
    with pytest.raises(ServiceFailed):
        await client.login.session("tK3")


@pytest.mark.parametrize(("key", "secret"), [("", ""), (API_KEY, ""), ("", API_SECRET)])
async def test_without_an_api_key_nothing_is_asked(standin: StandIn, key: str, secret: str):
    http = HttpClient()
    client = service_at(http, standin.api_url, standin.auth_url, key, secret)
    assert not client.login.access.configured
    for step in (client.login.token(), client.login.session("tK3")):
        with pytest.raises(NotConfigured, match="get one at https://"):
            await step
    await http.close()
    assert standin.requests == []


# The wire


async def test_every_request_is_a_signed_form_by_post(
    client: AudioscrobblerService, standin: StandIn, session: Session
):
    await client.now_playing(session, SONG)
    await client.submit(session, rows(1))
    await client.login.token()
    for request in standin.requests:
        assert (request.http_method, request.path, request.answered) == ("POST", "/2.0/", "ok")
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        assert request.params["format"] == "json"
        assert "" not in request.params.values()
    assert standin.connections == 1


# -- failures -----------------------------------------------------------------------------------


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


# A request that never left


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
        (Behaviour.too_many_scrobbles(), Remedy.HOLD, 29, 60.0),
        (Behaviour.too_many_requests(), Remedy.RETRY, 29, 60.0),
        (
            Behaviour.too_many_requests().also(Behaviour.retry_after("90")),
            Remedy.RETRY,
            29,
            90.0,
        ),
        (Behaviour.html(429), Remedy.RETRY, 0, 60.0),
        (Behaviour.html(413), Remedy.HALVE, 0, 0.0),
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
        await client.love(session, LoveRequest("Mira Holt", "Fern", True)),
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


async def test_an_answer_to_a_write_of_any_size_takes_a_megabyte_at_most(
    client: AudioscrobblerService, standin: StandIn, session: Session
):
    standin.misbehave(Behaviour.raw(b'{"scrobbles":' + b" " * 2**24 + b"{}}"))
    tracemalloc.start()
    reply = await client.submit(session, rows(1))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert verdict(reply) == AMBIGUOUS
    assert most < 8 * 2**20
