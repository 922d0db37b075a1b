"""backfiller.py between a real database and a real server: what an account lacks is there once.

The server is a stand-in of Last.fm, and the clock of both is ours.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from lab.behaviour import Behaviour
from lab.lastfm import StandIn
from lab.lastfm_service import Scrobble as Stored
from scrobblerd.core.errors import Busy, InvalidArgument, LogIn, TryLater
from scrobblerd.core.model import Scrobble
from scrobblerd.core.publisher import BackfillResult
from scrobblerd.reconciliation import reading
from scrobblerd.reconciliation.backfiller import Backfiller
from scrobblerd.services.lastfm import LASTFM
from scrobblerd.storage.reconciliation.backfills import BackfillStore
from tests.support.rows import put
from tests.support.worker_bench import DAY, HOUR, NOW, USER, SubmitterBench

FIRST = int(NOW - 13 * DAY)
READS = "user.getRecentTracks"
MIDNIGHT = NOW - NOW % DAY
"""When the day of NOW began."""


@dataclass
class Backfilling(SubmitterBench):
    """A submitter and a backfiller, which run when they are told to."""

    progress: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    finished: list[BackfillResult] = field(default_factory=list[BackfillResult])

    async def open(self) -> None:
        """As a daemon that starts."""
        await super().open()
        self.backfiller = Backfiller(self.worker)
        self.store = BackfillStore(self.database, self.queue.account_id)

    def heard(self, count: int, *, every: float = HOUR, first: float = FIRST) -> list[int]:
        """So many plays in the history. Returns their starts."""
        starts = [int(first + every * number) for number in range(count)]
        put(self.path, "plays", *({"start": each, "title": f"Track {each}"} for each in starts))
        return starts

    async def begin(self, *, per_day: int = 0, since: int = 0) -> BackfillResult:
        """Begins a backfill of all that there is."""
        plan = self.backfiller.plan(since, 0, per_day, is_unchecked=False)
        return await self.backfiller.begin(plan)

    async def figures(self, *, per_day: int = 0) -> BackfillResult:
        """What it would come to."""
        plan = self.backfiller.plan(0, 0, per_day, is_unchecked=False)
        return await self.backfiller.figures(plan)

    async def step(self) -> float | None:
        """A turn of both. Returns the seconds until the next one, None = when something changes."""
        waits = [await self.submitter.turn(), await self.backfiller.turn()]
        return min((wait for wait in waits if wait is not None), default=None)

    async def go_on(self, until: float) -> None:
        """Lets both work and the clock run."""
        while self.wall < until:
            wait = await self.step()
            self.wall = min(until, self.wall + (until if wait is None else wait))

    def stored(self) -> list[int]:
        """The starts of what the server has, in the order in which it came."""
        return [each.timestamp for each in self.lastfm.scrobbles]

    def by_day(self) -> list[int]:
        """How many scrobbles came each day."""
        days = Counter(int((each.stored_at - MIDNIGHT) // DAY) for each in self.lastfm.scrobbles)
        return [days[day] for day in range(max(days) + 1)]

    def backfill_progress(self, account: str, done: int, total: int) -> None:
        self.progress.append((done, total))

    def backfill_finished(self, account: str, result: BackfillResult) -> None:
        self.finished.append(result)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Backfilling]:
    """An account that is new to a history."""
    with StandIn(clock=lambda: NOW) as lastfm:
        async with Backfilling(lastfm, tmp_path) as made:
            lastfm.clock = lambda: made.wall
            yield made


def from_elsewhere(bench: Backfilling, *starts: int) -> None:
    """Another program has sent these to the server."""
    bench.lastfm.scrobbles += [
        Stored(USER, "MIRA HOLT", f"Track {each}", each, stored_at=NOW - DAY) for each in starts
    ]


# -- each play once -------------------------------------------------------------------------------


async def test_what_the_account_lacks_is_sent_once_the_oldest_first(bench: Backfilling) -> None:
    too_old = bench.heard(3, first=NOW - 15 * DAY)
    starts = bench.heard(120)
    from_elsewhere(bench, *starts[10:20])
    figures = await bench.figures()
    assert figures == BackfillResult(
        plays=123, queued=110, there=10, too_old=3, per_day=200, days=1
    )
    begun = await bench.begin()
    assert begun == BackfillResult(plays=123, too_old=3, per_day=200, days=1)
    await bench.go_on(NOW + HOUR)
    assert bench.stored()[10:] == [*starts[:10], *starts[20:]]
    assert bench.finished == [figures]
    assert bench.progress[-1] == (123, 123)
    assert not set(too_old) & set(bench.stored())


async def test_a_second_backfill_adds_nothing(bench: Backfilling) -> None:
    starts = bench.heard(30)
    from_elsewhere(bench, *starts[:5])
    for _ in range(2):
        await bench.begin()
        await bench.go_on(bench.wall + HOUR)
    assert sorted(bench.stored()) == starts
    assert [each.queued for each in bench.finished] == [25, 0]


async def test_what_was_sent_is_not_taken_for_another_play(bench: Backfilling) -> None:
    [start] = bench.heard(1)
    from_elsewhere(bench, start + 1)
    sent = Scrobble("Mira Holt", f"Track {start}", start + 1)
    await bench.queue.enqueue(sent, USER, NOW)
    bench.lastfm.scrobbles[0] = replace(bench.lastfm.scrobbles[0], timestamp=start + 1)
    await bench.go_on(NOW + 1)
    await bench.begin()
    await bench.go_on(NOW + HOUR)
    assert start in bench.stored()


@pytest.mark.parametrize("seed", range(3))
async def test_a_backfill_that_is_broken_off_anywhere_goes_on_and_sends_each_play_once(
    bench: Backfilling, seed: int
) -> None:
    chance = Random(seed)
    starts = bench.heard(300, every=HOUR)
    from_elsewhere(bench, *chance.sample(starts, 40))
    await bench.begin(per_day=90)
    lost = [Behaviour.closed_after_storing(), Behaviour.closed_before_storing()]
    while not bench.finished:
        for _ in range(chance.randrange(6)):
            wait = await bench.step()
            bench.wall += HOUR if wait is None else wait
        bench.lastfm.misbehave(*chance.sample(lost, chance.randrange(3)), method="track.scrobble")
        await bench.restart()
        bench.wall += chance.randrange(600)
        assert bench.wall < NOW + 10 * DAY
    assert sorted(bench.stored()) == sorted(starts)
    assert max(bench.by_day()) <= 90


# -- its place behind what is played --------------------------------------------------------------


async def test_a_play_that_is_heard_meanwhile_goes_first(bench: Backfilling) -> None:
    bench.heard(250)
    await bench.begin(per_day=1000)
    for _ in range(3):
        await bench.step()
    before = len(bench.stored())
    assert 0 < before < 250
    live = Scrobble("Mira Holt", "Fern", int(bench.wall - 200))
    backlog = Scrobble("Mira Holt", "Moss", int(bench.wall - 9 * HOUR))
    for each in (backlog, live):
        await bench.queue.enqueue(each, USER, bench.wall)
    await bench.step()
    first = bench.stored()[before : before + 50]
    assert {live.timestamp, backlog.timestamp} <= set(first)


async def test_the_next_piece_comes_when_the_one_before_has_gone_out(bench: Backfilling) -> None:
    bench.heard(2500, every=HOUR / 10)
    await bench.begin(per_day=10_000)
    most = 0
    while not bench.finished:
        wait = await bench.step()
        waiting, _ = await bench.store.waiting(bench.wall)
        most = max(most, waiting)
        bench.wall += wait or 0.0
    assert most == 1000
    assert len(bench.stored()) == 2500


async def test_the_rows_of_a_day_are_limited_whenever_it_is_restarted(bench: Backfilling) -> None:
    bench.heard(300)
    await bench.begin(per_day=120)
    for hour in range(72):
        await bench.go_on(NOW + HOUR * (hour + 1))
        if hour % 7 == 0:
            await bench.restart()
    assert bench.by_day() == [120, 120, 60]
    assert len(bench.finished) == 1


async def test_a_play_that_grows_too_old_meanwhile_is_left_out(bench: Backfilling) -> None:
    bench.heard(100, every=60, first=NOW - 13.4 * DAY)
    await bench.begin(per_day=60)
    await bench.go_on(NOW + 3 * DAY)
    assert (bench.finished[0].queued, bench.finished[0].too_old) == (60, 40)


# -- what it waits for ----------------------------------------------------------------------------


async def test_it_waits_while_its_user_is_not_logged_in(bench: Backfilling) -> None:
    starts = bench.heard(60)
    await bench.begin(per_day=30)
    await bench.go_on(NOW + 60)
    session = bench.account.session
    assert session
    await bench.account.disconnect()
    await bench.go_on(NOW + 2 * DAY)
    assert len(bench.stored()) == 30
    token = await bench.account.auth_url()
    bench.lastfm.approve(token[1], "loud_heron")
    await bench.account.complete(token[1])
    await bench.worker.logged_in("loud_heron")
    await bench.go_on(NOW + 3 * DAY)
    assert len(bench.stored()) == 30, "it is another user's history"
    token = await bench.account.auth_url()
    bench.lastfm.approve(token[1], USER)
    await bench.account.complete(token[1])
    await bench.worker.logged_in(USER)
    await bench.go_on(NOW + 4 * DAY)
    assert len(bench.finished) == 1
    assert set(bench.stored()) <= set(starts)


async def test_a_service_that_can_t_be_read_now_is_read_later(bench: Backfilling) -> None:
    bench.heard(5)
    await bench.begin()
    bench.lastfm.misbehave(*[Behaviour.error(10)] * 6, method=READS)
    await bench.go_on(NOW + 10 * 60)
    assert bench.stored() == []
    with pytest.raises((TryLater, LogIn)):
        await bench.figures()
    bench.lastfm.behave()
    await bench.go_on(NOW + HOUR)
    assert len(bench.stored()) == 5


@pytest.mark.parametrize(
    ("failure", "waits"),
    [
        (Behaviour.closed_before_storing(), [30, 60, 120, 240, 300, 300]),
        (Behaviour.error(10), [30, 60, 120, 240, 480, 960, 1800, 1800]),
    ],
    ids=["unreached", "refused"],
)
async def test_a_service_that_can_t_be_read_now_is_read_soon_again(
    bench: Backfilling,
    monkeypatch: pytest.MonkeyPatch,
    failure: Behaviour,
    waits: list[float],
) -> None:
    monkeypatch.setattr(reading, "MAX_PAGE_TRIES", 1)
    bench.heard(5)
    await bench.begin()
    bench.lastfm.misbehave(*[failure] * 3 * len(waits), method=READS)
    told = list[float | None]()
    for _ in waits:
        told.append(await bench.backfiller.turn())
        bench.wall += told[-1] or 0.0
    assert told == waits


async def test_a_service_is_left_alone_for_as_long_as_it_wants(bench: Backfilling) -> None:
    bench.heard(5)
    await bench.begin()
    for asked_for, wait in (("600", 600.0), ("99999", HOUR)):
        limited = Behaviour.html(503).also(Behaviour.retry_after(asked_for))
        bench.lastfm.misbehave(limited, method=READS)
        assert await bench.backfiller.turn() == pytest.approx(wait, abs=2.0)
        assert await bench.backfiller.turn() == pytest.approx(wait, abs=2.0), "not before"
        bench.backfiller.retry_now()


async def test_it_is_read_at_once_when_the_network_is_back(bench: Backfilling) -> None:
    starts = bench.heard(5)
    await bench.begin()
    bench.lastfm.misbehave(Behaviour.error(10), method=READS)
    await bench.backfiller.turn()
    bench.worker.companions.append(bench.backfiller)
    bench.worker.retry_now()
    await bench.go_on(bench.wall + 5)
    assert sorted(bench.stored()) == starts


async def test_a_clock_that_is_set_back_does_not_hold_up_the_next_look(bench: Backfilling) -> None:
    starts = bench.heard(5)
    await bench.begin()
    bench.wall = NOW + DAY / 2
    bench.lastfm.misbehave(Behaviour.error(10), method=READS)
    await bench.backfiller.turn()
    bench.lastfm.behave()
    bench.wall = NOW
    await bench.go_on(NOW + HOUR)
    assert sorted(bench.stored()) == starts


async def test_a_service_that_shows_nothing_is_only_sent_plays_on_request(
    bench: Backfilling,
) -> None:
    starts = bench.heard(5)
    bench.service.can = replace(LASTFM.can, read=False)
    for work in (bench.begin, bench.figures):
        with pytest.raises(InvalidArgument, match="does not show which plays it has"):
            await work()
    plan = bench.backfiller.plan(0, 0, 0, is_unchecked=True)
    assert (await bench.backfiller.figures(plan)).queued == 5
    await bench.backfiller.begin(plan)
    await bench.go_on(NOW + HOUR)
    assert bench.stored() == starts


# -- begin and end --------------------------------------------------------------------------------


async def test_one_is_under_way_at_a_time(bench: Backfilling) -> None:
    bench.heard(5)
    await bench.begin()
    with pytest.raises(Busy, match="is under way"):
        await bench.begin()
    assert (await bench.figures()).queued == 5, "what it would come to can be asked"


async def test_a_cancelled_one_sends_nothing_more(bench: Backfilling) -> None:
    bench.heard(150)
    await bench.begin(per_day=150)
    for _ in range(2):
        await bench.step()
    cancelled = await bench.store.cancel()
    assert cancelled
    bench.backfiller.cancelled(*cancelled)
    await bench.go_on(NOW + DAY)
    assert len(bench.stored()) == 50
    assert [each.queued for each in bench.finished] == [50]
    assert (await bench.counts()).queued == 0
    await bench.begin(per_day=300)
    await bench.go_on(NOW + 2 * DAY)
    assert len(bench.stored()) == len(set(bench.stored())) == 150


async def test_days_are_told_by_the_stricter_limit(bench: Backfilling) -> None:
    bench.heard(300)
    assert (await bench.figures(per_day=100)).days == 3
    bench.limits = replace(bench.limits, scrobbles_per_day=50)
    assert (await bench.figures(per_day=100)).days == 6
