"""Members of our interface about the queue: how it stands, to send now, and single rows."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from ...core import wording
from ...core.errors import Busy, InvalidArgument
from ...core.model import LASTFM
from ...core.submission import QueueItem, ScrobbleStatus, ServiceTerms
from ...core.text import for_wire
from ...core.values import Int32, Int64, UInt32, check_text
from ...runtime.clock import now
from ...scrobbling.worker import Worker
from ...scrobbling.workers import Workers
from ...services.base import terms_of
from ...storage.history import why_of
from ...storage.queue import ScrobbleQueue
from ...storage.queue_editing import EDITABLE, QueueEditor
from ..signatures import method, signal

RETRY_TIMEOUT_SECONDS = 18.0
"""How long a caller of RetryQueue waits for the server; D-Bus callers give up after 25 s."""

EDITABLE_TYPES: Mapping[str, str] = dict.fromkeys(EDITABLE, "s")
"""What EditItem takes."""


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """How the queue stands; 0 and "" stand for none."""

    queued: UInt32
    held: UInt32
    rejected: UInt32
    expired: UInt32
    oldest: Int64
    expiring: UInt32
    loves: UInt32
    next_attempt: Int64
    hold_reason: str
    hold_code: str
    last_error: str
    database: str
    requests_today: UInt32
    requests_limit: UInt32
    scrobbles_today: UInt32
    scrobbles_limit: UInt32


@dataclass(frozen=True, slots=True)
class RetryResult:
    """What sending the queue at once came to."""

    submitted: UInt32
    failed: UInt32
    remaining: UInt32
    status: str


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A row of the queue; 0 and "" stand for none."""

    id: Int64
    play_id: Int64
    state: str
    account: str
    artist: str
    track: str
    album: str
    album_artist: str
    timestamp: Int64
    duration: UInt32
    created_at: Int64
    retry_count: UInt32
    next_attempt: Int64
    sent_at: Int64
    answer_code: Int32
    last_error: str
    code: str
    detail: str
    account_name: str


class QueueMembers:
    """The queue."""

    def __init__(
        self, queues: ScrobbleQueue, workers: Workers, retry_now: Callable[[], None]
    ) -> None:
        """`queues`: the rows of all accounts. `retry_now` ends all waiting for servers and disk."""
        self._queues = queues
        self._workers = workers
        self._worker = worker = workers[LASTFM]
        self._queue = queue = worker.queue
        self._editor = QueueEditor(queue.database)
        self._account = worker.context.account
        self._terms = terms_of(worker.context.service)
        self._submitter = worker.submitter
        self._loves = worker.loves
        self._budget = worker.budget
        self._publish = worker.context.tell
        self._retry_now = retry_now

    @method("status")
    async def GetQueueStatus(self) -> QueueStatus:
        """How the queue stands, and what is used of the day's limits (a day of UTC). Plays are
        those of all accounts, all else is Last.fm's; words of another account begin with its name.

        queued: plays that wait to be sent
        held: plays of another user, which wait for that login or for `ClaimQueue`
        rejected: plays that Last.fm did not take, or ignored
        expired: plays that are older than 13.5 days, which Last.fm does not take
        expiring: how many of those that wait will be so within a day
        loves: requests to love or unlove that wait, of the user who is logged in
        oldest: when the oldest play that waits began, UNIX seconds; 0 = none waits
        next_attempt: when it is tried again, UNIX seconds; 0 = at once
        hold_reason: what they all wait for, in words; "" = nothing
        hold_code: the same for programs: `login`, `keyring`, `limit` (of the day, in config.toml)
            or `service` (it refused all for now); "" = nothing
        last_error: what went wrong last, in words; "" = nothing
        database: why it can't be written, in words; "" = it can. Plays are kept in memory meanwhile
        requests_today, requests_limit: requests about plays and loved tracks, and how many are
            allowed; no limit is 0
        scrobbles_today, scrobbles_limit: scrobbles sent, and allowed; no limit is 0
        """
        counts, wall = await self._queues.counts(), now().wall
        queued = (await self._queue.counts()).queued
        requests, scrobbles = self._budget.today(wall)
        rest = await self._worker.rest(wall, queued)
        wait_reason, wait_words = self._worker.wait_reason(wall, queued)
        return QueueStatus(
            **asdict(counts),
            expiring=await self._queue.expiring(wall),
            loves=await self._loves.waiting(self._account.username),
            next_attempt=math.ceil(wall + rest) if rest else 0,
            hold_reason=wait_words or await self._hold_elsewhere(wall),
            hold_code=wait_reason,
            last_error=self._submitter.backoff.last_error or self._error_elsewhere(),
            database=self._queue.database.trouble,
            requests_today=requests,
            requests_limit=self._budget.limits.requests_per_day,
            scrobbles_today=scrobbles,
            scrobbles_limit=self._budget.limits.scrobbles_per_day,
        )

    @method("result")
    async def RetryQueue(self) -> RetryResult:
        """Send now what waits. Answers within 20 seconds, with what is done by then.

        submitted: plays that Last.fm took
        failed: plays that it did not take, or that could not be sent
        remaining: plays that still wait
        status: `done`, `nothing` (to do), `running`, `held`, `not_authenticated` or `offline`
        """
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

    @method("rows", is_long=True)
    async def ListQueue(self, state: str, limit: UInt32, before_id: Int64) -> list[QueueEntry]:
        """The newest rows of the queue.

        state: `pending`, `held`, `rejected`, `expired` or `sent`; "" = all
        limit: how many, 200 at most
        before_id: only older ones than the row of this `id`; 0 = from the newest on

        Of each row:

        id: names the row, for `RetryItem`, `DropItem` and `EditItem`
        play_id: its `id` in the history; 0 = none, another program sent it
        state: its state
        account: who was logged in; "" = nobody yet
        artist, track, album, album_artist: what is sent
        timestamp: when the play began, UNIX seconds
        duration: its length in seconds; 0 = unknown
        created_at, sent_at: when it was queued, and sent, UNIX seconds; 0 = not sent
        retry_count: how often it was tried
        next_attempt: when it may go again, UNIX seconds; 0 = at any time
        answer_code: Last.fm's code for it; 0 = none
        last_error: why it is in its state, in words
        code: the same for programs: `other_account`, `too_old`, `clock_unset`, `set_aside` (it may
            be why its batch failed), `failed` (the last attempt), `ignored` (by Last.fm, with
            `answer_code`) or `refused`; "" = nothing was said of it
        detail: what Last.fm said, in its words
        account_name: the name of the account that it is for

        Errors: InvalidArgument.
        """
        return [
            _shown(item, self._terms) for item in await self._editor.rows(state, limit, before_id)
        ]

    @method()
    async def RetryItem(self, item: Int64) -> None:
        """Send one row again, whatever was said of it.

        item: its `id` in `ListQueue`

        Errors: InvalidArgument, Busy.
        """
        self._check_resting(item)
        row = await self._editor.retry(item, self._queue.oldest(now().wall), self._terms)
        await self._publish(ScrobbleStatus.QUEUED, row.scrobble, "to be sent again")
        self._submitter.retry_now()

    @method()
    async def DropItem(self, item: Int64) -> None:
        """Take one row out of the queue for good. Its play stays in the history.

        item: its `id` in `ListQueue`

        Errors: InvalidArgument, Busy.
        """
        self._check_resting(item)
        row = await self._editor.drop(item, now().wall)
        await self._publish(ScrobbleStatus.DROPPED, row.scrobble, wording.DROPPED)

    @method(entries=EDITABLE_TYPES)
    async def EditItem(self, item: Int64, tags: dict[str, object]) -> None:
        """Send a rejected row with other tags.

        item: its `id` in `ListQueue`

        Any of these, all texts:

        artist, track, album, album_artist: what it becomes

        Errors: InvalidArgument, Busy.
        """
        self._check_resting(item)
        row = await self._editor.edit(item, _checked(tags))
        await self._publish(ScrobbleStatus.QUEUED, row.scrobble, "edited, to be sent again")
        self._submitter.retry_now()

    @method("claimed")
    async def ClaimQueue(self, from_account: str) -> UInt32:
        """Send what waits for another user to the one who is logged in.

        from_account: the name of the other user
        claimed: how many rows that were

        Errors: NotAuthenticated, InvalidArgument.
        """
        claimed = await self._editor.claim(
            self._queue.account_id, self._account.login().username, from_account
        )
        for row in claimed:
            await self._publish(
                ScrobbleStatus.QUEUED, row.scrobble, f"taken over from {from_account}"
            )
        self._submitter.retry_now()
        return len(claimed)

    # -- signals ----------------------------------------------------------------------------

    @staticmethod
    @signal
    def ScrobbleStatus(status: str, artist: str, track: str, message: str) -> None:
        """Something became of a play.

        status: `queued`, `sent`, `ignored`, `held`, `expired` or `rejected`
        artist, track: which play
        message: why, in words
        """

    @staticmethod
    @signal
    def QueueUpdated(queued: UInt32) -> None:
        """Rows of the queue have changed.

        queued: how many plays wait
        """

    # -- not on the bus --------------------------------------------------------------------

    def _others(self) -> list[Worker]:
        return [worker for worker in self._workers if worker is not self._worker]

    async def _hold_elsewhere(self, wall: float) -> str:
        """What the first other account waits for whose plays wait, after its name; "" = nothing."""
        for worker in self._others():
            _, words = worker.wait_reason(wall, (await worker.queue.counts()).queued)
            if words:
                return f"{worker.context.account.name}: {words}"
        return ""

    def _error_elsewhere(self) -> str:
        """What went wrong last at the first other account that has trouble; "" = nothing."""
        for worker in self._others():
            if error := worker.submitter.backoff.last_error:
                return f"{worker.context.account.name}: {error}"
        return ""

    def _check_resting(self, row_id: int) -> None:
        if row_id in self._submitter.sending:
            raise Busy(f"row {row_id} is being sent just now; try again in a moment")


def _shown(item: QueueItem, terms: ServiceTerms) -> QueueEntry:
    values = asdict(item)
    return QueueEntry(
        account_name=values.pop("account"),
        account=values.pop("username"),
        code=values.pop("reason"),
        last_error=why_of(item, terms),
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
        checked[name] = check_text(name, value) if name in ("artist", "track") else for_wire(value)
    return checked
