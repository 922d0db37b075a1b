"""Loved tracks, brought from the service to the local library.

An import walks all pages of `user.getLovedTracks`. It outlives its caller, a second call joins the
one under way, and one that failed or was stopped goes on where it was. The list may shift
meanwhile: what is seen twice counts once, and where it grew, or something slipped between two
pages, it is looked at again.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from ..core.errors import LogIn, ServiceFailed, TryLater, Unreachable
from ..core.model import Loved, Session
from ..core.text import for_wire
from ..core.values import as_dict, as_int, as_list
from ..services.audioscrobbler import Kind
from ..services.base import Remedy, Reply
from ..services.lastfm import LastFm
from ..services.payload import text_of
from ..storage.library import LibraryStore

log = logging.getLogger(__name__)

PAGE = 1000
"""Tracks a page, the most that user.getLovedTracks gives."""

AT_ONCE = 200
"""Tracks looked at before others may work."""

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


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to; the figures of the D-Bus answer."""

    total: int = 0
    imported: int = 0
    already_loved: int = 0
    not_in_library: int = 0


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
    def result(self) -> Imported:
        """What it came to."""
        missing = self.seen - self.imported - self.already
        return Imported(self.seen, self.imported, self.already, missing)


class LovedImport:
    """`progress` is awaited with how many loved tracks were walked, and of how many; `expired`
    with a login that is not taken any more. With `mirror` what is not loved any more loses its
    mark."""

    def __init__(
        self,
        shelf: LibraryStore,
        lastfm: LastFm,
        mirror: bool,
        progress: Callable[[int, int], Awaitable[None]],
        finished: Callable[[Imported], Awaitable[None]],
        expired: Callable[[Session], Awaitable[None]],
    ) -> None:
        self._shelf = shelf
        self._lastfm = lastfm
        self.mirror = mirror
        self._progress = progress
        self._finished = finished
        self._expired = expired
        self._import: asyncio.Task[Imported] | None = None
        self._user = ""

    async def import_loved(self, session: Session) -> Imported:
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

    async def _run(self, session: Session) -> Imported:
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
        words = "loved tracks: %d at Last.fm, %d marked now, %d not loved any more"
        log.info(words, result.total, result.imported, unmarked)
        await self._finished(result)
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
            body = await self._page(session, walk.page)
            attributes = as_dict(body.get("@attr")) or body
            found = await _taken(as_list(body.get("track")))
            if "total" in attributes:
                walk.total = as_int(attributes["total"])
            walk.first = walk.first or walk.total
            if not found:
                return
            unknown = walk.page + 1  # a server that names no number: on to an empty page
            walk.pages = as_int(attributes.get("totalPages"), unknown)
            walk.page += 1
            page = await self._shelf.love_page(found, walk.run, {NOTE: asdict(walk)})
            walk.seen += page.fresh
            walk.imported += page.imported
            walk.already += page.already
            await self._progress(walk.seen, max(walk.total, walk.seen))

    async def _page(self, session: Session, page: int) -> dict[str, Any]:
        """One page's "lovedtracks" object; empty past the end."""
        reply = Reply(Remedy.RETRY)
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(max(reply.wait, RETRY_WAIT * 2 ** (attempt - 1)))
            reply = await self._ask(session, page)
            if reply.remedy is not Remedy.RETRY and _is_of(session.username, reply):
                break
            if reply.wait > LONGEST_WAIT:
                break
        if reply.remedy is Remedy.NOTHING and page > 1:
            return {}
        if reply.remedy is Remedy.REAUTH and reply.code != 17:
            await self._expired(session)
        _raise_for(reply)
        if not _is_of(session.username, reply):
            raise ServiceFailed(
                "Last.fm answered with another user's loved tracks; try again later"
            )
        return as_dict(reply.body.get("lovedtracks"))

    async def _ask(self, session: Session, page: int) -> Reply:
        params = {"user": session.username, "limit": PAGE, "page": page}
        reply = Reply(Remedy.RETRY)
        for key in ("", session.key):
            reply = await self._lastfm.call(
                "user.getLovedTracks", params, Kind.READ, "lovedtracks", key
            )
            if reply.code != 17:  # a private profile is read with its own login
                break
        return reply


def _is_cancelled() -> bool:
    """Whether it is the caller who gave up."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _is_of(user: str, reply: Reply) -> bool:
    """Whether a page is this user's: Last.fm was once seen to answer with another's."""
    attributes = as_dict(as_dict(reply.body.get("lovedtracks")).get("@attr"))
    named = text_of(attributes.get("user"))
    return not named or named.casefold() == user.casefold()


def _raise_for(reply: Reply) -> None:
    if reply.ok:
        return
    minutes = f" (in {reply.wait / 60:.0f} minutes)" if reply.wait > LONGEST_WAIT else ""
    later = f"{LATER}{minutes}"
    if reply.remedy is Remedy.REAUTH:
        raise LogIn(f"{reply.message}; log in again")
    if reply.remedy in (Remedy.RETRY, Remedy.BLOCKED) and not reply.code:
        raise Unreachable(f"{reply.message}; {later}")
    raise ServiceFailed(f"{reply.message}; {later}")


async def _taken(entries: list[Any]) -> list[Loved]:
    """The tracks of a page; others may work in between."""
    found: list[Loved] = []
    for start in range(0, len(entries), AT_ONCE):
        await asyncio.sleep(0)
        chunk = map(_loved, entries[start : start + AT_ONCE])
        found += [loved for loved in chunk if loved]
    return found


def _loved(entry: object) -> Loved | None:
    found = as_dict(entry)
    loved = Loved(
        artist=for_wire(text_of(found.get("artist"))),
        title=for_wire(text_of(found.get("name"))),
        at=as_int(as_dict(found.get("date")).get("uts")),
        mbid=for_wire(text_of(found.get("mbid"))),
    )
    return loved if loved.artist and loved.title else None
