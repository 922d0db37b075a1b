"""What can be asked of the library: scan, import, love, export.

What is wrong is InvalidArgument, naming the field, and changes nothing.
"""

import math
from dataclasses import asdict
from typing import Any

from ...accounts.account import Account
from ...core.errors import InvalidArgument
from ...core.text import for_wire
from ...core.values import check_page
from ...library.exports import FORMATS
from ...library.loved_import import LovedImport
from ...library.scanner import Scanner
from ...scrobbling.love_submitter import LoveSubmitter
from ...storage.library import LibraryStore
from ...tracking.tracker import Tracker

LOVE_PATIENCE = 10.0
"""Seconds that a caller waits for the server at most."""

EXPORT_PAGE = 1000
"""Tracks a page."""
EXPORT_AT_ONCE = 5
"""Pages that fit into one answer: a larger one would hold up everybody else."""


class LibraryOperations:
    """What can be asked of the library. Every method raises only errors of `errors`."""

    def __init__(
        self,
        shelf: LibraryStore,
        account: Account,
        loved_import: LovedImport,
        scanner: Scanner,
        loving: LoveSubmitter,
        tracker: Tracker,
    ) -> None:
        self._shelf = shelf
        self._account = account
        self._loved_import = loved_import
        self._scanner = scanner
        self._loving = loving
        self._tracker = tracker

    async def scan(self) -> dict[str, Any]:
        """Look through the music folders: figures."""
        return asdict(await self._scanner.scan())

    async def import_loved_tracks(self) -> dict[str, Any]:
        """Mark the tracks of the library that the user loves at Last.fm: figures."""
        self._account.check_configured()
        return asdict(await self._loved_import.import_loved(self._account.login()))

    async def get_unmatched_loved(self, limit: int) -> list[dict[str, Any]]:
        """Loved tracks that the library does not have, the newest love first."""
        check_page(limit)
        return await self._shelf.unmatched(limit)

    # -- love -------------------------------------------------------------------------------

    async def love(self, artist: str, title: str, loved: bool) -> tuple[str, str]:
        """Love a track, or not any more: status (success, queued, rejected) and message."""
        wanted = {"artist": for_wire(artist), "track": for_wire(title)}
        for field, value in wanted.items():
            if not value:
                raise InvalidArgument(f"{field}: must not be empty")
        return await self._loving.wish(wanted["artist"], wanted["track"], loved, LOVE_PATIENCE)

    async def love_current(self, loved: bool) -> tuple[str, str]:
        """Likewise for what plays now, or was paused."""
        current = sorted(self._tracker.current(), key=lambda one: (-one.rate, -one.start))
        for one in current:
            if one.artist and one.title:
                status, message = await self.love(one.artist, one.title, loved)
                return status, message or f"{one.title} by {one.artist}"
        raise InvalidArgument("nothing with a title and an artist is playing")

    # -- out again --------------------------------------------------------------------------

    async def export_loved(self, kind: str) -> str:
        """All loved tracks of the library as `kind`, if they are not too many for one answer."""
        pages = await self._pages(kind)
        if pages > EXPORT_AT_ONCE:
            raise InvalidArgument(
                f"format: more than {EXPORT_PAGE * EXPORT_AT_ONCE} tracks are loved;"
                f" ExportLovedPage gives them in {pages} pages"
            )
        return FORMATS[kind](await self._shelf.loved(EXPORT_PAGE * EXPORT_AT_ONCE, 0))

    async def export_loved_page(self, kind: str, page: int) -> tuple[str, int]:
        """Page `page` of the loved tracks, and how many pages there are."""
        pages = await self._pages(kind)
        if not 1 <= page <= pages:
            raise InvalidArgument(f"page: must be between 1 and {pages}")
        tracks = await self._shelf.loved(EXPORT_PAGE, (page - 1) * EXPORT_PAGE)
        return FORMATS[kind](tracks), pages

    async def _pages(self, kind: str) -> int:
        if kind not in FORMATS:
            raise InvalidArgument(f"format: must be one of {', '.join(FORMATS)}")
        return max(1, math.ceil(await self._shelf.how_many_loved() / EXPORT_PAGE))
