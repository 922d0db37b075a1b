"""The pump of scrobbles: queue → service, one request at a time, alive only while rows wait."""

import logging

from ..core.errors import StoreFailed
from ..core.model import Moment, Session
from ..core.submission import QueueRow, RowOutcome
from ..storage.queue import LIVE_SECONDS, AccountQueue
from .alerts import day_is_full
from .backoff import Backoff
from .context import STATE_NAME, WorkerContext, WorkerState
from .delivery import Delivery
from .expiry import TIDY_INTERVAL_SECONDS, Expiry
from .pump import Pump
from .waiters import DrainResult, RowWaiters

log = logging.getLogger(__name__)


class Submitter:
    """Sends what is queued for one account."""

    def __init__(self, context: WorkerContext, queue: AccountQueue, state: WorkerState) -> None:
        self._context = context
        self._queue = queue
        self._state = state
        self._waiters = RowWaiters()
        self._delivery = Delivery(context, queue, state, self._waiters)
        self._expiry = Expiry(context, queue, state)
        self._pump = Pump(self.turn, self._store_failed)

    @property
    def backoff(self) -> Backoff:
        """What went wrong last, and when to go on."""
        return self._state.backoff

    @property
    def sending(self) -> frozenset[int]:
        """The ids of the rows under way."""
        return self._delivery.sending

    async def stop(self) -> None:
        """Writes down what was used of the day, and what the disk refused so far."""
        try:
            await self._delivery.write_down()
            await self._queue.keep(STATE_NAME, self._state.dump())
        except StoreFailed as error:
            log.error("%s", error)

    async def run(self) -> None:
        """Sends until it is cancelled."""
        await self._pump.run()

    def rest(self, wall: float, pending: int) -> float:
        """Returns seconds until the next attempt at `pending` rows: backoff, hold, or the day's
        limits."""
        batch = self._context.service.can.batch
        return self.backoff.wait(wall) or self._context.budget.wait(wall, pending, batch)

    def limit(self, wall: float, pending: int) -> str:
        """Returns which of the day's limits `pending` rows wait for, "" = none."""
        return self._context.budget.why_so_slow(wall, pending, self._context.service.can.batch)

    def wake(self) -> None:
        """Something new is in the queue."""
        self._pump.wake()

    def retry_now(self) -> None:
        """Logged in, network back, resumed: waiting any longer makes no sense."""
        self.backoff.retry_now()
        self.wake()

    async def drain(self, seconds: float) -> DrainResult:
        """Sends all that may go, now; under a hold, one probe. Waits `seconds` at most."""
        self.retry_now()
        return await self._waiters.drained(seconds)

    async def outcome(self, row: QueueRow, seconds: float) -> RowOutcome | None:
        """Sends now, and waits `seconds` at most for what the service says of `row`; None if it has
        said nothing yet."""
        self.wake()
        return await self._waiters.outcome(row, seconds)

    # -- the pump ---------------------------------------------------------------------------

    async def turn(self) -> float | None:
        """Looks at the queue once: seconds until the next look, None = when something changes.
        While rows wait it is never long: they grow old, and the wall clock may be set."""
        wait = await self._look()
        if wait is None:
            counts = await self._queue.counts()
            return TIDY_INTERVAL_SECONDS if counts.queued or counts.held else None
        return min(wait, TIDY_INTERVAL_SECONDS)

    async def _look(self) -> float | None:
        session, now = self._context.account.session, self._context.clock()
        await self._delivery.write_down()
        await self._expiry.look(now)
        if session is None:
            return self._finish("not_authenticated")
        rows = await self._next_batch(session, now.wall)
        if rows:
            return await self._send(session, rows, now)
        if await self._delivery.clear_if_none_is_left(session):
            return 0.0
        self._finish("nothing")
        return await self._queue.next_attempt(session.username, now.wall)

    async def _send(self, session: Session, rows: list[QueueRow], now: Moment) -> float:
        if wait := self.rest(now.wall, len(rows)):
            self._finish(self._why_resting(now.wall))
            return wait
        await self._delivery.send(session, rows)
        return 0.0

    def _why_resting(self, wall: float) -> str:
        if self.backoff.wait(wall):
            return "held" if self.backoff.hold else "offline"
        if why := self._context.budget.why_waiting(wall):
            self._state.alerts.tell(day_is_full(why), wall, self._context.publisher.alert)
        return "held"

    async def _next_batch(self, session: Session, wall: float) -> list[QueueRow]:
        """What would go next: as much as the day allows, or under a hold the oldest row."""
        if self.backoff.hold:
            return await self._queue.pending(session.username, 1, wall, live=0.0)
        batch = self._context.service.can.batch
        most = min(self._state.bisection.size or batch, batch)
        room = self._context.budget.room(wall, most)
        return await self._queue.pending(session.username, max(1, room), wall, LIVE_SECONDS)

    def _store_failed(self, _: StoreFailed) -> None:
        self._waiters.finish("offline")

    def _finish(self, status: str) -> None:
        """Nothing more goes out for now: whoever waits may know."""
        if not self._pump.is_woken:  # else something came in meanwhile: the next look is at once
            self._waiters.finish(status)
