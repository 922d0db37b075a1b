"""submitter.py with a real database and a real HTTP server; only the clock is ours."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from lab.lastfm import API_KEY, API_SECRET, Behaviour, StandIn
from scrobblerd.account import Account, AuthState
from scrobblerd.announcer import Announcer
from scrobblerd.budget import Budget, Limits
from scrobblerd.database import Database
from scrobblerd.lastfm import LastFm
from scrobblerd.model import Moment, Scrobble
from scrobblerd.rows import QueueCounts
from scrobblerd.store import Store
from scrobblerd.submitter import Submitter
from scrobblerd.tomlfile import write

NOW = 1_790_000_000.0
NO_LIMITS = Limits(0, 0, 0)


@dataclass
class Bench:
    """The pump between a real database and a stand-in Last.fm, on a clock that stands still."""

    lastfm: StandIn
    folder: Path
    limits: Limits = NO_LIMITS
    wall: float = NOW
    told: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    auth: list[str] = field(default_factory=list[str])

    async def __aenter__(self) -> Self:
        key = self.lastfm.login()
        session = self.folder / "session.toml"
        write(session, {"username": "quiet_otter", "session_key": key})
        self.key = key
        self.database = await Database.open(self.folder / "scrobblerd.db")
        self.store = Store(self.database, "boot-1")
        self.service = LastFm(API_KEY, API_SECRET, self.lastfm.api_url, self.lastfm.auth_url)
        self.account = Account(session, self.service, self._auth_changed)
        self.budget = Budget(self.limits)
        self.submitter = Submitter(
            self.service, self.account, self.store, self.budget, self._tell, self.clock
        )
        await self.submitter.restore()
        self.task: asyncio.Task[None] | None = None
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        await self.service.close()
        await self.database.close()

    def clock(self) -> Moment:
        return Moment(self.wall, self.wall, self.wall)

    async def _tell(self, status: str, scrobble: Scrobble, message: str) -> None:
        self.told.append((status, scrobble.track))

    async def _auth_changed(self, state: AuthState, username: str) -> None:
        self.auth.append(str(state))

    async def queue(self, *tracks: str) -> None:
        """Queue one play a minute, the first the oldest."""
        first = NOW - 60 * len(tracks)
        for number, track in enumerate(tracks):
            scrobble = Scrobble("Mira Holt", track, int(first + 60 * number))
            await self.store.enqueue(scrobble, "quiet_otter", NOW)

    def run(self) -> None:
        """Let the pump run; before that the queue can be filled in peace."""
        self.task = self.task or asyncio.create_task(self.submitter.run())

    async def drain(self) -> str:
        self.run()
        return (await self.submitter.drain(10)).status

    def arrived(self) -> list[str]:
        return [scrobble.track for scrobble in self.lastfm.scrobbles]

    def sent(self) -> int:
        return sum(request.method == "track.scrobble" for request in self.lastfm.requests)


@pytest.fixture
def lastfm() -> Iterator[StandIn]:
    with StandIn(clock=lambda: NOW) as server:
        yield server


@pytest.fixture
async def bench(lastfm: StandIn, tmp_path: Path) -> AsyncIterator[Bench]:
    async with Bench(lastfm, tmp_path) as made:
        yield made


async def test_a_backlog_goes_out_in_order_fifty_at_a_time(bench: Bench) -> None:
    names = [f"Track {number:03}" for number in range(120)]
    await bench.queue(*names)
    assert await bench.drain() == "done"
    assert bench.arrived() == names
    assert bench.sent() == 3
    assert await bench.store.counts() == QueueCounts()


async def test_nothing_to_send_makes_no_request(bench: Bench) -> None:
    assert await bench.drain() == "nothing"
    assert bench.lastfm.requests == []


async def test_ignored_items_are_parked_and_the_others_sent(bench: Bench) -> None:
    bench.lastfm.misbehave(Behaviour.ignores({1: (1, "Artist was ignored")}))
    await bench.queue("One", "Two", "Three")
    assert await bench.drain() == "done"
    assert bench.arrived() == ["One", "Three"]
    assert bench.told == [("sent", "One"), ("ignored", "Two"), ("sent", "Three")]
    assert (await bench.store.counts()).rejected == 1


@pytest.mark.parametrize(
    "fault",
    [
        Behaviour.error(8),
        Behaviour.error(11),
        Behaviour.error(16),
        Behaviour.html(502),
        Behaviour.html(200),
        Behaviour.empty(200),
        Behaviour.wrong_keys(),
        Behaviour.closed_before_storing(),
        Behaviour.closed_after_storing(),
        Behaviour.reset_mid_body(),
        Behaviour.truncated(),
        Behaviour.items_missing(),
    ],
    ids=lambda fault: fault.name,
)
async def test_a_fault_keeps_the_rows_and_the_same_goes_again(
    bench: Bench, fault: Behaviour
) -> None:
    bench.lastfm.misbehave(fault)
    await bench.queue("One", "Two")
    assert await bench.drain() == "offline"
    assert (await bench.store.counts()).queued == 2
    assert await bench.drain() == "done"
    assert bench.arrived() == ["One", "Two"]
    first, second = (dict(request.params) for request in bench.lastfm.requests)
    assert first == second


async def test_a_server_that_is_down_is_tried_again_after_the_backoff(bench: Bench) -> None:
    bench.lastfm.stop()
    await bench.queue("One")
    assert await bench.drain() == "offline"
    wait = bench.submitter.backoff.next_attempt - NOW
    assert 15 <= wait <= 30
    bench.lastfm.start()
    bench.submitter.kick()  # something else was queued: that ends no backoff
    assert bench.sent() == 0
    bench.wall += wait
    bench.submitter.kick()
    assert await asyncio.to_thread(bench.lastfm.wait_for, lambda seen: len(seen.scrobbles) == 1)


async def test_the_backoff_survives_a_restart(lastfm: StandIn, tmp_path: Path) -> None:
    lastfm.misbehave(Behaviour.error(8))
    async with Bench(lastfm, tmp_path) as bench:
        await bench.queue("One")
        assert await bench.drain() == "offline"
        before = bench.submitter.backoff.dump()
    async with Bench(lastfm, tmp_path) as bench:
        assert bench.submitter.backoff.dump() == before
    assert len(lastfm.requests) == 1


@pytest.mark.parametrize("code", [4, 9, 14, 17])
async def test_a_dead_login_stops_the_writing_and_keeps_everything(bench: Bench, code: int) -> None:
    bench.lastfm.misbehave(Behaviour.error(code))
    await bench.queue("One", "Two")
    assert await bench.drain() == "not_authenticated"
    assert bench.auth == ["expired"]
    assert (await bench.store.counts()).queued == 2
    assert bench.sent() == 1


@pytest.mark.parametrize("code", [2, 3, 5, 10, 13, 26, 27])
async def test_a_fault_of_the_program_holds_everything(bench: Bench, code: int) -> None:
    bench.lastfm.misbehave(Behaviour.error(code))
    await bench.queue("One", "Two")
    assert await bench.drain() == "held"
    assert (await bench.store.counts()).queued == 2
    assert f"error {code}" in bench.submitter.backoff.hold
    assert bench.submitter.backoff.next_attempt == NOW + 86400


async def test_the_accounts_cap_holds_and_a_probe_ends_the_hold(bench: Bench) -> None:
    bench.lastfm.misbehave(Behaviour.too_many_scrobbles())
    await bench.queue("One", "Two", "Three")
    assert await bench.drain() == "held"
    assert bench.submitter.backoff.next_attempt == NOW + 3600
    assert ("held", "One") in bench.told
    assert await bench.drain() == "done"
    sizes = [sum(name.startswith("track[") for name in r.params) for r in bench.lastfm.requests]
    assert sizes == [3, 1, 2], "a hold is probed with the oldest alone"


async def test_an_item_over_the_daily_limit_stays_and_the_others_are_settled(
    bench: Bench,
) -> None:
    bench.lastfm.misbehave(Behaviour.ignores({1: (5, "Daily scrobble limit exceeded")}))
    await bench.queue("One", "Two")
    assert await bench.drain() == "held"
    assert bench.arrived() == ["One"]
    assert (await bench.store.counts()).queued == 1


async def test_a_refused_batch_is_halved_until_the_culprit_is_alone(bench: Bench) -> None:
    for _ in (8, 4, 2, 1):  # the culprit is the first
        bench.lastfm.misbehave(Behaviour.error(6))
    await bench.queue(*"ABCDEFGH")
    assert await bench.drain() == "done"
    assert bench.arrived() == list("BCDEFGH")
    assert bench.told[0] == ("rejected", "A")


async def test_the_days_scrobbles_are_not_exceeded(lastfm: StandIn, tmp_path: Path) -> None:
    async with Bench(lastfm, tmp_path, Limits(0, 0, scrobbles_per_day=3)) as bench:
        await bench.queue(*"ABCDE")
        assert await bench.drain() == "held"
        assert bench.arrived() == list("ABC")
        bench.wall += 86400
        assert await bench.drain() == "done"
    assert [scrobble.track for scrobble in lastfm.scrobbles] == list("ABCDE")


async def test_the_days_requests_are_not_exceeded(lastfm: StandIn, tmp_path: Path) -> None:
    async with Bench(lastfm, tmp_path, Limits(0, 1, 0)) as bench:
        await bench.queue("One")
        assert await bench.drain() == "done"
        await bench.queue("One", "Two")
        assert await bench.drain() == "held"
    assert len(lastfm.requests) == 1


async def test_whoever_waits_for_a_row_hears_its_fate(bench: Bench) -> None:
    verdict = await bench.store.enqueue(Scrobble("Mira Holt", "Fern", int(NOW)), "quiet_otter", NOW)
    bench.run()
    fate = await bench.submitter.fate(verdict.row, 10)
    assert fate is not None
    assert fate.state == "sent"


async def test_whoever_waits_for_a_row_is_told_at_once_that_there_is_no_network(
    bench: Bench,
) -> None:
    bench.lastfm.stop()
    verdict = await bench.store.enqueue(Scrobble("Mira Holt", "Fern", int(NOW)), "quiet_otter", NOW)
    bench.run()
    async with asyncio.timeout(10):
        assert await bench.submitter.fate(verdict.row, 60) is None


# -- now playing ----------------------------------------------------------------------------------


async def test_only_the_newest_announcement_goes_out(bench: Bench) -> None:
    announcer = Announcer(bench.service, bench.account, bench.budget, bench.clock)
    for track in ("One", "Two", "Three"):
        announcer.announce(Scrobble("Mira Holt", track, 0))
    task = asyncio.create_task(announcer.run())
    assert await asyncio.to_thread(bench.lastfm.wait_for, lambda seen: bool(seen.now_playing))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [announced.track for announced in bench.lastfm.now_playing] == ["Three"]


async def test_a_failed_announcement_is_not_sent_again_and_touches_no_queue(bench: Bench) -> None:
    bench.lastfm.misbehave(Behaviour.error(8), method="track.updateNowPlaying")
    announcer = Announcer(bench.service, bench.account, bench.budget, bench.clock)
    session = bench.account.session
    assert session is not None
    reply = await announcer.send(session, Scrobble("Mira Holt", "Fern", 0))
    assert not reply.ok
    assert bench.submitter.backoff.failures == 0
    assert len(bench.lastfm.requests) == 1


async def test_an_announcement_that_meets_a_dead_login_says_so(bench: Bench) -> None:
    bench.lastfm.revoke(bench.key)
    announcer = Announcer(bench.service, bench.account, bench.budget, bench.clock)
    session = bench.account.session
    assert session is not None
    await announcer.send(session, Scrobble("Mira Holt", "Fern", 0))
    assert bench.auth == ["expired"]


async def test_an_error_nobody_defined_parks_one_row_at_most(bench: Bench) -> None:
    bench.lastfm.outage = Behaviour.error(19)
    await bench.queue(*"ABCDE")
    for _ in range(12):
        await bench.drain()
    counts = await bench.store.counts()
    assert (counts.queued, counts.rejected) == (4, 1)
    assert bench.submitter.backoff.hold
    bench.lastfm.outage = None
    assert await bench.drain() == "done"
    assert bench.arrived() == list("BCDE")


async def test_a_row_that_alone_meets_an_undefined_error_is_parked(bench: Bench) -> None:
    for _ in range(7):
        bench.lastfm.misbehave(Behaviour.error(19))
    await bench.queue(*"ABC")
    for _ in range(8):
        await bench.drain()
    assert bench.arrived() == ["B", "C"]
    assert (await bench.store.counts()).rejected == 1


async def test_two_who_wait_for_the_same_row_hear_both(bench: Bench) -> None:
    verdict = await bench.store.enqueue(Scrobble("Mira Holt", "Fern", int(NOW)), "quiet_otter", NOW)
    bench.run()
    fates = await asyncio.gather(*(bench.submitter.fate(verdict.row, 10) for _ in range(2)))
    assert [fate.state if fate else None for fate in fates] == ["sent", "sent"]
