"""The nouns of the program: frozen values that pass between its packages.

Nothing here knows a clock, a bus, a file or a network, and nothing here decides anything.
Lengths, positions and played times are seconds of track time (float) unless a name says otherwise.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from . import FROM_CREDENTIALS, FROM_ENVIRONMENT, FROM_PROGRAM

# -- time -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on three clocks, in seconds.

    `mono` is CLOCK_MONOTONIC (stands still in suspend), `boot` CLOCK_BOOTTIME (does not),
    `wall` UNIX time, which may be wrong.
    """

    mono: float
    boot: float
    wall: float

    def moved(self, seconds: float) -> "Moment":
        """The instant `seconds` later (earlier where negative), on all three clocks."""
        return Moment(self.mono + seconds, self.boot + seconds, self.wall + seconds)


# -- tracks and plays ----------------------------------------------------------------------------


class Status(StrEnum):
    """MPRIS PlaybackStatus."""

    PLAYING = "Playing"
    PAUSED = "Paused"
    STOPPED = "Stopped"


@dataclass(frozen=True, slots=True)
class Track:
    """What Metadata says of one track; "" and None stand for unknown. `artist` is what is sent."""

    title: str = ""
    artist: str = ""
    album: str = ""
    album_artist: str = ""
    length: float | None = None
    url: str = ""
    trackid: str = ""
    number: int | None = None
    mbid: str = ""
    album_mbid: str = field(default="", compare=False)
    artist_mbids: tuple[str, ...] = field(default=(), compare=False)
    artists: tuple[str, ...] = field(default=(), compare=False)
    composers: tuple[str, ...] = field(default=(), compare=False)
    genres: tuple[str, ...] = field(default=(), compare=False)


class Verdict(StrEnum):
    """What became of a play; the whole set."""

    LISTENING = "listening"  # not decided yet
    COUNTED = "counted"  # heard enough: goes to the queue
    NOT_HEARD = "not_heard"  # ended before enough was heard
    TOO_SHORT = "too_short"  # the track itself is shorter than Last.fm takes
    NO_TAGS = "no_tags"  # title or artist is missing
    UNCLEAR = "unclear"  # the player changed track without a word
    DISABLED = "disabled"  # scrobbling was switched off, or paused
    UNWANTED = "unwanted"  # refused by a rule of the user's, or by hand
    DUPLICATE = "duplicate"  # another player reported the same play


class PlayReason(StrEnum):
    """Why a play has its verdict; the whole set. `wording` has the sentences."""

    OPEN = "open"  # not decided yet
    HEARD = "heard"
    NOT_HEARD = "not_heard"
    TOO_SHORT = "too_short"  # detail: seconds that a track must last
    NO_ARTIST = "no_artist"
    NO_TITLE = "no_title"
    UNCLEAR = "unclear"  # the player changed track without a signal
    OFF = "off"  # scrobbling was switched off, or paused; detail: an OffDetail
    SKIPPED = "skipped"  # by hand
    ANNOUNCE_ONLY = "announce_only"  # a rule about the player
    PLAYER = "player"  # a rule about the player: it is not listened to
    DUPLICATE = "duplicate"  # detail: the player whose play counted
    SITE = "site"  # from here on rules about the track; detail: the entry that matched
    FILE_TYPE = "file_type"
    GENRE = "genre"
    ADDRESS = "address"
    ARTIST = "artist"
    TITLE = "title"
    ALBUM = "album"
    NO_ALBUM = "no_album"
    SHORTER = "shorter"  # detail: the bound in seconds
    LONGER = "longer"
    IMPORTED = "imported"  # from a file of the user's; detail: what kind of file
    BY_HAND = "by_hand"  # the user says so
    OTHER = "other"  # written by a version that did not know these; detail: its words


class OffDetail(StrEnum):
    """Why nothing counted while scrobbling was off; "" in plays of older versions."""

    PAUSED = "paused"  # for a while
    OFF = "off"  # no account is switched on


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a play has its verdict. `rule` says where the user finds the rule that decided."""

    code: PlayReason
    detail: str = ""
    rule: str = ""

    @classmethod
    def of(cls, code: object, detail: str, rule: str) -> Self:
        """Returns the reason of a code; OTHER if a disk, or another version, has an unknown one."""
        known = code in PlayReason.__members__.values()
        return cls(PlayReason(str(code)) if known else PlayReason.OTHER, detail, rule)


@dataclass(frozen=True, slots=True)
class Play:
    """One hearing of one track.

    `key` is unique and stays the same over a restart; `heard` and `needed` are seconds of track
    time; `live` says that the length is unknown or grows. `player_name`: as people see it.
    """

    key: str
    player: str
    track: Track
    start: Moment
    heard: float
    needed: float
    verdict: Verdict
    reason: Reason
    live: bool = False
    player_name: str = ""


# -- what goes out ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Details:
    """What some services take beside the usual tags; "" and () stand for unknown. `url` is where
    the music is, `player` the name of the player that people see. `heard`: for how many seconds it
    was heard in the end, 0 = unknown; `start`: when the play began, in UNIX seconds, if it goes out
    with another second, else 0."""

    artists: tuple[str, ...] = ()
    album_mbid: str = ""
    track_mbid: str = ""
    artist_mbids: tuple[str, ...] = ()
    url: str = ""
    player: str = ""
    heard: int = 0
    start: int = 0


@dataclass(frozen=True, slots=True)
class Scrobble:
    """The wire values of one scrobble, frozen when it is queued: a resend must be identical.

    `timestamp` is the start of the play in UNIX seconds, `duration` whole seconds or None.
    """

    artist: str
    track: str
    timestamp: int
    album: str = ""
    album_artist: str = ""
    track_number: int | None = None
    mbid: str = ""
    duration: int | None = None
    details: Details = Details()


@dataclass(frozen=True, slots=True)
class Session:
    """A login: the user's name and key at the service. The key never leaves the process
    but to the service, and to the session file or the user's keyring."""

    username: str
    key: str

    def __repr__(self) -> str:
        return f"Session(username={self.username!r}, key=…)"


NOBODY = Session("", "")
"""Stands for the login at a service that has none."""


def mark_of(secret: str) -> str:
    """Returns what tells a secret from others, and does not tell what it is."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """How a service is reached: its API key and its addresses.

    `key_from`: where the API key is if it is in no file of the user's, one of FROM_...; `key_fault`
    says why there is none if a file of the machine's is broken. `url_option`: what `api_url` is
    called in config.toml.

    A service that is a file has its path for an address, and the `format` of what is written to it.
    """

    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    api_url: str = ""
    auth_url: str = ""
    key_from: str = ""
    key_fault: str = ""
    url_option: str = "api_url"
    format: str = ""

    @property
    def key_mark(self) -> str:
        """What tells this API key from others, and does not tell what it is; "" = any will do."""
        if not self.configured or self.key_from == FROM_PROGRAM:
            return ""
        return mark_of(self.key)

    @property
    def key_needs_restart(self) -> bool:
        """Whether only a restart reads another API key."""
        return self.key_from in (FROM_ENVIRONMENT, FROM_CREDENTIALS)

    @property
    def configured(self) -> bool:
        """Whether there is an API key and its secret."""
        return bool(self.key and self.secret)


@dataclass(frozen=True, slots=True)
class Loved:
    """One loved track as the service lists it; `at` is UNIX seconds, 0 where unknown. If it has no
    names, they are "", and `recording` is the service's id of it."""

    artist: str
    title: str
    at: int = 0
    mbid: str = ""
    recording: str = ""


class AuthState(StrEnum):
    """The words of the AuthChanged signal."""

    PENDING = "pending"
    AUTHENTICATED = "authenticated"
    DISCONNECTED = "disconnected"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who uses the state folder, as its lock says: a process, and the address of the session bus on
    which it is, "" = none yet."""

    pid: int
    address: str = ""

    def __str__(self) -> str:
        where = f"on the session bus {self.address}" if self.address else "on no session bus yet"
        return f"process {self.pid}, {where}"

    def dump(self) -> str:
        """Returns the content of the lock."""
        return f"{self.pid} {self.address}\n"

    @classmethod
    def load(cls, content: str) -> "Holder | None":
        """Reads the content of a lock; None if it names nobody."""
        pid, _, address = content.strip().partition(" ")
        return cls(int(pid), address) if pid.isdecimal() else None
