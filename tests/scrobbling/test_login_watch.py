"""A login that is refused: one odd answer proves nothing, and a dead one may come back."""

from dataclasses import replace

import pytest

from lab.lastfm import Behaviour, StandIn
from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import QueueCounts
from scrobblerd.scrobbling.announcer import Announcer
from tests.support.worker_bench import DAY, NOW, SubmitterBench

CODES = [4, 9, 14]
"""What a service says of a login that is no good."""


def kept_key(pump: SubmitterBench) -> bool:
    """Whether the key is still in its file."""
    return pump.key in (pump.folder / "session.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("status", [200, 403, 500, 503])
async def test_one_odd_answer_ends_no_login(pump: SubmitterBench, code: int, status: int) -> None:
    pump.lastfm.misbehave(Behaviour.error(code, status=status))
    await pump.put("One", "Two")
    assert await pump.drain() == "offline"
    assert (pump.auth, pump.alerts, kept_key(pump)) == ([], [], True)
    await pump.turns(NOW + 60)
    assert pump.arrived() == ["One", "Two"]


@pytest.mark.parametrize("code", CODES)
async def test_one_odd_answer_to_now_playing_ends_no_login(pump: SubmitterBench, code: int) -> None:
    pump.lastfm.misbehave(Behaviour.error(code), method="track.updateNowPlaying")
    session = pump.account.session
    assert session is not None
    await Announcer(pump.context).send(session, Scrobble("Mira Holt", "Fern", 0))
    assert pump.auth == []
    assert pump.account.session == session


async def test_two_answers_that_agree_end_it_and_its_key_is_kept(pump: SubmitterBench) -> None:
    pump.lastfm.revoke(pump.key)
    await pump.put("One")
    assert await pump.drain() == "not_authenticated"
    assert pump.auth == ["expired"]
    assert pump.account.session is None
    assert kept_key(pump)


async def test_the_same_answer_again_minutes_later_ends_it_too(pump: SubmitterBench) -> None:
    pump.lastfm.outage = Behaviour.html(502)  # of the second question
    pump.lastfm.misbehave(*[Behaviour.error(9)] * 9, method="track.scrobble")
    await pump.put("One")
    await pump.turns(NOW + 20)
    assert pump.auth == []
    await pump.turns(NOW + 1200)
    assert pump.auth == ["expired"]


async def test_a_refusal_that_stays_though_the_login_is_good_is_told_but_ends_nothing(
    pump: SubmitterBench,
) -> None:
    pump.lastfm.misbehave(*[Behaviour.error(9)] * 90, method="track.scrobble")
    await pump.put("One")
    while not pump.alerts:
        await pump.turns(pump.wall + 60)
    assert pump.sent() == 3
    await pump.turns(NOW + DAY)
    assert (pump.auth, kept_key(pump)) == ([], True)
    assert ["Invalid session key" in alert for alert in pump.alerts] == [True]


async def test_a_check_that_can_not_tell_is_no_second_opinion(pump: SubmitterBench) -> None:
    """At GNU FM only a request that writes is refused."""
    pump.service.can = replace(pump.service.can, check_proves_login=False)
    pump.lastfm.misbehave(*[Behaviour.error(9)] * 90, method="track.scrobble")
    await pump.put("One")
    await pump.turns(NOW + 20)
    assert pump.auth == []
    await pump.turns(NOW + 1200)
    assert pump.auth == ["expired"]
    await pump.turns(NOW + 2 * DAY)
    assert (pump.auth, pump.account.session, kept_key(pump)) == (["expired"], None, True)


async def test_a_dead_login_is_tried_now_and_then_and_comes_back(
    lastfm: StandIn, pump: SubmitterBench
) -> None:
    await pump.put("One")
    lastfm.outage = Behaviour.error(9)
    await pump.turns(NOW + 1.5 * DAY)
    assert pump.account.session is None
    assert 4 <= len(lastfm.requests) <= 8  # after 1, 3, 6, 12, 24 h
    lastfm.outage = None
    await pump.turns(NOW + 3 * DAY)
    assert pump.auth == ["expired"]
    assert pump.arrived() == ["One"]
    assert await pump.counts() == QueueCounts()


async def test_a_dead_login_stays_dead_over_a_restart_and_is_tried_at_once(
    lastfm: StandIn, pump: SubmitterBench
) -> None:
    await pump.put("One")
    lastfm.outage = Behaviour.error(9)
    await pump.turns(NOW + 60)
    for outage, is_good in ((Behaviour.error(9), False), (None, True)):
        await pump.worker.stop()
        await pump.close()
        await pump.open()
        assert pump.account.session is None
        lastfm.outage = outage
        await pump.submitter.turn()
        assert (pump.account.session is not None) is is_good
    assert pump.auth == ["expired"]


async def test_a_logout_forgets_a_dead_login(pump: SubmitterBench) -> None:
    pump.lastfm.revoke(pump.key)
    await pump.put("One")
    await pump.drain()
    await pump.account.disconnect()
    assert (pump.account.dead_session, kept_key(pump)) == (None, False)
