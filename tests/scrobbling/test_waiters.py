"""Callers who wait: each hears what it waits for, in time or not at all."""

import asyncio

from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import QueueRow, RowOutcome, RowState
from scrobblerd.scrobbling.waiters import RowWaiters, Waiters

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
