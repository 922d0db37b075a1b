"""The pump of loves between a real database and a real HTTP server; only the clock is ours."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from lab.lastfm import Behaviour
from scrobblerd.storage.library import LibraryStore
from tests.support.storage_samples import a_file, library
from tests.support.worker_bench import USER, WorkerBench


@dataclass
class LoveBench(WorkerBench):
    """The pump of loves, which runs."""

    resumed: int = 0

    async def open(self) -> None:
        """As a daemon that starts."""
        await super().open()
        self.task = asyncio.create_task(self.worker.loves.run())

    async def close(self) -> None:
        """As at the end of the daemon."""
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        await super().close()

    async def restart(self) -> None:
        """End and start."""
        await self.close()
        await self.open()

    async def love(self, title: str, loved: bool = True) -> str:
        """What becomes of a request."""
        return (await self.worker.loves.wish("Mira Holt", title, loved, 5))[0]

    async def has(self, *titles: str) -> None:
        """These tracks are in the library."""
        await LibraryStore(self.database).scanned([a_file(title, title=title) for title in titles])

    async def marked(self) -> list[str]:
        """Titles of the library that are loved."""
        return sorted(title for title, loved in await library(self.database) if loved)

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
        self.resumed += 1
