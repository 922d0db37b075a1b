"""The words of the queue: its rows, their states and reasons, what becomes of plays, and where a
service does not show them."""

from dataclasses import dataclass, field
from enum import StrEnum

from .model import Reason, Scrobble


class RowOrigin(StrEnum):
    """Where a row comes from; the whole set. What was played goes first, a backfill last."""

    PLAYED = ""
    IMPORT = "import"  # of a file
    BACKFILL = "backfill"  # of the history


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A scrobble in the queue; `answer_code` is what the service said of it last, 0 = nothing."""

    id: int
    username: str
    scrobble: Scrobble
    retry_count: int = 0
    answer_code: int = 0
    origin: RowOrigin = RowOrigin.PLAYED


class RowState(StrEnum):
    """The states of a queue row; only `pending` is sent."""

    PENDING = "pending"
    HELD = "held"  # it is another user's; a hold (`scrobbling.backoff`) keeps rows pending
    REJECTED = "rejected"
    EXPIRED = "expired"
    SENT = "sent"


class ScrobbleStatus(StrEnum):
    """What became of a scrobble."""

    QUEUED = "queued"
    SENT = "sent"
    IGNORED = "ignored"
    HELD = "held"
    EXPIRED = "expired"
    REJECTED = "rejected"  # by the service
    DROPPED = "dropped"  # by the user


class RowReason(StrEnum):
    """Why a row is in its state; the whole set. `wording` has the sentences."""

    NONE = ""
    OTHER_USER = "other_account"  # held: somebody else was logged in when it was queued
    TOO_OLD = "too_old"  # expired
    CLOCK_UNSET = "clock_unset"  # expired: its start was stamped before the clock was set
    SET_ASIDE = "set_aside"  # pending: it may be why its batch failed, so others go first
    FAILED = "failed"  # pending: the last attempt brought no answer for it
    IGNORED = "ignored"  # by the service: rejected, or pending if it may take it later
    REFUSED = "refused"  # rejected: the service has an error for it
    REPLACING = "replacing"  # pending: the service has it with other tags, and deletes that first
    NOT_REPLACED = "not_replaced"  # sent: the service did not delete it to take other tags


@dataclass(frozen=True, slots=True)
class CorrectedNames:
    """The names under which a service keeps a play; "" = as it was sent."""

    artist: str = ""
    track: str = ""
    album: str = ""
    album_artist: str = ""

    def __bool__(self) -> bool:
        return bool(self.artist or self.track or self.album or self.album_artist)


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What the service said of one row: its new state and why, its code (0 = none) and its words;
    `wait` = seconds for which a row that stays pending is not tried; `void_tries` = how many tries,
    this one included, have surely stored nothing; `move` = to the next free second, because another
    play has its own; `corrected` = the names under which the service keeps it."""

    row: QueueRow
    state: RowState
    code: int = 0
    message: str = ""
    wait: float = 0.0
    reason: RowReason = RowReason.NONE
    void_tries: int = field(default=0, compare=False)
    move: bool = False
    corrected: CorrectedNames = CorrectedNames()

    @property
    def tries(self) -> int:
        """How many tries, this one included, may have stored the row."""
        return self.row.retry_count + 1 - self.void_tries

    @property
    def status(self) -> ScrobbleStatus:
        """What subscribers are told of it."""
        if self.state is RowState.REJECTED and self.reason is RowReason.IGNORED:
            return ScrobbleStatus.IGNORED
        if self.state is RowState.PENDING:
            return ScrobbleStatus.HELD
        return ScrobbleStatus(self.state)


@dataclass(frozen=True, slots=True)
class LoveRequest:
    """To love a track, or not to any more.

    `at`: when the user said so; `mbid`: of the recording, as the tags have it; `heard_at`: the
    start of a play of it that the service has. Times are UNIX seconds; 0 and "" stand for unknown.
    `row`: its number in the database; `tries`: how often it failed while others did not.
    """

    artist: str
    title: str
    loved: bool
    at: int = 0
    mbid: str = ""
    heard_at: int = 0
    row: int = field(default=0, compare=False)
    tries: int = field(default=0, compare=False)

    @property
    def keys(self) -> tuple[str, str]:
        """What it is compared by."""
        from .matching import key  # noqa: PLC0415 # its patterns take time, and few need them

        return key(self.artist), key(self.title)


class WaitReason(StrEnum):
    """What all rows that may be sent wait for; the whole set."""

    NONE = ""
    LOGIN = "login"  # nobody is logged in
    OFF = "off"  # the user has switched the account off
    GONE = "gone"  # the account is not in config.toml
    SAME_LOGIN = "same_login"  # another account has the same user at the same server
    KEYRING = "keyring"  # the login waits for the user's keyring
    LIMIT = "limit"  # of the day, in config.toml
    AWAY = "away"  # its server, while those of others can be reached
    SERVICE = "service"  # it refused all for now


class OutcomeKind(StrEnum):
    """What became of a play that has no row in the queue, or none any more."""

    SENT = "sent"
    DROPPED = "dropped"  # by hand
    LEFT_OUT = "left_out"  # by the rules of the account; a row was never made
    THERE = "there"  # the service had it already when it was to be sent; a row was never made


@dataclass(frozen=True, slots=True)
class PlayOutcome:
    """What became of a play at one account, after its row has left the queue. `account` is its
    name, "" = Last.fm's; `at` is UNIX seconds, None = unknown; `reason` and `detail` are those of
    the row when it left, or of the rule by which the play was left out."""

    account: str
    outcome: str
    at: float | None
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PlayRecord:
    """A play of the history. `start` is UNIX seconds; `length`, `heard` and `needed` are seconds of
    track time, `length` 0 = unknown."""

    id: int
    player: str
    artist: str
    title: str
    album: str
    start: int
    length: float
    heard: float
    needed: float
    verdict: str
    reason: Reason
    outcomes: tuple[PlayOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A row of the queue as a person looks at it. Stamps are UNIX seconds; 0 and "" stand for none.

    `answer_code` is the service's own code, `detail` what it said; `account` is the name of the
    account that it is for; `origin` is a RowOrigin; `player` is the name that people see.
    """

    id: int
    play_id: int
    state: str
    username: str
    artist: str
    track: str
    album: str
    album_artist: str
    timestamp: int
    duration: int
    created_at: int
    retry_count: int
    next_attempt: int
    sent_at: int
    answer_code: int
    reason: str
    detail: str
    account: str
    origin: str = ""
    player: str = ""


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many rows are in each state; `oldest` is the first pending start stamp, or 0."""

    queued: int = 0
    held: int = 0
    rejected: int = 0
    expired: int = 0
    oldest: int = 0


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """What sentences about rows say of a service: its name for people, and after how many seconds
    it takes a scrobble no more, None = never."""

    label: str
    oldest: float | None


@dataclass(frozen=True, slots=True)
class Limits:
    """0 = no limit."""

    requests_per_second: int = 5
    requests_per_day: int = 333
    scrobbles_per_day: int = 2800


class Correction(StrEnum):
    """What becomes of a play at an account when the user edits or deletes it; the whole set."""

    EDITED = "edited"  # it was not sent yet: it goes out with the new tags
    SENT_AGAIN = "sent_again"  # it was refused: it is sent again, with the new tags
    REPLACING = "replacing"  # the service has it: it is deleted there, and then sent anew
    DROPPED = "dropped"  # it was not sent yet, and will not be
    DELETING = "deleting"  # the service has it, and it is deleted there
    UNCHANGED = "unchanged"  # the service takes the old and the new tags for the same
    MAYBE_SENT = "maybe_sent"  # a try may have arrived, and no program can change it there
    NOT_POSSIBLE = "not_possible"  # the service has it, and no program can change it there
    TOO_OLD = "too_old"  # the service has it, and does not take it anew
    GONE = "gone"  # the account is not in config.toml


class FindingKind(StrEnum):
    """Where a service does not show what was sent to it."""

    MISSING = "missing"
    DOUBLED = "doubled"
    CHANGED = "changed"  # it is there under other names


class Cause(StrEnum):
    """Why a play is doubled, or why one stays missing; the whole set."""

    UNKNOWN = ""
    COPIED = "copied"  # by another program, which has taken over the second
    NO_LENGTH = "no_length"  # the same; without a length it is another play for the service
    OTHER_PROGRAM = "other_program"  # has seen the play, too: its second is another one
    SAME_SECOND = "same_second"  # the service tells both apart by something else than names
    SHIFTED = "shifted"  # it is some seconds off, and nothing tells who sent it
    SENT_AGAIN = "sent_again"  # missing, and queued again
    TOO_OLD = "too_old"  # missing, and the service does not take it any more
