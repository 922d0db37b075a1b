"""Members of our interface about backfills: history that is sent to an account later."""

from collections.abc import Mapping

from ...core.errors import InvalidArgument
from ...core.publisher import BackfillResult
from ...core.values import Int64, UInt32, check_span
from ...reconciliation.backfiller import Backfiller
from ...scrobbling.workers import Workers
from ...storage.accounts import account_named
from ...storage.database import Database
from ...storage.reconciliation.backfills import BackfillStore
from ..signatures import method, signal


class BackfillMembers:
    """Backfill."""

    def __init__(
        self, workers: Workers, backfillers: Mapping[str, Backfiller], database: Database
    ) -> None:
        """`backfillers` by the names of their accounts."""
        self._workers = workers
        self._backfillers = backfillers
        self._database = database

    @method("figures", is_long=True)
    async def Backfill(
        self,
        account: str,
        since: Int64,
        until: Int64,
        dry_run: bool,
        per_day: UInt32,
        unchecked: bool,
    ) -> BackfillResult:
        """Send plays of the history to an account that never had them, such as a new one. It goes
        on by itself, also after a restart. A thousand plays at a time it reads first which of them
        the service has. They wait behind everything else.

        account: its name
        since: when the first one began, UNIX seconds; 0 = ever
        until: only those that began before it, UNIX seconds; 0 = until now
        dry_run: only tell what would come of it; many plays take minutes
        per_day: how many are sent in a day of UTC; 0 = 200 to Last.fm, and no limit elsewhere
        unchecked: also if the service does not show what it has: that may then be there twice

        plays: how many the account lacks
        queued: how many would be sent; 0 without `dry_run`, as that is not known yet
        there: how many of them the service has; 0 without `dry_run`
        left_out: how many the rules of the account leave out; 0 without `dry_run`
        too_old: how many are too old for the service
        per_day: how many are sent in a day; 0 = no limit
        days: how many days it takes, at most

        Errors: InvalidArgument, Busy, NotConfigured, NotAuthenticated, Network, Service.
        """
        name = self._workers[account].context.account.name
        check_span(since, until)
        backfiller = self._backfillers[name]
        plan = backfiller.plan(since, until, per_day, is_unchecked=unchecked)
        return await (backfiller.figures(plan) if dry_run else backfiller.begin(plan))

    @method("removed")
    async def CancelBackfill(self, account: str) -> UInt32:
        """End a backfill, and take back what of it waits to be sent. What the service may have seen
        stays.

        account: its name; it may have left config.toml
        removed: how many plays that were

        Errors: InvalidArgument.
        """
        account_id = await account_named(self._database, account)
        cancelled = await BackfillStore(self._database, account_id).cancel()
        if cancelled is None:
            raise InvalidArgument(f"there is no backfill of {account}")
        if account in self._backfillers:
            self._backfillers[account].cancelled(*cancelled)
        return cancelled[1]

    # -- signals ----------------------------------------------------------------------------

    @staticmethod
    @signal
    def BackfillProgress(account: str, done: UInt32, total: UInt32) -> None:
        """How far a backfill is, or the `dry_run` of one.

        account: which account
        done, total: plays that were looked at, and plays that it is about
        """

    @staticmethod
    @signal
    def BackfillFinished(account: str, result: BackfillResult) -> None:
        """All plays of a backfill were sent, or it was cancelled.

        account: which account
        result: what `Backfill` answers; `queued` are those that were sent
        """
