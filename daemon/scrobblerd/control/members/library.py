"""Members of our interface about the library and loved tracks."""

import math
from dataclasses import dataclass

from ...core.errors import InvalidArgument
from ...core.publisher import ImportResult, ScanResult
from ...core.values import Int64, UInt32, check_page, check_text, check_word
from ...library.exports import FORMATS
from ...library.loved_import import LovedImport
from ...library.scanner import Scanner
from ...scrobbling.worker import Worker
from ...storage.library import LibraryStore
from ...tracking.tracker import Tracker
from ..signatures import method, signal

LOVE_TIMEOUT_SECONDS = 10.0
"""How long a caller waits for the server."""

PAGE_TRACKS = 1000
"""Tracks of an export that are a page."""

MAX_EXPORT_PAGES = 5
"""Pages that fit into one answer: a larger one would hold up everybody else."""


@dataclass(frozen=True, slots=True)
class UnmatchedLove:
    """A loved track that the library does not have."""

    artist: str
    title: str
    mbid: str
    loved_at: Int64


class LibraryMembers:
    """Library and loved tracks."""

    def __init__(
        self,
        library: LibraryStore,
        loved_import: LovedImport,
        scanner: Scanner,
        worker: Worker,
        tracker: Tracker,
    ) -> None:
        self._library = library
        self._loved_import = loved_import
        self._scanner = scanner
        self._account = worker.context.account
        self._loves = worker.loves
        self._tracker = tracker

    @method("result")
    async def ScanLibrary(self) -> ScanResult:
        """Read the tags of what is new or changed in the music folders (`[library] folders`), and
        forget what is gone. It runs in a process of its own, and needs mutagen: `make install`
        brings it; else your distribution's python3-mutagen does. A second call joins the first.

        files: music files that there are
        added, changed, unchanged, removed: what became of them
        untagged: files without an artist or a title
        unreadable: files that could not be read
        unreadable_files: the first hundred of those, and why

        Errors: InvalidArgument, Service.
        """
        return await self._scanner.scan()

    @method("removed")
    async def ForgetFolder(self, url: str) -> UInt32:
        """Forget the music files of a folder. `ScanLibrary` does it for files that are gone, but
        not if their folder is empty: it may be a drive that is not mounted.

        url: the folder's, as in `unreadable_files`: `file:///media/music`

        removed: files that were forgotten

        Errors: InvalidArgument, Service.
        """
        if not url.startswith("file:///"):
            raise InvalidArgument("url: must begin with file:///")
        return await self._library.forget(url)

    @method("result")
    async def ImportLovedTracks(self) -> ImportResult:
        """Mark the tracks of the library (what you heard, and what lies in your music folders) that
        you love at Last.fm. With thousands of loved tracks it takes longer than callers usually
        wait; it goes on without them, a second call joins it, and one that was broken off goes on
        where it was.

        total: tracks that you love
        imported: how many of them were marked now
        already_loved: how many had the mark
        not_in_library: how many the library does not have, see `GetUnmatchedLoved`

        Errors: NotConfigured, NotAuthenticated, Network, Service.
        """
        self._account.check_configured()
        return await self._loved_import.import_loved(self._account.login())

    @method("tracks", is_long=True)
    async def GetUnmatchedLoved(self, limit: UInt32) -> list[UnmatchedLove]:
        """Loved tracks that the library does not have, the newest love first.

        limit: how many, 200 at most

        artist, title: its names
        mbid: its MusicBrainz id; "" = unknown
        loved_at: when you loved it, UNIX seconds; 0 = unknown

        Errors: InvalidArgument.
        """
        check_page(limit)
        return [UnmatchedLove(**track) for track in await self._loved_import.store.unmatched(limit)]

    @method("status", "message")
    async def Love(self, artist: str, track: str) -> tuple[str, str]:
        """Love a track. Without a network or a login the request waits; the last one about a track
        wins.

        artist, track: its names

        status: `success`, `queued` or `rejected`
        message: why, in words; "" at `success`

        Errors: InvalidArgument.
        """
        return await self._love(artist, track, loved=True)

    @method("status", "message")
    async def Unlove(self, artist: str, track: str) -> tuple[str, str]:
        """Take a love back. It waits and answers as `Love` does.

        artist, track: its names

        status: `success`, `queued` or `rejected`
        message: why, in words; "" at `success`

        Errors: InvalidArgument.
        """
        return await self._love(artist, track, loved=False)

    @method("status", "message")
    async def LoveCurrent(self) -> tuple[str, str]:
        """Love what plays now, or was paused: good for a key binding.

        status: `success`, `queued` or `rejected`
        message: what was loved, or why it waits or was rejected

        Errors: InvalidArgument.
        """
        return await self._love_current(loved=True)

    @method("status", "message")
    async def UnloveCurrent(self) -> tuple[str, str]:
        """Take back the love of what plays now, or was paused.

        status: `success`, `queued` or `rejected`
        message: what that was, or why it waits or was rejected

        Errors: InvalidArgument.
        """
        return await self._love_current(loved=False)

    @method("text", is_long=True)
    async def ExportLoved(self, format: str) -> str:  # noqa: A002 # the caller sees this name
        """All loved tracks of the library, as the text of a file. It holds 5,000 tracks at most;
        for more there is `ExportLovedPage`.

        format: `m3u8` (a playlist of those with a local file), `json` or `csv`
        text: what to put into the file

        Errors: InvalidArgument.
        """
        pages = await self._pages(format)
        if pages > MAX_EXPORT_PAGES:
            raise InvalidArgument(
                f"format: more than {PAGE_TRACKS * MAX_EXPORT_PAGES} tracks are loved;"
                f" ExportLovedPage gives them in {pages} pages"
            )
        return FORMATS[format](await self._library.loved(PAGE_TRACKS * MAX_EXPORT_PAGES, 0))

    @method("text", "pages", is_long=True)
    async def ExportLovedPage(self, format: str, page: UInt32) -> tuple[str, UInt32]:  # noqa: A002 # the caller sees this name
        """A page of the loved tracks, a thousand of them, for those who love more than 5,000.

        format: as in `ExportLoved`
        page: its number, from 1

        text: what to put into a file
        pages: how many pages there are

        Errors: InvalidArgument.
        """
        pages = await self._pages(format)
        if not 1 <= page <= pages:
            raise InvalidArgument(f"page: must be between 1 and {pages}")
        tracks = await self._library.loved(PAGE_TRACKS, (page - 1) * PAGE_TRACKS)
        return FORMATS[format](tracks), pages

    async def _love(self, artist: str, title: str, *, loved: bool) -> tuple[str, str]:
        """Loves a track, or not any more. Returns status (success, queued, rejected), message."""
        artist, title = check_text("artist", artist), check_text("track", title)
        return await self._loves.submit(artist, title, loved, LOVE_TIMEOUT_SECONDS)

    async def _love_current(self, *, loved: bool) -> tuple[str, str]:
        """Does the same to what plays now, or was paused."""
        current = sorted(self._tracker.current(), key=lambda player: (-player.rate, -player.start))
        for player in current:
            if player.artist and player.title:
                status, message = await self._love(player.artist, player.title, loved=loved)
                return status, message or f"{player.title} by {player.artist}"
        raise InvalidArgument("nothing with a title and an artist is playing")

    async def _pages(self, kind: str) -> int:
        check_word("format", kind, FORMATS)
        return max(1, math.ceil(await self._library.how_many_loved() / PAGE_TRACKS))

    # -- signals ----------------------------------------------------------------------------

    @staticmethod
    @signal
    def ImportProgress(done: UInt32, total: UInt32) -> None:
        """How far `ImportLovedTracks` is, after each page.

        done, total: tracks looked at, and tracks loved
        """

    @staticmethod
    @signal
    def ImportFinished(result: ImportResult) -> None:
        """`ImportLovedTracks` is done.

        result: what it answers
        """

    @staticmethod
    @signal
    def ScanProgress(done: UInt32, total: UInt32) -> None:
        """How far `ScanLibrary` is.

        done, total: files looked at, and files that there are
        """

    @staticmethod
    @signal
    def ScanFinished(result: ScanResult) -> None:
        """`ScanLibrary` is done.

        result: what it answers
        """
