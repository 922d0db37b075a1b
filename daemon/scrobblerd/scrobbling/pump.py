"""The loop under scrobbles and loves, and the callers who wait for what it does.

The loop looks, and waits until it is time or something is new. No caller waits without an end: each
says how many seconds.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ..core.errors import StoreFailed
from ..core.submission import QueueRow, RowOutcome, RowState
from ..storage.database import STORE_RETRY_SECONDS

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Pump:
    """Runs `turn`, which returns the seconds until the next one, None = when it is woken.
    `store_failed` is called if the database refuses; the database itself has told the user."""

    def __init__(
        self,
        turn: Callable[[], Awaitable[float | None]],
        store_failed: Callable[[StoreFailed], None],
    ) -> None:
        self._turn = turn
        self._store_failed = store_failed
        self._woken = asyncio.Event()

    @property
    def is_woken(self) -> bool:
        """Whether the next turn is at once, because something is new."""
        return self._woken.is_set()

    def wake(self) -> None:
        """Something is new: look at once."""
        self._woken.set()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        while True:
            try:
                wait = await self._turn()
            except StoreFailed as error:
                self._store_failed(error)
                wait = STORE_RETRY_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            self._woken.clear()


class Waiters(Generic[Key, Result]):
    """Callers who wait for what becomes of one thing, by its key."""

    def __init__(self) -> None:
        self._futures: dict[Key, list[asyncio.Future[Result]]] = {}

    async def wait(self, key: Key, seconds: float) -> Result | None:
        """Waits for the result of a thing; None if none came in time."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._futures.setdefault(key, []).append(future)
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            return None
        finally:
            self._futures[key].remove(future)
            if not self._futures[key]:
                del self._futures[key]

    def settle(self, key: Key, result: Result) -> None:
        """Gives the result to all who wait for this thing."""
        self._give(self._futures.get(key, []), result)

    def settle_all(self, result: Result) -> None:
        """Gives the same result to all who wait."""
        self._give(list(itertools.chain.from_iterable(self._futures.values())), result)

    def _give(self, futures: list[asyncio.Future[Result]], result: Result) -> None:
        for future in futures:
            if not future.done():
                future.set_result(result)


@dataclass(slots=True)
class DrainResult:
    """What a RetryQueue came to: the figures and the `status` of the D-Bus answer."""

    submitted: int = 0
    failed: int = 0
    status: str = "running"
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def finish(self, status: str) -> None:
        """No more will happen for now."""
        touched = self.submitted or self.failed
        self.status = "done" if status == "nothing" and touched else status
        self.done.set()


class RowWaiters:
    """Who waits for scrobbles: RetryQueue for a whole drain, Scrobble for one row."""

    def __init__(self) -> None:
        self._drains: list[DrainResult] = []
        self._rows: Waiters[int, RowOutcome | None] = Waiters()

    async def drained(self, seconds: float) -> DrainResult:
        """Waits until the pump rests."""
        drain = DrainResult()
        self._drains.append(drain)
        try:
            async with asyncio.timeout(seconds):
                await drain.done.wait()
        except TimeoutError:
            self._drains = [other for other in self._drains if other is not drain]
        return drain

    async def outcome(self, row: QueueRow, seconds: float) -> RowOutcome | None:
        """Waits for what the service says of `row`; None if it has said nothing yet."""
        return await self._rows.wait(row.id, seconds)

    def settled(self, outcome: RowOutcome) -> None:
        """The service said something of a row."""
        sent = outcome.state is RowState.SENT
        for drain in self._drains:
            drain.submitted += sent
            drain.failed += not sent
        self._rows.settle(outcome.row.id, outcome)

    def failed(self, rows: int) -> None:
        """So many rows stay where they are."""
        for drain in self._drains:
            drain.failed += rows

    def finish(self, status: str) -> None:
        """Nothing more goes out for now."""
        for drain in self._drains:
            drain.finish(status)
        self._drains.clear()
        self._rows.settle_all(None)
