"""The tracks that were heard, and which of them the user loves at Last.fm.

An import walks all pages of `user.getLovedTracks`. It outlives its caller, and a second call joins
the one under way.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from .audioscrobbler import Kind
from .bodies import as_dict, as_int, as_list, text_of
from .errors import LogIn, ServiceFailed, Unreachable
from .lastfm import LastFm
from .model import Loved, Session
from .services import Remedy, Reply
from .store import Store
from .text import normalise

log = logging.getLogger(__name__)

PAGE = 1000
"""Tracks a page, the most that user.getLovedTracks gives."""

TRIES = 3
"""How often one page is asked for before the import gives up."""

RETRY_WAIT = 2.0
"""Seconds before a page is asked for again; doubled each time."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to; the figures of the D-Bus answer."""

    total: int = 0
    imported: int = 0
    already_loved: int = 0
    not_in_library: int = 0


class Library:
    """`progress` is awaited with how many loved tracks were walked, and of how many."""

    def __init__(
        self,
        store: Store,
        lastfm: LastFm,
        progress: Callable[[int, int], Awaitable[None]],
        finished: Callable[[Imported], Awaitable[None]],
    ) -> None:
        self._store = store
        self._lastfm = lastfm
        self._progress = progress
        self._finished = finished
        self._import: asyncio.Task[Imported] | None = None

    async def import_loved(self, session: Session) -> Imported:
        """Mark every track of the library that the user loves. Raises LogIn, TryLater."""
        if self._import is None or self._import.done():
            self._import = asyncio.create_task(self._walk(session))
        return await asyncio.shield(self._import)

    async def stop(self) -> None:
        """Leave off; what was marked stays marked."""
        if self._import is not None:
            self._import.cancel()
            await asyncio.gather(self._import, return_exceptions=True)

    async def _walk(self, session: Session) -> Imported:
        seen: set[tuple[str, str]] = set()
        imported = already = 0
        page, pages = 1, 1
        while page <= pages:
            body = await self._page(session, page)
            attributes = as_dict(body.get("@attr")) or body
            pages = as_int(attributes.get("totalPages"))
            found = [loved for loved in map(_loved, as_list(body.get("track"))) if loved]
            fresh = [loved for loved in found if _key(loved) not in seen]
            if not found:
                break
            seen.update(_key(loved) for loved in fresh)
            marked, before = await self._store.love(_once(fresh))
            imported, already = imported + marked, already + before
            await self._progress(len(seen), max(as_int(attributes.get("total")), len(seen)))
            page += 1
        result = Imported(len(seen), imported, already, len(seen) - imported - already)
        log.info("loved tracks: %d at Last.fm, %d of them marked now", result.total, imported)
        await self._finished(result)
        return result

    async def _page(self, session: Session, page: int) -> dict[str, Any]:
        """One page's "lovedtracks" object; empty past the end."""
        params = {"user": session.username, "limit": PAGE, "page": page}
        reply, key = Reply(Remedy.RETRY), ""
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(max(reply.wait, RETRY_WAIT * 2 ** (attempt - 1)))
            reply = await self._lastfm.call(
                "user.getLovedTracks", params, Kind.READ, "lovedtracks", key
            )
            if reply.code == 17 and not key:  # a private profile is read with its own login
                key = session.key
                reply = await self._lastfm.call(
                    "user.getLovedTracks", params, Kind.READ, "lovedtracks", key
                )
            if reply.remedy is not Remedy.RETRY:
                break
        if reply.remedy is Remedy.NOTHING and page > 1:
            return {}
        _raise_for(reply)
        return as_dict(reply.body.get("lovedtracks"))


def _raise_for(reply: Reply) -> None:
    if reply.ok:
        return
    if reply.remedy is Remedy.REAUTH:
        raise LogIn(f"{reply.message}; log in again")
    if reply.remedy is Remedy.RETRY and not reply.code:
        raise Unreachable(f"{reply.message}; try again later, what was marked stays marked")
    raise ServiceFailed(f"{reply.message}; try again later, what was marked stays marked")


def _loved(entry: object) -> Loved | None:
    found = as_dict(entry)
    loved = Loved(
        artist=text_of(found.get("artist")),
        title=text_of(found.get("name")),
        at=as_int(as_dict(found.get("date")).get("uts")),
    )
    return loved if loved.artist and loved.title else None


def _key(loved: Loved) -> tuple[str, str]:
    return normalise(loved.artist), normalise(loved.title)


def _once(tracks: list[Loved]) -> list[Loved]:
    return list({_key(loved): loved for loved in reversed(tracks)}.values())[::-1]
