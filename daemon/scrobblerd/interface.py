"""org.scrobblerd.Scrobbler1: its methods, signals and properties, as introspection shows them.

Annotations are D-Bus signatures at run time (see `wire`), so this file must not have postponed
ones. What is about the queue and the library stands in rooms of its own.

Methods are thin: `control` finds them by name, checks the signature and sends the answer.
"""

from dataclasses import dataclass, field
from typing import Any, cast

from dbus_next.constants import PropertyAccess
from dbus_next.introspection import Arg

from . import __version__
from .interface_library import LibraryMembers
from .interface_queue import QueueMembers
from .interface_service import ServiceMembers
from .library_operations import LibraryOperations
from .operations import Operations
from .player_operations import PlayerOperations
from .queue_operations import QueueOperations
from .service_operations import ServiceOperations
from .wire import (
    OUT_NAMES,
    Bool,
    Dict,
    Dicts,
    Int64,
    Str,
    Strs,
    TwoStrs,
    UInt32,
    dbus_property,
    method,
    signal,
    variants,
)

NAME = "org.scrobblerd.Scrobbler1"
PATH = "/org/scrobblerd/Scrobbler1"


@dataclass(slots=True)
class Facts:
    """What the properties show; `board` keeps it up to date."""

    current: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    enabled: bool = True
    threshold: int = 50
    authenticated: bool = False
    username: str = ""
    queued: int = 0
    status: str = "Starting"
    last_import: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Rooms:
    """Who answers what."""

    operations: Operations
    queue: QueueOperations
    library: LibraryOperations
    players: PlayerOperations
    service: ServiceOperations


class Scrobbler1(QueueMembers, LibraryMembers, ServiceMembers):
    """The interface. CamelCase is D-Bus's own."""

    def __init__(self, rooms: Rooms, facts: Facts) -> None:
        super().__init__(NAME)
        shown = self.introspect()
        for member in shown.methods:
            _name(member.out_args, OUT_NAMES.get(member.name, ()))
        for member in shown.signals:
            _name(member.args, OUT_NAMES.get(member.name, ()))
        self._operations, self._queue = rooms.operations, rooms.queue
        self._library, self._players = rooms.library, rooms.players
        self._service = rooms.service
        self._facts = facts

    # -- login ------------------------------------------------------------------------------

    @method()
    async def GetAuthUrl(self) -> TwoStrs:
        """Begin a login: url, token."""
        return list(await self._operations.get_auth_url())

    @method()
    async def CompleteAuth(self, token: Str) -> Str:
        """Finish it: username. token "" = the pending one."""
        return await self._operations.complete_auth(token)

    @method()
    async def CancelAuth(self) -> None:
        """Forget a login that was begun, and leave the rest as it is."""
        await self._operations.cancel_auth()

    @method()
    async def Disconnect(self) -> None:
        """Forget the session, switch off, keep the queue."""
        await self._operations.disconnect()

    # -- settings ---------------------------------------------------------------------------

    @method()
    async def GetSettings(self) -> Dict:
        """enabled, username, authenticated, configured, scrobble_threshold."""
        return variants(await self._operations.get_settings())

    @method()
    async def UpdateSettings(self, settings: Dict) -> Strs:
        """Change enabled or scrobble_threshold: the updated names."""
        plain = {name: cast("Any", value).value for name, value in settings.items()}
        return await self._operations.update_settings(plain)

    # -- playing ----------------------------------------------------------------------------

    @method()
    async def NowPlaying(self, artist: Str, track: Str, album: Str, duration: UInt32) -> TwoStrs:
        """Announce a track: status, message. duration in seconds, 0 = unknown."""
        return list(await self._operations.now_playing(artist, track, album, duration))

    @method()
    async def Scrobble(
        self,
        artist: Str,
        track: Str,
        album: Str,
        timestamp: Int64,
        duration: UInt32,
        played_time: UInt32,
    ) -> TwoStrs:
        """Scrobble a play: status, message. timestamp = start in UNIX seconds."""
        values = (artist, track, album, timestamp, duration, played_time)
        return list(await self._operations.scrobble(*values))

    # -- history ----------------------------------------------------------------------------

    @method()
    async def GetHistory(self, limit: UInt32, before_id: Int64) -> Dicts:
        """The newest plays, older than play before_id (0 = all); limit at most 200."""
        plays = await self._operations.get_history(limit, before_id)
        return [variants(play) for play in plays]

    @method()
    async def Explain(self, play_id: Int64) -> Str:
        """What became of a play, in words."""
        return await self._operations.explain(play_id)

    # -- signals ----------------------------------------------------------------------------

    @signal()
    def AuthChanged(self, state: Str, username: Str) -> TwoStrs:
        """pending, authenticated, disconnected or expired."""
        return [state, username]

    # -- properties -------------------------------------------------------------------------

    @dbus_property(access=PropertyAccess.READ)
    def Version(self) -> Str:
        """The program's version."""
        return __version__

    @dbus_property()
    def Enabled(self) -> Bool:
        """Whether plays are scrobbled. Writable."""
        return self._facts.enabled

    @Enabled.setter
    def Enabled(self, value: Bool) -> None:
        """Never called: `control` answers Set."""

    @dbus_property()
    def ScrobbleThreshold(self) -> UInt32:
        """Per cent of a track that must be heard, 25 to 100. Writable."""
        return self._facts.threshold

    @ScrobbleThreshold.setter
    def ScrobbleThreshold(self, value: UInt32) -> None:
        """Never called: `control` answers Set."""

    @dbus_property(access=PropertyAccess.READ)
    def Authenticated(self) -> Bool:
        """Whether somebody is logged in."""
        return self._facts.authenticated

    @dbus_property(access=PropertyAccess.READ)
    def Username(self) -> Str:
        """Who is, or was last, logged in."""
        return self._facts.username

    @dbus_property(access=PropertyAccess.READ)
    def Queued(self) -> UInt32:
        """How many scrobbles wait."""
        return self._facts.queued

    @dbus_property(access=PropertyAccess.READ)
    def Current(self) -> Dicts:
        """What each player is at; while Playing clients add (now - as_of) * rate to heard."""
        return [variants(values) for values in self._facts.current]

    @dbus_property(access=PropertyAccess.READ)
    def Status(self) -> Str:
        """One line for people."""
        return self._facts.status

    @dbus_property(access=PropertyAccess.READ)
    def LastImport(self) -> Dict:
        """What the last ImportLovedTracks came to; empty before the first."""
        return variants(self._facts.last_import)


def _name(arguments: list[Arg], names: tuple[str, ...]) -> None:
    for argument, name in zip(arguments, names, strict=True):
        argument.name = name
