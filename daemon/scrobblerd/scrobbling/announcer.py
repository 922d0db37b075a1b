"""Announces what plays now. The newest track wins, a failure is never tried again, and the queue
is never touched."""

import asyncio

from ..core.model import Scrobble, Session
from ..services.base import Remedy, Reply
from .context import WorkerContext

MAX_ANNOUNCEMENT_AGE_SECONDS = 30.0
"""Seconds after which a now-playing that could not be sent is news no more."""


class Announcer:
    """A single slot for now-playing, and at most one request in flight."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._slot: tuple[Scrobble, float] | None = None  # and when it was filled (CLOCK_MONOTONIC)
        self._filled = asyncio.Event()
        self._flight = asyncio.Lock()

    def announce(self, scrobble: Scrobble) -> None:
        """Sends this when the one in flight is done, unless a newer one comes."""
        self._slot = (scrobble, self._context.clock().mono)
        self._filled.set()

    def forget(self) -> None:
        """Does not send what waits."""
        self._slot = None

    async def run(self) -> None:
        """Sends until it is cancelled."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            slot, self._slot = self._slot, None
            session, now = self._context.session, self._context.clock()
            if slot is None or session is None or not self._context.budget.may_announce(now.wall):
                continue
            if self._context.is_away:  # the next scrobble finds out whether it still is
                continue
            if now.mono - slot[1] <= MAX_ANNOUNCEMENT_AGE_SECONDS:
                await self.send(session, slot[0])

    async def send(self, session: Session, scrobble: Scrobble) -> Reply:
        """Sends now, after the one in flight."""
        async with self._flight:
            reply = await self._context.service.now_playing(session, scrobble)
        self._context.tried(reply)
        if reply.remedy is Remedy.REAUTH:
            await self._context.login.refused(session)
        return reply
