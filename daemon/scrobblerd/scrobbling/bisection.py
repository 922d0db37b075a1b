"""Decides whether one of the rows is at fault if a batch fails, and which: the poison row. Pure.

A batch that the service refuses as a whole is halved until the poison row is alone, and that one is
rejected. If the error may just as well be the service's own, the rows are bisected only after some
failures. A row that then fails alone, while others of its batch went out, is rejected; if none did,
it is set aside, and others are tried. If one of these goes out, the row that was set aside gets one
more try; if many fail too, or there are no others, it was never the row: all are cleared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ..core.submission import QueueRow
from ..services.base import Fault, Remedy, Reply

FAILURES_BEFORE_BISECTION = 5
"""Failures in a row after which the rows may be at fault."""

MAX_SET_ASIDE = 12
"""Rows that fail alone, one after the other, after which it is none of them: an album's worth."""


class Step(StrEnum):
    """What to do about a batch that failed."""

    WAIT = "wait"  # as the reply says: it is not the rows
    SPLIT = "split"  # fewer rows, at once
    REJECT = "reject"  # the one row is at fault
    SET_ASIDE = "set aside"  # the one row may be at fault: let others be tried
    CLEAR_ALL = "clear all"  # none of those that were set aside: all wait again


@dataclass(slots=True)
class BisectionCounts:
    """What a restart must know; rows that were set aside come back by themselves.

    `failures` in a row that a row may be the cause of; `size`: how many rows may go at once, 0 = as
    many as the service takes. After each of the `clearances` since something went out it takes
    longer until rows are bisected again: the day's requests are not spent on that.
    """

    failures: int = 0
    size: int = 0
    clearances: int = 0

    def __post_init__(self) -> None:
        """Moves kept values into their bounds: a disk may return any."""
        self.failures = max(0, self.failures)
        self.size = max(0, self.size)
        self.clearances = max(0, self.clearances)


@dataclass(slots=True)
class Bisection:
    """Ids of rows: `batch` is what is left of the batch that failed, `set_aside` those that failed
    alone, `retry_once` those of them since whose failure another went out. `part_went_out`: some of
    the batch was taken."""

    counts: BisectionCounts = field(default_factory=BisectionCounts)
    part_went_out: bool = False
    batch: set[int] = field(default_factory=set[int])
    set_aside: set[int] = field(default_factory=set[int])
    retry_once: set[int] = field(default_factory=set[int])

    def needs_check(self, reply: Reply) -> bool:
        """Whether it must be known, before `decide`, if the service is well otherwise."""
        return _is_server_error(reply) and self.counts.failures + 1 >= self._patience

    def decide(self, reply: Reply, rows: Sequence[QueueRow], healthy: bool) -> Step:
        """Returns what to do about `rows`, which failed with `reply`. `healthy`: other requests of
        the service go well."""
        sure = reply.remedy in (Remedy.DROP, Remedy.HALVE)
        if not sure and not self._may_be_a_row(reply, healthy):
            return Step.WAIT
        if len(rows) > 1:
            self.counts.size = len(rows) // 2
            self.batch = self.batch or {row.id for row in rows}
            return Step.SPLIT
        if reply.remedy is Remedy.HALVE:
            return Step.WAIT
        return Step.REJECT if sure else self._alone(rows[0].id)

    def _may_be_a_row(self, reply: Reply, healthy: bool) -> bool:
        """Whether an error that may be the service's own has come often enough."""
        if reply.fault is Fault.SIGNATURE:
            return True
        server = _is_server_error(reply)
        if not server and reply.remedy is not Remedy.RETRY_FEW:
            return False
        self.counts.failures += 1
        return self.counts.failures >= self._patience and (healthy or not server)

    @property
    def _patience(self) -> int:
        return FAILURES_BEFORE_BISECTION * 2 ** min(self.counts.clearances, 4)

    def clear_all(self) -> None:
        """It was none of those set aside."""
        self.reset()
        self.counts.clearances += 1

    def _alone(self, row_id: int) -> Step:
        if row_id in self.retry_once or (self.part_went_out and row_id in self.batch):
            return Step.REJECT
        if row_id not in self.set_aside and len(self.set_aside) >= MAX_SET_ASIDE:
            return Step.CLEAR_ALL
        self.set_aside.add(row_id)
        self.counts.size = 1
        return Step.SET_ASIDE

    def rejected(self, row_id: int) -> None:
        """A row is out of the queue."""
        self._resolved([row_id])

    def went_out(self, ids: Sequence[int]) -> set[int]:
        """Takes in that a batch was taken. Returns the rows that get one more try."""
        self.counts.clearances = 0
        self.part_went_out = self.part_went_out or not self.batch.isdisjoint(ids)
        again = self.set_aside.difference(ids, self.retry_once)
        self.retry_once |= again
        self._resolved(ids)
        return again

    def _resolved(self, ids: Iterable[int]) -> None:
        for rows in (self.batch, self.set_aside, self.retry_once):
            rows.difference_update(ids)
        if not (self.batch or self.set_aside):
            self.reset()

    def nothing_left(self) -> bool:
        """Takes in that the queue is empty, but for rows set aside. Returns whether there are."""
        self.counts.size = 0
        self.batch.clear()
        return bool(self.set_aside)

    def reset(self) -> None:
        """Forgets what failed."""
        self.counts.failures, self.counts.size, self.part_went_out = 0, 0, False
        for rows in (self.batch, self.set_aside, self.retry_once):
            rows.clear()


def _is_server_error(reply: Reply) -> bool:
    """Whether the server failed without a reason, as front ends do for some texts."""
    return reply.remedy is Remedy.RETRY and reply.fault is Fault.SERVER
