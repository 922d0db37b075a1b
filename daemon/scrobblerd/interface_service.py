"""The members of our interface that are about players and the daemon as a whole.

This file must not have postponed annotations, see `wire`.
"""

from typing import Any, cast

from dbus_next.service import ServiceInterface

from .player_operations import PlayerOperations
from .service_operations import ServiceOperations
from .wire import Dict, Dicts, Int64, Str, UInt32, method, variants


class ServiceMembers(ServiceInterface):
    """Players, rules, pause, figures, diagnosis."""

    _players: PlayerOperations
    _service: ServiceOperations

    @method()
    async def ListPlayers(self) -> Dicts:
        """Every player on the bus: whether it is listened to, and by which rule."""
        return [variants(seen) for seen in await self._players.list_players()]

    @method()
    async def TestFilter(self, track: Dict) -> Str:
        """What the rules make of a track: title, artist, album, url, length, genres and so on."""
        plain = {name: cast("Any", value).value for name, value in track.items()}
        return await self._players.test_filter(plain)

    @method()
    async def Skip(self, player: Str) -> Str:
        """Let what plays ("" = on all players) not count: its title."""
        return await self._players.skip(player)

    @method()
    async def Pause(self, seconds: UInt32) -> None:
        """Let nothing count for so long; 0 = until Resume."""
        await self._players.pause(seconds)

    @method()
    async def Resume(self) -> None:
        """End a pause."""
        await self._players.resume()

    @method()
    async def GetStats(self, since: Int64) -> Dict:
        """Figures of the plays since a moment, UNIX seconds."""
        return variants(await self._service.get_stats(since))

    @method()
    async def Diagnose(self) -> Dicts:
        """Is all well? check, ok, message, remedy."""
        return [variants(finding) for finding in await self._service.diagnose()]

    @method()
    async def Reload(self) -> None:
        """Read config.toml again."""
        await self._service.reload()
