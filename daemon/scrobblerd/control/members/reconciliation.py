"""Members of our interface about what services show of the plays that they were sent."""

from dataclasses import asdict, dataclass

from ...core.publisher import VerifyResult
from ...core.values import Int64, UInt32, check_span
from ...reconciliation.verifier import Verifiers, Wanted
from ...storage.database import Database
from ...storage.reconciliation.findings import findings_of
from ..signatures import method, signal


@dataclass(frozen=True, slots=True)
class FindingEntry:
    """A play that a service does not show as it was sent."""

    account: str
    id: Int64
    kind: str
    cause: str
    play_id: Int64
    listened_at: Int64
    artist: str
    track: str
    album: str
    sent_artist: str
    sent_track: str
    listen_id: str
    client: str


class ReconciliationMembers:
    """Verifying."""

    def __init__(self, verifiers: Verifiers, database: Database) -> None:
        self._verifiers = verifiers
        self._database = database

    @method("result")
    async def VerifyAccount(
        self, account: str, since: Int64, until: Int64, repair: bool
    ) -> VerifyResult:
        """Read what the service of an account shows, and compare it with what was sent there. What
        was sent in the last 10 minutes, or began in them, is left out: it may not be shown yet.
        Years take longer than callers usually wait; it goes on without them, `VerifyProgress` tells
        how far it is, and a second call for the same joins it.

        account: its name
        since: only plays that began then or later, UNIX seconds; 0 = ever
        until: only plays that began then or before, UNIX seconds; 0 = until now
        repair: whether missing plays are sent again, the same byte for byte

        since, until: which time was compared, UNIX seconds
        sent: plays that the service must show
        shown: how many of them it shows as they were sent, within two seconds
        changed: how many it shows under other names
        missing: how many it does not show
        doubled: listens that show one of them a second time
        foreign_by: which programs sent listens that are none of them, and how many; "" = the
            service does not say
        sent_again: how many of the missing ones were queued again
        taken: how many of these the service has taken since
        too_old: how many of the missing ones it does not take any more
        deleted: how many of the doubled ones were deleted, by `DeleteDoubled`
        being_deleted: how many listens are shown still though they were deleted here, or are to be

        Errors: InvalidArgument, Busy, NotAuthenticated, Network, Service.
        """
        return await self._verify(account, Wanted(since, until, repair=repair))

    @method("deleted")
    async def DeleteDoubled(self, account: str, since: Int64, until: Int64) -> UInt32:
        """Verify an account, and delete listens that show a play a second time: not the one that
        is nearest to what was sent, and only if the service has a name for each. A service may
        show them for some minutes still. `can` in `ListAccounts` has `delete` if it is possible.

        account: its name
        since: only plays that began then or later, UNIX seconds; 0 = ever
        until: only plays that began then or before, UNIX seconds; 0 = until now

        deleted: how many listens were deleted

        Errors: InvalidArgument, Busy, NotAuthenticated, Network, Service.
        """
        return (await self._verify(account, Wanted(since, until, delete=True))).deleted

    async def _verify(self, account: str, wanted: Wanted) -> VerifyResult:
        check_span(wanted.since, wanted.until)
        return await self._verifiers[account].verify(wanted)

    @method("findings", is_long=True)
    async def ListFindings(
        self, account: str, limit: UInt32, before_id: Int64
    ) -> list[FindingEntry]:
        """What verifying an account has found, the newest finding first. A later verify of the same
        time takes the place of what was found before.

        account: its name
        limit: how many, 200 at most
        before_id: only older ones than the finding of this `id`; 0 = from the newest on

        id: names the finding
        kind: `missing`, `doubled` (the service shows the play a second time) or `changed` (it shows
            the play under other names)
        cause: why it is doubled: `copied` (another program has taken the play over, second and
            all), `no_length` (the same; for this service a play without its length is another one),
            `other_program` (it has scrobbled the play, too), `same_second` (something else than
            names is different) or `shifted` (it is off by some seconds). Of a missing play:
            `sent_again`, `too_old` (the service does not take it any more), "" = nothing was done
        play_id: the `id` of the play in `GetHistory`; 0 = it is none of the history
        listened_at: when it began, UNIX seconds
        artist, track, album: as the service shows them; of a missing play as they were sent
        sent_artist, sent_track: as they were sent
        listen_id: what the service calls the listen; "" = nothing
        client: the program that sent it; "" = the service does not say

        Errors: InvalidArgument.
        """
        found = await self._verifiers[account].findings.newest(limit, before_id)
        return [FindingEntry(account=account, **asdict(finding)) for finding in found]

    @method("findings")
    async def GetFindings(self, play_id: Int64) -> list[FindingEntry]:
        """What verifying has found of a play, at each account: the entries are those of
        `ListFindings`.

        play_id: the `id` in `GetHistory`
        """
        found = await findings_of(self._database, play_id)
        return [FindingEntry(account=account, **asdict(each)) for account, each in found]

    # -- signals ----------------------------------------------------------------------------

    @staticmethod
    @signal
    def VerifyProgress(account: str, done: UInt32, total: UInt32) -> None:
        """How far `VerifyAccount` is, after each page that was read.

        account: which account
        done, total: plays looked at, and plays that were sent
        """

    @staticmethod
    @signal
    def VerifyFinished(account: str, result: VerifyResult) -> None:
        """`VerifyAccount` or `DeleteDoubled` is done.

        account: which account
        result: what it answers
        """
