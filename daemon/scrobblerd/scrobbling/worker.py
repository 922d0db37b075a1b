"""All that runs for one account at one service: so one bad service never stops another."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Protocol

from ..config.source import AccountConfig
from ..core import LASTFM, wording
from ..core.account_rules import Recipient, as_taken, scrobble_for
from ..core.model import Play, Scrobble
from ..core.publisher import Publisher
from ..core.submission import LoveRequest, RowOutcome, RowState, ScrobbleStatus, WaitReason
from ..library.loved_import import ImportOptions, LovedImport
from ..storage.loves import LovedStore, LoveQueue
from ..storage.queue import AccountQueue
from .announcer import Announcer
from .budget import Budget
from .context import STATE_NAME, WorkerContext, WorkerState
from .love_submitter import LoveSubmitter
from .submitter import Submitter

AT_ONCE_SECONDS = 1.0
"""What may go so soon is not said to wait."""


class Companion(Protocol):
    """What runs beside a worker, for the same account."""

    def wake(self) -> None:
        """Something is new."""
        ...

    def retry_now(self) -> None:
        """Logged in, network back, resumed: waiting any longer makes no sense."""
        ...


class Worker:
    """Scrobbles, now-playing and loves of one account, and what a restart must know of them."""

    def __init__(
        self,
        context: WorkerContext,
        queue: AccountQueue,
        loves: LoveQueue,
        config: Callable[[], AccountConfig],
    ) -> None:
        """`config` returns what the user decided about the account."""
        self.context = context
        self.config = config
        self._love_queue = loves
        self._state = WorkerState(
            usage=context.budget.usage, login=context.login.doubt, contact=context.contact
        )
        self.queue = queue
        self.submitter = Submitter(context, queue, self._state)
        self.announcer = Announcer(context)
        self.loves = LoveSubmitter(context, loves, self._state)
        context.play_sent = self.loves.play_sent
        self.companions: list[Companion] = []
        has_signals = context.account.name == LASTFM
        self.loved_import = LovedImport(
            store=LovedStore(queue.database, queue.account_id),
            service=context.service,
            options=ImportOptions(lambda: config().loved_mirror),
            publisher=context.publisher if has_signals else Publisher(),
            refused=context.login.refused,
        )

    @property
    def budget(self) -> Budget:
        """What may be spent on the service."""
        return self.context.budget

    async def restore(self) -> None:
        """Takes up what the last run left. A hold because of the API key is probed at once: a
        restart is how another key may come."""
        self._state.restore(await self.queue.kept(STATE_NAME))
        usage = self._state.usage
        usage.last_sent = usage.last_sent or await self.queue.last_sent()
        self.context.login.restored()
        for backoff in (self._state.backoff, self._state.love_backoff):
            if backoff.key_refused:
                backoff.retry_now()

    async def begin(self) -> None:
        """Takes up what the last run left, and the login."""
        await self.restore()
        account = self.context.account
        await account.begin()
        if account.session and account.username:  # rows of a service without logins are nobody's
            await self.logged_in(account.username)

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """Returns all that runs for as long as the daemon does."""
        return [self.submitter.run(), self.loves.run(), self.announcer.run()]

    async def stop(self) -> None:
        """Writes down what a restart must know."""
        await self.loved_import.stop()
        await self.submitter.stop()

    @property
    def recipient(self) -> Recipient:
        """The account as plays go to it."""
        return Recipient(
            account_id=self.queue.account_id,
            username=self.context.account.username,
            rules=self.config().rules,
            own_second=self.queue.own_second,
        )

    def announce(self, play: Play) -> None:
        """Announces what plays now, if the user wants that."""
        if scrobble := scrobble_for(self.config().rules, play):
            self._announce(scrobble)

    def announce_scrobble(self, scrobble: Scrobble) -> None:
        """Announces what another program plays, if the user wants that."""
        self._announce(as_taken(self.config().rules, scrobble))

    def _announce(self, scrobble: Scrobble) -> None:
        if self.context.service.can.now_playing and self.config().now_playing:
            self.announcer.announce(scrobble)

    async def queued(self, play: Play) -> None:
        """A row was made of a play, if the account takes it."""
        if scrobble := scrobble_for(self.config().rules, play):
            await self.context.tell(ScrobbleStatus.QUEUED, scrobble, wording.of_play(play))
            self.submitter.wake()

    async def logged_in(self, username: str) -> None:
        """Lets the rows follow the login: those of this user wait to be sent, others are held."""
        self.context.login.accepted()
        await self._love_queue.logged_in(username)
        released, held = await self.queue.logged_in(username)
        message = f"{username} is logged in"
        for status, rows in ((ScrobbleStatus.QUEUED, released), (ScrobbleStatus.HELD, held)):
            for row in rows:
                await self.context.tell(status, row.scrobble, message)

    async def submit(self, scrobble: Scrobble, seconds: float) -> RowOutcome:
        """Queues a scrobble of another program's. Returns what became of it, after `seconds` at
        most."""
        username = self.context.account.username
        scrobble = as_taken(self.config().rules, scrobble)
        outcome = await self.queue.enqueue(scrobble, username, self.context.wall)
        if outcome.state is not RowState.PENDING:
            return outcome
        settled, _ = await asyncio.gather(  # who waits is there before it is sent
            self.submitter.outcome(outcome.row, seconds),
            self.context.tell(ScrobbleStatus.QUEUED, scrobble, ""),
        )
        return settled or outcome

    @property
    def takes_loves(self) -> bool:
        """Whether the user wants loves there, and the service can, as far as is known."""
        can = self.context.service.can
        return self.config().love and (can.love or not can.is_known)

    def love_wish(self, request: LoveRequest) -> tuple[LoveQueue, LoveRequest, str]:
        """Returns the queue that a request to love goes to, the request as it is sent, and whose it
        is."""
        if self.config().rules.mbid != "recording":
            request = replace(request, mbid="")
        return self._love_queue, request, self.context.account.username

    def why_waiting(self) -> str:
        """Returns why what was just queued is not sent yet."""
        _, words = self.wait_reason(self.context.wall, 1)
        return wording.of_wait(words, self.submitter.backoff.last_error)

    async def rest(self, wall: float, queued: int) -> float:
        """Returns seconds until the next attempt at any of `queued` rows; 0 = none is awaited."""
        session = self.context.session
        if not queued or session is None:
            return 0.0
        if rest := self.submitter.rest(wall, queued):
            return rest
        first = await self.queue.next_attempt(session.username, wall)
        return first if first and first > AT_ONCE_SECONDS else 0.0

    def away(self) -> str:
        """Returns since when the server is away though others can be reached; "" = it is not."""
        if not self.context.is_away:
            return ""
        since = wording.moment(self.context.contact.lost_at)
        return f"{self.context.service.label} is away since {since}"

    def wait_reason(self, wall: float, queued: int) -> tuple[WaitReason, str]:
        """Returns what all of `queued` rows wait for, and that in words."""
        account = self.context.account
        if queued and not self.context.is_on():
            return WaitReason.OFF, wording.OFF
        if queued and account.session is None:
            if account.stopped:
                return WaitReason.SAME_LOGIN, account.stopped
            reason = WaitReason.KEYRING if account.waits_for else WaitReason.LOGIN
            return reason, account.absence
        if hold := self.submitter.backoff.hold:
            return WaitReason.SERVICE, hold
        if queued and (away := self.away()):
            return WaitReason.AWAY, away
        limit = self.submitter.limit(wall, queued) if queued else ""
        return WaitReason.LIMIT if limit else WaitReason.NONE, limit

    def wake(self) -> None:
        """What waits may be sent now."""
        self.submitter.wake()
        self.loves.wake()
        for companion in self.companions:
            companion.wake()

    def retry_now(self) -> None:
        """Logged in, network back, resumed: waiting any longer makes no sense."""
        self.context.login.retry_now()
        self.submitter.retry_now()
        self.loves.retry_now()
        for companion in self.companions:
            companion.retry_now()
