"""Pure: when a batch fails, is one of its rows at fault?

A batch that the service refuses as a whole is halved until the culprit is alone, and that one is
put aside. Where the error may just as well be the service's own, rows are suspected only after
some failures; and if the next row fails alone too, it was never the first one's fault.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .rows import QueueRow
from .services import Remedy, Reply

FEW = 5
"""Failures of one batch after which its rows are suspected."""

BAD_SIGNATURE = 13
"""Error code: our secret is wrong, or one row's text was signed otherwise than it was sent."""

AT_FAULT = (Remedy.DROP, Remedy.HALVE, Remedy.RETRY_FEW)
SUCCESSES = 2
"""Batches in a row that go out before they may grow to their full size again."""


class Step(StrEnum):
    """What to do about a batch that failed."""

    WAIT = "wait"  # as the reply says: it is not the rows
    SPLIT = "split"  # fewer rows, at once
    PARK = "park"  # the one row is at fault
    ACQUIT = "acquit"  # it was not the row that was put aside: that one waits again


@dataclass(slots=True)
class Suspicion:
    """`failures` in a row that a row may be the cause of; `size` = how many rows may go at once,
    0 = as many as the service takes; `parked` = the row put aside since which none has gone out."""

    failures: int = 0
    size: int = 0
    parked: int = 0
    successes: int = 0

    def wants_proof(self, reply: Reply) -> bool:
        """Whether rows may be suspected only if the service is well otherwise."""
        return _is_server_error(reply) and self.failures + 1 >= FEW

    def judge(self, reply: Reply, rows: Sequence[QueueRow], healthy: bool) -> Step:
        """What to do about `rows`, which failed with `reply`. `healthy`: other requests of the
        service go well."""
        self.successes = 0
        sure = reply.remedy in (Remedy.DROP, Remedy.HALVE)
        if not sure and not self._suspects(reply, healthy):
            return Step.WAIT
        if len(rows) > 1:
            self.size = len(rows) // 2
            return Step.SPLIT
        if reply.remedy is Remedy.HALVE:
            return Step.WAIT
        if sure:
            self.size = 0
            return Step.PARK
        if self.parked:
            return Step.ACQUIT
        self.parked, self.size = rows[0].id, 1
        return Step.PARK

    def _suspects(self, reply: Reply, healthy: bool) -> bool:
        """Whether an error that may be the service's own has come often enough to suspect rows."""
        if reply.code == BAD_SIGNATURE:
            return True
        server = _is_server_error(reply)
        if not server and reply.remedy is not Remedy.RETRY_FEW:
            return False
        self.failures += 1
        return self.failures >= FEW and (healthy or not server)

    def went_out(self) -> None:
        """A batch was taken."""
        self.successes += 1
        if self.parked or self.successes >= SUCCESSES:
            self.clear()

    def clear(self) -> None:
        """Nobody is suspected."""
        self.failures = self.size = self.parked = self.successes = 0

    def dump(self) -> dict[str, Any]:
        """What a restart must know."""
        return {"failures": self.failures, "size": self.size, "parked": self.parked}

    def restore(self, state: Any) -> None:
        """Take up what `dump` gave; anything else is no suspicion."""
        try:
            numbers = [int(state[name]) for name in ("failures", "size", "parked")]
            self.failures, self.size, self.parked = (max(0, number) for number in numbers)
        except (KeyError, TypeError, ValueError, OverflowError):
            self.clear()


def _is_server_error(reply: Reply) -> bool:
    """An answer that failed without a word of what is wrong, as front ends do for some texts."""
    return reply.remedy is Remedy.RETRY and reply.status >= 500 and reply.code in (0, 8)
