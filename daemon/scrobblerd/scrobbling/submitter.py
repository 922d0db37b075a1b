"""The pump: queue → service, one request at a time, alive only while something is pending.

A row leaves `pending` only on a verdict of its own. What the service said is written down before
anything more is asked of it: where the disk refuses, the verdicts wait in memory.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..accounts.account import Account
from ..core import wording
from ..core.errors import StoreFailed
from ..core.model import Moment, Session
from ..core.publisher import Publisher
from ..core.reports import AlertKind
from ..core.submission import QueueRow, RowOutcome, RowReason, RowState, ScrobbleStatus
from ..services.base import Remedy, Reply, Service
from ..storage.database import STORE_RETRY
from ..storage.queue import LIVE, AccountQueue
from .alerts import OnceADay, day_is_full, expiring, is_daily_limit, waiting
from .backoff import Backoff
from .bisection import Bisection, Step
from .budget import Budget
from .waiters import DrainResult, Waiters

log = logging.getLogger(__name__)

TIDY_EVERY = 3600.0
"""Seconds between two looks for rows that have grown too old."""

ASIDE_WAIT = 3600.0
"""Seconds after which a row that was set aside comes back by itself."""


class Submitter:
    """Sends what is queued, and publishes what becomes of it; `clock` gives the moment."""

    def __init__(
        self,
        service: Service,
        account: Account,
        queue: AccountQueue,
        budget: Budget,
        publisher: Publisher,
        clock: Callable[[], Moment],
    ) -> None:
        self.backoff = Backoff()
        self.sending: frozenset[int] = frozenset()  # ids of the rows under way
        self._suspicion = Bisection()
        self._doubt: Reply | None = None  # what the last row met that was set aside
        self._service = service
        self._account = account
        self._queue = queue
        self._budget = budget
        self._publisher = publisher
        self._clock = clock
        self._woken = asyncio.Event()
        self._callers = Waiters()
        self._owed: list[tuple[Session, Sequence[RowOutcome]]] = []  # not yet written down
        self._tidied = (-TIDY_EVERY, 0.0)  # when (CLOCK_BOOTTIME), and wall - boot then
        self._daily = OnceADay(publisher.alert)

    async def restore(self) -> None:
        """Take up backoff and budget where the last run left them."""
        kept = self._queue.state.kept
        self.backoff.restore(await kept("backoff"))
        self._budget.restore(await kept("budget"))
        self._suspicion.restore(await kept("suspicion"))
        self._daily.restore(await kept("told"))

    async def stop(self) -> None:
        """Write down what was used of the day, and what the disk refused so far."""
        try:
            await self._pay()
            await self._queue.failed([], "", "", False, self._notes())
        except StoreFailed as error:
            log.error("%s", error)

    async def run(self) -> None:
        """Send for ever."""
        while True:
            try:
                wait = await self.turn()
            except StoreFailed:  # the database itself has told the user
                self._callers.finish("offline")
                wait = STORE_RETRY
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            self._woken.clear()

    def rest(self, wall: float, pending: int) -> float:
        """Seconds until the next attempt at `pending` rows: backoff, hold, or the day's limits."""
        return self.backoff.wait(wall) or self._budget.wait(wall, pending, self._service.can.batch)

    def limit(self, wall: float, pending: int) -> str:
        """Which of the day's limits `pending` rows wait for, "" = none."""
        return self._budget.why_so_slow(wall, pending, self._service.can.batch)

    def kick(self) -> None:
        """Something new is in the queue."""
        self._woken.set()

    def hurry(self) -> None:
        """Logged in, network back, resumed: waiting any longer makes no sense."""
        self.backoff.hurry()
        self.kick()

    async def drain(self, patience: float) -> DrainResult:
        """Send all that may go, now; under a hold, one probe. Waits `patience` seconds at most."""
        drained = DrainResult()
        self.hurry()
        await self._callers.drained(drained, patience)
        return drained

    async def fate(self, row: QueueRow, patience: float) -> RowOutcome | None:
        """Send now, and wait `patience` seconds at most for the verdict on `row`; None if there
        is none yet."""
        self.kick()
        return await self._callers.fate(row, patience)

    # -- the pump ---------------------------------------------------------------------------

    async def turn(self) -> float | None:
        """One look at the queue: seconds until the next one, None = when something changes. While
        rows wait it is never long: they grow old, and the wall clock may be set."""
        wait = await self._turn()
        if wait is None:
            counts = await self._queue.counts()
            return TIDY_EVERY if counts.queued or counts.held else None
        return min(wait, TIDY_EVERY)

    async def _turn(self) -> float | None:
        session, now = self._account.session, self._clock()
        await self._pay()
        await self._tidy(now)
        if session is None:
            return self._finish("not_authenticated")
        rows = await self._next_batch(session, now.wall)
        if not rows and self._suspicion.nothing_left() and self._doubt:
            await self._acquit(session, (), self._doubt)
            return 0.0
        if not rows:
            self._finish("nothing")
            return await self._queue.next_attempt(session.username, now.wall)
        if wait := self.rest(now.wall, len(rows)):
            self._finish(self._why_resting(now.wall))
            return wait
        self.sending = frozenset(row.id for row in rows)
        try:
            await self._submit(session, rows)
        finally:
            self.sending = frozenset()
        return 0.0

    def _why_resting(self, wall: float) -> str:
        if self.backoff.wait(wall):
            return "held" if self.backoff.hold else "offline"
        if why := self._budget.why_waiting(wall):
            self._daily.tell(day_is_full(why), wall)
        return "held"

    async def _next_batch(self, session: Session, wall: float) -> list[QueueRow]:
        """What would go next: as much as the day allows, or under a hold the oldest row."""
        if self.backoff.hold:
            return await self._queue.pending(session.username, 1, wall, live=0.0)
        most = min(self._suspicion.size or self._service.can.batch, self._service.can.batch)
        room = self._budget.room(wall, most)
        return await self._queue.pending(session.username, max(1, room), wall, LIVE)

    async def _tidy(self, now: Moment) -> None:
        """Once an hour, and when the wall clock was set."""
        offset = now.wall - now.boot
        if now.boot < self._tidied[0] + TIDY_EVERY and abs(offset - self._tidied[1]) < 1.0:
            return
        old = await self._queue.tidy(now)
        self._tidied = (now.boot, offset)
        for row in old:
            await self._publisher.scrobble_changed(
                ScrobbleStatus.EXPIRED, row.scrobble, "older than 13.5 days"
            )
        if self._daily.is_due(AlertKind.EXPIRING, now.wall):
            await self._warn(now.wall)

    async def _warn(self, wall: float) -> None:
        """Rows that will expire within a day are worth a word, once a day."""
        if number := await self._queue.expiring(wall):
            why = self.backoff.last_error or self._budget.why_waiting(wall) or "still waiting"
            why = why if self._account.session else self._account.waits_for
            self._daily.tell(expiring(number, why), wall)
            await self._queue.state.keep("told", self._daily.dump())

    async def _submit(self, session: Session, rows: Sequence[QueueRow]) -> None:
        reply = await self._service.submit(session, rows)
        if reply.reached:
            sent = sum(verdict.state is RowState.SENT for verdict in reply.outcomes)
            self._budget.spend(self._clock().wall, sent)
        if reply.ok:
            accused = self._suspicion.went_out([row.id for row in rows])
            self.backoff.succeeded()
            await self._settle(session, reply.outcomes)
            await self._queue.wake(accused)
            return
        match await self._step(session, rows, reply):
            case Step.SPLIT:
                await self._keep(session, rows, reply)
            case Step.REJECT:
                self._suspicion.rejected(rows[0].id)
                verdict = RowOutcome(
                    row=rows[0],
                    state=RowState.REJECTED,
                    code=reply.code,
                    message=reply.message,
                    reason=RowReason.REFUSED,
                )
                await self._settle(session, [verdict])
            case Step.ASIDE:
                self._doubt = reply
                verdict = RowOutcome(
                    row=rows[0],
                    state=RowState.PENDING,
                    code=reply.code,
                    message=reply.message,
                    wait=ASIDE_WAIT,
                    reason=RowReason.SET_ASIDE,
                )
                await self._settle(session, [verdict])
            case Step.ACQUIT:
                await self._acquit(session, rows, reply)
            case Step.WAIT:
                await self._failed(session, rows, reply)

    async def _acquit(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> None:
        """It was none of the rows that were set aside: they wait again, with all others."""
        await self._queue.wake(self._suspicion.aside)
        self._suspicion.acquit()
        self._doubt = None
        if reply.remedy is Remedy.RETRY_FEW:
            reply = replace(reply, remedy=Remedy.HOLD)
        await self._failed(session, rows, reply)

    async def _step(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> Step:
        healthy = False
        if self._suspicion.wants_proof(reply):
            healthy = (await self._service.check(session)).ok
            self._budget.spend(self._clock().wall)
        return self._suspicion.judge(reply, rows, healthy)

    async def _settle(self, session: Session, verdicts: Sequence[RowOutcome]) -> None:
        self._owed.append((session, verdicts))
        await self._pay()

    async def _pay(self) -> None:
        """Write down all that the service said, then tell of it."""
        while self._owed:
            session, verdicts = self._owed[0]
            wall = self._clock().wall
            await self._queue.settle(verdicts, session.username, wall, self._notes())
            del self._owed[0]
            for verdict in verdicts:
                self._callers.settled(verdict)
                await self._publisher.scrobble_changed(
                    verdict.status, verdict.row.scrobble, wording.of_row_outcome(verdict)
                )

    async def _failed(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> None:
        log.warning("%d scrobble(s) stay queued: %s", len(rows), reply.message)
        taken = [verdict for verdict in reply.outcomes if verdict.state is not RowState.PENDING]
        kept = {verdict.row.id for verdict in taken}
        left = [row for row in rows if row.id not in kept]
        if reply.remedy is Remedy.REAUTH:  # first of all: it must not be used again
            await self._account.expired(session)
            self.backoff.last_error = reply.message
        else:
            chance, wall = random.random(), self._clock().wall  # noqa: S311 # jitter
            if self.backoff.failed(reply, wall, chance):
                self._publisher.alert(waiting("Scrobbles", reply))
            elif is_daily_limit(reply):
                self._daily.tell(day_is_full(reply.message), wall)
        if taken:
            self._owed.append((session, taken))
        await self._keep(session, left, reply)
        self._callers.failed(len(left))
        await self._pay()
        if self.backoff.hold:
            for row in left:
                await self._publisher.scrobble_changed(
                    ScrobbleStatus.HELD, row.scrobble, reply.message
                )

    async def _keep(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> None:
        """Write down that `rows` were tried, and stay."""
        user = session.username
        await self._queue.failed(rows, user, reply.message, reply.reached, self._notes())

    def _notes(self) -> dict[str, Any]:
        """What a restart must know, for the journal."""
        return {
            "backoff": self.backoff.dump(),
            "budget": self._budget.dump(),
            "suspicion": self._suspicion.dump(),
            "told": self._daily.dump(),
        }

    def _finish(self, status: str) -> None:
        """Nothing more goes out for now: whoever waits may know."""
        if not self._woken.is_set():  # else something came in meanwhile: the next look is at once
            self._callers.finish(status)
