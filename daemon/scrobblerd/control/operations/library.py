"""What can be asked of the library: scan, import, love, export."""

import math

from ...core.errors import InvalidArgument
from ...core.reports import ImportResult, ScanResult
from ...core.values import check_page
from ...library.exports import FORMATS
from ...library.loved_import import LovedImport
from ...library.scanner import Scanner
from ...scrobbling.worker import Worker
from ...storage.library import LibraryStore
from ...storage.loves import LovedStore
from ...tracking.tracker import Tracker
from ..answers import UnmatchedLove
from .validation import one_of, required

LOVE_TIMEOUT_SECONDS = 10.0
"""How long a caller waits for the server."""

PAGE_TRACKS = 1000
"""Tracks of an export that are a page."""

MAX_EXPORT_PAGES = 5
"""Pages that fit into one answer: a larger one would hold up everybody else."""


class LibraryOperations:
    """The library. Every method raises only errors of `errors`."""

    def __init__(
        self,
        library: LibraryStore,
        loved: LovedStore,
        loved_import: LovedImport,
        scanner: Scanner,
        worker: Worker,
        tracker: Tracker,
    ) -> None:
        self._library = library
        self._loved = loved
        self._account = worker.context.account
        self._loved_import = loved_import
        self._scanner = scanner
        self._loves = worker.loves
        self._tracker = tracker

    async def scan(self) -> ScanResult:
        """Looks through the music folders."""
        return await self._scanner.scan()

    async def import_loved_tracks(self) -> ImportResult:
        """Marks the tracks of the library that the user loves at Last.fm."""
        self._account.check_configured()
        return await self._loved_import.import_loved(self._account.login())

    async def get_unmatched_loved(self, limit: int) -> list[UnmatchedLove]:
        """Returns loved tracks that the library does not have, the newest love first."""
        check_page(limit)
        return [UnmatchedLove(**track) for track in await self._loved.unmatched(limit)]

    # -- love -------------------------------------------------------------------------------

    async def love(self, artist: str, title: str, *, loved: bool) -> tuple[str, str]:
        """Loves a track, or not any more. Returns status (success, queued, rejected), message."""
        artist, title = required("artist", artist), required("track", title)
        return await self._loves.wish(artist, title, loved, LOVE_TIMEOUT_SECONDS)

    async def love_current(self, *, loved: bool) -> tuple[str, str]:
        """Does the same to what plays now, or was paused."""
        current = sorted(self._tracker.current(), key=lambda player: (-player.rate, -player.start))
        for player in current:
            if player.artist and player.title:
                status, message = await self.love(player.artist, player.title, loved=loved)
                return status, message or f"{player.title} by {player.artist}"
        raise InvalidArgument("nothing with a title and an artist is playing")

    # -- out again --------------------------------------------------------------------------

    async def export_loved(self, kind: str) -> str:
        """Returns all loved tracks of the library as `kind`. Raises InvalidArgument if they are too
        many for one answer."""
        pages = await self._pages(kind)
        if pages > MAX_EXPORT_PAGES:
            raise InvalidArgument(
                f"format: more than {PAGE_TRACKS * MAX_EXPORT_PAGES} tracks are loved;"
                f" ExportLovedPage gives them in {pages} pages"
            )
        return FORMATS[kind](await self._library.loved(PAGE_TRACKS * MAX_EXPORT_PAGES, 0))

    async def export_loved_page(self, kind: str, page: int) -> tuple[str, int]:
        """Returns page `page` of the loved tracks, and how many pages there are."""
        pages = await self._pages(kind)
        if not 1 <= page <= pages:
            raise InvalidArgument(f"page: must be between 1 and {pages}")
        tracks = await self._library.loved(PAGE_TRACKS, (page - 1) * PAGE_TRACKS)
        return FORMATS[kind](tracks), pages

    async def _pages(self, kind: str) -> int:
        one_of("format", kind, FORMATS)
        return max(1, math.ceil(await self._library.how_many_loved() / PAGE_TRACKS))
