"""Members of our interface about the queue: how it stands, to send now, and single rows."""

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from ...core import LASTFM, wording
from ...core.errors import InvalidArgument
from ...core.submission import QueueItem, ScrobbleStatus, ServiceTerms
from ...core.values import Int32, Int64, UInt32
from ...runtime.clock import now
from ...scrobbling.pump import DrainResult
from ...scrobbling.worker import Worker
from ...scrobbling.workers import Workers
from ...services.base import terms_of
from ...storage.accounts import account_named, accounts_left
from ...storage.editing.tags import TAGS_OF_ROW, checked_tags
from ...storage.history import why_of
from ...storage.queue import ScrobbleQueue
from ...storage.queue_editing import QueueEditor
from ..signatures import method, signal
from .corrections import check_resting, reach_of

RETRY_TIMEOUT_SECONDS = 18.0
"""How long a caller of RetryQueue waits for the server; D-Bus callers give up after 25 s."""

EDITABLE_TYPES: Mapping[str, str] = dict.fromkeys(TAGS_OF_ROW, "s")
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
    origin: str
    player: str


class QueueMembers:
    """The queue."""

    def __init__(
        self, queues: ScrobbleQueue, workers: Workers, retry_now: Callable[[], None]
    ) -> None:
        """`queues`: the rows of all accounts. `retry_now` ends all waiting for servers and disk."""
        self._queues = queues
        self._workers = workers
        self._worker = worker = workers[LASTFM]
        self._editor = QueueEditor(queues.database)
        self._terms = terms_of(worker.context.service)
        self._retry_now = retry_now

    @method("status")
    async def GetQueueStatus(self) -> QueueStatus:
        """How the queue stands, and what is used of the day's limits (a day of UTC). Plays and
        loves are of all accounts, all else is Last.fm's; words of another begin with its name.

        queued: plays that wait to be sent
        held: plays of another user, until that user logs in, or `ClaimQueue` takes them over
        rejected: plays that a service did not take, or ignored
        expired: plays that are too old: Last.fm takes none older than 13.5 days
        expiring: how many of those that wait will be so within a day
        loves: requests to love or unlove that wait, of the users who are logged in
        oldest: when the oldest play that waits began, UNIX seconds; 0 = none waits
        next_attempt: when it is tried again, UNIX seconds; 0 = at once
        hold_reason: what they all wait for, in words; "" = nothing
        hold_code: the same for programs: `login`, `same_login` (of another account), `keyring`,
            `limit` (of the day), `service` (it refuses all), `away`, `off` or `gone`; "" = nothing
        last_error: what went wrong last, in words; "" = nothing
        database: why it can't be written, in words; "" = it can. Plays are kept in memory meanwhile
        requests_today, requests_limit: requests about plays and loved tracks, and how many are
            allowed; no limit is 0
        scrobbles_today, scrobbles_limit: scrobbles sent, and allowed; no limit is 0
        """
        worker, counts, wall = self._worker, await self._queues.counts(), now().wall
        queued = (await worker.queue.counts()).queued
        requests, scrobbles = worker.budget.today(wall)
        rest = await worker.rest(wall, queued)
        wait_reason, wait_words = worker.wait_reason(wall, queued)
        return QueueStatus(
            **asdict(counts),
            expiring=await worker.queue.expiring(wall),
            loves=await self._loves_waiting(),
            next_attempt=math.ceil(wall + rest) if rest else 0,
            hold_reason=wait_words or await self._hold_elsewhere(wall),
            hold_code=wait_reason,
            last_error=worker.submitter.backoff.last_error or self._error_elsewhere(),
            database=self._queues.database.trouble,
            requests_today=requests,
            requests_limit=worker.budget.limits.requests_per_day,
            scrobbles_today=scrobbles,
            scrobbles_limit=worker.budget.limits.scrobbles_per_day,
        )

    @method("result")
    async def RetryQueue(self) -> RetryResult:
        """Send now what waits, at all accounts. Answers within 20 seconds, with what is done by
        then at Last.fm, or if nobody has ever logged in there, at the other accounts.

        submitted: plays that it took
        failed: plays that it did not take, or that could not be sent
        remaining: plays that still wait
        status: `done`, `nothing` (to do), `running`, `held`, `not_authenticated` or `offline`
        """
        await asyncio.gather(*(worker.context.account.recall() for worker in self._workers))
        self._retry_now()
        asked = self._workers.in_use()
        drained = await asyncio.gather(*(_drain(worker) for worker in asked))
        trouble = [each.status for each in drained if each.status not in ("done", "nothing")]
        is_done = any(each.status == "done" for each in drained)
        return RetryResult(
            submitted=sum(each.submitted for each in drained),
            failed=sum(each.failed for each in drained),
            remaining=sum([(await worker.queue.counts()).queued for worker in asked]),
            status=trouble[0] if trouble else "done" if is_done else "nothing",
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
            `answer_code`), `refused`, `replacing` (it has it with other tags, and deletes that
            first) or `not_replaced` (it did not); "" = nothing was said of it
        detail: what Last.fm said, in its words
        account_name: the name of the account that it is for
        origin: "" = it was played; `import`, of a file; `backfill`, of the history. They are sent
            in this order
        player: the name of the player that played it; "" = unknown

        Errors: InvalidArgument.
        """
        return self._shown(await self._editor.rows(state, limit, before_id))

    @method("rows", is_long=True)
    async def ListAccountQueue(
        self, account: str, state: str, limit: UInt32, before_id: Int64
    ) -> list[QueueEntry]:
        """The newest rows of one account: the entries are those of `ListQueue`.

        account: its name; it may have left config.toml
        state: `pending`, `held`, `rejected`, `expired` or `sent`; "" = all
        limit: how many, 200 at most
        before_id: only older ones than the row of this `id`; 0 = from the newest on

        Errors: InvalidArgument.
        """
        account_id = await account_named(self._queues.database, account)
        return self._shown(await self._editor.rows(state, limit, before_id, account_id))

    @method()
    async def RetryItem(self, item: Int64) -> None:
        """Send one row again, whatever was said of it.

        item: its `id` in `ListQueue`

        Errors: InvalidArgument, Busy.
        """
        worker = await self._worker_of(item)
        terms = terms_of(worker.context.service)
        row = await self._editor.retry(item, worker.queue.oldest(now().wall), terms)
        await worker.context.tell(ScrobbleStatus.QUEUED, row.scrobble, "to be sent again")
        worker.submitter.retry_now()

    @method()
    async def DropItem(self, item: Int64) -> None:
        """Take one row out of the queue for good. Its play stays in the history.

        item: its `id` in `ListQueue`

        Errors: InvalidArgument, Busy.
        """
        account = await self._editor.account_of(item)
        check_resting(self._workers, item)
        for worker in self._workers:
            worker.queue.edited()
        row = await self._editor.drop(item, now().wall)
        publisher = self._worker.context.publisher
        await publisher.scrobble_changed(
            ScrobbleStatus.DROPPED, row.scrobble, wording.DROPPED, account
        )

    @method(entries=EDITABLE_TYPES)
    async def EditItem(self, item: Int64, tags: dict[str, object]) -> None:
        """Send a row that waits, or was rejected, with other tags. Its play in the history, and its
        rows at other accounts, stay as they are: `EditPlay` changes them all.

        item: its `id` in `ListQueue`

        Any of these, all texts:

        artist, track, album, album_artist: what it becomes

        Errors: InvalidArgument, Busy.
        """
        worker = await self._worker_of(item)
        worker.queue.edited()
        row = await self._editor.edit(
            item,
            checked_tags(tags, TAGS_OF_ROW),
            reach=reach_of(worker, now().wall),
            terms=terms_of(worker.context.service),
            now=now().wall,
        )
        await worker.context.tell(ScrobbleStatus.QUEUED, row.scrobble, "edited, to be sent again")
        worker.submitter.retry_now()

    @method("claimed")
    async def ClaimQueue(self, from_account: str) -> UInt32:
        """Send what waits for another user of Last.fm to the one who is logged in there.

        from_account: the name of the other user
        claimed: how many rows that were

        Errors: NotAuthenticated, InvalidArgument.
        """
        return await self.ClaimAccountQueue(LASTFM, "", from_account)

    @method("claimed")
    async def ClaimAccountQueue(self, account: str, from_account: str, from_user: str) -> UInt32:
        """Send to the user who is logged in to an account what waits there for another user, or
        what waits for an account of the same service that has left config.toml.

        account: the name of the account
        from_account: "" = the same account; else the name of the one that has left
        from_user: the name of the other user; "" = all, if it is of an account that has left
        claimed: how many rows that were

        Errors: NotAuthenticated, InvalidArgument.
        """
        worker = self._workers[account]
        account_id, username = worker.queue.account_id, worker.context.account.login().username
        if from_account in ("", account):
            claimed = await self._editor.claim(account_id, username, from_user)
        elif from_account in self._workers.names:
            raise InvalidArgument("from_account: it is in config.toml, and its plays go there")
        else:
            claimed = await self._editor.move(account_id, username, from_account, from_user)
        for row in claimed:
            words = f"taken over from {from_user or from_account}"
            await worker.context.tell(ScrobbleStatus.QUEUED, row.scrobble, words)
        worker.submitter.retry_now()
        return len(claimed)

    # -- signals ----------------------------------------------------------------------------

    @staticmethod
    @signal
    def ScrobbleStatus(status: str, artist: str, track: str, message: str) -> None:
        """Something became of a play.

        status: `queued`, `sent`, `ignored`, `held` (not sent yet), `expired` or `rejected`
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

    async def _loves_waiting(self) -> int:
        waiting = [
            await each.loves.waiting(each.context.account.username) for each in self._workers
        ]
        return sum(waiting)

    async def _hold_elsewhere(self, wall: float) -> str:
        """What the first other account waits for whose plays wait, after its name; "" = nothing."""
        for worker in self._others():
            _, words = worker.wait_reason(wall, (await worker.queue.counts()).queued)
            if words:
                return f"{worker.context.account.name}: {words}"
        left = await accounts_left(self._queues.database, self._workers.names)
        names = [each.name for each in left if each.counts.queued]
        return f"{names[0]}: {wording.GONE.format(account='it')}" if names else ""

    def _error_elsewhere(self) -> str:
        """What went wrong last at the first other account that has trouble; "" = nothing."""
        for worker in self._others():
            if error := worker.submitter.backoff.last_error:
                return f"{worker.context.account.name}: {error}"
        return ""

    async def _worker_of(self, row_id: int) -> Worker:
        """Returns the worker of the account of a row that is not under way."""
        account = await self._editor.account_of(row_id)
        if account not in self._workers.names:
            raise InvalidArgument(f"row {row_id} is for {account}, which is not in config.toml")
        check_resting(self._workers, row_id)
        return self._workers[account]

    def _shown(self, items: Iterable[QueueItem]) -> list[QueueEntry]:
        return [_entry(item, self._terms) for item in items]


async def _drain(worker: Worker) -> DrainResult:
    """Sends what waits for an account, if somebody is logged in there."""
    if worker.context.account.session is None:
        return DrainResult(0, 0, "not_authenticated")
    return await worker.submitter.drain(RETRY_TIMEOUT_SECONDS)


def _entry(item: QueueItem, terms: ServiceTerms) -> QueueEntry:
    values = asdict(item)
    return QueueEntry(
        account_name=values.pop("account"),
        account=values.pop("username"),
        code=values.pop("reason"),
        last_error=why_of(item, terms),
        **values,
    )
