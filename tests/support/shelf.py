"""A service that keeps what it is sent on a shelf, and loses, delays and doubles some of it.

It does not recognise a play that it is sent again: what is sent twice is there twice.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from scrobblerd.core.model import Scrobble, Session, Track
from scrobblerd.core.publisher import VerifyResult
from scrobblerd.core.submission import QueueRow, RowOutcome, RowState
from scrobblerd.reconciliation.verifier import Verifier, Wanted
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.base import Listen, ListensPage, Remedy, Reply
from scrobblerd.services.lastfm import LASTFM
from scrobblerd.storage.plays import PlayStore
from tests.support.storage_samples import a_play, to
from tests.support.worker_bench import NOW, USER, SubmitterBench

PAGE_LISTENS = 7


class Fate(StrEnum):
    """What becomes of a play that the service says it took."""

    KEPT = "kept"
    LOST = "lost"
    LATE = "late"  # it is shown some minutes later
    COPIED = "copied"  # another program has it, too
    SHIFTED = "shifted"  # and so has one whose clock is off
    RENAMED = "renamed"


@dataclass
class Shelf:
    """All that the service has. `fates` are those of the next plays; later ones are kept."""

    clock: Callable[[], float]
    fates: list[Fate] = field(default_factory=list[Fate])
    listens: list[tuple[float, Listen]] = field(default_factory=list[tuple[float, Listen]])
    sent: list[Scrobble] = field(default_factory=list[Scrobble])
    pages: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    wrong: list[Reply] = field(default_factory=list[Reply])
    delay: float = 500.0

    def store(self, play: Scrobble, fate: Fate = Fate.KEPT) -> None:
        """Makes of a play what is its fate."""
        listen = Listen(play.timestamp, play.artist, play.track, play.album, client="scrobblerd")
        if fate is Fate.LOST:
            return
        if fate is Fate.RENAMED:
            listen = replace(listen, artist=f"The {play.artist}")
        self.put(listen, after=self.delay if fate is Fate.LATE else 0.0)
        if fate is Fate.COPIED:
            self.put(replace(listen, client="an importer", album=""))
        if fate is Fate.SHIFTED:
            second = replace(listen, client="another", listened_at=listen.listened_at + 1)
            self.put(second)

    def put(self, listen: Listen, after: float = 0.0) -> None:
        """Puts a listen on the shelf, which is shown from `after` seconds on."""
        number = f"{len(self.listens) + 1}"
        self.listens.append((self.clock() + after, replace(listen, id=number)))

    @property
    def shown(self) -> list[Listen]:
        """What is shown by now."""
        return [listen for shown_at, listen in self.listens if shown_at <= self.clock()]


class ShelfService(AudioscrobblerService):
    """The service that has the shelf. Its pages are the newest first."""

    shelf: Shelf

    async def submit(self, session: Session, rows: Sequence[QueueRow]) -> Reply:
        outcomes = [self._take(row) for row in rows]
        return Reply(Remedy.DONE, status=200, outcomes=tuple(outcomes))

    def _take(self, row: QueueRow) -> RowOutcome:
        shelf = self.shelf
        shelf.sent.append(row.scrobble)
        shelf.store(row.scrobble, shelf.fates.pop(0) if shelf.fates else Fate.KEPT)
        return RowOutcome(row, RowState.SENT)

    async def listens(
        self, session: Session, since: int, until: int, cursor: str = ""
    ) -> ListensPage | Reply:
        self.shelf.pages.append((since, until))
        if self.shelf.wrong:
            return self.shelf.wrong.pop(0)
        shown = [each for each in self.shelf.shown if since <= each.listened_at <= until]
        shown.sort(key=lambda listen: -listen.listened_at)
        begin = int(cursor or 0)
        end = begin + PAGE_LISTENS
        return ListensPage(tuple(shown[begin:end]), str(end) if shown[end:] else "")

    async def delete_listen(self, session: Session, listen: Listen) -> Reply:
        kept = [each for each in self.shelf.listens if each[1] != listen]
        assert len(kept) == len(self.shelf.listens) - 1
        self.shelf.listens = kept
        return Reply(Remedy.DONE, status=200)


@dataclass
class ShelfBench(SubmitterBench):
    """A worker at such a service, whose pump runs, and its verifier."""

    progress: list[tuple[str, int, int]] = field(default_factory=list[tuple[str, int, int]])
    finished: list[VerifyResult] = field(default_factory=list[VerifyResult])

    async def open(self) -> None:
        """As a daemon that starts."""
        before = getattr(self, "shelf", None)
        await super().open()
        self.shelf: Shelf = before or Shelf(lambda: self.wall)
        access = self.service.api.access
        service = ShelfService(LASTFM, lambda: access, self.http)
        service.can = replace(LASTFM.can, read=True, delete=True)
        service.shelf = self.shelf
        self.context.service = service
        self.verifier = Verifier(self.worker)
        self.run()

    async def close(self) -> None:
        """As at the end of the daemon, however it came."""
        await self.verifier.stop()
        await super().close()

    async def play(
        self, *tracks: str, fates: Iterable[Fate] = (), first: float = NOW - 7200
    ) -> None:
        """Plays tracks, a minute each, and sends them; each has its fate."""
        self.shelf.fates += fates
        store = PlayStore(self.database, "another boot")
        for number, title in enumerate(tracks):
            track = Track(title, "Mira Holt", "Tidewater", length=241.5, number=number + 1)
            play = a_play(first + 60 * number, track=track)
            await store.record([play], [], recipients=to(USER), now=self.wall)
        assert await self.drain() in ("done", "nothing")

    async def verify(self, **wanted: Any) -> VerifyResult:
        """Verifies when all had time to be shown."""
        self.wall += 700
        async with asyncio.timeout(60):
            return await self.verifier.verify(Wanted(**wanted))

    def verify_progress(self, account: str, done: int, total: int) -> None:
        self.progress.append((account, done, total))

    def verify_finished(self, account: str, result: VerifyResult) -> None:
        self.finished.append(result)
