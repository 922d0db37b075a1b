"""Brings loved tracks from the service to the local library.

An import walks all pages of the service's list. It outlives its caller, a second call joins the
one under way, and one that failed or was stopped goes on where it was. The list may shift
meanwhile: what is seen twice counts once, and where it grew, or something slipped between two
pages, it is looked at again.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from ..core.errors import LogIn, ScrobblerdError, ServiceFailed, TryLater, Unreachable
from ..core.model import Session
from ..core.publisher import Publisher
from ..core.reports import ImportResult
from ..services.base import Fault, LovedPage, Remedy, Reply, Service
from ..storage.library import LibraryStore

log = logging.getLogger(__name__)

TRIES = 3
"""How often one page is asked for before the import gives up."""

RETRY_WAIT = 2.0
"""Seconds before a page is asked for again; doubled each time."""

RESUME_WITHIN = 86_400_000
"""Milliseconds for which an import that was broken off may go on; later it begins anew."""

LONGEST_WAIT = 60.0
"""Seconds: a server that wants to be left alone for longer is asked again by the user."""

LATER = "try again later, it goes on where it was"

NOTE = "loved_import"
"""Where the journal keeps an import that is under way."""


@dataclass(slots=True)
class Walk:
    """An import under way: since when (UNIX milliseconds, its name too), the next page, the figures
    so far. `total` is what the service said last, `first` what it said first."""

    user: str
    run: int
    page: int = 1
    pages: int = 1
    total: int = 0
    first: int = 0
    seen: int = 0
    imported: int = 0
    already: int = 0

    @property
    def result(self) -> ImportResult:
        """What it came to."""
        missing = self.seen - self.imported - self.already
        return ImportResult(self.seen, self.imported, self.already, missing)


class LovedImport:
    """Publishes how far it is. `expired` is awaited with a login that is not taken any more. With
    `mirror` what is not loved any more loses its mark."""

    def __init__(
        self,
        shelf: LibraryStore,
        service: Service,
        mirror: bool,
        publisher: Publisher,
        expired: Callable[[Session], Awaitable[None]],
    ) -> None:
        self._shelf = shelf
        self._service = service
        self.mirror = mirror
        self._publisher = publisher
        self._expired = expired
        self._import: asyncio.Task[ImportResult] | None = None
        self._user = ""

    async def import_loved(self, session: Session) -> ImportResult:
        """Mark every track of the library that the user loves. Raises LogIn, TryLater."""
        if self._user != session.username:
            await self.stop()
        if self._import is None or self._import.done():
            self._user = session.username
            self._import = asyncio.create_task(self._run(session))
        task = self._import
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled() and not _is_cancelled():
                raise TryLater(f"the import was broken off; {LATER}") from error
            raise

    async def stop(self) -> None:
        """Leave off; the next import goes on from here."""
        if self._import is not None:
            self._import.cancel()
            await asyncio.gather(self._import, return_exceptions=True)

    async def _run(self, session: Session) -> ImportResult:
        walk = await self._begin(session.username)
        await self._pages(session, walk)
        if walk.total > walk.first > 0:  # what was loved meanwhile is on the first page
            await self._again(session, walk, 1)
        if walk.seen < walk.total or walk.total < walk.first:
            await self._again(session, walk, walk.pages)  # something slipped to a page behind
        whole = walk.seen >= walk.total  # else nothing is known of what was not seen
        unmarked = await self._shelf.finish_import(walk.run, self.mirror) if whole else 0
        await self._shelf.database.note(NOTE, None)
        result = walk.result
        await self._shelf.database.note("last_import", asdict(result))
        words = "loved tracks: %d at %s, %d marked now, %d not loved any more"
        log.info(words, result.total, self._service.label, result.imported, unmarked)
        self._publisher.import_finished(result)
        return result

    async def _begin(self, user: str) -> Walk:
        """The import that was broken off, if it is this user's and not too old, else a new one."""
        noted = await self._shelf.database.noted(NOTE)
        new = Walk(user, time.time_ns() // 10**6)
        try:
            walk = Walk(**noted)
            fits = walk.user == user and 0 <= new.run - walk.run < RESUME_WITHIN
        except TypeError:
            walk, fits = new, False
        if not fits:  # who loves something meanwhile must know of it
            await self._shelf.database.note(NOTE, asdict(new))
        return walk if fits else new

    async def _again(self, session: Session, walk: Walk, pages: int) -> None:
        walk.page, walk.pages = 1, pages
        await self._pages(session, walk, pages)

    async def _pages(self, session: Session, walk: Walk, limit: int | None = None) -> None:
        """Walk from `walk.page` on, to the end or to page `limit`."""
        while walk.page <= min(walk.pages, limit or walk.pages):
            page = await self._page(session, walk.page)
            if page.total is not None:
                walk.total = page.total
            walk.first = walk.first or walk.total
            if not page.tracks:
                return
            walk.page += 1
            # A server that names no number is asked on to an empty page.
            walk.pages = walk.page if page.pages is None else page.pages
            marked = await self._shelf.love_page(page.tracks, walk.run, {NOTE: asdict(walk)})
            walk.seen += marked.fresh
            walk.imported += marked.imported
            walk.already += marked.already
            self._publisher.import_progress(walk.seen, max(walk.total, walk.seen))

    async def _page(self, session: Session, number: int) -> LovedPage:
        """Returns one page, an empty one past the end. Raises LogIn, TryLater."""
        answer: LovedPage | Reply = Reply(Remedy.RETRY)
        for attempt in range(TRIES):
            if attempt:
                asked = answer.wait if isinstance(answer, Reply) else 0.0
                await asyncio.sleep(max(asked, RETRY_WAIT * 2 ** (attempt - 1)))
            answer = await self._service.loved_page(session, number)
            if not _is_worth_a_retry(answer, session):
                break
        if isinstance(answer, LovedPage):
            self._check_owner(answer, session)
            return answer
        if answer.remedy is Remedy.NOTHING and number > 1:
            return LovedPage()
        if answer.remedy is Remedy.REAUTH and answer.fault is not Fault.PRIVATE:
            await self._expired(session)
        raise _error(answer)

    def _check_owner(self, page: LovedPage, session: Session) -> None:
        """Raises ServiceFailed if the page is another user's."""
        if not _is_of(session.username, page):
            raise ServiceFailed(
                f"{self._service.label} answered with another user's loved tracks; try again later"
            )


def _is_cancelled() -> bool:
    """Whether it is the caller who gave up."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _is_worth_a_retry(answer: LovedPage | Reply, session: Session) -> bool:
    if isinstance(answer, LovedPage):
        return not _is_of(session.username, answer)
    return answer.remedy is Remedy.RETRY and answer.wait <= LONGEST_WAIT


def _is_of(user: str, page: LovedPage) -> bool:
    """Whether a page is this user's: Last.fm was once seen to answer with another's."""
    return not page.user or page.user.casefold() == user.casefold()


def _error(reply: Reply) -> ScrobblerdError:
    """Returns what is raised because of a failure."""
    minutes = f" (in {reply.wait / 60:.0f} minutes)" if reply.wait > LONGEST_WAIT else ""
    later = f"{LATER}{minutes}"
    if reply.remedy is Remedy.REAUTH:
        return LogIn(f"{reply.message}; log in again")
    if reply.unreachable:
        return Unreachable(f"{reply.message}; {later}")
    return ServiceFailed(f"{reply.message}; {later}")
