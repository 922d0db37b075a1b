"""Delivers one batch of scrobbles: submit it, decide what its reply means, write that down.

A row leaves `pending` only on an outcome of its own. What the service said is written down before
anything more is asked of it: if the disk refuses, the outcomes wait in memory.
"""

import logging
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..core import wording
from ..core.model import Session
from ..core.submission import QueueRow, RowOutcome, RowReason, RowState, ScrobbleStatus
from ..services.base import Remedy, Reply
from ..storage.queue import AccountQueue
from .alerts import day_is_full, is_daily_limit, waiting
from .bisection import Bisection, Step
from .context import STATE_NAME, WorkerContext, WorkerState
from .waiters import RowWaiters

log = logging.getLogger(__name__)

SET_ASIDE_SECONDS = 3600.0
"""Seconds after which a row that was set aside comes back by itself."""


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
        self._last_error_reply: Reply | None = None  # what the last row met that was set aside
        self._unwritten: list[tuple[Session, Sequence[RowOutcome]]] = []

    async def send(self, session: Session, rows: Sequence[QueueRow]) -> None:
        """Delivers `rows`."""
        self.sending = frozenset(row.id for row in rows)
        try:
            await self._submit(session, rows)
        finally:
            self.sending = frozenset()

    async def write_down(self) -> None:
        """Writes down all that the service said, and then publishes it."""
        while self._unwritten:
            session, outcomes = self._unwritten[0]
            wall, notes = self._context.wall, self._notes()
            await self._queue.settle(outcomes, session.username, wall, notes)
            del self._unwritten[0]
            for outcome in outcomes:
                self._waiters.settled(outcome)
                await self._context.publisher.scrobble_changed(
                    outcome.status, outcome.row.scrobble, wording.of_row_outcome(outcome)
                )

    async def clear_if_none_is_left(self, session: Session) -> bool:
        """The queue is empty: if only rows are left that were set aside, it was none of them, and
        they wait again. Returns whether there were any."""
        if self.bisection.nothing_left() and self._last_error_reply:
            await self._clear_all(session, (), self._last_error_reply)
            return True
        return False

    async def _submit(self, session: Session, rows: Sequence[QueueRow]) -> None:
        reply = await self._context.service.submit(session, rows)
        if reply.reached:
            sent = sum(outcome.state is RowState.SENT for outcome in reply.outcomes)
            self._context.budget.spend(self._context.wall, sent)
        if reply.ok:
            again = self.bisection.went_out([row.id for row in rows])
            self._state.backoff.succeeded()
            await self._settle(session, reply.outcomes)
            await self._queue.wake(again)
            return
        match await self._next_step(session, rows, reply):
            case Step.SPLIT:
                await self._keep(session, rows, reply)
            case Step.REJECT:
                self.bisection.rejected(rows[0].id)
                outcome = RowOutcome(
                    row=rows[0],
                    state=RowState.REJECTED,
                    code=reply.code,
                    message=reply.message,
                    reason=RowReason.REFUSED,
                )
                await self._settle(session, [outcome])
            case Step.SET_ASIDE:
                await self._set_aside(session, rows[0], reply)
            case Step.CLEAR_ALL:
                await self._clear_all(session, rows, reply)
            case Step.WAIT:
                await self._failed(session, rows, reply)

    async def _next_step(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> Step:
        healthy = False
        if self.bisection.needs_check(reply):
            healthy = (await self._context.service.check(session)).ok
            self._context.budget.spend(self._context.wall)
        return self.bisection.decide(reply, rows, healthy)

    async def _settle(self, session: Session, outcomes: Sequence[RowOutcome]) -> None:
        self._unwritten.append((session, outcomes))
        await self.write_down()

    async def _set_aside(self, session: Session, row: QueueRow, reply: Reply) -> None:
        self._last_error_reply = reply
        outcome = RowOutcome(
            row=row,
            state=RowState.PENDING,
            code=reply.code,
            message=reply.message,
            wait=SET_ASIDE_SECONDS,
            reason=RowReason.SET_ASIDE,
        )
        await self._settle(session, [outcome])

    async def _clear_all(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> None:
        """It was none of the rows that were set aside: they wait again, with all others."""
        await self._queue.wake(self.bisection.set_aside)
        self.bisection.clear_all()
        self._last_error_reply = None
        if reply.remedy is Remedy.RETRY_FEW:
            reply = replace(reply, remedy=Remedy.HOLD)
        await self._failed(session, rows, reply)

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
                await self._context.publisher.scrobble_changed(
                    ScrobbleStatus.HELD, row.scrobble, reply.message
                )

    async def _back_off(self, session: Session, reply: Reply) -> None:
        backoff, publisher, wall = self._state.backoff, self._context.publisher, self._context.wall
        if reply.remedy is Remedy.REAUTH:  # first of all: it must not be used again
            await self._context.account.expired(session)
            backoff.last_error = reply.message
            return
        chance = random.random()  # noqa: S311 # jitter
        if backoff.failed(reply, wall, chance):
            publisher.alert(waiting("Scrobbles", reply))
        elif is_daily_limit(reply):
            self._state.alerts.tell(day_is_full(reply.message), wall, publisher.alert)

    async def _keep(self, session: Session, rows: Sequence[QueueRow], reply: Reply) -> None:
        """Writes down that `rows` were tried, and stay."""
        await self._queue.failed(
            rows, session.username, reply.message, reply.reached, self._notes()
        )

    def _notes(self) -> dict[str, Any]:
        """What storage keeps in the same transaction."""
        return {STATE_NAME: self._state.dump()}
