"""org.scrobblerd.Scrobbler1: its methods, signals and properties, as introspection shows them.

Annotations are D-Bus signatures at run time (see `wire`), so this file must not have postponed
ones. The properties, and what is about the queue and the library, stand in rooms of their own.

Methods are thin: `control` finds them by name, checks the signature and sends the answer.

Docstrings are what docs/dbus.md is made of (`python -m tools.docs`). After the first paragraph,
lines of the form "name, name: meaning" describe arguments, or entries of a dictionary, whose types
`wire` knows; a last line names the errors. Words of the wire stand in backticks.
"""

from dataclasses import dataclass
from typing import Any, cast

from dbus_next.introspection import Arg

from ..dbus.names import SCROBBLER
from .members.daemon import ServiceMembers
from .members.library import LibraryMembers
from .members.queue import QueueMembers
from .operations.daemon import ServiceOperations
from .operations.library import LibraryOperations
from .operations.players import PlayerOperations
from .operations.queue import QueueOperations
from .operations.submit import Operations
from .properties import Properties, PropertyMembers
from .signatures import (
    OUT_NAMES,
    Dict,
    Dicts,
    Int64,
    Str,
    Strs,
    TwoStrs,
    UInt32,
    method,
    signal,
    variants,
)


@dataclass(frozen=True, slots=True)
class Rooms:
    """Who answers what."""

    operations: Operations
    queue: QueueOperations
    library: LibraryOperations
    players: PlayerOperations
    service: ServiceOperations


class Scrobbler1(PropertyMembers, QueueMembers, LibraryMembers, ServiceMembers):
    """The interface. CamelCase is D-Bus's own."""

    def __init__(self, rooms: Rooms, facts: Properties) -> None:
        super().__init__(SCROBBLER)
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
        """Begin a login: open `url` in a browser, allow access there, then call `CompleteAuth`.

        url: the page to open
        token: names this login; it is good for 60 minutes, also over a restart

        Errors: NotConfigured, Network, Service.
        """
        return list(await self._operations.get_auth_url())

    @method()
    async def CompleteAuth(self, token: Str) -> Str:
        """Finish a login, once access was allowed. Switches scrobbling on.

        token: what `GetAuthUrl` gave; "" = what it gave last
        username: who is logged in now

        Errors: NotConfigured, InvalidArgument, AuthPending, NotAuthenticated, Busy, Network,
            Service.
        """
        return await self._operations.complete_auth(token)

    @method()
    async def CancelAuth(self) -> None:
        """Forget a login that was begun, and leave the rest as it is."""
        await self._operations.cancel_auth()

    @method()
    async def Disconnect(self) -> None:
        """Forget the login and switch scrobbling off. The queue is kept."""
        await self._operations.disconnect()

    # -- settings ---------------------------------------------------------------------------

    @method()
    async def GetSettings(self) -> Dict:
        """What is set, and who is logged in. While a login waits for the user's keyring, there is
        `waits_for` too: why, and what to do. Where the API key was handed over at the start, and a
        reload reads no other, there is `key_from`: `environment` or `credentials`.

        enabled: whether plays are scrobbled
        username: who is, or was last, logged in
        authenticated: whether somebody is logged in
        configured: whether there is an API key
        scrobble_threshold: per cent of a track that must be heard
        paused_until: when a pause ends, UNIX seconds; 0 = there is none, -1 = `Resume` ends it
        """
        return variants(await self._operations.get_settings())

    @method()
    async def UpdateSettings(self, settings: Dict) -> Strs:
        """Change what is given, all of it or nothing. A caller that can't send a dictionary, such
        as `dbus-send`, sets the properties instead.

        enabled: whether plays are scrobbled; true also ends a pause
        scrobble_threshold: 25 to 100 per cent, what is outside is moved inside; any integer type

        updated: the names of what was given

        Errors: InvalidArgument.
        """
        plain = {name: cast("Any", value).value for name, value in settings.items()}
        return await self._operations.update_settings(plain)

    # -- playing ----------------------------------------------------------------------------

    @method()
    async def NowPlaying(self, artist: Str, track: Str, album: Str, duration: UInt32) -> TwoStrs:
        """Announce what another program plays.

        artist, track, album: its tags; `album` may be ""
        duration: its length in seconds; 0 = unknown

        status: `success`, `disabled`, `not_authenticated` or `error`
        message: what is wrong, in words; "" where nothing is

        Errors: InvalidArgument.
        """
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
        values = (artist, track, album, timestamp, duration, played_time)
        return list(await self._operations.scrobble(*values))

    # -- history ----------------------------------------------------------------------------

    @method()
    async def GetHistory(self, limit: UInt32, before_id: Int64) -> Dicts:
        """The newest plays, and what became of each.

        limit: how many, 200 at most
        before_id: only older ones than the play of this `id`; 0 = from the newest on

        id: names the play, for `Explain`
        player: the player's bus name without `org.mpris.MediaPlayer2.`
        artist, title, album: its tags
        start: when it began, UNIX seconds
        length: the track's, in seconds; 0 = unknown
        heard, needed: seconds of the track that were heard, and that it takes to count
        verdict: `counted`, `not_heard`, `too_short`, `no_tags`, `unwanted` (a rule, or by hand),
            `duplicate` (another player reported it), `unclear` (the player changed track without a
            word) or `disabled` (off, or paused)
        reason: the verdict in words

        Errors: InvalidArgument.
        """
        plays = await self._operations.get_history(limit, before_id)
        return [variants(play) for play in plays]

    @method()
    async def Explain(self, play_id: Int64) -> Str:
        """What became of a play, in a sentence or two: from what was heard to Last.fm's answer.

        play_id: the `id` in `GetHistory`
        words: such as "Fern by Mira Holt, mpv, 2026-09-21 14:13:20: counted: heard 121 s of 241 s,
            needed 120 s. Sent to quiet_otter 2026-09-21 14:15:22."

        Errors: InvalidArgument.
        """
        return await self._operations.explain(play_id)

    # -- signals ----------------------------------------------------------------------------

    @signal()
    def AuthChanged(self, state: Str, username: Str) -> TwoStrs:
        """The login has changed.

        state: `pending`, `authenticated`, `disconnected` or `expired`
        username: whose login it is, or was
        """
        return [state, username]


def _name(arguments: list[Arg], names: tuple[str, ...]) -> None:
    for argument, name in zip(arguments, names, strict=True):
        argument.name = name
