"""The loop: when it looks, also if the database refuses; and callers who wait for it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from scrobblerd.core.errors import StoreFailed
from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import QueueRow, RowOutcome, RowState
from scrobblerd.scrobbling.pump import Pump, RowWaiters, Waiters

Answer = float | StoreFailed | None


@dataclass
class Turns:
    """The turns of a pump that give these answers, the last of them again and again."""

    answers: Sequence[Answer]
    during: Callable[[Pump, int], None] = lambda pump, number: None
    taken: int = 0
    failures: list[StoreFailed] = field(default_factory=list[StoreFailed])

    def __post_init__(self) -> None:
        self.pump = Pump(self.turn, self.failures.append)

    async def turn(self) -> float | None:
        """One turn."""
        answer = self.answers[min(self.taken, len(self.answers) - 1)]
        self.during(self.pump, self.taken)
        self.taken += 1
        if isinstance(answer, StoreFailed):
            raise answer
        return answer

    async def run(self) -> int:
        """Let the pump run until nothing goes on any more: how many turns that were."""
        running = asyncio.create_task(self.pump.run())
        for _ in range(100):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return self.taken


async def test_it_looks_again_at_once_after_a_wait_of_nothing() -> None:
    assert await Turns([0.0, 0.0, None]).run() == 3


async def test_without_a_time_it_waits_until_it_is_woken() -> None:
    turns = Turns([None])
    assert await turns.run() == 1
    turns.pump.wake()
    assert await turns.run() == 3  # at its start, and when it was woken


async def test_what_comes_in_during_a_turn_is_looked_at_after_it() -> None:
    def wake(pump: Pump, number: int) -> None:
        assert not pump.is_woken
        if number == 0:
            pump.wake()
            assert pump.is_woken

    assert await Turns([None], wake).run() == 2


async def test_a_database_that_refuses_is_told_and_waited_for() -> None:
    error = StoreFailed("the disk is full")
    turns = Turns([error])
    assert await turns.run() == 1
    assert turns.failures == [error]


# -- callers who wait -----------------------------------------------------------------------------

ROW = QueueRow(1, "quiet_otter", Scrobble("Mira Holt", "Fern", 1_790_000_000))
SENT = RowOutcome(ROW, RowState.SENT)


async def test_all_who_wait_for_a_thing_hear_its_first_result() -> None:
    waiters: Waiters[str, int] = Waiters()
    waiting = asyncio.gather(waiters.wait("a", 10), waiters.wait("a", 10), waiters.wait("b", 10))
    await asyncio.sleep(0)
    for key, result in (("a", 1), ("a", 2), ("b", 3)):
        waiters.settle(key, result)
    assert await waiting == [1, 1, 3]


async def test_who_waits_for_too_long_hears_nothing_and_is_forgotten() -> None:
    waiters: Waiters[str, int] = Waiters()
    assert await waiters.wait("a", 0.0) is None
    waiters.settle("a", 1)
    waiters.settle_all(2)


async def test_settling_all_reaches_everybody() -> None:
    waiters: Waiters[str, int] = Waiters()
    waiting = asyncio.gather(waiters.wait("a", 10), waiters.wait("b", 10))
    await asyncio.sleep(0)
    waiters.settle_all(7)
    assert await waiting == [7, 7]


async def test_a_drain_counts_what_went_out_and_what_did_not() -> None:
    waiters = RowWaiters()
    draining = asyncio.create_task(waiters.drained(10))
    await asyncio.sleep(0)
    waiters.settled(SENT)
    waiters.settled(RowOutcome(ROW, RowState.REJECTED))
    waiters.failed(3)
    waiters.finish("nothing")
    drain = await draining
    assert (drain.submitted, drain.failed, drain.status) == (1, 4, "done")


async def test_a_drain_of_nothing_says_so_and_one_that_lasts_is_running() -> None:
    waiters = RowWaiters()
    running = await waiters.drained(0.0)
    assert running.status == "running"
    draining = asyncio.create_task(waiters.drained(10))
    await asyncio.sleep(0)
    waiters.finish("nothing")
    assert (await draining).status == "nothing"


async def test_who_waits_for_a_row_hears_its_outcome_or_that_there_is_none_yet() -> None:
    waiters = RowWaiters()
    waiting = asyncio.gather(waiters.outcome(ROW, 10), waiters.outcome(ROW, 10))
    await asyncio.sleep(0)
    waiters.settled(SENT)
    waiters.finish("offline")
    assert await waiting == [SENT, SENT]
    later = asyncio.create_task(waiters.outcome(ROW, 10))
    await asyncio.sleep(0)
    waiters.finish("offline")
    assert await later is None
