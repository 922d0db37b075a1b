"""What our methods answer and our properties show, if that has names, and is not known in `core`.

The annotations are the D-Bus types (see `signatures`). docs/dbus.md says what each entry means.
A damaged disk may have got values wrong, so not each is of its type before it is on the wire.
"""

from dataclasses import dataclass

from ..core.values import Int32, Int64, UInt32


@dataclass(frozen=True, slots=True)
class LoginState:
    """Who is logged in, in the answer of GetSettings."""

    username: str
    authenticated: bool
    configured: bool
    waits_for: str | None = None
    key_from: str | None = None


@dataclass(frozen=True, slots=True)
class PlayEntry:
    """A play in the history."""

    id: Int64
    player: str
    artist: str
    title: str
    album: str
    start: Int64
    length: float
    heard: float
    needed: float
    verdict: str
    reason: str
    code: str
    detail: str
    rule: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of plays. Lists hold a name (tracks: title, artist), plays that counted, seconds."""

    plays: UInt32
    counted: UInt32
    heard: float
    verdicts: list[tuple[str, UInt32]]
    days: list[tuple[str, UInt32, float]]
    artists: list[tuple[str, UInt32, float]]
    tracks: list[tuple[str, str, UInt32, float]]
    players: list[tuple[str, UInt32, float]]


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """How the queue stands; 0 and "" stand for none."""

    queued: UInt32
    held: UInt32
    rejected: UInt32
    expired: UInt32
    oldest: Int64
    expiring: UInt32
    loves: UInt32
    next_attempt: Int64
    hold_reason: str
    hold_code: str
    last_error: str
    database: str
    requests_today: UInt32
    requests_limit: UInt32
    scrobbles_today: UInt32
    scrobbles_limit: UInt32


@dataclass(frozen=True, slots=True)
class RetryResult:
    """What sending the queue at once came to."""

    submitted: UInt32
    failed: UInt32
    remaining: UInt32
    status: str


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A row of the queue; 0 and "" stand for none."""

    id: Int64
    play_id: Int64
    state: str
    account: str
    artist: str
    track: str
    album: str
    album_artist: str
    timestamp: Int64
    duration: UInt32
    created_at: Int64
    retry_count: UInt32
    next_attempt: Int64
    sent_at: Int64
    answer_code: Int32
    last_error: str
    code: str
    detail: str


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


@dataclass(frozen=True, slots=True)
class TrackCheck:
    """What the rules make of a track."""

    counts: bool
    title: str
    artist: str
    needed: float
    enabled: bool
    reason: str
    code: str
    detail: str
    rule: str


@dataclass(frozen=True, slots=True)
class UnmatchedLove:
    """A loved track that the library does not have."""

    artist: str
    title: str
    mbid: str
    loved_at: Int64


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `remedy` is "" if there is nothing to do."""

    check: str
    ok: bool
    message: str
    remedy: str = ""
