"""The submitter between a real database and a real HTTP server; only the clock is ours."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from lab.lastfm import StandIn
from scrobblerd.accounts.account import Account
from scrobblerd.config.toml_file import write
from scrobblerd.core.model import AuthState, Moment, Scrobble
from scrobblerd.core.publisher import Publisher, Subscriber
from scrobblerd.core.reports import Alert
from scrobblerd.core.submission import Limits, QueueCounts, ScrobbleStatus
from scrobblerd.scrobbling.budget import Budget
from scrobblerd.scrobbling.submitter import Submitter
from scrobblerd.services.http import HttpClient, Timeouts
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.queue import ScrobbleQueue
from tests.support.file_login import FileLogin
from tests.support.lastfm_service import lastfm_service

NOW = 1_790_000_000.0
NO_LIMITS = Limits(0, 0, 0)


@dataclass
class Pump(Subscriber):
    """The pump between a real database and a stand-in Last.fm, on a clock that stands still."""

    lastfm: StandIn
    folder: Path
    limits: Limits = NO_LIMITS
    wall: float = NOW
    timeouts: Timeouts = field(default_factory=Timeouts)
    told: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    alerts: list[str] = field(default_factory=list[str])
    auth: list[str] = field(default_factory=list[str])

    async def __aenter__(self) -> Self:
        key = self.lastfm.login()
        session = self.folder / "session.toml"
        write(session, {"username": "quiet_otter", "session_key": key})
        self.key = key
        self.database = await Database.open(self.folder / "scrobblerd.db")
        self.queue = ScrobbleQueue(self.database, "boot-1").for_account(LASTFM_ACCOUNT)
        self.http = HttpClient(timeouts=self.timeouts)
        self.service = lastfm_service(self.http, self.lastfm)
        self.account = Account(FileLogin(session), self.service.login, self._auth_changed)
        self.budget = Budget(self.limits)
        self.publisher = Publisher()
        self.publisher.subscribe(self)
        self.submitter = Submitter(
            *(self.service, self.account, self.queue, self.budget),
            *(self.publisher, self.clock),
        )
        await self.submitter.restore()
        self.task: asyncio.Task[None] | None = None
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        await self.http.close()
        await self.database.close()

    async def turns(self, until: float) -> None:
        """Let the pump work and the clock run to `until` (UNIX seconds), as fast as can be."""
        while self.wall < until:
            wait = await self.submitter.turn()
            self.wall = until if wait is None else min(until, self.wall + wait)

    def clock(self) -> Moment:
        """The moment it is."""
        return Moment(self.wall, self.wall, self.wall)

    async def scrobble_changed(
        self, status: ScrobbleStatus, scrobble: Scrobble, message: str
    ) -> None:
        self.told.append((status, scrobble.track))

    def alert(self, alert: Alert) -> None:
        self.alerts.append(alert.words)

    async def _auth_changed(self, state: AuthState, username: str) -> None:
        self.auth.append(str(state))

    async def put(self, *tracks: str) -> None:
        """Queue a backlog: one play a minute, the first the oldest."""
        first = NOW - 3600 - 60 * len(tracks)
        for number, track in enumerate(tracks):
            scrobble = Scrobble("Mira Holt", track, int(first + 60 * number))
            await self.queue.enqueue(scrobble, "quiet_otter", NOW)

    async def counts(self) -> QueueCounts:
        """How many rows are in each state."""
        return await self.queue.counts()

    def run(self) -> None:
        """Let the pump run; before that the queue can be filled in peace."""
        self.task = self.task or asyncio.create_task(self.submitter.run())

    async def drain(self) -> str:
        """Send all that may go: the status that RetryQueue would give."""
        self.run()
        return (await self.submitter.drain(10)).status

    def arrived(self) -> list[str]:
        """The tracks at the stand-in, in the order in which they came."""
        return [scrobble.track for scrobble in self.lastfm.scrobbles]

    def sent(self) -> int:
        """How many requests with scrobbles were made."""
        return sum(request.method == "track.scrobble" for request in self.lastfm.requests)
