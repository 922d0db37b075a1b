"""The words of the queue: its rows, their states, and what became of them."""

from dataclasses import dataclass
from enum import StrEnum

from .model import Scrobble


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A scrobble in the queue; `answer_code` is what the service said of it last, 0 = nothing."""

    id: int
    account: str
    scrobble: Scrobble
    retry_count: int = 0
    answer_code: int = 0


class RowState(StrEnum):
    """The states of a queue row; only `pending` is sent."""

    PENDING = "pending"
    HELD = "held"
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


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What the service said of one row: its new state, its code (0 = none) and words for people;
    `wait` = seconds for which a row that stays pending is not tried."""

    row: QueueRow
    state: RowState
    code: int = 0
    message: str = ""
    wait: float = 0.0

    @property
    def status(self) -> ScrobbleStatus:
        """What subscribers are told of it."""
        if self.state is RowState.REJECTED and 0 < self.code <= 5:
            return ScrobbleStatus.IGNORED
        if self.state is RowState.PENDING:
            return ScrobbleStatus.HELD
        return ScrobbleStatus(self.state)


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many rows are in each state; `oldest` is the first pending start stamp, or 0."""

    queued: int = 0
    held: int = 0
    rejected: int = 0
    expired: int = 0
    oldest: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """0 = no limit."""

    requests_per_second: int = 5
    requests_per_day: int = 333
    scrobbles_per_day: int = 2800
