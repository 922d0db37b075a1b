"""The pump of scrobbles: queue → service, one request at a time, alive only while rows wait.

`Submitter` decides what goes next, and when; `Delivery` submits one batch, decides what the reply
means, and writes that down. A row leaves `pending` only on an outcome of its own. What the service
said is written down before anything more is asked of it: if the disk refuses, the outcomes wait in
memory.
"""

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ..core import wording
from ..core.errors import StoreFailed
from ..core.model import Session
from ..core.submission import QueueRow, RowOrigin, RowOutcome, RowReason, RowState, ScrobbleStatus
from ..services.base import Remedy, Reply, terms_of
from ..storage.queue import AccountQueue
from .alerts import day_is_full, is_daily_limit, waiting
from .backoff import Backoff
from .bisection import Bisection, Step
from .context import STATE_NAME, WorkerContext, WorkerState
from .expiry import TIDY_INTERVAL_SECONDS, Expiry
from .pump import DrainResult, Pump, RowWaiters

log = logging.getLogger(__name__)

HEALTH_SECONDS = 60.0
"""Seconds for which it is believed that the service is well otherwise."""

BACKFILL_PAUSE_SECONDS = 0.5
"""Seconds after a request that has only plays of a backfill: it may take its time, and a server at
home takes play by play. A play that is new does not wait for it."""

REFUSALS_BEFORE_ALERT = 3
"""Refusals of a login that is good otherwise, after which the user should know."""


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
        self.idle: Callable[[], None] = lambda: None
        """Called if nothing that waits may go now."""

    @property
    def backoff(self) -> Backoff:
        """What went wrong last, and when to go on."""
        return self._state.backoff

    @property
    def sending(self) -> frozenset[int]:
        """The ids of the rows under way."""
        return self._delivery.sending

    async def stop(self) -> None:
        """Writes down what was used of the day, and what the disk refused so far. Sets starts right
        if the clock was set since the last look: in another boot nobody could."""
        try:
            await self._delivery.write_down()
            await self._expiry.look(self._context.clock())
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
        await self._queue.wake(map(int, self._state.bisection.suspects))
        self.retry_now()
        return await self._waiters.drained(seconds)

    async def outcome(self, row: QueueRow, seconds: float) -> RowOutcome | None:
        """Sends now, and waits `seconds` at most for what the service says of `row`; None if it has
        said nothing yet."""
        self.wake()
        return await self._waiters.outcome(row, seconds)

    # -- the pump ---------------------------------------------------------------------------

    async def turn(self) -> float | None:
        """Looks at the queue once: seconds until the next look, None = when something changes."""
        session, now = self._context.session, self._context.clock()
        await self._delivery.write_down()
        await self._expiry.look(now)
        if session is None:
            self._finish("not_authenticated")
            return await self._until(await self._context.login.probe())
        rows, waiting = await self._next_batch(session, now.wall)
        if rows:
            if wait := self.rest(now.wall, len(rows)):
                self._finish(self._why_resting(now.wall))
                return await self._until(wait)
            if not await self._delivery.send(session, rows) or waiting > len(rows):
                return _pause_after(rows)
        if await self._delivery.clear_if_none_is_left(session):
            return 0.0
        self._finish("nothing")
        self.idle()
        if rows:  # they were all that waited
            return None
        return await self._until(await self._queue.next_attempt(session.username, now.wall))

    async def _until(self, wait: float | None) -> float | None:
        """Returns the seconds until the next look. While rows wait it is never long: they grow old,
        and the wall clock may be set."""
        if wait is None:
            counts = await self._queue.counts()
            return TIDY_INTERVAL_SECONDS if counts.queued or counts.held else None
        return min(wait, TIDY_INTERVAL_SECONDS)

    def _why_resting(self, wall: float) -> str:
        if self.backoff.wait(wall):
            return "held" if self.backoff.hold else "offline"
        if why := self._context.budget.why_waiting(wall):
            self._state.alerts.tell(day_is_full(why), wall, self._context.alert)
        return "held"

    async def _next_batch(self, session: Session, wall: float) -> tuple[Sequence[QueueRow], int]:
        """Returns what would go next: as much as the day allows, or under a hold the oldest row;
        and how many rows wait in all."""
        if self.backoff.hold:
            return await self._queue.look(session.username, 1, wall, live=0.0)
        batch = self._context.service.can.batch
        most = min(self._state.bisection.size or batch, batch)
        room = max(1, self._context.budget.room(wall, most))
        limit = room + len(self._state.bisection.suspects)
        rows, waiting = await self._queue.look(session.username, limit, wall)
        chosen = self._delivery.bisection.choose(rows, room)
        return sorted(chosen, key=lambda row: (row.scrobble.timestamp, row.id)), waiting

    def _store_failed(self, _: StoreFailed) -> None:
        self._waiters.finish("offline")

    def _finish(self, status: str) -> None:
        """Nothing more goes out for now: whoever waits may know."""
        if not self._pump.is_woken:  # else something came in meanwhile: the next look is at once
            self._waiters.finish(status)


def _pause_after(rows: Sequence[QueueRow]) -> float:
    """Returns for how many seconds nothing goes out after these."""
    is_backfill = all(row.origin is RowOrigin.BACKFILL for row in rows)
    return BACKFILL_PAUSE_SECONDS if is_backfill else 0.0


class Delivery:
    """`sending` = the ids of the rows under way; `bisection` finds a row that is at fault."""

    def __init__(
        self,
        context: WorkerContext,
        queue: AccountQueue,
        state: WorkerState,
        waiters: RowWaiters,
    ) -> None:
        self.sending: frozenset[int] = frozenset()
        self.bisection = Bisection(state.bisection)
        self._context = context
        self._queue = queue
        self._state = state
        self._waiters = waiters
        self._healthy_at = 0.0  # when the service was well, in UNIX seconds; 0 = it was not
        self._last_error_reply: Reply | None = None  # what the last row met that was set aside
        self._unwritten: list[tuple[Session, Sequence[RowOutcome]]] = []

    async def send(self, session: Session, rows: Sequence[QueueRow]) -> bool:
        """Delivers `rows`. Returns whether all of them have left the queue."""
        self.sending = frozenset(row.id for row in rows)
        try:
            rows = await self._queue.count_try(rows, session.username)
            return bool(rows) and await self._submit(session, rows)
        finally:
            self.sending = frozenset()

    async def write_down(self) -> None:
        """Writes down all that the service said, and then publishes it."""
        while self._unwritten:
            session, outcomes = self._unwritten[0]
            wall, notes = self._context.wall, self._notes()
            terms = terms_of(self._context.service)
            await self._queue.settle(outcomes, session.username, wall, notes)
            del self._unwritten[0]
            for outcome in [each for each in outcomes if not each.move]:
                self._waiters.settled(outcome)
                words = wording.of_row_outcome(outcome, terms)
                await self._context.tell(outcome.status, outcome.row.scrobble, words)

    async def clear_if_none_is_left(self, session: Session) -> bool:
        """The queue is empty: if only rows are left that were parked, it may have been none of
        them, and they wait again. Returns whether there were any."""
        again = self.bisection.nothing_left()
        if again and self._last_error_reply:
            await self._queue.wake(again)
            await self._failed(session, (), self._last_error_reply)
        return bool(again)

    async def _submit(self, session: Session, rows: Sequence[QueueRow]) -> bool:
        reply = await self._context.service.submit(session, rows)
        self._context.tried(reply)
        if reply.ok:
            again = self.bisection.went_out([row.id for row in rows])
            self._state.backoff.succeeded()
            self._context.login.accepted()
            await self._settle(session, reply.outcomes)
            await self._queue.wake(again)
            left = [each for each in reply.outcomes if each.state is not RowState.PENDING]
            return len(left) == len(rows)
        await self._not_taken(session, rows, reply)
        return False

    async def _not_taken(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> None:
        if reply.remedy in (Remedy.DROP, Remedy.MOVE) and reply.outcomes:
            await self._settle_named(session, rows, reply)
            return
        match await self._next_step(session, rows, reply):
            case Step.SPLIT:
                await self._keep(session, rows, reply)
            case Step.REJECT:
                outcome = RowOutcome(
                    row=rows[0],
                    state=RowState.REJECTED,
                    code=reply.code,
                    message=reply.message,
                    reason=RowReason.REFUSED,
                )
                await self._settle(session, [outcome])
            case Step.PARK:
                await self._park(session, rows[0], reply)
            case Step.PARK_AND_WAIT:
                await self._park(session, rows[0], reply)
                await self._failed(session, (), reply)
            case Step.WAIT:
                await self._failed(session, rows, reply)

    async def _settle_named(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> None:
        """The service refuses all rows because of some that it names: the others go at once."""
        named = {outcome.row.id for outcome in reply.outcomes}
        self.bisection.left(named)
        self._unwritten.append((session, reply.outcomes))
        await self._keep(session, [row for row in rows if row.id not in named], reply)
        await self.write_down()

    async def _next_step(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> Step:
        healthy, wall = False, self._context.wall
        if self.bisection.needs_check(reply):
            if not abs(wall - self._healthy_at) < HEALTH_SECONDS:
                is_well = (await self._context.service.check(session)).ok
                self._context.budget.spend(wall)
                self._healthy_at = wall if is_well else 0.0
            healthy = self._healthy_at > 0.0
        return self.bisection.decide(reply, rows, healthy, wall)

    async def _settle(self, session: Session, outcomes: Sequence[RowOutcome]) -> None:
        self._unwritten.append((session, outcomes))
        await self.write_down()

    async def _park(self, session: Session, row: QueueRow, reply: Reply) -> None:
        self._last_error_reply = reply
        outcome = RowOutcome(
            row=row,
            state=RowState.PENDING,
            code=reply.code,
            message=reply.message,
            wait=self.bisection.park_seconds(row.id),
            reason=RowReason.SET_ASIDE,
        )
        await self._settle(session, [outcome])

    async def _failed(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> None:
        log.warning("%d scrobble(s) stay queued: %s", len(rows), reply.message)
        taken = [outcome for outcome in reply.outcomes if outcome.state is not RowState.PENDING]
        taken_ids = {outcome.row.id for outcome in taken}
        left = [row for row in rows if row.id not in taken_ids]
        await self._back_off(session, reply)
        if taken:
            self._unwritten.append((session, taken))
        await self._keep(session, left, reply)
        self._waiters.failed(len(left))
        await self.write_down()
        if self._state.backoff.hold:
            for row in left:
                await self._context.tell(ScrobbleStatus.HELD, row.scrobble, reply.message)

    async def _back_off(self, session: Session, reply: Reply) -> None:
        backoff, context, wall = self._state.backoff, self._context, self._context.wall
        if reply.remedy is Remedy.REAUTH:
            if await self._context.login.refused(session):
                backoff.last_error = reply.message
                return
            reply = replace(reply, remedy=Remedy.RETRY)
            if backoff.failures == REFUSALS_BEFORE_ALERT - 1:
                context.alert(waiting("Scrobbles", reply))
        chance = random.random()  # noqa: S311 # jitter
        if backoff.failed(reply, wall, chance, is_away=self._context.is_away):
            context.alert(waiting("Scrobbles", reply))
        elif is_daily_limit(reply):
            self._state.alerts.tell(day_is_full(reply.message), wall, context.alert)

    async def _keep(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> None:
        """Writes down that `rows` were tried, and stay. If the reply has outcomes, they are rows
        that were surely not stored."""
        may_be_stored = reply.reached and not reply.outcomes
        await self._queue.failed(
            rows, session.username, reply.message, may_be_stored, self._notes()
        )

    def _notes(self) -> dict[str, Any]:
        """What storage keeps in the same transaction."""
        return {STATE_NAME: self._state.dump()}
