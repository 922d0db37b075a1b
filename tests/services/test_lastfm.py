"""The client of Last.fm over real HTTP: what leaves, and what becomes of good answers."""

import asyncio
import time

import pytest

from lab.lastfm import API_KEY, API_SECRET, Behaviour, StandIn
from scrobblerd import __version__
from scrobblerd.core.errors import AuthPending, LogIn, NotConfigured, ServiceFailed, Unreachable
from scrobblerd.core.model import Session
from scrobblerd.core.submission import QueueRow, RowState
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.audioscrobbler.protocol import RequestKind
from scrobblerd.services.base import Remedy
from scrobblerd.services.http import HttpClient
from scrobblerd.services.lastfm import LASTFM
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


async def test_love_and_unlove_arrive(
    client: AudioscrobblerService, standin: StandIn, session: Session
):
    assert (await client.love(session, "Mira Holt", "Fern", loved=True)).ok
    assert [one.track for one in standin.loved_by("quiet_otter")] == ["Fern"]
    assert (await client.love(session, "Mira Holt", "Fern", loved=False)).ok
    assert standin.loved_by("quiet_otter") == []


# Scrobbles


async def test_single_scrobble_is_stored_as_it_was_played(
    client: AudioscrobblerService, standin: StandIn, session: Session
):
    row = QueueRow(1, "quiet_otter", SONG)
    reply = await client.submit(session, [row])
    assert reply.ok
    assert [(one.row, one.state, one.code) for one in reply.outcomes] == [(row, RowState.SENT, 0)]
    (stored,) = standin.scrobbles
    assert (stored.artist, stored.track, stored.timestamp) == (
        SONG.artist,
        SONG.track,
        SONG.timestamp,
    )
    assert (stored.album, stored.album_artist, stored.track_number, stored.duration) == (
        "Tidewater",
        "Various Keepers",
        "3",
        241,
    )


async def test_fifty_scrobbles_are_one_request_and_keep_their_order(
    client: AudioscrobblerService, standin: StandIn, session: Session
):
    sent = rows(50)
    reply = await client.submit(session, sent)
    assert [one.row for one in reply.outcomes] == sent
    assert {one.state for one in reply.outcomes} == {RowState.SENT}
    assert [stored.track for stored in standin.scrobbles] == [row.scrobble.track for row in sent]
    assert len(standin.requests) == 1


def test_fifty_is_the_most_a_request_takes():
    assert LASTFM.can.batch == 50


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


async def test_identical_scrobble_again_is_sent_but_stored_once(
    client: AudioscrobblerService, standin: StandIn, session: Session
):
    replies = [await client.submit(session, rows(2)) for _ in range(2)]
    assert all(reply.ok for reply in replies)
    assert len(standin.scrobbles) == 2


# Login


async def test_login_goes_from_token_to_approval_to_session(
    client: AudioscrobblerService, standin: StandIn
):
    token = await client.login.token()
    url = client.login.approval_url(token)
    assert url == f"{standin.auth_url}?api_key={API_KEY}&token={token}"
    with pytest.raises(AuthPending, match="not approved yet"):
        await client.login.session(token)
    standin.approve(token, "Quiet_Otter")
    session = await client.login.session(token)
    assert session.username == "Quiet_Otter"
    assert standin.sessions[session.key].user == "Quiet_Otter"


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
        (Behaviour.error(13), NotConfigured, "check api_key and api_secret"),
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


async def test_user_agent_names_program_version_and_home(
    client: AudioscrobblerService, standin: StandIn
):
    await client.login.token()
    (request,) = standin.requests
    home = "https://github.com/scrobblerd/scrobblerd"
    assert request.headers["user-agent"] == f"scrobblerd/{__version__} ( {home} )"


async def test_request_waits_for_its_pace(standin: StandIn):
    asked_at: list[float] = []

    def pace(mono: float) -> float:
        asked_at.append(mono)
        return 0.05

    http = HttpClient(pace)
    client = lastfm_service(http, standin)
    before = time.monotonic()
    await client.login.token()
    await client.api.call(
        "user.getInfo", {"user": "nobody"}, kind=RequestKind.READ, expected="user"
    )
    await http.close()
    assert before <= asked_at[0] < asked_at[1] <= time.monotonic()
    waits = [sent.at - asked for sent, asked in zip(standin.requests, asked_at, strict=True)]
    assert all(wait >= 0.05 for wait in waits)


async def test_first_requests_share_one_client(client: AudioscrobblerService, standin: StandIn):
    tokens = await asyncio.gather(*(client.login.token() for _ in range(3)))
    assert len(set(tokens)) == len(standin.requests) == 3


async def test_client_that_was_never_used_can_be_closed():
    await HttpClient().close()
