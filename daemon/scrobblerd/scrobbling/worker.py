"""All that runs for one account at one service: so one bad service never stops another."""

from collections.abc import Callable, Coroutine
from typing import Any

from ..core.model import Scrobble
from ..core.submission import ScrobbleStatus
from ..storage.loves import LoveQueue
from ..storage.queue import AccountQueue
from .announcer import Announcer
from .budget import Budget
from .context import STATE_NAME, WorkerContext, WorkerState
from .love_submitter import LoveSubmitter
from .submitter import Submitter


class Worker:
    """Scrobbles, now-playing and loves of one account, and what a restart must know of them."""

    def __init__(
        self,
        context: WorkerContext,
        queue: AccountQueue,
        loves: LoveQueue,
        announces: Callable[[], bool] = lambda: True,
    ) -> None:
        """`announces` says whether the user wants now-playing."""
        self.context = context
        self._announces = announces
        self._love_queue = loves
        self._state = WorkerState(usage=context.budget.usage, login=context.login.doubt)
        self._queue = queue
        self.budget: Budget = context.budget
        self.submitter = Submitter(context, queue, self._state)
        self.announcer = Announcer(context)
        self.loves = LoveSubmitter(context, loves, self._state)

    async def restore(self) -> None:
        """Takes up what the last run left. A hold because of the API key is probed at once: a
        restart is how another key may come."""
        self._state.restore(await self._queue.kept(STATE_NAME))
        self.context.login.restored()
        for backoff in (self._state.backoff, self._state.love_backoff):
            if backoff.key_refused:
                backoff.retry_now()

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """Returns all that runs for as long as the daemon does."""
        return [self.submitter.run(), self.loves.run(), self.announcer.run()]

    async def stop(self) -> None:
        """Writes down what a restart must know."""
        await self.submitter.stop()

    def announce(self, scrobble: Scrobble) -> None:
        """Announces what plays now, if the user wants that."""
        if self._announces():
            self.announcer.announce(scrobble)

    async def logged_in(self, username: str) -> None:
        """Lets the rows follow the login: those of this user wait to be sent, others are held."""
        self.context.login.accepted()
        await self._love_queue.logged_in(username)
        released, held = await self._queue.logged_in(username)
        publish, message = self.context.publisher.scrobble_changed, f"{username} is logged in"
        for status, rows in ((ScrobbleStatus.QUEUED, released), (ScrobbleStatus.HELD, held)):
            for row in rows:
                await publish(status, row.scrobble, message)

    def retry_now(self) -> None:
        """Logged in, network back, resumed: waiting any longer makes no sense."""
        self.context.login.retry_now()
        self.submitter.retry_now()
        self.loves.retry_now()
