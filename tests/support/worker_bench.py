"""A worker between a real database and a real HTTP server, with its pumps; the clock is ours."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from lab.lastfm import Behaviour, StandIn
from scrobblerd.accounts.account import Account
from scrobblerd.config.source import AccountConfig
from scrobblerd.config.toml_file import write
from scrobblerd.core.model import AuthState, Moment, Scrobble
from scrobblerd.core.publisher import Alert, Publisher, Subscriber
from scrobblerd.core.submission import Limits, LoveRequest, QueueCounts, ScrobbleStatus
from scrobblerd.scrobbling.budget import Budget
from scrobblerd.scrobbling.context import WorkerContext
from scrobblerd.scrobbling.worker import Worker
from scrobblerd.services.http import HttpClient, Timeouts
from scrobblerd.services.lastfm import LASTFM
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.library import LibraryStore
from scrobblerd.storage.loves import LoveQueue
from scrobblerd.storage.queue import ScrobbleQueue
from tests.support.config_samples import FileLogin
from tests.support.lastfm_service import lastfm_service
from tests.support.storage_samples import a_file, library

USER = "quiet_otter"
NOW = 1_790_000_000.0
HOUR = 3600.0
DAY = 24 * HOUR
NO_LIMITS = Limits(0, 0, 0)


@dataclass
class WorkerBench(Subscriber):
    """A worker whose user is logged in at a stand-in Last.fm, on a clock that stands still."""

    lastfm: StandIn
    folder: Path
    limits: Limits = NO_LIMITS
    wall: float = NOW
    boot_id: str = "boot-1"
    oldest: float | None = LASTFM.can.oldest
    timeouts: Timeouts = field(default_factory=Timeouts)
    told: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    alerts: list[str] = field(default_factory=list[str])
    auth: list[str] = field(default_factory=list[str])

    async def __aenter__(self) -> Self:
        self.key = self.lastfm.login(USER)
        write(self.folder / "session.toml", {"username": USER, "session_key": self.key})
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """As a daemon that starts."""
        self.database = await self.open_database()
        self.queue = ScrobbleQueue(self.database, self.boot_id).for_account(
            LASTFM_ACCOUNT, self.oldest
        )
        self.loves = LoveQueue(self.database, LASTFM_ACCOUNT)
        self.http = HttpClient(timeouts=self.timeouts)
        self.service = lastfm_service(self.http, self.lastfm)
        login = FileLogin(self.folder / "session.toml")
        self.account = Account(login, self.service.login, self._auth_changed)
        self.budget = Budget(lambda: self.limits)
        self.publisher = Publisher()
        self.publisher.subscribe(self)
        self.context = WorkerContext(
            service=self.service,
            account=self.account,
            budget=self.budget,
            publisher=self.publisher,
            clock=self.clock,
        )
        config = AccountConfig(
            name=LASTFM.kind,
            service=LASTFM.kind,
            access=self.service.api.access,
            limits=self.limits,
        )
        self.worker = Worker(self.context, self.queue, self.loves, lambda: config)
        self.submitter = self.worker.submitter
        await self.worker.restore()
        self.task: asyncio.Task[None] | None = None

    @property
    def path(self) -> Path:
        """Its database."""
        return self.folder / "scrobblerd.db"

    async def open_database(self) -> Database:
        """Open the file."""
        return await Database.open(self.path)

    async def close(self) -> None:
        """As at the end of the daemon, however it came."""
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        await self.http.close()
        await self.database.close()

    async def restart(self) -> None:
        """End and start."""
        await self.close()
        await self.open()

    async def has(self, *titles: str, artist: str = "Mira Holt") -> None:
        """These tracks are in the library."""
        files = [a_file(f"{artist}/{title}", artist, title) for title in titles]
        await LibraryStore(self.database).scanned(files)

    async def marked(self) -> list[str]:
        """Titles of the library that are loved, in their order."""
        return sorted(title for title, loved in await library(self.database) if loved)

    def clock(self) -> Moment:
        """The moment it is."""
        return Moment(self.wall, self.wall, self.wall)

    async def scrobble_changed(
        self,
        status: ScrobbleStatus,
        scrobble: Scrobble,
        message: str,
        account: str = LASTFM.kind,
    ) -> None:
        self.told.append((status, scrobble.track))

    def alert(self, alert: Alert) -> None:
        self.alerts.append(alert.words)

    async def _auth_changed(self, state: AuthState, username: str) -> None:
        self.auth.append(str(state))


@dataclass
class SubmitterBench(WorkerBench):
    """The pump of scrobbles, which runs when it is told to."""

    async def turns(self, until: float) -> int:
        """Let the pump work and the clock run to `until` (UNIX seconds), as fast as can be. Returns
        how many turns that were."""
        turns = 0
        while self.wall < until:
            turns += 1
            wait = await self.turn()
            self.wall = until if wait is None else min(until, self.wall + wait)
        return turns

    async def turn(self) -> float | None:
        """One turn: seconds until the next one, None = when something changes."""
        return await self.submitter.turn()

    async def put(self, *tracks: str) -> None:
        """Queue a backlog: one play a minute, the first the oldest."""
        first = NOW - 3600 - 60 * len(tracks)
        for number, track in enumerate(tracks):
            scrobble = Scrobble("Mira Holt", track, int(first + 60 * number))
            await self.queue.enqueue(scrobble, USER, NOW)

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


@dataclass
class LoveBench(WorkerBench):
    """The pump of loves, which runs."""

    resumed: int = 0

    async def open(self) -> None:
        """As a daemon that starts."""
        await super().open()
        self.task = asyncio.create_task(self.worker.loves.run())

    async def love(self, title: str, loved: bool = True) -> str:
        """What becomes of a request."""
        request = LoveRequest("Mira Holt", title, loved, int(self.wall))
        await self.loves.add(request, self.account.username)
        return (await self.worker.loves.outcome(request, 5)).status

    def fails(self, *wrong: Behaviour) -> None:
        """How the next requests about love fail."""
        self.lastfm.misbehave(*wrong)

    @property
    def sent(self) -> list[str]:
        """Tracks of the requests about love."""
        return [one.params["track"] for one in self.lastfm.requests]

    @property
    def loved(self) -> list[str]:
        """What the user loves at Last.fm."""
        return [one.track for one in self.lastfm.loved_by(USER)]

    def loves_resumed(self, account: str = LASTFM.kind) -> None:
        self.resumed += 1
