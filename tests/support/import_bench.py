"""An import of loved tracks between a real database and a real HTTP server, in this process."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from lab.lastfm import Behaviour, StandIn
from scrobblerd.core.model import Session
from scrobblerd.core.publisher import ImportResult
from scrobblerd.library.loved_import import ImportOptions, LovedImport
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.library import LibraryStore
from scrobblerd.storage.loves import LovedStore, LoveRequest
from tests.support.worker_bench import USER, WorkerBench


@dataclass
class Importing(WorkerBench):
    """A worker, and an import of what its user loves."""

    mirror: bool = False
    progress: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    finished: list[ImportResult] = field(default_factory=list[ImportResult])
    expired: list[Session] = field(default_factory=list[Session])

    async def open(self) -> None:
        """As a daemon that starts."""
        await super().open()
        self.session = Session(USER, self.key)
        self.shelf = LibraryStore(self.database)
        self.loved = LovedStore(self.database, LASTFM_ACCOUNT)
        self.library = LovedImport(
            store=self.loved,
            service=self.service,
            options=ImportOptions(lambda: self.mirror, retry_seconds=0.01),
            publisher=self.publisher,
            refused=self._expired,
        )

    async def close(self) -> None:
        """As at the end of the daemon, however it came."""
        await self.library.stop()
        await super().close()

    async def run(self, user: str = USER) -> ImportResult:
        """Import, as this user."""
        session = self.session
        if user != USER:
            session = Session(user, self.lastfm.login(user))
        async with asyncio.timeout(20):
            return await self.library.import_loved(session)

    async def queue_love(self, title: str, loved: bool) -> LoveRequest:
        """A request of the user's that waits."""
        request = LoveRequest("Mira Holt", title, loved, 5)
        await self.loves.add(request, USER)
        return request

    def love(self, *titles: str, others: int = 0, user: str = USER) -> None:
        """The user loves `others`, and after them these."""
        names = [f"Other {number:04}" for number in range(others)]
        self.lastfm.love_many(user, [("Mira Holt", title) for title in (*names, *titles)])

    def answers(self, *bodies: Any) -> None:
        """What user.getLovedTracks answers next."""
        raws = [Behaviour.raw(json.dumps(body).encode()) for body in bodies]
        self.lastfm.misbehave(*raws, method="user.getLovedTracks")

    def fails(self, *wrong: Behaviour) -> None:
        """How user.getLovedTracks fails next."""
        self.lastfm.misbehave(*wrong, method="user.getLovedTracks")

    @property
    def pages(self) -> list[int]:
        """The pages that were asked for."""
        asked = [one for one in self.lastfm.requests if one.method == "user.getLovedTracks"]
        return [int(one.params["page"]) for one in asked]

    async def asked(self, count: int) -> None:
        """Wait until so many requests have arrived."""

        def arrived(seen: StandIn) -> bool:
            return len(seen.requests) >= count

        assert await asyncio.to_thread(self.lastfm.wait_for, arrived)

    def import_progress(self, done: int, total: int) -> None:
        self.progress.append((done, total))

    def import_finished(self, result: ImportResult) -> None:
        self.finished.append(result)

    async def _expired(self, session: Session) -> None:
        self.expired.append(session)


def an_entry(title: str = "Fern", artist: Any = "Mira Holt", **other: Any) -> dict[str, Any]:
    """A track of user.getLovedTracks."""
    return {"name": title, "artist": artist, "date": {"uts": "1780000000"}, "mbid": "", **other}


def a_page(tracks: Any, pages: Any = "1", total: Any = None, **other: Any) -> dict[str, Any]:
    """The body of a page."""
    count = len(cast("list[Any]", tracks)) if isinstance(tracks, list) else 1
    counts = {"totalPages": pages, "total": str(count) if total is None else total}
    return {
        "lovedtracks": {"track": tracks, "@attr": {"user": USER, "page": "1", **counts}},
        **other,
    }


mirroring = pytest.mark.parametrize("importing", [True], indirect=True, ids=["mirror"])


def after(change: Callable[[], object]) -> Behaviour:
    """A page as asked; then the list changes."""

    def changed(tree: dict[str, Any]) -> dict[str, Any]:
        change()
        return tree

    return Behaviour.changed(changed)


def as_asked() -> Behaviour:
    """A page as asked."""
    return after(lambda: None)


# -- fixtures -------------------------------------------------------------------------------------


@pytest.fixture
async def importing(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Importing]:
    """An import in pages of 50 that never waits long; under `mirroring` it takes marks away too."""
    mirror = getattr(request, "param", False)
    with StandIn() as lastfm:
        lastfm.page_size_max = 50
        async with Importing(lastfm, tmp_path, mirror=mirror) as made:
            yield made
