"""Members of our interface about the queue: how it stands, to send now, and single rows."""

from ...core.values import Int64, UInt32
from ..answers import QueueEntry, QueueStatus, RetryResult
from ..operations.queue import EDITABLE_TYPES
from ..signatures import dbus_property, method, signal
from .base import Members


class QueueMembers(Members):
    """The queue."""

    @method("status")
    async def GetQueueStatus(self) -> QueueStatus:
        """How the queue stands, and what is used of the day's limits (a day of UTC).

        queued: plays that wait to be sent
        held: plays of another account, which wait for it or for `ClaimQueue`
        rejected: plays that Last.fm did not take, or ignored
        expired: plays that are older than 13.5 days, which Last.fm does not take
        expiring: how many of those that wait will be so within a day
        loves: wishes to love or unlove that wait, of the account that is logged in
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
        return await self.operations.queue.get_queue_status()

    @method("result")
    async def RetryQueue(self) -> RetryResult:
        """Send now what waits. Answers within 20 seconds, with what is done by then.

        submitted: plays that Last.fm took
        failed: plays that it did not take, or that could not be sent
        remaining: plays that still wait
        status: `done`, `nothing` (to do), `running`, `held`, `not_authenticated` or `offline`
        """
        return await self.operations.queue.retry_queue()

    @method("rows")
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
        duration: the length that is sent, in seconds; 0 = none
        created_at, sent_at: when it was queued, and sent, UNIX seconds; 0 = not sent
        retry_count: how often it was tried
        next_attempt: when it may go again, UNIX seconds; 0 = at any time
        answer_code: Last.fm's code for it; 0 = none
        last_error: why it is in its state, in words
        code: the same for programs: `other_account`, `too_old`, `clock_unset`, `set_aside` (it may
            be why its batch failed), `failed` (the last attempt), `ignored` (by Last.fm, with
            `answer_code`) or `refused`; "" = nothing was said of it
        detail: what Last.fm said, in its words

        Errors: InvalidArgument.
        """
        return await self.operations.queue.list_queue(state, limit, before_id)

    @method()
    async def RetryItem(self, item: Int64) -> None:
        """Send one row again, whatever was said of it.

        item: its `id` in `ListQueue`

        Errors: InvalidArgument, Busy.
        """
        await self.operations.queue.retry_item(item)

    @method()
    async def DropItem(self, item: Int64) -> None:
        """Take one row out of the queue for good. Its play stays in the history.

        item: its `id` in `ListQueue`

        Errors: InvalidArgument, Busy.
        """
        await self.operations.queue.drop_item(item)

    @method(entries=EDITABLE_TYPES)
    async def EditItem(self, item: Int64, tags: dict[str, object]) -> None:
        """Send a rejected row with other tags.

        item: its `id` in `ListQueue`

        Any of these, all texts:

        artist, track, album, album_artist: what it becomes

        Errors: InvalidArgument, Busy.
        """
        await self.operations.queue.edit_item(item, tags)

    @method("claimed")
    async def ClaimQueue(self, from_account: str) -> UInt32:
        """Send what waits for another account to the one that is logged in.

        from_account: the name of the other one
        claimed: how many rows that were

        Errors: NotAuthenticated, InvalidArgument.
        """
        return await self.operations.queue.claim_queue(from_account)

    # -- signals -----------------------------------------------------------------------------------

    @signal
    def ScrobbleStatus(self, status: str, artist: str, track: str, message: str) -> None:
        """Something became of a play.

        status: `queued`, `sent`, `ignored`, `held`, `expired` or `rejected`
        artist, track: which play
        message: why, in words
        """

    @signal
    def QueueUpdated(self, queued: UInt32) -> None:
        """Rows of the queue have changed.

        queued: how many plays wait
        """

    # -- properties --------------------------------------------------------------------------------

    @dbus_property
    def Queued(self) -> UInt32:
        """How many scrobbles wait."""
        return self.properties.queued
