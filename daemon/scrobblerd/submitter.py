"""The pump: queue → service, one request at a time, alive only while something is pending.

A row leaves `pending` only on a verdict of its own.
"""

import asyncio
import contextlib
import itertools
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .account import Account
from .backoff import Backoff
from .budget import Budget
from .database import STORE_RETRY
from .errors import StoreFailed
from .model import Moment, Scrobble, Session
from .rows import QueueRow, RowState, RowVerdict
from .services import Remedy, Reply, Service
from .store import Store

log = logging.getLogger(__name__)

FEW = 5
"""Attempts at what Last.fm refuses with an error that nobody has defined."""

TIDY_EVERY = 3600.0
"""Seconds between two looks for rows that have grown too old."""

Tell = Callable[[str, Scrobble, str], Awaitable[None]]
"""Awaited with a word of ScrobbleStatus, the scrobble, and words for people."""


@dataclass(slots=True)
class Drained:
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


class Submitter:
    """Sends what is queued. `tell` hears of every row's fate, `clock` gives the moment."""

    def __init__(
        self,
        service: Service,
        account: Account,
        store: Store,
        budget: Budget,
        tell: Tell,
        clock: Callable[[], Moment],
    ) -> None:
        self.backoff = Backoff()
        self._service = service
        self._account = account
        self._store = store
        self._budget = budget
        self._tell = tell
        self._clock = clock
        self._woken = asyncio.Event()
        self._size = service.batch
        self._odd = 0  # undefined errors in a row
        self._parked = False  # a row was parked for one, and none has gone out since
        self._tidied = (
            -TIDY_EVERY,
            0.0,
        )  # when (CLOCK_BOOTTIME), and how far apart the clocks were
        self._drains: list[Drained] = []
        self._waiting: dict[int, list[asyncio.Future[RowVerdict | None]]] = {}

    async def restore(self) -> None:
        """Take up backoff and budget where the last run left them."""
        self.backoff.restore(await self._store.database.noted("backoff"))
        self._budget.restore(await self._store.database.noted("budget"))

    async def run(self) -> None:
        """Send for ever."""
        while True:
            try:
                wait = await self._turn()
            except StoreFailed as error:
                log.error("%s; trying again in %d s", error, STORE_RETRY)
                self._finish("offline")
                wait = STORE_RETRY
            await self._rest(wait)

    def rest(self, wall: float, pending: int) -> float:
        """Seconds until the next attempt at `pending` rows: backoff, hold, or the day's limits."""
        return self.backoff.wait(wall) or self._budget.wait(wall, pending, self._service.batch)

    def kick(self) -> None:
        """Something new is in the queue."""
        self._woken.set()

    def hurry(self) -> None:
        """Logged in, network back, resumed: waiting any longer makes no sense."""
        self.backoff.hurry()
        self.kick()

    async def drain(self, patience: float) -> Drained:
        """Send all that may go, now; under a hold, one probe. Waits `patience` seconds at most."""
        drained = Drained()
        self._drains.append(drained)
        self.hurry()
        try:
            async with asyncio.timeout(patience):
                await drained.done.wait()
        except TimeoutError:
            self._drains = [other for other in self._drains if other is not drained]
        return drained

    async def fate(self, row: QueueRow, patience: float) -> RowVerdict | None:
        """Send now, and wait `patience` seconds at most for the verdict on `row`; None if there
        is none yet."""
        future: asyncio.Future[RowVerdict | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(row.id, []).append(future)
        self.kick()
        try:
            async with asyncio.timeout(patience):
                return await future
        except TimeoutError:
            return None
        finally:
            self._waiting[row.id].remove(future)
            if not self._waiting[row.id]:
                del self._waiting[row.id]

    # -- the pump ---------------------------------------------------------------------------

    async def _rest(self, wait: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._woken.wait()
        self._woken.clear()

    async def _turn(self) -> float | None:
        """One look at the queue: seconds until the next one, None = when something changes."""
        session, now = self._account.session, self._clock()
        await self._tidy(now)
        if session is None:
            return self._finish("not_authenticated")
        room = self._budget.room(now.wall, 1 if self.backoff.hold else self._size)
        rows = await self._store.pending(session.username, max(1, room), now.wall)
        if not rows:
            self._finish("nothing")
            return await self._store.next_attempt(session.username, now.wall)
        if wait := self.rest(now.wall, len(rows)):
            offline = self.backoff.wait(now.wall) and not self.backoff.hold
            self._finish("offline" if offline else "held")
            return wait
        await self._submit(session, rows)
        return 0.0

    async def _tidy(self, now: Moment) -> None:
        """Once an hour, and when the wall clock was set."""
        offset = now.wall - now.boot
        if now.boot < self._tidied[0] + TIDY_EVERY and abs(offset - self._tidied[1]) < 1.0:
            return
        old = await self._store.tidy(now)
        self._tidied = (now.boot, offset)
        for row in old:
            await self._tell("expired", row.scrobble, "older than 13.5 days")

    async def _submit(self, session: Session, rows: Sequence[QueueRow]) -> None:
        reply = await self._service.submit(session, rows)
        now = self._clock().wall
        if reply.reached:
            sent = sum(verdict.state is RowState.SENT for verdict in reply.verdicts)
            self._budget.spend(now, sent)
        single = len(rows) == 1
        reply = self._defined(reply, single)
        if reply.remedy is Remedy.DROP and single:
            verdict = RowVerdict(rows[0], RowState.REJECTED, reply.code, reply.message)
            reply = Reply(Remedy.DONE, verdicts=(verdict,))
        if reply.remedy in (Remedy.DROP, Remedy.HALVE) and not single:
            self._size = len(rows) // 2  # one of them is at fault: find it
            await self._store.failed(rows, session.username, reply.message, self._notes())
        elif reply.ok:
            await self._done(session, reply.verdicts)
        else:
            await self._failed(session, rows, reply)

    def _defined(self, reply: Reply, single: bool) -> Reply:
        """What to do about an error that nobody has defined: a few retries, then one row at a time,
        and the first that fails alone is parked. If the next one fails too, it is not the rows."""
        if reply.remedy is not Remedy.RETRY_FEW:
            self._odd = 0
            return reply
        self._odd += 1
        if self._odd <= FEW:
            return replace(reply, remedy=Remedy.RETRY)
        if not single:
            self._size = 1
            return replace(reply, remedy=Remedy.RETRY)
        parked, self._parked = self._parked, True
        return replace(reply, remedy=Remedy.HOLD if parked else Remedy.DROP)

    async def _done(self, session: Session, verdicts: Sequence[RowVerdict]) -> None:
        if any(verdict.state is RowState.SENT for verdict in verdicts):
            self._parked = False
        self._size = 1 if self._parked else self._service.batch
        self.backoff.succeeded()
        await self._settle(session, verdicts)

    async def _settle(self, session: Session, verdicts: Sequence[RowVerdict]) -> None:
        now = self._clock().wall
        await self._store.settle(verdicts, session.username, now, self._notes())
        for verdict in verdicts:
            sent = verdict.state is RowState.SENT
            for drained in self._drains:
                drained.submitted += sent
                drained.failed += not sent
            for future in self._waiting.get(verdict.row.id, ()):
                if not future.done():
                    future.set_result(verdict)
            await self._tell(_word(verdict), verdict.row.scrobble, verdict.message)

    async def _failed(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> None:
        log.warning("%d scrobble(s) stay queued: %s", len(rows), reply.message)
        taken = [verdict for verdict in reply.verdicts if verdict.state is not RowState.PENDING]
        kept = {verdict.row.id for verdict in taken}
        left = [row for row in rows if row.id not in kept]
        if reply.remedy is not Remedy.REAUTH:
            self.backoff.failed(reply, self._clock().wall, random.random())  # noqa: S311 # jitter
        await self._store.failed(left, session.username, reply.message, self._notes())
        for drained in self._drains:
            drained.failed += len(left)
        if reply.remedy is Remedy.REAUTH:
            await self._account.expired(session)
            return
        await self._settle(session, taken)
        if self.backoff.hold:
            for row in left:
                await self._tell("held", row.scrobble, reply.message)

    def _notes(self) -> dict[str, Any]:
        """What a restart must know, for the journal."""
        return {"backoff": self.backoff.dump(), "budget": self._budget.dump()}

    def _finish(self, status: str) -> None:
        """Nothing more goes out for now: whoever waits may know."""
        if self._woken.is_set():
            return  # something came in meanwhile, and the next look is at once
        for drained in self._drains:
            drained.finish(status)
        self._drains.clear()
        for future in itertools.chain.from_iterable(self._waiting.values()):
            if not future.done():
                future.set_result(None)


def _word(verdict: RowVerdict) -> str:
    if verdict.state is RowState.REJECTED:
        return "ignored" if 0 < verdict.code <= 5 else "rejected"
    return "held" if verdict.state is RowState.PENDING else str(verdict.state)
