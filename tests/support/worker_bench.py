"""A worker between a real database and a real HTTP server; only the clock is ours."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from lab.lastfm import StandIn
from scrobblerd.accounts.account import Account
from scrobblerd.config.toml_file import write
from scrobblerd.core.model import AuthState, Moment, Scrobble
from scrobblerd.core.publisher import Alert, Publisher, Subscriber
from scrobblerd.core.submission import Limits, ScrobbleStatus
from scrobblerd.scrobbling.budget import Budget
from scrobblerd.scrobbling.context import WorkerContext
from scrobblerd.scrobbling.worker import Worker
from scrobblerd.services.http import HttpClient, Timeouts
from scrobblerd.services.lastfm import LASTFM
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.loves import LoveQueue
from scrobblerd.storage.queue import ScrobbleQueue
from tests.support.config_samples import FileLogin
from tests.support.lastfm_service import lastfm_service

USER = "quiet_otter"
NOW = 1_790_000_000.0
NO_LIMITS = Limits(0, 0, 0)


@dataclass
class WorkerBench(Subscriber):
    """A worker whose user is logged in at a stand-in Last.fm, on a clock that stands still."""

    lastfm: StandIn
    folder: Path
    limits: Limits = NO_LIMITS
    wall: float = NOW
    boot_id: str = "boot-1"
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
            LASTFM_ACCOUNT, LASTFM.can.oldest
        )
        self.loves = LoveQueue(self.database, LASTFM_ACCOUNT)
        self.http = HttpClient(timeouts=self.timeouts)
        self.service = lastfm_service(self.http, self.lastfm)
        login = FileLogin(self.folder / "session.toml")
        self.account = Account(login, self.service.login, self._auth_changed)
        self.budget = Budget(lambda: self.limits)
        publisher = Publisher()
        publisher.subscribe(self)
        self.context = WorkerContext(
            service=self.service,
            account=self.account,
            budget=self.budget,
            publisher=publisher,
            clock=self.clock,
        )
        self.worker = Worker(self.context, self.queue, self.loves)
        self.submitter = self.worker.submitter
        await self.worker.restore()

    async def open_database(self) -> Database:
        """Open the file."""
        return await Database.open(self.folder / "scrobblerd.db")

    async def close(self) -> None:
        """As at the end of the daemon, however it came."""
        await self.http.close()
        await self.database.close()

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
