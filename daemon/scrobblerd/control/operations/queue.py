"""What can be asked of the queue: how it stands, to send now, and to edit single rows."""

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict

from ...core import wording
from ...core.errors import Busy, InvalidArgument
from ...core.model import Scrobble
from ...core.submission import HoldCode, QueueItem, RowOutcome, RowState, ScrobbleStatus
from ...core.text import for_wire
from ...runtime.clock import now
from ...scrobbling.worker import Worker
from ...storage.queue import AccountQueue
from ...storage.queue_editing import EDITABLE, QueueEditor
from ..answers import QueueEntry, QueueStatus, RetryResult
from .validation import required

AT_ONCE_SECONDS = 1.0
"""What may go so soon is not said to wait."""

SUBMIT_TIMEOUT_SECONDS = 10.0
"""How long a caller of Scrobble waits for the server."""

RETRY_TIMEOUT_SECONDS = 18.0
"""How long a caller of RetryQueue waits for the server; D-Bus callers give up after 25 s."""

EDITABLE_TYPES: Mapping[str, str] = dict.fromkeys(EDITABLE, "s")
"""What EditItem takes."""


class QueueOperations:
    """What can be asked of the queue. Every method raises only errors of `errors`."""

    def __init__(self, queue: AccountQueue, worker: Worker, retry_now: Callable[[], None]) -> None:
        """`retry_now` ends all waiting for the server and the disk."""
        self._queue = queue
        self._editor = QueueEditor(queue.database)
        self._account = worker.context.account
        self._submitter = worker.submitter
        self._loves = worker.loves
        self._budget = worker.budget
        self._publish = worker.context.publisher.scrobble_changed
        self._retry_now = retry_now

    async def get_queue_status(self) -> QueueStatus:
        """Returns how the queue stands; 0 and "" stand for none."""
        counts, wall = await self._queue.counts(), now().wall
        requests, scrobbles = self._budget.today(wall)
        rest = await self._rest(wall, counts.queued)
        return QueueStatus(
            queued=counts.queued,
            held=counts.held,
            rejected=counts.rejected,
            expired=counts.expired,
            oldest=counts.oldest,
            expiring=await self._queue.expiring(wall),
            loves=await self._loves.waiting(self._account.username),
            next_attempt=math.ceil(wall + rest) if rest else 0,
            hold_reason=self._hold_reason(wall, counts.queued),
            hold_code=self._hold_code(wall, counts.queued),
            last_error=self._submitter.backoff.last_error,
            database=self._queue.database.trouble,
            requests_today=requests,
            requests_limit=self._budget.limits.requests_per_day,
            scrobbles_today=scrobbles,
            scrobbles_limit=self._budget.limits.scrobbles_per_day,
        )

    async def _rest(self, wall: float, queued: int) -> float:
        """Seconds until the next attempt at any of it."""
        session = self._account.session
        if not queued or session is None:
            return 0.0
        if rest := self._submitter.rest(wall, queued):
            return rest
        first = await self._queue.next_attempt(session.username, wall)
        return first if first and first > AT_ONCE_SECONDS else 0.0

    def why_waiting(self) -> str:
        """Returns why what was just queued is not sent yet."""
        if self._account.session is None:
            return self._account.waits_for or "nobody is logged in"
        held = self._hold_reason(now().wall, 1)
        return held or self._submitter.backoff.last_error or "waiting for its turn"

    def _hold_reason(self, wall: float, queued: int) -> str:
        if queued and self._account.session is None:
            return self._account.waits_for or "nobody is logged in"
        if self._submitter.backoff.hold or not queued:
            return self._submitter.backoff.hold
        return self._submitter.limit(wall, queued)

    def _hold_code(self, wall: float, queued: int) -> HoldCode:
        """Returns what `_hold_reason` says in words."""
        if not self._hold_reason(wall, queued):
            return HoldCode.NONE
        if queued and self._account.session is None:
            return HoldCode.KEYRING if self._account.waits_for else HoldCode.LOGIN
        return HoldCode.SERVICE if self._submitter.backoff.hold else HoldCode.LIMIT

    async def submit(self, scrobble: Scrobble) -> RowOutcome:
        """Queues a scrobble, and returns what became of it, after 10 s at most."""
        outcome = await self._queue.enqueue(scrobble, self._account.username, now().wall)
        if outcome.state is not RowState.PENDING:
            return outcome
        settled, _ = await asyncio.gather(  # who waits is there before it is sent
            self._submitter.outcome(outcome.row, SUBMIT_TIMEOUT_SECONDS),
            self._publish(ScrobbleStatus.QUEUED, scrobble, ""),
        )
        return settled or outcome

    async def retry_queue(self) -> RetryResult:
        """Sends what is queued now."""
        await self._account.recall()
        if self._account.session is None:
            queued = (await self._queue.counts()).queued
            return RetryResult(submitted=0, failed=0, remaining=queued, status="not_authenticated")
        self._retry_now()
        drained = await self._submitter.drain(RETRY_TIMEOUT_SECONDS)
        return RetryResult(
            submitted=drained.submitted,
            failed=drained.failed,
            remaining=(await self._queue.counts()).queued,
            status=drained.status,
        )

    # -- single rows ------------------------------------------------------------------------

    async def list_queue(self, state: str, limit: int, before_id: int) -> list[QueueEntry]:
        """Returns rows of the queue, the newest first; `state` "" = all, `before_id` 0 = all."""
        return [_shown(item) for item in await self._editor.rows(state, limit, before_id)]

    async def retry_item(self, row_id: int) -> None:
        """Lets one row be sent again, whatever was said of it."""
        self._check_resting(row_id)
        row = await self._editor.retry(row_id, now().wall)
        await self._publish(ScrobbleStatus.QUEUED, row.scrobble, "to be sent again")
        self._submitter.retry_now()

    async def drop_item(self, row_id: int) -> None:
        """Takes one row out of the queue for good."""
        self._check_resting(row_id)
        row = await self._editor.drop(row_id, now().wall)
        await self._publish(ScrobbleStatus.DROPPED, row.scrobble, wording.DROPPED)

    async def edit_item(self, row_id: int, tags: Mapping[str, object]) -> None:
        """Changes the tags of a rejected row, and lets it be sent with them."""
        self._check_resting(row_id)
        row = await self._editor.edit(row_id, _checked(tags))
        await self._publish(ScrobbleStatus.QUEUED, row.scrobble, "edited, to be sent again")
        self._submitter.retry_now()

    async def claim_queue(self, from_account: str) -> int:
        """Sends the rows of another account to this one. Returns how many they are."""
        claimed = await self._editor.claim(
            self._queue.account_id, self._account.login().username, from_account
        )
        for row in claimed:
            await self._publish(
                ScrobbleStatus.QUEUED, row.scrobble, f"taken over from {from_account}"
            )
        self._submitter.retry_now()
        return len(claimed)

    def _check_resting(self, row_id: int) -> None:
        if row_id in self._submitter.sending:
            raise Busy(f"row {row_id} is being sent just now; try again in a moment")


def _shown(item: QueueItem) -> QueueEntry:
    values = asdict(item)
    return QueueEntry(
        account=values.pop("username"),
        code=values.pop("reason"),
        last_error=wording.of_row(item.reason, item.detail),
        **values,
    )


def _checked(tags: Mapping[str, object]) -> dict[str, str]:
    if not tags:
        raise InvalidArgument(f"tags: nothing to change; there are {', '.join(EDITABLE)}")
    checked: dict[str, str] = {}
    for name, value in tags.items():
        if name not in EDITABLE:
            raise InvalidArgument(f"{name}: can't be edited; there are {', '.join(EDITABLE)}")
        if not isinstance(value, str):
            raise InvalidArgument(f"{name}: must be a text")
        checked[name] = required(name, value) if name in ("artist", "track") else for_wire(value)
    return checked
