"""What players say, and what the tracker answers: frozen values, in the order of their way.

Lengths, positions and played times are seconds of track time (float) unless a name says otherwise.
"""

from dataclasses import dataclass

from .model import Moment, Play, Reason, Status, Track


@dataclass(frozen=True, slots=True)
class Identified:
    """A player's owner on the bus, its process (0 = unknown), and what it calls itself."""

    player: str
    at: Moment
    owner: str
    process: int = 0
    identity: str = ""
    desktop_entry: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """A PropertiesChanged signal: what it named, None for the rest. Equal values are news too."""

    player: str
    at: Moment
    status: Status | None = None
    track: Track | None = None
    rate: float | None = None
    loop: str | None = None
    volume: float | None = None


@dataclass(frozen=True, slots=True)
class Seeked:
    """A Seeked signal. Its number is not to be trusted (cmus, Elisa), so it is not here."""

    player: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The answer to a reading of the player's properties, stamped at the reply."""

    player: str
    at: Moment
    status: Status | None
    track: Track | None
    rate: float | None = None
    loop: str | None = None
    position: float | None = None
    volume: float | None = None


@dataclass(frozen=True, slots=True)
class ReadFailed:
    """A reading brought nothing: an error, or no answer in time."""

    player: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Vanished:
    """The player's name has no owner any more."""

    player: str
    at: Moment


Event = Identified | Changed | Seeked | Snapshot | ReadFailed | Vanished


@dataclass(frozen=True, slots=True)
class NowPlaying:
    """Announce this play."""

    play: Play


@dataclass(frozen=True, slots=True)
class Due:
    """Enough was heard: this play counts. Said once a play."""

    play: Play


@dataclass(frozen=True, slots=True)
class Ended:
    """The play is over. What is said last of a `key` counts."""

    play: Play


@dataclass(frozen=True, slots=True)
class Read:
    """Ask the player for all its properties; `why` is for the log, at its level debug."""

    player: str
    why: str


@dataclass(frozen=True, slots=True)
class Journal:
    """The tracker's state has changed: a restart must know."""


Effect = NowPlaying | Due | Ended | Read | Journal


@dataclass(frozen=True, slots=True)
class Seen:
    """A player that is on the bus: what it calls itself, whether it is listened to, and the rule
    that says so ("" = none)."""

    player: str
    identity: str
    desktop_entry: str
    status: str
    wanted: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Current:
    """What one player is at now; `heard` holds at `as_of` (CLOCK_MONOTONIC seconds) and grows by
    `rate` a second."""

    player: str
    status: str
    artist: str
    title: str
    album: str
    start: int
    length: float
    needed: float
    heard: float
    rate: float
    as_of: float
    verdict: str
    reason: Reason
    mbid: str = ""
