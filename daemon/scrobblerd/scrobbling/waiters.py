"""Who waits for the pump: RetryQueue for a whole drain, Scrobble for the fate of one row."""

import asyncio
import itertools
from dataclasses import dataclass, field

from ..core.submission import QueueRow, RowOutcome, RowState


@dataclass(slots=True)
class DrainResult:
    """What a RetryQueue came to: the D-Bus answer's figures and its `status`."""

    submitted: int = 0
    failed: int = 0
    status: str = "running"
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def finish(self, status: str) -> None:
        """No more will happen for now."""
        touched = self.submitted or self.failed
        self.status = "done" if status == "nothing" and touched else status
        self.done.set()


class Waiters:
    """All that wait. None waits for ever: each brings its patience, in seconds."""

    def __init__(self) -> None:
        self._drains: list[DrainResult] = []
        self._fates: dict[int, list[asyncio.Future[RowOutcome | None]]] = {}

    async def drained(self, drained: DrainResult, patience: float) -> None:
        """Wait until the pump rests."""
        self._drains.append(drained)
        try:
            async with asyncio.timeout(patience):
                await drained.done.wait()
        except TimeoutError:
            self._drains = [other for other in self._drains if other is not drained]

    async def fate(self, row: QueueRow, patience: float) -> RowOutcome | None:
        """Wait for the verdict on `row`; None if there is none yet."""
        future: asyncio.Future[RowOutcome | None] = asyncio.get_running_loop().create_future()
        self._fates.setdefault(row.id, []).append(future)
        try:
            async with asyncio.timeout(patience):
                return await future
        except TimeoutError:
            return None
        finally:
            self._fates[row.id].remove(future)
            if not self._fates[row.id]:
                del self._fates[row.id]

    def settled(self, verdict: RowOutcome) -> None:
        """The service said something of a row."""
        sent = verdict.state is RowState.SENT
        for drained in self._drains:
            drained.submitted += sent
            drained.failed += not sent
        for future in self._fates.get(verdict.row.id, ()):
            if not future.done():
                future.set_result(verdict)

    def failed(self, rows: int) -> None:
        """So many rows stay where they are."""
        for drained in self._drains:
            drained.failed += rows

    def finish(self, status: str) -> None:
        """Nothing more goes out for now."""
        for drained in self._drains:
            drained.finish(status)
        self._drains.clear()
        for future in itertools.chain.from_iterable(self._fates.values()):
            if not future.done():
                future.set_result(None)
