"""Sends wishes to love or unlove, one at a time, alive only while one waits."""

import asyncio
import contextlib
import itertools
import logging
import random
from collections.abc import Callable

from ..accounts.account import Account
from ..core.errors import StoreFailed
from ..core.model import Moment, Session
from ..core.publisher import Publisher
from ..core.reports import AlertKind
from ..services.base import Remedy, Reply, Service
from ..storage.database import STORE_RETRY
from ..storage.loves import LoveQueue, LoveRequest
from .alerts import waiting
from .backoff import Backoff
from .bisection import FEW
from .budget import Budget

log = logging.getLogger(__name__)

NOTE = "love_backoff"
"""Where the journal keeps when to try again."""

Fate = tuple[str, str]
"""A status (success, queued, rejected) and words for people."""


class LoveSubmitter:
    """The pump of requests to love or unlove."""

    def __init__(
        self,
        service: Service,
        account: Account,
        hearts: LoveQueue,
        budget: Budget,
        publisher: Publisher,
        clock: Callable[[], Moment],
    ) -> None:
        self.backoff = Backoff()
        self._service = service
        self._account = account
        self._hearts = hearts
        self._budget = budget
        self._publisher = publisher
        self._clock = clock
        self._woken = asyncio.Event()
        self._waiting: dict[tuple[str, str, bool], list[asyncio.Future[Fate]]] = {}

    async def restore(self) -> None:
        """Take up the backoff where the last run left it."""
        self.backoff.restore(await self._hearts.state.kept(NOTE))

    async def wish(self, artist: str, title: str, loved: bool, patience: float) -> Fate:
        """Keep a wish and send it; waits `patience` seconds at most."""
        wish = LoveRequest(artist, title, loved, int(self._clock().wall))
        await self._hearts.wish(wish, self._account.username)
        future: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()
        about = (*wish.keys, wish.loved)
        self._waiting.setdefault(about, []).append(future)
        self._woken.set()
        try:
            async with asyncio.timeout(patience):
                return await future
        except TimeoutError:
            return "queued", "waiting for its turn"
        finally:
            self._waiting[about].remove(future)
            if not self._waiting[about]:
                del self._waiting[about]

    async def waiting(self, account: str) -> int:
        """How many wishes of an account wait; "" = of any."""
        return await self._hearts.waiting(account)

    def hurry(self) -> None:
        """Logged in, network back, resumed: waiting any longer makes no sense."""
        self.backoff.hurry()
        self._woken.set()

    async def run(self) -> None:
        """Send for ever."""
        while True:
            try:
                wait = await self.turn()
            except StoreFailed as error:
                self._rest(str(error))
                wait = STORE_RETRY
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            self._woken.clear()

    async def turn(self) -> float | None:
        """One look at the wishes: seconds until the next one, None = when something changes."""
        session, wall = self._account.session, self._clock().wall
        if session is None:
            return self._rest(self._account.waits_for or "nobody is logged in")
        wish = await self._hearts.next(session.username)
        if wish is None:
            return self._rest("")
        if wait := self.backoff.wait(wall) or self._budget.closed(wall):
            self._rest(self.backoff.last_error or self._budget.why_waiting(wall))
            return wait
        await self._send(session, wish)
        return 0.0

    async def _send(self, session: Session, wish: LoveRequest) -> None:
        reply = await self._service.love(session, wish.artist, wish.title, wish.loved)
        wall = self._clock().wall
        if reply.reached:
            self._budget.spend(wall)
        if reply.ok:
            failed = bool(self.backoff.last_error)
            self.backoff.succeeded()
            await self._hearts.done(wish, session.username)
            if failed:
                self._publisher.loves_resumed()
                await self._hearts.state.keep(NOTE, self.backoff.dump())
            self._told(wish, ("success", ""))
        elif reply.remedy is Remedy.REAUTH:
            await self._account.expired(session)
        elif await self._is_refused(session, wish, reply):
            log.warning("not loved: %s", reply.message)
            await self._hearts.rejected(wish, session.username, reply.message)
            self._told(wish, ("rejected", reply.message))
        else:
            chance = random.random()  # noqa: S311 # jitter
            if self.backoff.failed(reply, wall, chance):
                self._publisher.alert(waiting("Loved tracks", reply, AlertKind.LOVES))
            await self._hearts.state.keep(NOTE, self.backoff.dump())

    async def _is_refused(self, session: Session, wish: LoveRequest, reply: Reply) -> bool:
        """Whether it makes no sense to try this wish again."""
        if reply.remedy in (Remedy.DROP, Remedy.NOTHING, Remedy.HALVE):
            return True
        tries = await self._hearts.tried(wish, session.username) if reply.reached else 0
        return reply.remedy is Remedy.RETRY_FEW and tries >= FEW

    def _told(self, wish: LoveRequest, fate: Fate) -> None:
        for future in self._waiting.get((*wish.keys, wish.loved), ()):
            if not future.done():
                future.set_result(fate)

    def _rest(self, why: str) -> None:
        """Nothing goes out for now: whoever waits may know."""
        if not self._woken.is_set():  # else one came in meanwhile: the next look is at once
            for future in itertools.chain.from_iterable(self._waiting.values()):
                if not future.done():
                    future.set_result(("queued", why))
