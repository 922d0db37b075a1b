"""Members of our interface about the library and loved tracks."""

from ...core.reports import ImportResult, ScanResult
from ...core.values import UInt32
from ..answers import UnmatchedLove
from ..signatures import dbus_property, method, signal
from .base import Members


class LibraryMembers(Members):
    """Library and loved tracks."""

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
        return await self.operations.library.scan()

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
        return await self.operations.library.import_loved_tracks()

    @method("tracks")
    async def GetUnmatchedLoved(self, limit: UInt32) -> list[UnmatchedLove]:
        """Loved tracks that the library does not have, the newest love first.

        limit: how many, 200 at most

        artist, title: its names
        mbid: its MusicBrainz id; "" = unknown
        loved_at: when you loved it, UNIX seconds; 0 = unknown

        Errors: InvalidArgument.
        """
        return await self.operations.library.get_unmatched_loved(limit)

    @method("status", "message")
    async def Love(self, artist: str, track: str) -> tuple[str, str]:
        """Love a track. Without a network or a login the wish waits; the last wish about a track
        wins.

        artist, track: its names

        status: `success`, `queued` or `rejected`
        message: why, in words; "" at `success`

        Errors: InvalidArgument.
        """
        return await self.operations.library.love(artist, track, loved=True)

    @method("status", "message")
    async def Unlove(self, artist: str, track: str) -> tuple[str, str]:
        """Take a love back. It waits and answers as `Love` does.

        artist, track: its names

        status: `success`, `queued` or `rejected`
        message: why, in words; "" at `success`

        Errors: InvalidArgument.
        """
        return await self.operations.library.love(artist, track, loved=False)

    @method("status", "message")
    async def LoveCurrent(self) -> tuple[str, str]:
        """Love what plays now, or was paused: good for a key binding.

        status: `success`, `queued` or `rejected`
        message: what was loved, or why it waits or was rejected

        Errors: InvalidArgument.
        """
        return await self.operations.library.love_current(loved=True)

    @method("status", "message")
    async def UnloveCurrent(self) -> tuple[str, str]:
        """Take back the love of what plays now, or was paused.

        status: `success`, `queued` or `rejected`
        message: what that was, or why it waits or was rejected

        Errors: InvalidArgument.
        """
        return await self.operations.library.love_current(loved=False)

    @method("text")
    async def ExportLoved(self, format: str) -> str:  # noqa: A002 # the caller sees this name
        """All loved tracks of the library, as the text of a file. It holds 5,000 tracks at most;
        for more there is `ExportLovedPage`.

        format: `m3u8` (a playlist of those with a local file), `json` or `csv`
        text: what to put into the file

        Errors: InvalidArgument.
        """
        return await self.operations.library.export_loved(format)

    @method("text", "pages")
    async def ExportLovedPage(self, format: str, page: UInt32) -> tuple[str, UInt32]:  # noqa: A002 # the caller sees this name
        """A page of the loved tracks, a thousand of them, for those who love more than 5,000.

        format: as in `ExportLoved`
        page: its number, from 1

        text: what to put into a file
        pages: how many pages there are

        Errors: InvalidArgument.
        """
        return await self.operations.library.export_loved_page(format, page)

    # -- signals -----------------------------------------------------------------------------------

    @signal
    def ImportProgress(self, done: UInt32, total: UInt32) -> None:
        """How far `ImportLovedTracks` is, after each page.

        done, total: tracks looked at, and tracks loved
        """

    @signal
    def ImportFinished(self, result: ImportResult) -> None:
        """`ImportLovedTracks` is done.

        result: what it answers
        """

    @signal
    def ScanProgress(self, done: UInt32, total: UInt32) -> None:
        """How far `ScanLibrary` is.

        done, total: files looked at, and files that there are
        """

    @signal
    def ScanFinished(self, result: ScanResult) -> None:
        """`ScanLibrary` is done.

        result: what it answers
        """

    # -- properties --------------------------------------------------------------------------------

    @dbus_property
    def LastImport(self) -> ImportResult | None:
        """What the last `ImportLovedTracks` answered; empty before the first."""
        return self.properties.last_import
