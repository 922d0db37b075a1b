"""The client over real HTTP: where it finds the API, what it can do there, when it is quiet."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from lab import listenbrainz_profiles as lab_profiles
from lab.behaviour import Behaviour
from lab.listenbrainz import ListenBrainz
from lab.listenbrainz_service import Feedback
from lab.listenbrainz_service import Profile as LabProfile
from scrobblerd.core.errors import LogIn, NotConfigured, ScrobblerdError, ServiceFailed, Unreachable
from scrobblerd.core.model import ApiAccess, Scrobble, Session
from scrobblerd.core.submission import LoveRequest, QueueRow, RowState
from scrobblerd.services.base import Fault, LovedPage, Remedy
from scrobblerd.services.http import HttpAnswer, HttpClient, Transport
from scrobblerd.services.listenbrainz.answers import classify
from scrobblerd.services.listenbrainz.api import RateWindow
from scrobblerd.services.listenbrainz.client import ListenBrainzService
from scrobblerd.services.listenbrainz.profiles import (
    KOITO,
    LISTENBRAINZ,
    MALOJA,
    MULTI_SCROBBLER,
    OTHER,
    Profile,
)
from tests.support.lastfm_service import SONG, rows


class Bench:
    """A service that knows the root of a server, and what it is asked."""

    def __init__(self, server: ListenBrainz, http: HttpClient) -> None:
        self.server = server
        self.http = http
        self.access = ApiAccess(api_url=server.root_url)
        self.session = Session("quiet_otter", server.login("quiet_otter"))
        self.service = self.restarted()

    def restarted(self, profile: Profile = LISTENBRAINZ) -> ListenBrainzService:
        """The service as it is after a start."""
        self.service = ListenBrainzService(profile, lambda: self.access, self.http)
        return self.service

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [request.path for request in self.server.requests]


Start = Callable[[LabProfile], Awaitable[Bench]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a server of any kind."""
    async with AsyncExitStack() as stack:

        async def started(profile: LabProfile) -> Bench:
            server = ListenBrainz(profile=profile, clock=lambda: SONG.timestamp + 300.0)
            stack.enter_context(server)
            http = HttpClient()
            stack.push_async_callback(http.close)
            return Bench(server, http)

        yield started


@pytest.fixture
async def bench(start: Start) -> Bench:
    """A ListenBrainz at an address of one's own."""
    return await start(lab_profiles.LISTENBRAINZ)


# -- where it is ----------------------------------------------------------------------------------

FOUND = [
    (lab_profiles.LISTENBRAINZ, LISTENBRAINZ, "/1"),
    (lab_profiles.KOITO, KOITO, "/apis/listenbrainz/1"),
    (lab_profiles.MALOJA, MALOJA, "/apis/listenbrainz/1"),
    (replace(lab_profiles.MULTI_SCROBBLER, roots=("/api/listenbrainz/1/",)), MULTI_SCROBBLER, ""),
    (lab_profiles.ROCKSKY, OTHER, "/1"),
]


@pytest.mark.parametrize(("lab", "profile", "end"), FOUND)
async def test_a_login_finds_out_what_answers_and_where(
    start: Start, lab: LabProfile, profile: Profile, end: str
) -> None:
    bench = await start(lab)
    service = bench.service
    assert (service.address, service.can.batch, service.can.love) == ("", 1, False)
    session = await service.login.session(bench.session.key)
    assert session == bench.session
    assert service.address == bench.server.root_url + (end or "/api/listenbrainz/1")
    assert (await service.submit(session, rows(1))).ok
    assert (service.label, service.can) == (profile.label, profile.can)
    assert bench.server.titles() == ["Fern 0"]


async def test_a_restart_finds_it_with_its_first_request(bench: Bench) -> None:
    assert (await bench.service.submit(bench.session, rows(1))).ok
    assert bench.paths == ["/1/validate-token", "/1/submit-listens"]
    assert (await bench.service.submit(bench.session, rows(3))).ok
    assert bench.paths[2:] == ["/1/submit-listens"]
    assert bench.service.can.batch == 100


async def test_another_address_is_looked_at_anew(bench: Bench, start: Start) -> None:
    await bench.service.submit(bench.session, rows(1))
    other = await start(lab_profiles.KOITO)
    bench.access = other.access
    other.server.login("quiet_otter", bench.session.key)
    reply = await bench.service.submit(bench.session, rows(2))
    assert (reply.remedy, reply.reached) == (Remedy.HALVE, False)
    assert (await bench.service.submit(bench.session, rows(1))).ok
    assert other.server.titles() == ["Fern 0"]


async def test_an_api_that_went_away_is_looked_for_again(bench: Bench) -> None:
    await bench.service.submit(bench.session, rows(1))
    bench.server.misbehave(Behaviour.html(404))
    reply = await bench.service.submit(bench.session, rows(1))
    assert (reply.remedy, reply.fault) == (Remedy.STOP, Fault.ADDRESS)
    assert (await bench.service.submit(bench.session, rows(1))).ok
    assert bench.paths.count("/1/validate-token") == 2


async def test_a_token_is_refused_where_the_api_is(start: Start) -> None:
    for lab in (lab_profiles.LISTENBRAINZ, lab_profiles.KOITO, lab_profiles.MALOJA):
        bench = await start(lab)
        with pytest.raises(LogIn):
            await bench.service.login.session("another-token")
        assert bench.service.address


@pytest.mark.parametrize(
    ("how", "error"),
    [
        (Behaviour.html(404), NotConfigured),
        (Behaviour.raw(b'{"weather":"grey"}'), NotConfigured),
        (Behaviour.html(200), Unreachable),
        (Behaviour.html(502), Unreachable),
        (Behaviour.closed_before_storing(), Unreachable),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_a_login_says_what_is_wrong_with_the_address(
    bench: Bench, how: Behaviour, error: type[ScrobblerdError]
) -> None:
    bench.server.outage = how
    with pytest.raises(error):
        await bench.service.login.session(bench.session.key)
    assert bench.service.address == ""


async def test_a_login_that_can_not_be_checked_fails(bench: Bench) -> None:
    await bench.service.check(bench.session)
    bench.server.misbehave(Behaviour.raw(b'{"code":418,"error":"teapot"}', 418))
    with pytest.raises(ServiceFailed):
        await bench.service.login.session(bench.session.key)


async def test_no_redirect_is_followed(bench: Bench) -> None:
    bench.server.outage = Behaviour.raw(b"", 301, {"Location": f"{bench.server.root_url}/2"})
    reply = await bench.service.check(bench.session)
    assert reply.remedy is Remedy.RETRY
    assert "/2" not in bench.paths


# -- what is sent ---------------------------------------------------------------------------------


async def test_a_row_that_is_sent_again_is_the_same_to_the_byte(bench: Bench) -> None:
    row = QueueRow(1, "quiet_otter", SONG)
    for service in (bench.service, bench.restarted()):
        await service.submit(bench.session, [row])
    bodies = [it.body for it in bench.server.requests if it.method == "submit-listens"]
    assert len(bodies) == 2
    assert len(set(bodies)) == 1


async def test_the_token_is_in_the_header_alone(bench: Bench) -> None:
    await bench.service.submit(bench.session, rows(1))
    for request in bench.server.requests:
        assert request.headers["authorization"] == f"Token {bench.session.key}"
        assert bench.session.key not in request.path + request.body + str(request.params)


async def test_the_row_that_is_refused_has_its_outcome_and_the_others_none(bench: Bench) -> None:
    await bench.service.check(bench.session)
    sent = rows(3)
    bad = QueueRow(7, "quiet_otter", Scrobble("Mira Holt", "Old", 1033430399))
    reply = await bench.service.submit(bench.session, [*sent, bad])
    assert reply.remedy is Remedy.DROP
    (outcome,) = reply.outcomes
    assert (outcome.row, outcome.state) == (bad, RowState.REJECTED)
    assert "too low" in outcome.message
    assert bench.server.titles() == []
    assert (await bench.service.submit(bench.session, sent)).ok


async def test_a_paused_account_stops_with_the_servers_words(bench: Bench) -> None:
    bench.server.paused.add("quiet_otter")
    reply = await bench.service.submit(bench.session, rows(1))
    assert reply.remedy is Remedy.STOP
    assert "User account is paused" in reply.message


@pytest.mark.parametrize(
    ("status", "text"),
    [(401, "Token: {token} is bad"), (409, "Token: {start}**** | (no slug)")],
)
async def test_what_the_server_repeats_of_the_token_is_hidden(
    bench: Bench, status: int, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = "s3cr3tAndLong"
    await bench.service.check(bench.session)
    words = text.format(token=token, start=token[:3])
    bench.server.outage = Behaviour.raw(json.dumps({"error": words}).encode(), status)
    session = Session("quiet_otter", token)
    replies = [
        await bench.service.submit(session, rows(1)),
        await bench.service.now_playing(session, SONG),
        await bench.service.check(session),
    ]
    assert "s3c" not in caplog.text + repr(replies)


# -- the limit ------------------------------------------------------------------------------------


def answered(status: int = 200, left: int | None = None, reset_in: float = 0.0) -> HttpAnswer:
    """An answer with headers about the limit."""
    return HttpAnswer(Transport.ANSWERED, status, requests_left=left, reset_in=reset_in)


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (answered(left=0, reset_in=7.0), 7.0),
        (answered(left=1, reset_in=7.0), 0.0),
        (answered(reset_in=7.0), 0.0),
        (answered(left=0), 10.0),
        (answered(status=429), 10.0),
        (answered(status=429, reset_in=3.0), 3.0),
    ],
)
def test_no_request_starts_before_the_next_window(answer: HttpAnswer, wait: float) -> None:
    window = RateWindow()
    assert window.wait(100.0) == 0.0
    window.told(answer, 100.0)
    assert window.wait(100.0) == wait
    assert window.wait(100.0 + wait) == 0.0


def limited(reset_in: str) -> Behaviour:
    """The last request of a window."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-In": reset_in}
    return Behaviour.raw(b'{"status":"ok"}', 200, headers)


async def test_the_next_request_waits_for_the_window(bench: Bench) -> None:
    await bench.service.check(bench.session)
    bench.server.misbehave(limited("0.2"))
    await bench.service.submit(bench.session, rows(1))
    await bench.service.now_playing(bench.session, SONG)
    before, after = bench.server.requests[-2:]
    assert after.at - before.at >= 0.2


async def test_a_window_that_is_far_off_is_told_and_not_waited_for(bench: Bench) -> None:
    await bench.service.check(bench.session)
    bench.server.misbehave(limited("900"))
    await bench.service.submit(bench.session, rows(1))
    reply = await bench.service.submit(bench.session, rows(1))
    assert (reply.remedy, reply.fault, reply.reached) == (Remedy.RETRY, Fault.RATE, False)
    assert 890 < reply.wait <= 900
    assert bench.paths.count("/1/submit-listens") == 1


# -- love -----------------------------------------------------------------------------------------

MBID, OTHER_MBID = "11111111-2222-4333-8444-555555555555", "21111111-2222-4333-8444-555555555555"
MOSS = LoveRequest("Mira Holt", "Moss", True)


def about(row: QueueRow, loved: bool = True, mbid: str = "") -> LoveRequest:
    """A request about a track of which this row was sent."""
    scrobble = row.scrobble
    return LoveRequest(
        scrobble.artist, scrobble.track, loved, mbid=mbid, heard_at=scrobble.timestamp
    )


def given(bench: Bench) -> list[tuple[str | None, str | None, int]]:
    """MBID, MSID and score of all that is loved."""
    return [(each.mbid, each.msid, each.score) for each in bench.server.feedback]


async def test_a_love_hangs_on_the_very_listen_that_was_sent(bench: Bench) -> None:
    first, again = (
        QueueRow(1, "quiet_otter", SONG),
        QueueRow(2, "quiet_otter", replace(SONG, timestamp=SONG.timestamp + 250, duration=None)),
    )
    await bench.service.check(bench.session)
    await bench.service.submit(bench.session, [first, again])
    assert (await bench.service.love(bench.session, about(again, mbid=OTHER_MBID))).ok
    assert given(bench) == [(None, bench.server.listens[1].msid, 1)]
    assert bench.server.listens[0].msid != bench.server.listens[1].msid
    asked = next(it for it in bench.server.requests if it.path.endswith("/listens"))
    second = again.scrobble.timestamp
    assert asked.params == {"min_ts": str(second - 1), "max_ts": str(second + 1)}


async def test_of_two_listens_in_one_second_ours_is_loved(bench: Bench) -> None:
    await bench.service.submit(bench.session, rows(1))
    (ours,) = bench.server.listens
    names = {name: value for name, value in ours.metadata.items() if name.endswith("_name")}
    bench.server.listens.insert(0, replace(ours, msid=OTHER_MBID, metadata=names))
    assert (await bench.service.love(bench.session, about(rows(1)[0]))).ok
    assert given(bench) == [(None, ours.msid, 1)]


async def test_the_mbid_that_the_server_gave_a_listen_is_the_better_id(bench: Bench) -> None:
    bench.server.catalogue["Mira Holt", "Fern 0"] = MBID
    await bench.service.submit(bench.session, rows(1))
    assert (await bench.service.love(bench.session, about(rows(1)[0], mbid=OTHER_MBID))).ok
    assert given(bench) == [(MBID, None, 1)]


async def test_a_track_that_was_not_sent_is_loved_by_the_id_of_its_tags(bench: Bench) -> None:
    bench.server.catalogue["Mira Holt", "Moss"] = MBID
    assert (await bench.service.love(bench.session, replace(MOSS, mbid=OTHER_MBID.upper()))).ok
    assert given(bench) == [(OTHER_MBID, None, 1)]


@pytest.mark.parametrize("mbid", ["", "no id"])
async def test_a_track_without_an_id_is_looked_up(bench: Bench, mbid: str) -> None:
    bench.server.catalogue["Mira Holt", "Moss"] = MBID
    assert (await bench.service.love(bench.session, replace(MOSS, mbid=mbid))).ok
    assert given(bench) == [(MBID, None, 1)]
    lookup = bench.server.requests[-2]
    assert lookup.headers["authorization"] == f"Token {bench.session.key}"


@pytest.mark.parametrize("lookup", [None, Behaviour.raw(b"{}"), Behaviour.html(404)])
async def test_a_love_of_a_track_that_is_not_known_yet_waits_for_its_scrobble(
    bench: Bench, lookup: Behaviour | None
) -> None:
    await bench.service.check(bench.session)
    if lookup:
        bench.server.misbehave(lookup, method="metadata/lookup/")
    await bench.service.now_playing(bench.session, rows(1)[0].scrobble)
    request = replace(about(rows(1)[0]), heard_at=0)
    assert (await bench.service.love(bench.session, request)).remedy is Remedy.NOT_YET
    assert given(bench) == []
    await bench.service.submit(bench.session, rows(1))
    assert (await bench.service.love(bench.session, about(rows(1)[0]))).ok
    assert given(bench) == [(None, bench.server.listens[0].msid, 1)]


async def test_a_listen_that_is_not_shown_yet_is_waited_for(bench: Bench) -> None:
    bench.server.reading_lag = 60.0
    await bench.service.submit(bench.session, rows(1))
    reply = await bench.service.love(bench.session, about(rows(1)[0], mbid=MBID))
    assert (reply.remedy, given(bench)) == (Remedy.NOT_YET, [])
    bench.server.reading_lag = 0.0
    assert (await bench.service.love(bench.session, about(rows(1)[0], mbid=MBID))).ok


async def test_no_id_of_a_now_playing_is_asked_for(bench: Bench) -> None:
    await bench.service.now_playing(bench.session, SONG)
    await bench.service.love(bench.session, LoveRequest(SONG.artist, SONG.track, True))
    assert not [it for it in bench.server.requests if "return_msid" in it.params]
    assert not [it for it in bench.server.requests if "playing-now" in it.path]


async def test_what_is_loved_nowhere_is_taken_back_without_a_word(bench: Bench) -> None:
    assert (await bench.service.love(bench.session, replace(MOSS, loved=False))).ok
    assert "/1/feedback/recording-feedback" not in bench.paths


async def test_a_love_is_taken_back_by_each_id(bench: Bench) -> None:
    await bench.service.submit(bench.session, rows(1))
    msid = bench.server.listens[0].msid
    for mbid, its_msid in ((None, msid), (MBID, None), (OTHER_MBID, None)):
        bench.server.feedback.append(Feedback("quiet_otter", mbid, its_msid, 1, SONG.timestamp))
    bench.server.catalogue["Mira Holt", "Fern 0"] = MBID
    assert (await bench.service.love(bench.session, about(rows(1)[0], False, OTHER_MBID))).ok
    assert given(bench) == []


async def test_a_token_that_is_dead_is_told(bench: Bench) -> None:
    await bench.service.check(bench.session)
    dead = replace(bench.session, key="another-token")
    assert (await bench.service.love(dead, MOSS)).remedy is Remedy.REAUTH


async def test_a_love_that_was_given_elsewhere_is_taken_back(bench: Bench) -> None:
    await bench.service.submit(bench.session, rows(1))
    other = Feedback("quiet_otter", MBID, bench.server.listens[0].msid, 1, SONG.timestamp)
    bench.server.feedback.append(other)
    assert (await bench.service.love(bench.session, LoveRequest("Mira Holt", "Fern 0", False))).ok
    assert bench.server.feedback == []


async def test_a_server_that_is_out_of_order_keeps_the_love_waiting(bench: Bench) -> None:
    await bench.service.submit(bench.session, rows(1))
    for method in ("user/quiet_otter/listens", "feedback/recording-feedback"):
        bench.server.misbehave(Behaviour.html(502), method=method)
        reply = await bench.service.love(bench.session, about(rows(1)[0]))
        assert reply.remedy is Remedy.RETRY
    bench.server.misbehave(Behaviour.html(502), method="metadata/lookup/")
    reply = await bench.service.love(bench.session, MOSS)
    assert reply.remedy is Remedy.RETRY


async def test_loves_come_in_pages(bench: Bench) -> None:
    await bench.service.submit(bench.session, rows(1))
    await bench.service.love(bench.session, about(rows(1)[0]))
    beyond = await bench.service.loved_page(bench.session, 2)
    assert isinstance(beyond, LovedPage)
    assert (beyond.tracks, beyond.total, beyond.pages) == ((), 1, 1)
    assert bench.server.requests[-1].params["offset"] == "1000"


@pytest.mark.parametrize("status", [404, 405, 410])
async def test_a_server_without_loves_is_not_asked_for_ever(bench: Bench, status: int) -> None:
    await bench.service.submit(bench.session, rows(1))
    bench.server.misbehave(Behaviour.html(status), method="feedback/recording-feedback")
    reply = await bench.service.love(bench.session, about(rows(1)[0]))
    assert reply.remedy is Remedy.NOTHING


STATUSES = (200, 202, 301, 400, 401, 403, 406, 409, 413, 418, 429, 500, 502, 503, 511)
BODIES = (
    b'{"code":1,"error":"Some words"}',
    b'{"weather":"grey"}',
    b"<html>",
    b"",
    b'{"code":1,"er',
)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("method", ["feedback/recording-feedback", "submit-listens"])
async def test_what_is_no_play_is_judged_by_the_same_table(
    bench: Bench, method: str, body: bytes
) -> None:
    await bench.service.submit(bench.session, rows(1))
    bench.server.requests_left = bench.server.requests_per_window = 1000
    for status in STATUSES:
        service = bench.restarted()  # which knows of no limit
        bench.server.misbehave(Behaviour.raw(body, status), method=method)
        if method == "submit-listens":
            reply = await service.now_playing(bench.session, SONG)
        else:
            reply = await service.love(bench.session, about(rows(1)[0]))
        told = classify(HttpAnswer(Transport.ANSWERED, status, body), "ListenBrainz")
        assert (status, reply.remedy) == (status, told.remedy)
