"""The properties of our interface: their values, types and meanings."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

from dbus_next.signature import Variant

from .. import __version__
from ..config.runtime_settings import CHANGEABLE
from ..core.publisher import ImportResult
from ..core.values import Int64, UInt32
from ..dbus.variants import variant
from .signatures import Property, entries_of, fitted, signature_of


@dataclass(frozen=True, slots=True)
class CurrentEntry:
    """What a player is at; `as_of` is CLOCK_MONOTONIC in microseconds."""

    player: str
    status: str
    artist: str
    title: str
    album: str
    start: Int64
    length: float
    needed: float
    heard: float
    rate: float
    as_of: Int64
    verdict: str
    reason: str
    code: str
    detail: str
    rule: str
    loved: bool


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account, but for what changes while it works."""

    account: str
    service: str
    label: str
    url: str
    username: str
    login: str
    state: str
    can: list[str]


@dataclass(slots=True)
class Properties:
    """The values of the properties, which are named like the fields; annotations are their D-Bus
    types, `MEANINGS` is what the reference says. `settings` has those of the settings, by name.
    """

    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    authenticated: bool = False
    username: str = ""
    accounts: list[AccountFacts] = field(default_factory=list[AccountFacts])
    queued: UInt32 = 0
    current: list[CurrentEntry] = field(default_factory=list[CurrentEntry])
    private: bool = False
    last_import: ImportResult | None = None
    status: str = "Starting"
    version: str = __version__

    def by_name(self) -> dict[str, Any]:
        """Returns the values by the names of the properties."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        settings = values.pop("settings")
        values |= {name: settings.get(name) for name in CHANGEABLE}
        return {property_name(name): value for name, value in values.items()}


MEANINGS: Mapping[str, str] = {
    "authenticated": "Whether somebody is logged in.",
    "username": "Who is, or was last, logged in.",
    "accounts": """All accounts that are configured, that of Last.fm first.

        account: its name, for the methods
        service: the kind of its service, such as `listenbrainz`
        label: what people call the service
        url: where its server is; of a `file`, its path
        username: who is, or was last, logged in
        login: how a user logs in, as in `ListAccounts`
        state: as in `ListAccounts`
        can: what the service can do, as in `ListAccounts`

        Signalled when one of these changes, not as plays come and go: for that there is
        `AccountStatus`.
        """,
    "queued": "How many scrobbles wait.",
    "current": """What each player is at.

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
        loved: whether the track is loved at any account, as far as the library knows: at once if
            it was loved here, at the next import if it was loved elsewhere

        Signalled when track, status, rate, verdict or love change, not as time goes by. Empty in
        private mode.
        """,
    "private": "Whether private mode is on: nothing of what is playing is recorded, or shown.",
    "last_import": "What the last `ImportLovedTracks` answered; empty before the first.",
    "status": "One line for people: what is playing, who is logged in, what waits.",
    "version": "The program's version.",
}


def property_name(name: str) -> str:
    """Returns what a property is called on the bus: scrobble_threshold is ScrobbleThreshold."""
    return "".join(word.capitalize() for word in name.split("_"))


def _members() -> dict[str, Property]:
    hints = get_type_hints(Properties, include_extras=True)
    members = {
        name: Property(
            meaning=inspect.cleandoc(meaning),
            gives={property_name(name): signature_of(hints[name])},
            entries=entries_of(hints[name]),
        )
        for name, meaning in MEANINGS.items()
    }
    for row in CHANGEABLE.values():
        value = {property_name(row.name): row.signature}
        members[row.name] = Property(row.meaning, takes=value, gives=value)
    return {property_name(name): member for name, member in members.items()}


PROPERTY_MEMBERS: Mapping[str, Property] = _members()


def shown(name: str, value: Any) -> Variant:
    """Returns the value of a property as D-Bus carries it."""
    signature = PROPERTY_MEMBERS[name].gives[name]
    return variant(signature, fitted(signature, value))
