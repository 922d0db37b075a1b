"""Parks scrobbles that have grown too old for the service, and warns a day before."""

from ..core import wording
from ..core.model import Moment
from ..core.publisher import AlertKind
from ..core.submission import RowReason, ScrobbleStatus
from ..services.base import terms_of
from ..storage.queue import AccountQueue
from .alerts import expiring
from .context import STATE_NAME, WorkerContext, WorkerState

TIDY_INTERVAL_SECONDS = 3600.0
"""Seconds between two looks for rows that have grown too old."""

MIN_CLOCK_STEP_SECONDS = 1.0
"""A wall clock that moved by more against CLOCK_BOOTTIME was set."""


class Expiry:
    """Looks once an hour, and when the wall clock was set."""

    def __init__(self, context: WorkerContext, queue: AccountQueue, state: WorkerState) -> None:
        self._context = context
        self._queue = queue
        self._state = state
        self._looked_at = -TIDY_INTERVAL_SECONDS  # CLOCK_BOOTTIME
        self._offset: float | None = None  # of the wall clock to CLOCK_BOOTTIME then

    async def look(self, now: Moment) -> None:
        """Tidies the queue if it is time to."""
        offset = now.wall - now.boot
        set_by = 0.0 if self._offset is None else offset - self._offset
        is_early = now.boot < self._looked_at + TIDY_INTERVAL_SECONDS
        if is_early and abs(set_by) < MIN_CLOCK_STEP_SECONDS:
            return
        old = await self._queue.tidy(now, set_by)
        self._looked_at, self._offset = now.boot, offset
        for row in old:
            words = wording.of_row(RowReason.TOO_OLD, "", terms_of(self._context.service))
            await self._context.tell(ScrobbleStatus.EXPIRED, row.scrobble, words)
        if self._state.alerts.is_due(AlertKind.EXPIRING, now.wall):
            await self._warn(now.wall)

    async def _warn(self, wall: float) -> None:
        """Tells the user, once a day, of rows that will expire within a day."""
        number = await self._queue.expiring(wall)
        if not number:
            return
        account, label = self._context.account, self._context.service.label
        why = account.waits_for
        if account.session:
            limit = self._context.budget.why_waiting(wall)
            why = self._state.backoff.last_error or limit or "still waiting"
        self._state.alerts.tell(expiring(number, label, why), wall, self._context.alert)
        await self._queue.keep(STATE_NAME, self._state.dump())
