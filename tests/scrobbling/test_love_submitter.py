"""The pump of loves between a real database and a real HTTP server; only the clock is ours."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from lab.lastfm import Behaviour, StandIn
from lab.listenbrainz import ListenBrainz
from scrobblerd.core.model import ApiAccess, Scrobble
from scrobblerd.core.submission import Limits
from scrobblerd.services.listenbrainz.client import ListenBrainzService
from scrobblerd.services.listenbrainz.profiles import LISTENBRAINZ
from tests.support.worker_bench import NOW, USER, LoveBench


@pytest.fixture
def lastfm() -> Iterator[StandIn]:
    """Last.fm."""
    with StandIn() as server:
        yield server


@pytest.fixture
async def pump(lastfm: StandIn, tmp_path: Path) -> AsyncIterator[LoveBench]:
    """The pump, logged in."""
    async with LoveBench(lastfm, tmp_path) as courtship:
        yield courtship


def name(value: object) -> str | None:
    """What a parameter is called."""
    return getattr(value, "name", None)


# -- the error table ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [Behaviour.error(6), Behaviour.error(7), Behaviour.error(15), Behaviour.error(20)],
    ids=name,
)
async def test_what_will_never_be_taken_is_rejected_at_once(
    pump: LoveBench, wrong: Behaviour
) -> None:
    await pump.has("Fern")
    pump.fails(wrong)
    assert await pump.love("Fern") == "rejected"
    assert (await pump.marked(), await pump.loves.waiting()) == ([], 0)
    assert await pump.love("Moss") == "success", "nothing else waits for it"
    assert pump.alerts == []


@pytest.mark.parametrize(
    ("wrong", "least", "most"),
    [
        (Behaviour.error(8), 15, 30),
        (Behaviour.error(11), 15, 30),
        (Behaviour.error(16), 15, 30),
        (Behaviour.error(1), 15, 30),
        (Behaviour.html(500), 15, 30),
        (Behaviour.html(200), 15, 30),
        (Behaviour.closed_after_storing(), 15, 30),
        (Behaviour.truncated(), 15, 30),
        (Behaviour.error(29), 60, 60),
        (Behaviour.error(11).also(Behaviour.retry_after("700")), 700, 700),
        (Behaviour.html(406), 900, 900),
        (Behaviour.too_many_scrobbles(), 3600, 3600),
    ],
    ids=name,
)
async def test_what_may_pass_is_tried_again_later(
    pump: LoveBench, wrong: Behaviour, least: float, most: float
) -> None:
    await pump.has("Fern")
    pump.fails(wrong)
    assert await pump.love("Fern") == "queued"
    assert (await pump.marked(), await pump.loves.waiting()) == (["Fern"], 1)
    assert least <= pump.worker.loves.backoff.wait(NOW) <= most
    assert await pump.love("Moss") == "queued", "it waits too"
    assert len(pump.sent) == 1
    pump.wall += most
    while await pump.loves.waiting():
        await pump.worker.loves.turn()
    assert pump.sent == ["Fern", "Fern", "Moss"]
    assert pump.loved == ["Fern", "Moss"]


@pytest.mark.parametrize("code", [2, 3, 5, 10, 12, 13, 26, 27])
async def test_a_fault_of_the_key_holds_all_requests_and_is_told_once(
    pump: LoveBench, code: int
) -> None:
    await pump.has("Fern")
    pump.fails(*[Behaviour.error(code)] * 2)
    assert await pump.love("Fern") == "queued"
    pump.wall += 86400
    await pump.worker.loves.turn()
    assert await pump.loves.waiting() == 1
    assert len(pump.alerts) == 1
    assert await pump.marked() == ["Fern"]
    pump.worker.loves.retry_now()
    assert await pump.love("Moss") == "success"
    assert pump.loved == ["Fern", "Moss"]


@pytest.mark.parametrize("code", [4, 9, 14, 17])
async def test_a_login_that_died_stops_all_and_loses_nothing(pump: LoveBench, code: int) -> None:
    pump.fails(*[Behaviour.error(code)] * 2)
    assert await pump.love("Fern") == "queued"
    assert pump.auth == ["expired"]
    assert await pump.love("Moss") == "queued"
    assert len(pump.lastfm.requests) == 2  # the second is the question whether it is true
    assert await pump.loves.waiting() == 2


async def test_backoff_grows_and_ends_with_the_first_success(pump: LoveBench) -> None:
    pump.fails(*[Behaviour.error(11)] * 5)
    await pump.love("Fern")
    waits = [pump.worker.loves.backoff.wait(pump.wall)]
    for _ in range(4):
        pump.wall += waits[-1]
        await pump.worker.loves.turn()
        waits.append(pump.worker.loves.backoff.wait(pump.wall))
    assert all(15 * 2**n <= wait <= 30 * 2**n for n, wait in enumerate(waits))
    pump.wall += waits[-1]
    await pump.worker.loves.turn()
    assert pump.loved == ["Fern"]
    assert pump.worker.loves.backoff.wait(pump.wall) == 0
    assert pump.resumed == 1
    await pump.love("Moss")
    assert pump.resumed == 1


async def test_a_day_whose_requests_are_spent_keeps_loves_for_the_next_one(
    lastfm: StandIn, tmp_path: Path
) -> None:
    async with LoveBench(lastfm, tmp_path, limits=Limits(0, 2, 0)) as pump:
        assert [await pump.love(title) for title in "abc"] == ["success", "success", "queued"]
        assert pump.sent == ["a", "b"]
        pump.wall += 86400
        await pump.worker.loves.turn()
        assert pump.sent == ["a", "b", "c"]


@pytest.mark.parametrize("wrong", [Behaviour.error(1), Behaviour.html(500)], ids=name)
async def test_one_request_that_always_fails_does_not_stop_the_others_for_ever(
    pump: LoveBench, wrong: Behaviour
) -> None:
    pump.lastfm.poison = {"Fern": wrong}
    assert await pump.love("Fern") == "queued"
    assert await pump.love("Moss") == "queued"
    for _ in range(24):
        pump.wall += 3600
        await pump.worker.loves.turn()
    assert pump.loved == ["Moss"]


@pytest.mark.parametrize("wrong", [Behaviour.error(1), Behaviour.error(7777)], ids=name)
async def test_a_request_that_failed_twice_holds_up_no_other(
    pump: LoveBench, wrong: Behaviour
) -> None:
    pump.lastfm.poison = {"Fern": wrong}
    assert await pump.love("Fern") == "queued"
    pump.wall += 30
    await pump.worker.loves.turn()
    for title in ("Moss", "Reed"):
        assert await pump.love(title) == "success"
    assert await pump.love("Fern") == "queued", "asked for again, it is tried again"
    for _ in range(20):
        pump.wall += 600
        await pump.worker.loves.turn()
        assert await pump.love("Alder") == "success"
    assert await pump.loves.waiting() == 0, "it was rejected"


async def test_a_request_that_failed_by_itself_goes_out_when_it_can(pump: LoveBench) -> None:
    pump.lastfm.poison = {"Fern": Behaviour.error(1)}
    await pump.love("Fern")
    pump.wall += 30
    await pump.worker.loves.turn()
    pump.lastfm.poison = {}
    wait = await pump.worker.loves.turn()
    assert wait is not None
    assert 60 <= wait <= 120
    pump.wall += wait
    await pump.worker.loves.turn()
    assert pump.loved == ["Fern"]
    assert await pump.worker.loves.turn() is None


async def test_a_clock_that_is_set_back_prolongs_no_wait(pump: LoveBench) -> None:
    pump.lastfm.poison = {"Fern": Behaviour.error(1)}
    await pump.love("Fern")
    pump.wall += 30
    await pump.worker.loves.turn()
    pump.lastfm.poison = {}
    pump.wall -= 365 * 86400
    assert pump.worker.loves.backoff.wait(pump.wall) <= 30
    pump.wall += 30
    await pump.worker.loves.turn()
    assert pump.loved == ["Fern"]


# -- restarts -------------------------------------------------------------------------------------


async def test_backoff_is_kept_over_a_restart(pump: LoveBench) -> None:
    pump.fails(*[Behaviour.error(11)] * 3)
    await pump.love("Fern")
    await pump.restart()
    assert await pump.love("Moss") == "queued"
    assert pump.sent == ["Fern"]
    pump.wall += 30
    await pump.worker.loves.turn()
    assert pump.sent == ["Fern", "Fern"]


@pytest.mark.parametrize("code", [11, 26])
async def test_a_backoff_that_is_over_is_over_after_a_restart_too(
    pump: LoveBench, code: int
) -> None:
    pump.fails(Behaviour.error(code))
    assert await pump.love("Fern") == "queued"
    pump.worker.loves.retry_now()  # as at a login, or when the network is back
    assert await pump.love("Moss") == "success"
    await pump.restart()
    assert await pump.love("Reed") == "success"


# -- what came before -----------------------------------------------------------------------------


async def test_an_unlove_that_is_refused_makes_no_track_loved_that_was_not(
    pump: LoveBench,
) -> None:
    await pump.has("Fern")
    pump.fails(Behaviour.error(6))
    assert await pump.love("Fern", False) == "rejected"
    assert await pump.marked() == []


async def test_a_love_that_is_refused_takes_no_mark_that_was_there_before(
    pump: LoveBench,
) -> None:
    await pump.has("Fern")
    assert await pump.love("Fern") == "success"
    pump.fails(Behaviour.error(6))
    assert await pump.love("Fern") == "rejected"
    assert await pump.marked() == ["Fern"]


async def test_a_refused_unlove_gives_back_the_day_on_which_it_was_loved(
    pump: LoveBench,
) -> None:
    await pump.has("Fern")
    assert await pump.love("Fern") == "success"
    pump.wall += 1000
    pump.fails(Behaviour.error(6))
    assert await pump.love("Fern", False) == "rejected"
    [(at,)] = await pump.database.select("SELECT loved_at FROM library")
    assert at == int(NOW)


async def test_loving_twice_while_the_first_is_on_its_way_is_a_success_twice(
    pump: LoveBench,
) -> None:
    pump.fails(Behaviour.slow(30))
    first = asyncio.create_task(pump.love("Fern"))
    await asyncio.to_thread(pump.lastfm.wait_for, lambda seen: bool(seen.requests))
    pump.wall += 1
    second = asyncio.create_task(pump.love("Fern"))
    query = "SELECT 1 FROM loves WHERE created_at > ?"
    while not await pump.database.select(query, (NOW,)):  # noqa: ASYNC110 # of the database
        await asyncio.sleep(0.001)
    pump.lastfm.release()
    assert [await first, await second] == ["success", "success"]


# -- a service that loves what was sent ------------------------------------------------------------


@pytest.fixture
async def late(pump: LoveBench) -> AsyncIterator[ListenBrainz]:
    """A ListenBrainz to which the pump belongs; it shows no listen at first."""
    with ListenBrainz(clock=lambda: pump.wall) as brainz:
        brainz.reading_lag = 1e9
        access = ApiAccess(api_url=brainz.api_url)
        service = ListenBrainzService(LISTENBRAINZ, lambda: access, pump.http)
        pump.context.service = service
        brainz.login(USER, pump.key)
        assert (await service.check(pump.account.session)).ok
        yield brainz


async def was_sent(pump: LoveBench, title: str) -> None:
    """A scrobble of a minute ago was sent."""
    scrobble = Scrobble("Mira Holt", title, int(pump.wall) - 60)
    row = (await pump.queue.enqueue(scrobble, USER, pump.wall)).row
    reply = await pump.context.service.submit(pump.account.login(), [row])
    await pump.queue.settle(reply.outcomes, USER, pump.wall, {})


async def test_a_listen_that_is_shown_late_is_loved_when_it_is(
    pump: LoveBench, late: ListenBrainz
) -> None:
    await was_sent(pump, "Fern")
    assert await pump.love("Fern") == "queued"
    waits: list[float] = []
    for _ in range(3):
        wait = await pump.worker.loves.turn()
        assert wait is not None
        waits.append(wait)
        pump.wall += wait
        await pump.worker.loves.turn()
    assert [round(wait) for wait in waits] == [10, 30, 120]
    assert pump.worker.loves.backoff.wait(pump.wall) == 0, "others do not wait for it"
    late.reading_lag = 0.0
    pump.wall += 600
    await pump.worker.loves.turn()
    assert [given.msid for given in late.feedback] == [late.listens[0].msid]
    assert await pump.loves.waiting() == 0


async def test_a_listen_that_is_never_shown_is_not_asked_for_for_ever(
    pump: LoveBench, late: ListenBrainz
) -> None:
    await was_sent(pump, "Fern")
    assert await pump.love("Fern") == "queued"
    while (wait := await pump.worker.loves.turn()) is not None:
        pump.wall += wait
    asked = sum("min_ts" in request.params for request in late.requests)
    assert asked <= 8
    assert await pump.loves.waiting() == 1, "it waits for the next scrobble, without a timer"
    late.reading_lag = 0.0
    pump.wall += 86400
    await was_sent(pump, "Fern")
    pump.wall += 10
    await pump.worker.loves.turn()
    assert [given.msid for given in late.feedback] == [late.listens[-1].msid]
