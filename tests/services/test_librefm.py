"""What is Libre.fm's own among those that speak Last.fm's protocol."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from lab import gnufm
from lab.behaviour import Behaviour
from lab.lastfm import StandIn
from scrobblerd.core.model import ApiAccess, Session
from scrobblerd.core.submission import LoveRequest, QueueRow, RowReason, RowState
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.audioscrobbler.protocol import OWN_KEY
from scrobblerd.services.base import Remedy
from scrobblerd.services.http import HttpClient
from scrobblerd.services.librefm import LIBREFM
from tests.support.lastfm_service import SONG, rows

NOW = SONG.timestamp + 300


class Bench:
    """The service at a Libre.fm."""

    def __init__(self, server: StandIn, http: HttpClient) -> None:
        self.server = server
        self.access = ApiAccess(api_url=server.api_url.rstrip("/"), auth_url=server.auth_url)
        self.service = AudioscrobblerService(LIBREFM, lambda: self.access, http)
        self.session = Session("quiet_otter", server.login("quiet_otter"))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A Libre.fm at whose wall clock SONG has just been played."""
    http = HttpClient()
    with StandIn(profile=gnufm.LIBREFM, clock=lambda: float(NOW)) as server:
        yield Bench(server, http)
    await http.close()


def test_limits_are_its_own() -> None:
    assert (LIBREFM.can.batch, LIBREFM.can.oldest) == (50, None)
    assert LIBREFM.can.limits.scrobbles_per_day == LIBREFM.can.limits.requests_per_day == 0


def test_the_key_of_who_has_none_tells_our_name_in_32_characters() -> None:
    assert len(OWN_KEY) == 32
    assert "scrobblerd" in OWN_KEY


async def test_who_has_no_key_logs_in_all_the_same(bench: Bench) -> None:
    bench.service.login.check_configured()
    assert bench.service.login.access.configured
    token = await bench.service.login.token()
    assert OWN_KEY in bench.service.login.approval_url(token)


async def test_a_key_of_the_users_own_is_sent(bench: Bench) -> None:
    bench.access = replace(bench.access, key="k" * 32, secret="s" * 32)
    await bench.service.check(bench.session)
    assert bench.server.requests[-1].params["api_key"] == "k" * 32


async def test_the_last_slash_of_the_address_is_added(bench: Bench) -> None:
    assert not bench.access.api_url.endswith("/")
    assert (await bench.service.submit(bench.session, rows(1))).ok
    assert [request.path for request in bench.server.requests] == ["/2.0/"]


async def test_a_resend_is_told_as_known_and_is_sent(bench: Bench) -> None:
    await bench.service.submit(bench.session, rows(3)[:1])
    reply = await bench.service.submit(bench.session, rows(3))
    assert [outcome.state for outcome in reply.outcomes] == [RowState.SENT] * 3
    assert [play.track for play in bench.server.scrobbles] == ["Fern 0", "Fern 1", "Fern 2"]


async def test_what_is_in_the_future_is_tried_again_and_what_is_too_old_is_not(
    bench: Bench,
) -> None:
    sent = [
        QueueRow(number, "quiet_otter", replace(SONG, timestamp=stamp))
        for number, stamp in enumerate((NOW + 301, 1008999999, NOW - 400 * 86400))
    ]
    reply = await bench.service.submit(bench.session, sent)
    future, old, year = reply.outcomes
    assert (future.state, future.code, future.wait) == (RowState.PENDING, 3, 3600.0)
    assert (old.state, old.code, old.reason) == (RowState.REJECTED, 4, RowReason.IGNORED)
    assert year.state is RowState.SENT


async def test_its_health_is_asked_by_the_name_of_the_user(bench: Bench) -> None:
    assert (await bench.service.check(bench.session)).ok
    assert bench.server.requests[-1].params["user"] == "quiet_otter"
    assert "sk" not in bench.server.requests[-1].params


async def test_a_love_of_what_it_does_not_know_is_done(bench: Bench) -> None:
    """Error 7 is also said of a track that is loved already, and of one that was stored."""
    assert (await bench.service.love(bench.session, LoveRequest("Mira Holt", "Fern", True))).ok
    bench.server.misbehave(Behaviour.error(8, shape="gnu"))
    reply = await bench.service.love(bench.session, LoveRequest("Mira Holt", "Fern", True))
    assert (reply.remedy, reply.code) == (Remedy.RETRY, 8)


async def test_words_name_it(bench: Bench) -> None:
    bench.server.misbehave(Behaviour.error(9, shape="gnu"))
    reply = await bench.service.submit(bench.session, rows(1))
    assert reply.message.startswith("Libre.fm says: ")
