"""The pump of loves: requests to love or unlove, one at a time, alive only while one waits."""

import logging
import random
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from ..core.errors import StoreFailed
from ..core.model import Session
from ..core.publisher import AlertKind
from ..core.submission import LoveRequest
from ..services.base import Remedy, Reply
from ..storage.corrections import as_listed
from ..storage.loves import TRIES_BEFORE_OTHERS, LoveQueue
from .alerts import waiting
from .backoff import FIRST_WAIT_SECONDS, Backoff
from .context import STATE_NAME, WorkerContext, WorkerState
from .pump import Pump, Waiters

log = logging.getLogger(__name__)

DEAD_LOGIN_SECONDS = 3600.0
"""Seconds after which to look whether a login that was dead is good again."""

LAG_WAITS_SECONDS = (10.0, 30.0, 120.0, 600.0, 1800.0)
"""Waits for a listen that the service has taken but does not show yet; after the last one the track
is looked for without it."""

MAX_TRIES = 5
"""So often a request is sent that fails by itself."""


class LoveStatus(StrEnum):
    """What became of a request."""

    SUCCESS = "success"
    QUEUED = "queued"
    AFTER_SCROBBLE = "after_scrobble"  # the service does not know the track before it
    REJECTED = "rejected"


class LoveOutcome(NamedTuple):
    """What became of a request at one account, and why in words for people."""

    status: LoveStatus
    words: str = ""


class LoveSubmitter:
    """Sends the requests of one account."""

    def __init__(self, context: WorkerContext, loves: LoveQueue, state: WorkerState) -> None:
        self._context = context
        self._loves = loves
        self._state = state
        self._waiters: Waiters[tuple[str, str, bool], LoveOutcome] = Waiters()
        self._pump = Pump(self.turn, self._store_failed)
        self._any_wait = True

    @property
    def backoff(self) -> Backoff:
        """What went wrong last, and when to go on."""
        return self._state.love_backoff

    async def outcome(self, request: LoveRequest, seconds: float) -> LoveOutcome:
        """Sends a request that was queued; waits `seconds` at most."""
        self._pump.wake()
        outcome = await self._waiters.wait((*request.keys, request.loved), seconds)
        return outcome or LoveOutcome(LoveStatus.QUEUED, "waiting for its turn")

    async def waiting(self, username: str) -> int:
        """Returns how many requests of a user wait; "" = of any."""
        return await self._loves.waiting(username)

    def play_sent(self) -> None:
        """The service has taken a scrobble: a request may have waited for that."""
        if self._any_wait:
            self.wake()

    def wake(self) -> None:
        """What waits may be sent now."""
        self._pump.wake()

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
        session, wall = self._context.session, self._context.wall
        if session is None:
            self._finish(self._context.account.absence)
            return DEAD_LOGIN_SECONDS if self._context.account.dead_session else None
        request = await self._loves.next(session.username, wall)
        self._any_wait = request is not None or await self.waiting(session.username) > 0
        if request is None:
            self._finish("")
            return await self._loves.next_attempt(session.username, wall)
        budget = self._context.budget
        if wait := self.backoff.wait(wall) or budget.closed(wall):
            self._finish(self.backoff.last_error or budget.why_waiting(wall))
            return wait
        await self._send(session, request)
        return 0.0

    async def _send(self, session: Session, request: LoveRequest) -> None:
        listed = await as_listed(self._loves, request)
        reply = await self._context.service.love(session, listed)
        self._context.tried(reply)
        match reply.remedy:
            case Remedy.DONE:
                await self._succeeded(session, request)
            case Remedy.NOT_YET:
                await self._not_known_yet(session, request, reply)
            case Remedy.REAUTH:
                await self._login_refused(session, reply)
            case Remedy.DROP | Remedy.NOTHING | Remedy.HALVE:
                await self._rejected(session, request, reply)
            case Remedy.RETRY_FEW:
                await self._failed_by_itself(session, request, reply)
            case _:
                if reply.remedy is Remedy.RETRY and reply.reached:
                    await self._loves.tried(request, session.username)
                await self._failed(reply)

    async def _login_refused(self, session: Session, reply: Reply) -> None:
        if not await self._context.login.refused(session):
            await self._failed(replace(reply, remedy=Remedy.RETRY))

    async def _succeeded(self, session: Session, request: LoveRequest) -> None:
        await self._accepted()
        await self._loves.done(request, session.username)
        self._settle(request, LoveStatus.SUCCESS)

    async def _accepted(self) -> None:
        """The service is well."""
        failed = bool(self.backoff.last_error)
        self._context.login.accepted()
        self.backoff.succeeded()
        if failed:
            self._context.publisher.loves_resumed(self._context.account.name)
            await self._keep_state()

    async def _not_known_yet(self, session: Session, request: LoveRequest, reply: Reply) -> None:
        """The service does not know the track, or does not show the listen that it has."""
        await self._accepted()
        if request.heard_at and request.tries < len(LAG_WAITS_SECONDS):
            next_attempt = self._context.wall + LAG_WAITS_SECONDS[request.tries]
            await self._loves.tried(request, session.username, next_attempt)
            self._settle(request, LoveStatus.QUEUED, reply.message)
        else:
            await self._loves.await_play(request, session.username)
            self._settle(request, LoveStatus.AFTER_SCROBBLE)

    async def _rejected(self, session: Session, request: LoveRequest, reply: Reply) -> None:
        log.warning("not loved: %s", reply.message)
        await self._loves.rejected(request, session.username, reply.message)
        self._context.publisher.loves_changed()
        self._settle(request, LoveStatus.REJECTED, reply.message)

    async def _failed_by_itself(self, session: Session, request: LoveRequest, reply: Reply) -> None:
        """The request may be at fault. The first time all wait, for it may be the service; then
        others go at once."""
        tries = request.tries + 1
        if tries >= MAX_TRIES:
            await self._rejected(session, request, reply)
            return
        wait = FIRST_WAIT_SECONDS * 2.0**tries if tries >= TRIES_BEFORE_OTHERS else 0.0
        await self._loves.tried(request, session.username, self._context.wall + wait)
        if wait:
            self._settle(request, LoveStatus.QUEUED, reply.message)
        else:
            await self._failed(reply)

    async def _failed(self, reply: Reply) -> None:
        chance = random.random()  # noqa: S311 # jitter
        self.backoff.worked |= self._state.backoff.worked
        if self.backoff.failed(reply, self._context.wall, chance, is_away=self._context.is_away):
            self._context.alert(waiting("Loved tracks", reply, AlertKind.LOVES))
        await self._keep_state()

    async def _keep_state(self) -> None:
        await self._loves.keep(STATE_NAME, self._state.dump())

    def _settle(self, request: LoveRequest, status: LoveStatus, words: str = "") -> None:
        self._waiters.settle((*request.keys, request.loved), LoveOutcome(status, words))

    def _store_failed(self, error: StoreFailed) -> None:
        self._finish(str(error))

    def _finish(self, why: str) -> None:
        """Nothing goes out for now: whoever waits may know."""
        if not self._pump.is_woken:  # else one came in meanwhile: the next look is at once
            self._waiters.settle_all(LoveOutcome(LoveStatus.QUEUED, why))
