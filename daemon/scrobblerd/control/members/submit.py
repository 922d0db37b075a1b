"""Members of our interface about what other programs play."""

from ...core.values import Int64, UInt32
from ..signatures import method
from .base import Members


class SubmitMembers(Members):
    """What other programs play."""

    @method("status", "message")
    async def NowPlaying(
        self, artist: str, track: str, album: str, duration: UInt32
    ) -> tuple[str, str]:
        """Announce what another program plays.

        artist, track, album: its tags; `album` may be ""
        duration: its length in seconds; 0 = unknown

        status: `success`, `disabled`, `not_authenticated` or `error`
        message: what is wrong, in words; "" if nothing is

        Errors: InvalidArgument.
        """
        return await self.operations.submit.now_playing(artist, track, album, duration)

    @method("status", "message")
    async def Scrobble(
        self,
        artist: str,
        track: str,
        album: str,
        timestamp: Int64,
        duration: UInt32,
        played_time: UInt32,
    ) -> tuple[str, str]:
        """Scrobble what another program played. Waits 10 seconds at most for Last.fm; after that
        the play is `queued`.

        artist, track, album: its tags; `album` may be ""
        timestamp: when it began, UNIX seconds; at most 13.5 days ago
        duration: its length in seconds; 0 = unknown
        played_time: how much of it was heard, in seconds

        status: `success`, `queued`, `rejected`, `threshold_not_met` or `disabled`
        message: why, in words; "" at `success`

        Errors: InvalidArgument.
        """
        return await self.operations.submit.scrobble(
            artist, track, album, timestamp, duration, played_time
        )
