"""The properties of our interface, and what they show.

This file must not have postponed annotations, see `wire`.
"""

from dataclasses import dataclass, field
from typing import Any

from dbus_next.constants import PropertyAccess
from dbus_next.service import ServiceInterface

from .. import __version__
from .signatures import Bool, Dict, Dicts, Str, UInt32, dbus_property, variants


@dataclass(slots=True)
class Properties:
    """What the properties show; `board` keeps it up to date."""

    current: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    enabled: bool = True
    threshold: int = 50
    authenticated: bool = False
    username: str = ""
    queued: int = 0
    status: str = "Starting"
    last_import: dict[str, Any] = field(default_factory=dict[str, Any])


class PropertyMembers(ServiceInterface):
    """What can be looked at; `Enabled` and `ScrobbleThreshold` can be set."""

    _facts: Properties

    @dbus_property(access=PropertyAccess.READ)
    def Version(self) -> Str:
        """The program's version."""
        return __version__

    @dbus_property()
    def Enabled(self) -> Bool:
        """Whether plays are scrobbled; not while paused. Setting it to true ends a pause."""
        return self._facts.enabled

    @Enabled.setter
    def Enabled(self, value: Bool) -> None:
        """Never called: `control` answers Set."""

    @dbus_property()
    def ScrobbleThreshold(self) -> UInt32:
        """Per cent of a track that must be heard, 25 to 100. What is outside is moved inside;
        any integer type will do."""
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
        reason: why it does not count, in words; "" where it does, or may still
        code, detail, rule: the same for programs, as in `GetHistory`

        Signalled when track, status, rate or verdict change, not as time goes by.
        """
        return [variants(values) for values in self._facts.current]

    @dbus_property(access=PropertyAccess.READ)
    def Status(self) -> Str:
        """One line for people: what plays, who is logged in, what waits."""
        return self._facts.status

    @dbus_property(access=PropertyAccess.READ)
    def LastImport(self) -> Dict:
        """What the last `ImportLovedTracks` answered; empty before the first."""
        return variants(self._facts.last_import)
