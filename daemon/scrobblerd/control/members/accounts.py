"""Members of our interface about accounts: which there are, their logins, and how they stand."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from ...accounts.account import Account
from ...config.credentials import HandedToken
from ...config.runtime_settings import RuntimeSettings
from ...core.errors import InvalidArgument
from ...core.submission import WaitReason
from ...core.values import Int64, UInt32
from ...core.wording import GONE, OFF
from ...runtime.clock import now
from ...scrobbling.worker import Worker
from ...scrobbling.workers import Workers
from ...services.base import LoginKind
from ...storage.accounts import AccountLeft, accounts_left
from ...storage.database import Database
from ...storage.reconciliation.backfills import backfills_left
from ..properties import AccountFacts
from ..signatures import method, signal


@dataclass(frozen=True, slots=True)
class AccountEntry(AccountFacts):
    """An account and how it stands; 0 and "" stand for none."""

    address: str
    words: str
    queued: UInt32
    held: UInt32
    rejected: UInt32
    expired: UInt32
    loves: UInt32
    oldest: Int64
    next_attempt: Int64
    last_sent: Int64
    sent_means: str
    hold_reason: str
    hold_code: str
    last_error: str
    requests_today: UInt32
    scrobbles_today: UInt32
    backfill: UInt32


class AccountsMembers:
    """Accounts."""

    def __init__(
        self,
        workers: Workers,
        settings: RuntimeSettings,
        token_of: Callable[[str], HandedToken],
        database: Database,
    ) -> None:
        """`token_of` returns the token that the user gave for an account."""
        self._database = database
        self._workers = workers
        self._settings = settings
        self._token_of = token_of

    @method("accounts")
    async def ListAccounts(self) -> list[AccountEntry]:
        """All accounts that are configured, that of Last.fm first; then those that have left
        config.toml, and for whom plays are kept.

        Of each account:

        account: its name, for the methods below
        service: the kind of its service, such as `listenbrainz`
        label: what people call the service
        url: where its server is, as the user says; of a `file`, its path
        address: where requests go, such as a path below `url`; "" = not known yet
        username: who is, or was last, logged in
        login: how a user logs in: on a page (`browser`), with a `token`, or not at all (`none`);
            "" = it has left config.toml
        state: `active`, `off` (by the user), `logged_out`, `expired` (the login), `waits` (for the
            keyring), `stopped` (another account has the same login), `gone` (it has left
            config.toml)
        words: what keeps plays from it now, in words; "" = nothing
        queued, held, rejected, expired: how many plays are so, as in `GetQueueStatus`
        loves: requests to love or unlove that wait
        oldest: when the oldest play that waits began, UNIX seconds; 0 = none waits
        next_attempt: when it is tried again, UNIX seconds; 0 = at once
        last_sent: when the service took a play last, UNIX seconds; 0 = none yet
        sent_means: `stored`, or `taken`: the service works on, and may still leave a play out
        hold_reason: what they all wait for, in words; "" = nothing
        hold_code: the same for programs, as in `GetQueueStatus`
        last_error: what went wrong last, in words; "" = nothing
        requests_today, scrobbles_today: what was sent today (a day of UTC)
        backfill: how many plays a backfill has still to look at or to send; 0 = none is under way
        can: what the service can do: `now_playing`, `love`, `import_loved`, `read` (it shows what
            it has of the user's plays), `delete` (a program may delete one)
        """
        backfills = await backfills_left(self._database)
        entries = [await self._entry(worker, backfills) for worker in self._workers]
        left = await accounts_left(self._database, self._workers.names)
        return [*entries, *map(_entry_of, left)]

    @method("status")
    async def GetAccountStatus(self, account: str) -> AccountEntry:
        """How one account stands: the entries are those of `ListAccounts`.

        account: its name

        Errors: InvalidArgument.
        """
        for left in await accounts_left(self._database, self._workers.names):
            if left.name == account:
                return _entry_of(left)
        return await self._entry(self._workers[account], await backfills_left(self._database))

    @method("kind", "url", "token", joins=True)
    async def BeginLogin(self, account: str) -> tuple[str, str, str]:
        """Begin a login.

        account: its name
        kind: `browser`: allow access at `url`, then call `CompleteLogin`. `token`: `url` shows a
            token; put it into the file that `scrobblerctl login` would write, then call
            `CompleteLogin`. `none`: there is no login
        url: the page to open; "" = none
        token: names a login by browser; "" for others

        Errors: InvalidArgument, NotConfigured, Network, Service.
        """
        login = self._workers[account].context.account
        if login.login_kind is LoginKind.NONE:
            return str(login.login_kind), "", ""
        return str(login.login_kind), *(await login.auth_url())

    @method("username")
    async def CompleteLogin(self, account: str, token: str) -> str:
        """Finish a login, and switch the account on. The token of a login by `token` never crosses
        the bus: it is read from the user's file.

        account: its name
        token: what `BeginLogin` gave; "" = what it gave last, or the token of the user's file
        username: who is logged in now

        Errors: InvalidArgument, NotConfigured, AuthPending, NotAuthenticated, Busy, Network,
            Service.
        """
        login = self._workers[account].context.account
        if login.login_kind is LoginKind.TOKEN:
            handed = self._token_of(account)
            if not handed.token:
                raise InvalidArgument(f"account: there is no token for {account} yet")
            login.hand_over(handed)
            token = handed.token
        username = await login.complete(token.strip())
        if login.is_handed:
            await self._settings.switch(account, on=True)
        return username

    @method()
    async def CancelLogin(self, account: str) -> None:
        """Give up a login that was begun, and leave the rest as it is. `CompleteLogin` then has no
        login to finish.

        account: its name

        Errors: InvalidArgument.
        """
        await self._workers[account].context.account.cancel()

    @method("login")
    async def CheckAccount(self, account: str) -> str:
        """Ask the service whether the login is good.

        account: its name
        login: "" = it is; else what is wrong, in words

        Errors: InvalidArgument, NotAuthenticated.
        """
        context = self._workers[account].context
        reply = await context.service.check(context.account.login())
        if reply.reached:
            context.budget.spend(now().wall)
        return "" if reply.ok else reply.message

    @method()
    async def Logout(self, account: str) -> None:
        """Forget the login of an account and switch it off. Its queue is kept. An account that has
        no login is switched off by `SetAccountEnabled`.

        account: its name

        Errors: InvalidArgument.
        """
        await self._workers[account].context.account.disconnect()

    @method()
    async def SetAccountEnabled(self, account: str, enabled: bool) -> None:
        """Switch an account on or off. What waits for it is kept, at Last.fm it is sent; a pause
        goes on.

        account: its name
        enabled: whether plays go to it

        Errors: InvalidArgument.
        """
        name = self._workers[account].context.account.name
        await self._settings.switch(name, enabled)

    @method()
    async def RetryAccount(self, account: str) -> None:
        """Send now what waits for an account, whatever it waits for.

        account: its name

        Errors: InvalidArgument.
        """
        worker = self._workers[account]
        await worker.context.account.recall()
        worker.retry_now()

    # -- signals ----------------------------------------------------------------------------

    @staticmethod
    @signal
    def AccountStatus(account: str, status: str, artist: str, track: str, message: str) -> None:
        """Something became of a play at an account, as `ScrobbleStatus` tells it of Last.fm.

        account: which account
        status: `queued`, `sent`, `ignored`, `held`, `expired` or `rejected`
        artist, track: which play
        message: why, in words
        """

    @staticmethod
    @signal
    def AccountChanged(account: str, state: str, username: str) -> None:
        """The login of an account has changed.

        account: which account
        state: `pending`, `authenticated`, `disconnected` or `expired`
        username: whose login it is, or was
        """

    # -- parts ------------------------------------------------------------------------------

    async def _entry(self, worker: Worker, backfills: Mapping[int, int]) -> AccountEntry:
        wall = now().wall
        counts = await worker.queue.counts()
        rest = await worker.rest(wall, counts.queued)
        requests, scrobbles = worker.budget.today(wall)
        wait_reason, wait_words = worker.wait_reason(wall, counts.queued)
        facts = facts_of(worker, self._settings)
        return AccountEntry(
            **asdict(facts),
            address=worker.context.service.address,
            words=_words_of(facts.state, worker.context.account) or worker.away(),
            **asdict(counts),
            loves=await worker.loves.waiting(worker.context.account.username),
            next_attempt=math.ceil(wall + rest) if rest else 0,
            last_sent=int(worker.budget.usage.last_sent),
            sent_means="stored" if worker.context.service.can.sent_is_stored else "taken",
            hold_reason=wait_words,
            hold_code=wait_reason,
            last_error=worker.submitter.backoff.last_error,
            requests_today=requests,
            scrobbles_today=scrobbles,
            backfill=backfills.get(worker.queue.account_id, 0),
        )


def _entry_of(left: AccountLeft) -> AccountEntry:
    words = GONE.format(account=left.name)
    return AccountEntry(
        account=left.name,
        service=left.service,
        label=left.service,
        url="",
        username=left.username,
        login="",
        state="gone",
        can=[],
        address="",
        words=words,
        **asdict(left.counts),
        loves=left.loves,
        next_attempt=0,
        last_sent=0,
        sent_means="stored",
        hold_reason=words if left.counts.queued else "",
        hold_code=WaitReason.GONE if left.counts.queued else WaitReason.NONE,
        last_error="",
        requests_today=0,
        scrobbles_today=0,
        backfill=0,
    )


def facts_of(worker: Worker, settings: RuntimeSettings) -> AccountFacts:
    """Returns what there is to know of an account, but for what changes while it works."""
    account, config = worker.context.account, worker.config()
    can = worker.context.service.can
    abilities = {
        "now_playing": can.now_playing,
        "love": can.love,
        "import_loved": can.love,
        "read": can.read,
        "delete": can.delete,
    }
    return AccountFacts(
        account=account.name,
        service=config.service,
        label=worker.context.service.label,
        url=config.access.api_url,
        username=account.username,
        login=account.login_kind,
        state=_state_of(account, is_on=settings.is_on(account.name)),
        can=[name for name, able in abilities.items() if able],
    )


def _state_of(account: Account, *, is_on: bool) -> str:
    if not is_on:
        return "off"
    if account.stopped:
        return "stopped"
    if account.waits_for:
        return "waits"
    if account.has_expired:
        return "expired"
    return "active" if account.session else "logged_out"


def _words_of(state: str, account: Account) -> str:
    if state == "off":
        return OFF
    if account.dead_session is not None:
        return "its login is not taken any more: log in again"
    return account.absence
