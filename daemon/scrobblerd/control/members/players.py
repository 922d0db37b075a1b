"""Members of our interface about players, and what the rules make of tracks."""

from ...core.events import Seen
from ...core.values import UInt32
from ..answers import CurrentEntry, TrackCheck
from ..operations.players import TRACK_TYPES
from ..signatures import dbus_property, method
from .base import Members


class PlayersMembers(Members):
    """Players."""

    @method("players")
    async def ListPlayers(self) -> list[Seen]:
        """Every player on the bus, and whether it is listened to.

        player: its bus name without `org.mpris.MediaPlayer2.`
        identity, desktop_entry: what it calls itself
        status: `Playing`, `Paused` or `Stopped`; "" = it has just gone
        wanted: whether it is listened to
        rule: the rule of config.toml that says so; "" = none
        """
        return await self.operations.players.list_players()

    @method("words", entries=TRACK_TYPES)
    async def TestFilter(self, track: dict[str, object]) -> str:
        """What the rules would make of a track, and after how many seconds it would count. Any of
        these may be left out:

        title, artist, album, album_artist: its tags
        url, trackid: its address and id, as MPRIS has them
        length: in seconds; any type of number
        genres: a list of texts

        words: the answer

        Errors: InvalidArgument.
        """
        return await self.operations.players.test_filter(track)

    @method("answer", entries=TRACK_TYPES)
    async def CheckTrack(self, track: dict[str, object]) -> TrackCheck:
        """What the rules would make of a track, for programs. It takes what `TestFilter` takes.

        counts: whether it would count
        title, artist: its tags, after the rewrites of the rules
        needed: seconds of it that it takes to count; 0 if it does not
        enabled: whether scrobbling is on at all
        reason: why it would not count, in words; "" if it would
        code, detail, rule: the same for programs, as in `Current`; "" if it would

        Errors: InvalidArgument.
        """
        return await self.operations.players.check_track(track)

    @method("title")
    async def Skip(self, player: str) -> str:
        """Let what plays not count.

        player: its name in `ListPlayers`, or a program's, such as `mpv`; "" = all that play
        title: what will not count; several are joined by commas

        Errors: InvalidArgument.
        """
        return await self.operations.players.skip(player)

    @method()
    async def Pause(self, seconds: UInt32) -> None:
        """Let nothing count for a while. Plays go to the history as `disabled`.

        seconds: for how long; 0 = until `Resume`
        """
        await self.operations.players.pause(seconds)

    @method()
    async def Resume(self) -> None:
        """End a pause."""
        await self.operations.players.resume()

    # -- properties --------------------------------------------------------------------------------

    @dbus_property
    def Current(self) -> list[CurrentEntry]:
        """What each player is at.

        player: its bus name without `org.mpris.MediaPlayer2.`
        status: `Playing`, `Paused` or `Stopped`
        artist, title, album: what it plays
        start: when that began, UNIX seconds
        length: the track's, in seconds; 0 = unknown
        needed: seconds of it that it takes to count
        heard: seconds of it that were heard up to `as_of`; while it plays, add the time since then
            multiplied by `rate`
        rate: how fast the track runs; 0 while it does not
        as_of: a moment of CLOCK_MONOTONIC, in microseconds
        verdict: as in `GetHistory`, as things stand; `listening` = not decided yet
        reason: why it does not count, in words; "" if it does, or may still
        code, detail, rule: the same for programs, as in `GetHistory`

        Signalled when track, status, rate or verdict change, not as time goes by.
        """
        return self.properties.current
