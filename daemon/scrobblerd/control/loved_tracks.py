"""Knows which of the tracks that players are at are loved."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress

from ..core.errors import StoreFailed
from ..storage.library import LibraryStore, Names

MAX_LOOKUP_SECONDS = 0.1
"""What players are at is shown without the heart if the database takes longer: somebody has locked
it, or the disk hangs."""


class LovedTracks:
    """What is loved at any account. Who writes down that a track plays asks the database at once,
    and gives what it says to `take`. `look_up` asks for the rest, such as after `forget`."""

    def __init__(self, library: LibraryStore) -> None:
        self._library = library
        self._known: dict[Names, bool] = {}

    def forget(self) -> None:
        """Other tracks may be loved now."""
        self._known = {}

    def take(self, loved: Mapping[Names, bool]) -> None:
        """Takes in what the database has said of tracks."""
        self._known |= loved

    async def look_up(self, tracks: Collection[Names]) -> None:
        """Asks for those of these tracks that are not known, and forgets all others. What the
        database does not tell in time is asked for again at the next look."""
        known = {track: self._known[track] for track in tracks if track in self._known}
        self._known = known  # a `forget` that comes meanwhile begins another one
        unknown = [track for track in dict.fromkeys(tracks) if all(track) and track not in known]
        if unknown:
            with suppress(StoreFailed, TimeoutError):
                async with asyncio.timeout(MAX_LOOKUP_SECONDS):
                    known |= await self._library.are_loved(unknown)

    def __contains__(self, track: Names) -> bool:
        """Whether a track is loved; one that was not looked up is not."""
        return self._known.get(track, False)
