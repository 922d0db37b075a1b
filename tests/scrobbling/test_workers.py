"""Which accounts a play goes to, and how accounts come and go."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import pytest

from lab.lastfm import StandIn
from scrobblerd.core.errors import InvalidArgument
from scrobblerd.scrobbling.workers import Workers
from tests.support.storage_samples import a_play
from tests.support.worker_bench import USER, WorkerBench


@pytest.fixture
async def made(lastfm: StandIn, tmp_path: Path) -> AsyncIterator[WorkerBench]:
    """A worker."""
    async with WorkerBench(lastfm, tmp_path) as bench:
        yield bench


async def until_quiet() -> None:
    """Lets all tasks go as far as they can."""
    for _ in range(10):
        await asyncio.sleep(0)


class Accounts:
    """Accounts of names, which share one worker: it is of no importance here."""

    def __init__(self, made: WorkerBench, *names: str) -> None:
        self.off: set[str] = set()
        self.made = made
        self.running: set[str] = set()
        self.workers = Workers(lambda name: name not in self.off)
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """An account that runs one task."""

        async def task() -> None:
            self.running.add(name)
            try:
                await asyncio.Event().wait()
            finally:
                self.running.discard(name)

        def tasks() -> list[Coroutine[Any, Any, None]]:
            return [task()]

        self.workers.add(name, self.made.worker, tasks)


async def test_an_account_that_is_not_there_is_named_with_those_that_are(
    made: WorkerBench,
) -> None:
    workers = Accounts(made, "lastfm", "mine").workers
    assert workers["mine"] is made.worker
    with pytest.raises(
        InvalidArgument, match=r"there is no account 'yours'; there are lastfm, mine"
    ):
        workers["yours"]


async def test_what_belongs_to_an_account_runs_as_long_as_it_is_there(made: WorkerBench) -> None:
    accounts = Accounts(made, "lastfm")
    run = asyncio.create_task(accounts.workers.run())
    await until_quiet()
    assert accounts.running == {"lastfm"}
    accounts.add("mine")
    await until_quiet()
    assert accounts.running == {"lastfm", "mine"}
    await accounts.workers.remove("mine")
    assert accounts.running == {"lastfm"}, "it has ended before the worker writes things down"
    accounts.add("mine")
    await until_quiet()
    assert accounts.running == {"lastfm", "mine"}
    await accounts.workers.remove("mine")
    accounts.add("mine")  # which is another one, though nobody has looked meanwhile
    await until_quiet()
    assert accounts.running == {"lastfm", "mine"}
    assert not run.done()
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    assert accounts.running == set()


async def test_what_an_account_does_ends_before_its_worker_writes_things_down(
    made: WorkerBench,
) -> None:
    under_way, may_end = asyncio.Event(), asyncio.Event()

    async def task() -> None:
        try:
            under_way.set()
            await asyncio.Event().wait()
        finally:
            await may_end.wait()

    workers = Accounts(made, "lastfm").workers
    workers.add("mine", made.worker, lambda: [task()])
    run = asyncio.create_task(workers.run())
    await under_way.wait()
    removal = asyncio.create_task(workers.remove("mine"))
    assert await asyncio.wait({removal}, timeout=0.3) == (set(), {removal})
    may_end.set()
    await removal
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)


async def test_plays_go_to_the_accounts_that_are_switched_on(made: WorkerBench) -> None:
    accounts = Accounts(made, "lastfm", "mine", "third")
    assert len(accounts.workers.takers()) == 3
    accounts.off = {"mine", "lastfm"}
    assert len(accounts.workers.takers()) == 1
    accounts.off = {"mine", "lastfm", "third"}  # such as in the moment before it was due
    [recipient] = accounts.workers.recipients()
    assert recipient.username == USER


async def test_a_play_is_told_to_be_queued_for_each_account(made: WorkerBench) -> None:
    accounts = Accounts(made, "lastfm", "mine")
    await accounts.workers.queued(a_play())
    assert made.told == [("queued", "Slow Harbour")] * 2
