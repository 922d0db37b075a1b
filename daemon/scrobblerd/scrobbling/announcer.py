"""Now-playing: a slot of its own. The newest wins, it is never tried again, and it never touches
the queue."""

import asyncio
from collections.abc import Callable

from ..accounts.account import Account
from ..core.model import Moment, Scrobble, Session
from ..services.base import Remedy, Reply, Service
from .budget import Budget

STALE = 30.0
"""Seconds after which a now-playing that could not be sent is news no more."""


class Announcer:
    """Now-playing: a single slot, at most one request in flight."""

    def __init__(
        self, service: Service, account: Account, budget: Budget, clock: Callable[[], Moment]
    ) -> None:
        self._service = service
        self._account = account
        self._budget = budget
        self._clock = clock
        self._slot: tuple[Scrobble, float] | None = None
        self._filled = asyncio.Event()
        self._flight = asyncio.Lock()

    def announce(self, scrobble: Scrobble) -> None:
        """Send this when the one in flight is done, unless a newer one comes."""
        self._slot = (scrobble, self._clock().mono)
        self._filled.set()

    async def run(self) -> None:
        """Send for ever."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            slot, self._slot = self._slot, None
            session, now = self._account.session, self._clock()
            if slot is None or session is None or not self._budget.may_announce(now.wall):
                continue
            if now.mono - slot[1] <= STALE:
                await self.send(session, slot[0])

    async def send(self, session: Session, scrobble: Scrobble) -> Reply:
        """Send now, after the one in flight."""
        async with self._flight:
            reply = await self._service.now_playing(session, scrobble)
        if reply.reached:
            self._budget.spend(self._clock().wall)
        if reply.remedy is Remedy.REAUTH:
            await self._account.expired(session)
        return reply
