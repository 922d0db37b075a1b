"""Pure: when a batch fails, is one of its rows at fault?

A batch that the service refuses as a whole is halved until the culprit is alone, and that one is
rejected. Where the error may just as well be the service's own, rows are suspected only after some
failures. A row that then fails alone, while others of its batch went out, is rejected; where none
did, it is set aside, and others are tried. If one of these goes out, the suspect gets one more
chance; if many fail too, or there are no others, it was never the row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ..core.submission import QueueRow
from ..services.base import Fault, Remedy, Reply

FEW = 5
"""Failures of one batch after which its rows are suspected."""

MANY = 12
"""Rows that fail alone, one after the other, after which it is none of them: an album's worth."""


class Step(StrEnum):
    """What to do about a batch that failed."""

    WAIT = "wait"  # as the reply says: it is not the rows
    SPLIT = "split"  # fewer rows, at once
    REJECT = "reject"  # the one row is at fault
    ASIDE = "aside"  # the one row may be at fault: let others be tried
    ACQUIT = "acquit"  # none of those that were set aside: all wait again


@dataclass(slots=True)
class Bisection:
    """`failures` in a row that a row may be the cause of; `size` = how many rows may go at once,
    0 = as many as the service takes. Ids of rows: `batch` is what is left of the batch that failed,
    `aside` those that failed alone, `accused` those of them since whose failure another went out.
    `proved`: some of the batch went out. After each of the `acquittals` since something went out
    it takes longer until rows are suspected again: the day's requests are not spent on that."""

    failures: int = 0
    size: int = 0
    acquittals: int = 0
    proved: bool = False
    batch: set[int] = field(default_factory=set[int])
    aside: set[int] = field(default_factory=set[int])
    accused: set[int] = field(default_factory=set[int])

    def wants_proof(self, reply: Reply) -> bool:
        """Whether rows may be suspected only if the service is well otherwise."""
        return _is_server_error(reply) and self.failures + 1 >= self._few

    def judge(self, reply: Reply, rows: Sequence[QueueRow], healthy: bool) -> Step:
        """What to do about `rows`, which failed with `reply`. `healthy`: other requests of the
        service go well."""
        sure = reply.remedy in (Remedy.DROP, Remedy.HALVE)
        if not sure and not self._suspects(reply, healthy):
            return Step.WAIT
        if len(rows) > 1:
            self.size = len(rows) // 2
            self.batch = self.batch or {row.id for row in rows}
            return Step.SPLIT
        if reply.remedy is Remedy.HALVE:
            return Step.WAIT
        return Step.REJECT if sure else self._alone(rows[0].id)

    def _suspects(self, reply: Reply, healthy: bool) -> bool:
        """Whether an error that may be the service's own has come often enough to suspect rows."""
        if reply.fault is Fault.SIGNATURE:
            return True
        server = _is_server_error(reply)
        if not server and reply.remedy is not Remedy.RETRY_FEW:
            return False
        self.failures += 1
        return self.failures >= self._few and (healthy or not server)

    @property
    def _few(self) -> int:
        return FEW * 2 ** min(self.acquittals, 4)

    def acquit(self) -> None:
        """It was none of those set aside."""
        self.clear()
        self.acquittals += 1

    def _alone(self, row_id: int) -> Step:
        if row_id in self.accused or (self.proved and row_id in self.batch):
            return Step.REJECT
        if row_id not in self.aside and len(self.aside) >= MANY:
            return Step.ACQUIT
        self.aside.add(row_id)
        self.size = 1
        return Step.ASIDE

    def rejected(self, row_id: int) -> None:
        """A row is out of the queue."""
        self._resolved([row_id])

    def went_out(self, ids: Sequence[int]) -> set[int]:
        """A batch was taken: the rows that are accused now, to be tried once more."""
        self.acquittals = 0
        self.proved = self.proved or not self.batch.isdisjoint(ids)
        accused = self.aside.difference(ids, self.accused)
        self.accused |= accused
        self._resolved(ids)
        return accused

    def _resolved(self, ids: Iterable[int]) -> None:
        for some in (self.batch, self.aside, self.accused):
            some.difference_update(ids)
        if not (self.batch or self.aside):
            self.clear()

    def nothing_left(self) -> bool:
        """The queue is empty, but for rows set aside: whether there are such."""
        self.size = 0
        self.batch.clear()
        return bool(self.aside)

    def clear(self) -> None:
        """Nobody is suspected."""
        self.failures, self.size, self.proved = 0, 0, False
        for some in (self.batch, self.aside, self.accused):
            some.clear()

    def dump(self) -> dict[str, Any]:
        """What a restart must know; rows set aside come back by themselves."""
        return {"failures": self.failures, "size": self.size, "acquittals": self.acquittals}

    def restore(self, state: Any) -> None:
        """Take up what `dump` gave; anything else is no suspicion."""
        try:
            numbers = [int(state[name]) for name in ("failures", "size", "acquittals")]
            self.failures, self.size, self.acquittals = (max(0, number) for number in numbers)
        except (KeyError, TypeError, ValueError, OverflowError):
            self.clear()


def _is_server_error(reply: Reply) -> bool:
    """An answer that failed without a word of what is wrong, as front ends do for some texts."""
    return reply.remedy is Remedy.RETRY and reply.fault is Fault.SERVER
