"""What every service must do, against its stand-in: a new service joins by a line in BENCHES, or in
ALL_BENCHES if it has no server."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import date

import pytest

from lab.lastfm import Behaviour
from scrobblerd.core.errors import AuthPending, LogIn
from scrobblerd.core.submission import LoveRequest, QueueRow, RowState
from scrobblerd.services.base import Fault, Listen, LoginKind, LovedPage, Pages, Remedy, Reply
from scrobblerd.services.lastfm import LASTFM
from scrobblerd.services.listenbrainz.profiles import MALOJA
from tests.support.lastfm_service import SONG, rows
from tests.support.service_benches import ALL_BENCHES, BENCHES, Bench, ServiceBench

BROKEN_OFF = [
    (Behaviour.closed_before_storing(), False),
    (Behaviour.closed_after_storing(), True),
    (Behaviour.cut_mid_body(), True),
    (Behaviour.reset_mid_body(), True),
    (Behaviour.truncated(), True),
    (Behaviour.slow_after_storing(60.0), True),
]
"""Answers that do not come whole, and whether the server has stored what was sent."""


BY_BROWSER = [kind for kind, bench in BENCHES.items() if bench.login_kind is LoginKind.BROWSER]

by_browser = pytest.mark.parametrize("bench", BY_BROWSER, indirect=True)
by_token = pytest.mark.parametrize("bench", sorted(BENCHES.keys() - BY_BROWSER), indirect=True)
announcing = pytest.mark.parametrize(
    "bench", [kind for kind, bench in BENCHES.items() if bench.announces], indirect=True
)
loving = pytest.mark.parametrize(
    "bench", [kind for kind, bench in BENCHES.items() if bench.loves], indirect=True
)


def name(value: object) -> str:
    """What a parameter is called."""
    return str(getattr(value, "name", value))


@pytest.fixture(params=BENCHES)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[ServiceBench]:
    """Each service."""
    async with BENCHES[request.param]() as made:
        yield made


@pytest.fixture(params=ALL_BENCHES)
async def storing(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """Each service, also such as have no server."""
    async with ALL_BENCHES[request.param]() as made:
        yield made


def few(bench: Bench) -> list[QueueRow]:
    """Two rows if the service takes two at once, else one."""
    return rows(min(2, bench.service.can.batch))


def plays(count: int) -> list[tuple[str, str, int]]:
    """What a server has stored of so many rows."""
    wire = [row.scrobble for row in rows(count)]
    return [(each.artist, each.track, each.timestamp) for each in wire]


def of_what_was_scrobbled(*, loved: bool) -> LoveRequest:
    """A request about the first of `rows`."""
    scrobble = rows(1)[0].scrobble
    return LoveRequest(scrobble.artist, scrobble.track, loved, heard_at=scrobble.timestamp)


class TestService:
    """The contract of `Service`."""

    async def test_scrobbles_go_before_all_other_requests(self, bench: ServiceBench) -> None:
        bench.gap_seconds = 0.05
        checks = [asyncio.create_task(bench.service.check(bench.session)) for _ in range(20)]
        await checks[0]  # all others wait by now
        assert (await bench.service.submit(bench.session, rows(1))).ok
        assert sum(check.done() for check in checks) < len(checks) / 2
        await asyncio.gather(*checks)

    async def test_a_full_batch_is_stored_in_its_order_with_an_outcome_for_each_row(
        self, storing: Bench
    ) -> None:
        sent = rows(storing.service.can.batch)
        reply = await storing.service.submit(storing.session, sent)
        assert reply.ok
        assert [outcome.row for outcome in reply.outcomes] == sent
        assert {outcome.state for outcome in reply.outcomes} == {RowState.SENT}
        assert storing.stored() == plays(len(sent))

    async def test_a_row_of_any_text_is_stored_as_it_was_played(self, storing: Bench) -> None:
        row = rows(1)[0]
        reply = await storing.service.submit(storing.session, [type(row)(1, row.username, SONG)])
        assert reply.ok
        assert storing.stored() == [(SONG.artist, SONG.track, SONG.timestamp)]

    async def test_the_identical_rows_again_are_stored_once(self, storing: Bench) -> None:
        sent = few(storing)
        replies = [await storing.service.submit(storing.session, sent) for _ in range(2)]
        assert all(reply.ok for reply in replies)
        assert storing.stored() == plays(len(sent)) * (
            1 if storing.service.can.resend_is_recognised else 2
        )

    async def test_a_check_of_what_is_well_is_good(self, storing: Bench) -> None:
        assert (await storing.service.check(storing.session)).ok

    @pytest.mark.parametrize(("how", "stored"), BROKEN_OFF, ids=name)
    async def test_an_answer_broken_off_may_have_been_stored_and_a_resend_is_stored_once(
        self, bench: ServiceBench, how: Behaviour, stored: bool
    ) -> None:
        bench.fail(how)
        reply = await bench.service.submit(bench.session, few(bench))
        assert (reply.remedy, reply.reached, reply.code) == (Remedy.RETRY, True, 0)
        bench.server.release()
        assert bench.stored() == (plays(len(few(bench))) if stored else [])
        assert (await bench.service.submit(bench.session, few(bench))).ok
        assert bench.stored() == plays(len(few(bench)))

    async def test_a_server_that_is_down_has_certainly_stored_nothing(
        self, bench: ServiceBench
    ) -> None:
        bench.server.stop()
        reply = await bench.service.submit(bench.session, rows(1))
        assert (reply.remedy, reply.reached, reply.fault) == (
            *(Remedy.RETRY, False),
            Fault.UNREACHED,
        )
        bench.server.start()
        assert (await bench.service.submit(bench.session, rows(1))).ok

    @pytest.mark.parametrize("status", [200, 301, 400, 403, 404, 413, 429, 500, 503, 511])
    async def test_a_page_of_the_web_is_no_outcome_of_any_row(
        self, bench: ServiceBench, status: int
    ) -> None:
        bench.fail(Behaviour.html(status))
        reply = await bench.service.submit(bench.session, few(bench))
        assert (reply.ok, reply.code, reply.outcomes) == (False, 0, ())
        assert reply.remedy is not Remedy.DROP
        assert len(bench.server.requests) == bench.requests_of_a_row  # no redirect is followed

    async def test_a_dead_login_asks_for_another(self, bench: ServiceBench) -> None:
        bench.revoke()
        reply = await bench.service.submit(bench.session, rows(1))
        assert (reply.remedy, reply.fault) == (Remedy.REAUTH, Fault.LOGIN)
        check = await bench.service.check(bench.session)
        proves = bench.service.can.check_proves_login
        assert check.remedy is (Remedy.REAUTH if proves else Remedy.DONE)
        assert (await bench.service.check(None)).answered

    @announcing
    async def test_what_plays_now_is_announced(self, bench: ServiceBench) -> None:
        assert (await bench.service.now_playing(bench.session, SONG)).ok
        assert bench.announced() == [SONG.track]

    @loving
    async def test_a_love_of_what_was_never_scrobbled_is_taken_or_waits(
        self, bench: ServiceBench
    ) -> None:
        reply = await bench.service.love(bench.session, LoveRequest("Mira Holt", "Moss", True))
        assert reply.remedy in (Remedy.DONE, Remedy.NOT_YET)
        back = await bench.service.love(bench.session, LoveRequest("Mira Holt", "Moss", False))
        assert back.ok
        assert bench.loved() == []

    @loving
    async def test_a_love_of_what_was_scrobbled_can_be_taken_back_and_is_listed(
        self, bench: ServiceBench
    ) -> None:
        await bench.service.submit(bench.session, rows(1))
        assert (await bench.service.love(bench.session, of_what_was_scrobbled(loved=True))).ok
        page = await bench.service.loved_page(bench.session, 1)
        assert isinstance(page, LovedPage)
        assert [(track.artist, track.title) for track in page.tracks] == [("Mira Holt", "Fern 0")]
        assert (page.user, page.total, page.pages) == ("quiet_otter", 1, 1)
        assert (await bench.service.love(bench.session, of_what_was_scrobbled(loved=False))).ok
        assert bench.loved() == []

    @loving
    async def test_a_love_may_be_asked_for_twice(self, bench: ServiceBench) -> None:
        await bench.service.submit(bench.session, rows(1))
        for loved in (True, True, False, False):
            reply = await bench.service.love(bench.session, of_what_was_scrobbled(loved=loved))
            assert reply.ok
            assert bench.loved() == ["Fern 0"] * loved

    @by_browser
    async def test_a_login_goes_from_a_token_to_its_approval_to_a_session(
        self, bench: ServiceBench
    ) -> None:
        flow = bench.service.login
        flow.check_configured()
        token = await flow.token()
        assert token in flow.approval_url(token)
        with pytest.raises(AuthPending):
            await flow.session(token)
        bench.approve(token)
        session = await flow.session(token)
        assert (await bench.service.submit(session, rows(1))).ok
        with pytest.raises(bench.used_token):
            await flow.session(token)

    @by_token
    async def test_a_login_with_a_pasted_token_is_checked(self, bench: ServiceBench) -> None:
        flow = bench.service.login
        flow.check_configured()
        assert await flow.token() == ""
        assert flow.approval_url("").startswith("http")
        session = await flow.session(f" {bench.session.key}\n")
        assert session == bench.session
        assert (await bench.service.submit(session, rows(1))).ok
        with pytest.raises(LogIn):
            await flow.session("two words")

    @pytest.mark.parametrize(
        "how",
        [Behaviour(""), Behaviour.error(8), Behaviour.html(502), Behaviour.reset_mid_body()],
        ids=name,
    )
    async def test_no_secret_is_logged_or_told(
        self, bench: ServiceBench, how: Behaviour, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        bench.fail(*[how] * 4)
        service, session = bench.service, bench.session
        replies = [
            await service.submit(session, rows(1)),
            await service.now_playing(session, SONG),
            await service.love(session, LoveRequest("Mira Holt", "Fern", True)),
            await service.check(session),
        ]
        told = caplog.text + repr(replies) + repr(session)
        assert [secret for secret in bench.secrets() if secret in told] == []

    async def test_what_it_does_not_show_or_delete_it_says_without_being_asked(
        self, storing: Bench
    ) -> None:
        service, session = storing.service, storing.session
        listen = Listen(1_795_850_002, "Mira Holt", "Fern")
        if not service.can.read:
            reply = await service.listens(session, 0, 1)
            assert isinstance(reply, Reply)
            assert (reply.remedy, reply.reached) == (Remedy.NOTHING, False)
            assert service.label in reply.message
        if not service.can.delete:
            reply = await service.delete_listen(session, listen)
            assert (reply.remedy, reply.reached) == (Remedy.NOTHING, False)
            assert service.label in reply.message

    def test_its_kind_is_the_one_it_is_known_by(self, storing: Bench) -> None:
        assert storing.service.kind in ALL_BENCHES
        assert storing.service.label


# -- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "answered", "unreachable"),
    [
        (Reply(Remedy.DONE), True, False),
        (Reply(Remedy.RETRY, 8), True, False),
        (Reply(Remedy.RETRY), False, True),
        (Reply(Remedy.BLOCKED), False, True),
        (Reply(Remedy.STOP), False, False),
    ],
)
def test_a_code_is_an_answer_and_a_page_is_none(
    reply: Reply, answered: bool, unreachable: bool
) -> None:
    assert (reply.answered, reply.unreachable) == (answered, unreachable)


def test_a_users_page_has_his_name_as_an_address_may_have_it() -> None:
    pages = Pages("https://music.example", "https://music.example/user/{user}", "")
    assert pages.library_of("a/b ü") == "https://music.example/user/a%2Fb%20%C3%BC"


def test_a_page_of_a_day_is_in_the_services_form_and_else_that_of_all_plays() -> None:
    day = date(2026, 11, 3)
    assert LASTFM.pages.day_of("a/b", day) == (
        "https://www.last.fm/user/a%2Fb/library?from=2026-11-03&to=2026-11-03"
    )
    at = MALOJA.pages_at("https://me@music.example/maloja/")
    assert at.day_of("x", day) == "https://music.example/maloja/scrobbles?in=2026/11/03"
    assert Pages("", "https://music.example/{user}", "").day_of("x", day) == (
        "https://music.example/x"
    )
