"""The members of our interface that are about the library and loved tracks.

This file must not have postponed annotations, see `wire`.
"""

from dbus_next.service import ServiceInterface

from .library_operations import LibraryOperations
from .wire import Dict, Dicts, Str, StrUInt32, TwoStrs, TwoUInt32s, UInt32, method, signal, variants


class LibraryMembers(ServiceInterface):
    """Scan, import, love, export."""

    _library: LibraryOperations

    @method()
    async def ImportLovedTracks(self) -> Dict:
        """Mark heard tracks that are loved: total, imported, already_loved, not_in_library."""
        return variants(await self._library.import_loved_tracks())

    @method()
    async def GetUnmatchedLoved(self, limit: UInt32) -> Dicts:
        """Loved tracks that the library does not have; limit at most 200."""
        return [variants(track) for track in await self._library.get_unmatched_loved(limit)]

    @method()
    async def ScanLibrary(self) -> Dict:
        """Look through the music folders for what is new, changed or gone."""
        return variants(await self._library.scan())

    @method()
    async def Love(self, artist: Str, track: Str) -> TwoStrs:
        """Love a track: status, message."""
        return list(await self._library.love(artist, track, True))

    @method()
    async def Unlove(self, artist: Str, track: Str) -> TwoStrs:
        """Take a love back: status, message."""
        return list(await self._library.love(artist, track, False))

    @method()
    async def LoveCurrent(self) -> TwoStrs:
        """Love what plays now: status, message."""
        return list(await self._library.love_current(True))

    @method()
    async def UnloveCurrent(self) -> TwoStrs:
        """Take the love of what plays now back: status, message."""
        return list(await self._library.love_current(False))

    @method()
    async def ExportLoved(self, format: Str) -> Str:  # noqa: A002 # the caller sees this name
        """All loved tracks of the library as m3u8, json or csv."""
        return await self._library.export_loved(format)

    @method()
    async def ExportLovedPage(self, format: Str, page: UInt32) -> StrUInt32:  # noqa: A002
        """One page of them, from 1, and how many there are."""
        return list(await self._library.export_loved_page(format, page))

    # -- signals ------------------------------------------------------------------------------

    @signal()
    def ImportProgress(self, done: UInt32, total: UInt32) -> TwoUInt32s:
        """How far ImportLovedTracks is."""
        return [done, total]

    @signal()
    def ImportFinished(self, figures: Dict) -> Dict:
        """What ImportLovedTracks answers."""
        return figures

    @signal()
    def ScanProgress(self, done: UInt32, total: UInt32) -> TwoUInt32s:
        """How far ScanLibrary is."""
        return [done, total]

    @signal()
    def ScanFinished(self, figures: Dict) -> Dict:
        """What ScanLibrary answers."""
        return figures
