"""The pump of loves: requests to love or unlove, one at a time, alive only while one waits."""

import logging
import random
from dataclasses import replace

from ..core.errors import StoreFailed
from ..core.model import Session
from ..core.publisher import AlertKind
from ..services.base import Remedy, Reply
from ..storage.loves import LoveQueue, LoveRequest
from .alerts import waiting
from .backoff import Backoff
from .bisection import FAILURES_BEFORE_BISECTION
from .context import STATE_NAME, WorkerContext, WorkerState
from .pump import Pump, Waiters

log = logging.getLogger(__name__)

DEAD_LOGIN_SECONDS = 3600.0
"""Seconds after which to look whether a login that was dead is good again."""

LoveOutcome = tuple[str, str]
"""A status (success, queued, rejected) and words for people."""


class LoveSubmitter:
    """Sends the requests of one account."""

    def __init__(self, context: WorkerContext, loves: LoveQueue, state: WorkerState) -> None:
        self._context = context
        self._loves = loves
        self._state = state
        self._waiters: Waiters[tuple[str, str, bool], LoveOutcome] = Waiters()
        self._pump = Pump(self.turn, self._store_failed)

    @property
    def backoff(self) -> Backoff:
        """What went wrong last, and when to go on."""
        return self._state.love_backoff

    async def submit(self, artist: str, title: str, loved: bool, seconds: float) -> LoveOutcome:
        """Keeps a request and sends it; waits `seconds` at most."""
        request = LoveRequest(artist, title, loved, int(self._context.wall))
        await self._loves.add(request, self._context.account.username)
        self._pump.wake()
        outcome = await self._waiters.wait((*request.keys, request.loved), seconds)
        return outcome or ("queued", "waiting for its turn")

    async def waiting(self, username: str) -> int:
        """Returns how many requests of a user wait; "" = of any."""
        return await self._loves.waiting(username)

    def retry_now(self) -> None:
        """Logged in, network back, resumed: waiting any longer makes no sense."""
        self.backoff.retry_now()
        self._pump.wake()

    async def run(self) -> None:
        """Sends until it is cancelled."""
        await self._pump.run()

    async def turn(self) -> float | None:
        """Looks at the requests once: seconds until the next look, None = when something
        changes."""
        session, wall = self._context.account.session, self._context.wall
        if session is None:
            self._finish(self._context.account.absence)
            return DEAD_LOGIN_SECONDS if self._context.account.dead_session else None
        request = await self._loves.next(session.username)
        if request is None:
            return self._finish("")
        budget = self._context.budget
        if wait := self.backoff.wait(wall) or budget.closed(wall):
            self._finish(self.backoff.last_error or budget.why_waiting(wall))
            return wait
        await self._send(session, request)
        return 0.0

    async def _send(self, session: Session, request: LoveRequest) -> None:
        reply = await self._context.service.love(
            session, request.artist, request.title, request.loved
        )
        if reply.reached:
            self._context.budget.spend(self._context.wall)
        if reply.ok:
            await self._succeeded(session, request)
        elif reply.remedy is Remedy.REAUTH:
            if not await self._context.login.refused(session):
                await self._failed(replace(reply, remedy=Remedy.RETRY))
        elif await self._is_refused(session, request, reply):
            log.warning("not loved: %s", reply.message)
            await self._loves.rejected(request, session.username, reply.message)
            self._settle(request, ("rejected", reply.message))
        else:
            await self._failed(reply)

    async def _succeeded(self, session: Session, request: LoveRequest) -> None:
        failed = bool(self.backoff.last_error)
        self._context.login.accepted()
        self.backoff.succeeded()
        await self._loves.done(request, session.username)
        if failed:
            self._context.publisher.loves_resumed()
            await self._keep_state()
        self._settle(request, ("success", ""))

    async def _failed(self, reply: Reply) -> None:
        chance = random.random()  # noqa: S311 # jitter
        self.backoff.worked |= self._state.backoff.worked
        if self.backoff.failed(reply, self._context.wall, chance):
            self._context.publisher.alert(waiting("Loved tracks", reply, AlertKind.LOVES))
        await self._keep_state()

    async def _is_refused(self, session: Session, request: LoveRequest, reply: Reply) -> bool:
        """Whether it makes no sense to try this request again."""
        if reply.remedy in (Remedy.DROP, Remedy.NOTHING, Remedy.HALVE):
            return True
        tries = await self._loves.tried(request, session.username) if reply.reached else 0
        return reply.remedy is Remedy.RETRY_FEW and tries >= FAILURES_BEFORE_BISECTION

    async def _keep_state(self) -> None:
        await self._loves.keep(STATE_NAME, self._state.dump())

    def _settle(self, request: LoveRequest, outcome: LoveOutcome) -> None:
        self._waiters.settle((*request.keys, request.loved), outcome)

    def _store_failed(self, error: StoreFailed) -> None:
        self._finish(str(error))

    def _finish(self, why: str) -> None:
        """Nothing goes out for now: whoever waits may know."""
        if not self._pump.is_woken:  # else one came in meanwhile: the next look is at once
            self._waiters.settle_all(("queued", why))
