"""The pump of wishes between a real database and a real HTTP server; only the clock is ours."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from lab.lastfm import Behaviour, StandIn
from scrobblerd.accounts.account import Account
from scrobblerd.config.toml_file import write
from scrobblerd.core.model import AuthState, Moment
from scrobblerd.core.publisher import Publisher, Subscriber
from scrobblerd.core.reports import Alert
from scrobblerd.core.submission import Limits
from scrobblerd.scrobbling.budget import Budget
from scrobblerd.scrobbling.love_submitter import LoveSubmitter
from scrobblerd.services.http import HttpClient
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.library import LibraryStore
from scrobblerd.storage.loves import LoveQueue
from tests.support.file_login import FileLogin
from tests.support.import_bench import MARKS, a_file
from tests.support.lastfm_service import lastfm_service

USER = "quiet_otter"
NOW = 1_790_000_000.0


@dataclass
class Courtship(Subscriber):
    """The pump of wishes and what it needs, on a clock that stands still."""

    lastfm: StandIn
    folder: Path
    wall: float = NOW
    alerts: list[str] = field(default_factory=list[str])
    mended: int = 0
    auth: list[str] = field(default_factory=list[str])
    limits: Limits = field(default_factory=lambda: Limits(0, 0, 0))

    async def __aenter__(self) -> Self:
        self.key = self.lastfm.login(USER)
        write(self.folder / "session.toml", {"username": USER, "session_key": self.key})
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """As a daemon that starts."""
        self.database = await Database.open(self.folder / "scrobblerd.db")
        self.hearts = LoveQueue(self.database, LASTFM_ACCOUNT)
        self.http = HttpClient()
        self.service = lastfm_service(self.http, self.lastfm)
        self.account = Account(
            FileLogin(self.folder / "session.toml"), self.service.login, self._auth_changed
        )
        self.budget = Budget(self.limits)
        self.publisher = Publisher()
        self.publisher.subscribe(self)
        self.loving = LoveSubmitter(
            *(self.service, self.account, self.hearts, self.budget),
            *(self.publisher, lambda: Moment(self.wall, self.wall, self.wall)),
        )
        await self.loving.restore()
        self.task = asyncio.create_task(self.loving.run())

    async def close(self) -> None:
        """As at the end of the daemon."""
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        await self.http.close()
        await self.database.close()

    async def restart(self) -> None:
        """End and start."""
        await self.close()
        await self.open()

    async def love(self, title: str, loved: bool = True) -> str:
        """What becomes of a wish."""
        return (await self.loving.wish("Mira Holt", title, loved, 5))[0]

    async def has(self, *titles: str) -> None:
        """These tracks are in the library."""
        await LibraryStore(self.database).scanned([a_file(title) for title in titles])

    async def marked(self) -> list[str]:
        """Titles of the library that are loved."""
        return [title for title, loved in await self.database.select(MARKS) if loved]

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

    def loves_resumed(self) -> None:
        self.mended += 1

    def alert(self, alert: Alert) -> None:
        self.alerts.append(alert.words)

    async def _auth_changed(self, state: AuthState, username: str) -> None:
        self.auth.append(str(state))
