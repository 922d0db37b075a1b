"""What can be asked of the queue: how it stands, to send now, and to mend single rows.

What is wrong is InvalidArgument, naming the field, and changes nothing.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from ...accounts.account import Account
from ...core.errors import Busy, InvalidArgument
from ...core.publisher import Publisher
from ...core.submission import ScrobbleStatus
from ...core.text import for_wire
from ...runtime.clock import now
from ...scrobbling.budget import Budget
from ...scrobbling.love_submitter import LoveSubmitter
from ...scrobbling.submitter import Submitter
from ...storage.queue import ScrobbleQueue
from ...storage.queue_editing import EDITABLE, QueueEditor

AT_ONCE = 1.0
"""Seconds after which the queue looks at what may go already."""

RETRY_PATIENCE = 18.0
"""Seconds that a caller waits for the server at most; D-Bus callers give up after 25."""


class QueueOperations:
    """What can be asked of the queue. Every method raises only errors of `errors`."""

    def __init__(
        self,
        queue: ScrobbleQueue,
        account: Account,
        submitter: Submitter,
        loving: LoveSubmitter,
        budget: Budget,
        publisher: Publisher,
        hurry: Callable[[], None],
    ) -> None:
        """`hurry` is called where waiting any longer makes no sense."""
        self._queue = queue
        self._mending = QueueEditor(queue.database)
        self._account = account
        self._submitter = submitter
        self._loving = loving
        self._budget = budget
        self._publish = publisher.scrobble_changed
        self._hurry = hurry

    async def get_queue_status(self) -> dict[str, Any]:
        """The answer of GetQueueStatus, by name; 0 and "" stand for none."""
        counts, backoff, wall = await self._queue.counts(), self._submitter.backoff, now().wall
        requests, scrobbles = self._budget.today(wall)
        rest = await self._rest(wall, counts.queued)
        return {
            **asdict(counts),
            "expiring": await self._queue.expiring(wall),
            "loves": await self._loving.waiting(self._account.username),
            "next_attempt": math.ceil(wall + rest) if rest else 0,
            "hold_reason": self._hold_reason(wall, counts.queued),
            "last_error": backoff.last_error,
            "database": self._queue.database.trouble,
            "requests_today": requests,
            "requests_limit": self._budget.limits.requests_per_day,
            "scrobbles_today": scrobbles,
            "scrobbles_limit": self._budget.limits.scrobbles_per_day,
        }

    async def _rest(self, wall: float, queued: int) -> float:
        """Seconds until the next attempt at any of it."""
        session = self._account.session
        if not queued or session is None:
            return 0.0
        if rest := self._submitter.rest(wall, queued):
            return rest
        first = await self._queue.next_attempt(session.username, wall)
        return first if first and first > AT_ONCE else 0.0

    def why_waiting(self) -> str:
        """Why what was just queued is not sent yet."""
        if self._account.session is None:
            return self._account.waits_for or "nobody is logged in; call GetAuthUrl"
        held = self._hold_reason(now().wall, 1)
        return held or self._submitter.backoff.last_error or "waiting for its turn"

    def _hold_reason(self, wall: float, queued: int) -> str:
        if queued and self._account.session is None:
            return self._account.waits_for or "nobody is logged in"
        if self._submitter.backoff.hold or not queued:
            return self._submitter.backoff.hold
        return self._submitter.limit(wall, queued)

    async def retry_queue(self) -> dict[str, Any]:
        """Send what is queued now: figures and a status."""
        await self._account.recall()
        if self._account.session is None:
            queued = (await self._queue.counts()).queued
            figures = {"submitted": 0, "failed": 0, "remaining": queued}
            return {**figures, "status": "not_authenticated"}
        self._hurry()
        drained = await self._submitter.drain(RETRY_PATIENCE)
        return {
            "submitted": drained.submitted,
            "failed": drained.failed,
            "remaining": (await self._queue.counts()).queued,
            "status": drained.status,
        }

    # -- single rows ------------------------------------------------------------------------

    async def list_queue(self, state: str, limit: int, before_id: int) -> list[dict[str, Any]]:
        """Rows of the queue, by name, the newest first; `state` "" = all, `before_id` 0 = all."""
        return await self._mending.rows(state, limit, before_id)

    async def retry_item(self, row_id: int) -> None:
        """Let one row be sent again, whatever was said of it."""
        self._check_resting(row_id)
        row = await self._mending.retry(row_id, now().wall)
        await self._publish(ScrobbleStatus.QUEUED, row.scrobble, "to be sent again")
        self._submitter.hurry()

    async def drop_item(self, row_id: int) -> None:
        """Take one row out of the queue for good."""
        self._check_resting(row_id)
        row = await self._mending.drop(row_id)
        await self._publish(ScrobbleStatus.DROPPED, row.scrobble, "taken out of the queue by hand")

    async def edit_item(self, row_id: int, tags: Mapping[str, object]) -> None:
        """Change the tags of a rejected row, and let it be sent with them."""
        self._check_resting(row_id)
        row = await self._mending.edit(row_id, _checked(tags))
        await self._publish(ScrobbleStatus.QUEUED, row.scrobble, "edited, to be sent again")
        self._submitter.hurry()

    async def claim_queue(self, from_account: str) -> int:
        """Send the rows of another account to this one: how many they are."""
        claimed = await self._mending.claim(self._account.login().username, from_account)
        for row in claimed:
            await self._publish(
                ScrobbleStatus.QUEUED, row.scrobble, f"taken over from {from_account}"
            )
        self._submitter.hurry()
        return len(claimed)

    def _check_resting(self, row_id: int) -> None:
        if row_id in self._submitter.sending:
            raise Busy(f"row {row_id} is being sent just now; try again in a moment")


def _checked(tags: Mapping[str, object]) -> dict[str, str]:
    if not tags:
        raise InvalidArgument(f"tags: nothing to change; there are {', '.join(EDITABLE)}")
    found: dict[str, str] = {}
    for name, value in tags.items():
        if name not in EDITABLE:
            raise InvalidArgument(f"{name}: can't be edited; there are {', '.join(EDITABLE)}")
        if not isinstance(value, str):
            raise InvalidArgument(f"{name}: must be a text")
        found[name] = for_wire(value)
        if name in ("artist", "track") and not found[name]:
            raise InvalidArgument(f"{name}: must not be empty")
    return found
