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
from dataclasses import asdict, dataclass, field, replace

from ..core.errors import LogIn, ScrobblerdError, ServiceFailed, TryLater, Unreachable
from ..core.model import Session
from ..core.publisher import ImportResult, Publisher
from ..core.text import count
from ..runtime.memory import give_back
from ..services.base import Fault, LovedPage, Remedy, Reply, Service
from ..storage.loves import ImportRun, LovedStore, loved_keys

log = logging.getLogger(__name__)

MAX_PAGE_TRIES = 3
"""How often one page is asked for before the import gives up."""

RESUME_MILLISECONDS = 86_400_000
"""Milliseconds for which an import that was broken off may go on; later it begins anew."""

MAX_WAIT_SECONDS = 60.0
"""Seconds: a server that wants to be left alone for longer is asked again by the user."""

LAST_IMPORT = "last_import"
"""The name under which the result of the last import is kept."""

LATER = "try again later, it goes on where it was"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How imports are done."""

    mirror: Callable[[], bool]
    """Whether what is not loved any more loses its mark."""

    retry_seconds: float = 2.0
    """Seconds before a page is asked for again; doubled each time."""


@dataclass(slots=True)
class Walk:
    """The entries of a walk over pages. There may be fewer tracks: an entry may name none, and two
    may be spellings of one track. `odd`: entries that are no more tracks, within a page."""

    entries: int = 0
    odd: int = 0
    totals: set[int] = field(default_factory=set[int])

    def take(self, page: LovedPage, total: int) -> None:
        """Counts a page. `total`: how long the list is now."""
        tracks = {tuple(loved_keys(track).values()) for track in page.tracks}
        self.entries += page.entries
        self.odd += page.entries - len(tracks)
        self.totals.add(total)

    def is_whole(self, total: int) -> bool:
        """Whether the walk had all entries of a list that did not change meanwhile."""
        return self.totals == {total} and self.entries >= total


class LovedImport:
    """Publishes how far it is. `refused` is awaited with a login that was not taken."""

    def __init__(
        self,
        store: LovedStore,
        service: Service,
        options: ImportOptions,
        publisher: Publisher,
        refused: Callable[[Session], Awaitable[object]],
    ) -> None:
        self.store = store
        self._service = service
        self._options = options
        self._publisher = publisher
        self._refused = refused
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
        try:
            return await self._imported(session)
        finally:  # each page was a megabyte
            give_back()

    async def _imported(self, session: Session) -> ImportResult:
        run, walk = await self._pages(session, await self._begin(session.username))
        if run.total > run.first_total > 0:  # what was loved meanwhile is on the first page
            run, _ = await self._again(session, run, 1)
        whole = run.seen + walk.odd >= run.total >= run.first_total
        if not whole:  # something slipped to a page behind
            run, walk = await self._again(session, run, run.pages)
            whole = run.seen >= run.total or walk.is_whole(run.total)
        # else nothing is known of what was not seen
        unmarked = await self.store.finish_import(run, whole=whole, mirror=self._options.mirror())
        result = _result(run)
        await self.store.keep(LAST_IMPORT, asdict(result))
        words = "loved tracks: %d at %s, %d marked now, %d not loved any more"
        log.info(words, result.total, self._service.label, result.imported, unmarked)
        self._publisher.import_finished(result)
        self._publisher.loves_changed()
        return result

    async def _begin(self, username: str) -> ImportRun:
        """Returns the import that was broken off, if it is this user's and not too old, else a new
        one."""
        new = ImportRun(username, time.time_ns() // 10**6)
        before = await self.store.import_run()
        if (
            before
            and before.username == username
            and 0 <= new.run - before.run < RESUME_MILLISECONDS
        ):
            return before
        await self.store.begin_import(new)
        return new

    async def _again(self, session: Session, run: ImportRun, pages: int) -> tuple[ImportRun, Walk]:
        return await self._pages(session, replace(run, page=1, pages=pages), pages)

    async def _pages(
        self, session: Session, run: ImportRun, limit: int | None = None
    ) -> tuple[ImportRun, Walk]:
        """Takes pages from `run.page` on, to the end or to page `limit`."""
        walk = Walk()
        while run.page <= min(run.pages, limit or run.pages):
            page = await self._page(session, run.page)
            if page.total is not None:
                run = replace(run, total=page.total)
            run = replace(run, first_total=run.first_total or run.total)
            if not page.entries:
                break
            walk.take(page, run.total)
            following = run.page + 1
            # A server that names no number is asked on to an empty page.
            pages = following if page.pages is None else page.pages
            run = replace(run, page=following, pages=pages)
            run = await self.store.take_page(page.tracks, run)
            done = max(walk.entries, run.seen)
            self._publisher.import_progress(done, max(run.total, done))
        return run, walk

    async def _page(self, session: Session, number: int) -> LovedPage:
        """Returns one page, an empty one past the end. Raises LogIn, TryLater."""
        answer: LovedPage | Reply = Reply(Remedy.RETRY)
        for attempt in range(MAX_PAGE_TRIES):
            if attempt:
                asked = answer.wait if isinstance(answer, Reply) else 0.0
                pause = self._options.retry_seconds * 2 ** (attempt - 1)
                await asyncio.sleep(max(asked, pause))
            answer = await self._service.loved_page(session, number)
            if not _is_worth_a_retry(answer, session):
                break
        if isinstance(answer, LovedPage):
            self._check_owner(answer, session)
            return answer
        if answer.remedy is Remedy.NOTHING and number > 1:
            return LovedPage()
        if answer.remedy is Remedy.REAUTH and answer.fault is not Fault.PRIVATE:
            await self._refused(session)
        raise _error(answer)

    def _check_owner(self, page: LovedPage, session: Session) -> None:
        """Raises ServiceFailed if the page is another user's."""
        if not _is_of(session.username, page):
            raise ServiceFailed(
                f"{self._service.label} answered with another user's loved tracks; try again later"
            )


def _result(run: ImportRun) -> ImportResult:
    missing = run.seen - run.imported - run.already
    return ImportResult(run.seen, run.imported, run.already, missing)


def _is_cancelled() -> bool:
    """Whether it is the caller who gave up."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _is_worth_a_retry(answer: LovedPage | Reply, session: Session) -> bool:
    if isinstance(answer, LovedPage):
        return not _is_of(session.username, answer)
    return answer.remedy is Remedy.RETRY and answer.wait <= MAX_WAIT_SECONDS


def _is_of(user: str, page: LovedPage) -> bool:
    """Whether a page is this user's: Last.fm was once seen to answer with another's."""
    return not page.user or page.user.casefold() == user.casefold()


def _error(reply: Reply) -> ScrobblerdError:
    """Returns what is raised because of a failure."""
    minutes = count(round(reply.wait / 60), "minute")
    later = f"{LATER} (in {minutes})" if reply.wait > MAX_WAIT_SECONDS else LATER
    if reply.remedy is Remedy.REAUTH:
        return LogIn(reply.message)
    if reply.unreachable:
        return Unreachable(f"{reply.message}; {later}")
    return ServiceFailed(f"{reply.message}; {later}")
