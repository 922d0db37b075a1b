"""The members of our interface that are about players and the daemon as a whole.

This file must not have postponed annotations, see `wire`.
"""

from typing import Any, cast

from dbus_next.service import ServiceInterface

from ..operations.daemon import ServiceOperations
from ..operations.players import PlayerOperations
from ..signatures import Dict, Dicts, Int64, Str, UInt32, method, variants


class ServiceMembers(ServiceInterface):
    """Players, rules, pause, figures, diagnosis."""

    _players: PlayerOperations
    _service: ServiceOperations

    @method()
    async def ListPlayers(self) -> Dicts:
        """Every player on the bus, and whether it is listened to.

        player: its bus name without `org.mpris.MediaPlayer2.`
        identity, desktop_entry: what it calls itself
        status: `Playing`, `Paused` or `Stopped`; "" = it has just gone
        wanted: whether it is listened to
        rule: the rule of config.toml that says so; "" = none
        """
        return [variants(seen) for seen in await self._players.list_players()]

    @method()
    async def TestFilter(self, track: Dict) -> Str:
        """What the rules would make of a track, and after how many seconds it would count. Any of
        these may be left out:

        title, artist, album, album_artist: its tags
        url, trackid: its address and id, as MPRIS has them
        length: in seconds; any type of number
        genres: a list of texts

        words: the answer

        Errors: InvalidArgument.
        """
        plain = {name: cast("Any", value).value for name, value in track.items()}
        return await self._players.test_filter(plain)

    @method()
    async def Skip(self, player: Str) -> Str:
        """Let what plays not count.

        player: its name in `ListPlayers`, or a program's, such as `mpv`; "" = all that play
        title: what will not count; several are joined by commas

        Errors: InvalidArgument.
        """
        return await self._players.skip(player)

    @method()
    async def Pause(self, seconds: UInt32) -> None:
        """Let nothing count for a while. Plays go to the history as `disabled`.

        seconds: for how long; 0 = until `Resume`
        """
        await self._players.pause(seconds)

    @method()
    async def Resume(self) -> None:
        """End a pause."""
        await self._players.resume()

    @method()
    async def GetStats(self, since: Int64) -> Dict:
        """What was listened to, in figures: of the plays that began since a moment.

        since: UNIX seconds; 0 = ever

        plays: how many there were
        counted: how many of them counted
        heard: seconds of track time
        verdicts: each verdict, and how often it came
        days: each day (local time), how many plays counted, and the seconds heard
        artists: the first 50 by plays that counted: name, how many, and the seconds heard
        players: likewise, by program: `firefox`, however often it ran
        tracks: likewise: title, artist, how many, and the seconds heard

        Errors: InvalidArgument.
        """
        return variants(await self._service.get_stats(since))

    @method()
    async def Diagnose(self) -> Dicts:
        """Is all well? What each check found.

        check: `keys`, `login`, `server`, `queue`, `players`, `database`, `disk`, `clock`, `unit` or
            `library`
        ok: whether it is well
        message: what was found
        remedy: what to do; "" = nothing
        """
        return [variants(finding) for finding in await self._service.diagnose()]

    @method()
    async def Reload(self) -> None:
        """Read config.toml and lastfm.toml again. A file that is wrong changes nothing, and the
        error says what is wrong with it.

        Errors: InvalidArgument.
        """
        await self._service.reload()
