"""The members of our interface that are about the library and loved tracks.

This file must not have postponed annotations, see `wire`.
"""

from dbus_next.service import ServiceInterface

from ..operations.library import LibraryOperations
from ..signatures import (
    Dict,
    Dicts,
    Str,
    StrUInt32,
    TwoStrs,
    TwoUInt32s,
    UInt32,
    method,
    signal,
    variants,
)


class LibraryMembers(ServiceInterface):
    """Scan, import, love, export."""

    _library: LibraryOperations

    @method()
    async def ImportLovedTracks(self) -> Dict:
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
        return variants(await self._library.import_loved_tracks())

    @method()
    async def GetUnmatchedLoved(self, limit: UInt32) -> Dicts:
        """Loved tracks that the library does not have, the newest love first.

        limit: how many, 200 at most

        artist, title: its names
        mbid: its MusicBrainz id; "" = unknown
        loved_at: when you loved it, UNIX seconds; 0 = unknown

        Errors: InvalidArgument.
        """
        return [variants(track) for track in await self._library.get_unmatched_loved(limit)]

    @method()
    async def ScanLibrary(self) -> Dict:
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
        return variants(await self._library.scan())

    @method()
    async def Love(self, artist: Str, track: Str) -> TwoStrs:
        """Love a track. Without a network or a login the wish waits; the last wish about a track
        wins.

        artist, track: its names

        status: `success`, `queued` or `rejected`
        message: why, in words; "" at `success`

        Errors: InvalidArgument.
        """
        return list(await self._library.love(artist, track, True))

    @method()
    async def Unlove(self, artist: Str, track: Str) -> TwoStrs:
        """Take a love back. It waits and answers as `Love` does.

        artist, track: its names

        status: `success`, `queued` or `rejected`
        message: why, in words; "" at `success`

        Errors: InvalidArgument.
        """
        return list(await self._library.love(artist, track, False))

    @method()
    async def LoveCurrent(self) -> TwoStrs:
        """Love what plays now, or was paused: good for a key binding.

        status: `success`, `queued` or `rejected`
        message: what was loved, or why it waits or was rejected

        Errors: InvalidArgument.
        """
        return list(await self._library.love_current(True))

    @method()
    async def UnloveCurrent(self) -> TwoStrs:
        """Take back the love of what plays now, or was paused.

        status: `success`, `queued` or `rejected`
        message: what that was, or why it waits or was rejected

        Errors: InvalidArgument.
        """
        return list(await self._library.love_current(False))

    @method()
    async def ExportLoved(self, format: Str) -> Str:  # noqa: A002 # the caller sees this name
        """All loved tracks of the library, as the text of a file. It holds 5,000 tracks at most;
        for more there is `ExportLovedPage`.

        format: `m3u8` (a playlist of those with a local file), `json` or `csv`
        text: what to put into the file

        Errors: InvalidArgument.
        """
        return await self._library.export_loved(format)

    @method()
    async def ExportLovedPage(self, format: Str, page: UInt32) -> StrUInt32:  # noqa: A002
        """A page of the loved tracks, a thousand of them, for those who love more than 5,000.

        format: as in `ExportLoved`
        page: its number, from 1

        text: what to put into a file
        pages: how many pages there are

        Errors: InvalidArgument.
        """
        return list(await self._library.export_loved_page(format, page))

    # -- signals ------------------------------------------------------------------------------

    @signal()
    def ImportProgress(self, done: UInt32, total: UInt32) -> TwoUInt32s:
        """How far `ImportLovedTracks` is, after each page.

        done, total: tracks looked at, and tracks loved
        """
        return [done, total]

    @signal()
    def ImportFinished(self, figures: Dict) -> Dict:
        """`ImportLovedTracks` is done.

        result: what it answers
        """
        return figures

    @signal()
    def ScanProgress(self, done: UInt32, total: UInt32) -> TwoUInt32s:
        """How far `ScanLibrary` is.

        done, total: files looked at, and files that there are
        """
        return [done, total]

    @signal()
    def ScanFinished(self, figures: Dict) -> Dict:
        """`ScanLibrary` is done.

        result: what it answers
        """
        return figures
