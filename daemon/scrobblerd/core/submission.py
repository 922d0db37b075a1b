"""The words of the queue: its rows, their states, and what became of them."""

from collections.abc import Awaitable, Callable
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
    def word(self) -> str:
        """What ScrobbleStatus says of it."""
        if self.state is RowState.REJECTED:
            return "ignored" if 0 < self.code <= 5 else "rejected"
        return "held" if self.state is RowState.PENDING else str(self.state)


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many rows are in each state; `oldest` is the first pending start stamp, or 0."""

    queued: int = 0
    held: int = 0
    rejected: int = 0
    expired: int = 0
    oldest: int = 0


Tell = Callable[[str, Scrobble, str], Awaitable[None]]
"""Awaited with a word of ScrobbleStatus, the scrobble, and words for people."""
