"""Decides which row is at fault if a batch fails: the poison row. Pure.

A batch that the service refuses as a whole is halved until the poison row is alone, and that one is
rejected. If the error may just as well be the service's own, rows are bisected after some failures.
A row that fails alone then is parked: others go first, and it comes back by itself, alone.

A service that fails now and then fails for good rows as well. So a failure speaks against a row
only if the requests just before and just after it went well. What the server says of itself (5xx,
out of order) never does. A row is rejected if enough has spoken against it, for more than a day.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ..core.submission import QueueRow
from ..services.base import Fault, Remedy, Reply

FAILURES_BEFORE_BISECTION = 5
"""Failures in a row after which the rows may be at fault."""

MAX_PARKED_AT_ONCE = 12
"""Rows that fail alone, one after the other, after which it is rather the service: an album's
worth. From then on it is asked as rarely as any service that fails."""

PARK_SECONDS = 3600.0
"""Seconds for which a row is parked at first; failures beside requests that went well double it."""

FAILURES_BY_CHANCE = 2
"""Failures between two requests that went well, as good rows have them too: parked no longer."""

MAX_PARK_SECONDS = 6 * 3600.0
"""The longest that a row is parked."""

FAILURES_BEFORE_REJECTION = 8
"""So many failures that speak against a row have one cause. A good row gets there once in 400,000
times, at a service that fails every second time (which is the worst share)."""

MIN_REJECTION_SECONDS = 86400.0
"""Seconds since the first of them: no outage has lasted for so long."""

MAX_SUSPECTS = 200
"""Rows of which something is remembered."""


class Step(StrEnum):
    """What to do about a batch that failed."""

    WAIT = "wait"  # as the reply says: it is not the rows
    SPLIT = "split"  # fewer rows, at once
    REJECT = "reject"  # the one row is at fault
    PARK = "park"  # the one row may be at fault: others first
    PARK_AND_WAIT = "park and wait"  # so may the service


@dataclass(slots=True)
class Suspect:
    """A row that failed alone. `failures`: how often between two requests that went well; `against`
    of these speak against it, the first at `first` (UNIX seconds; 0 = none does)."""

    failures: int = 0
    against: int = 0
    first: float = 0.0


@dataclass(slots=True)
class BisectionState:
    """What a restart must know: `failures` in a row that a row may be the cause of; `size`: how
    many rows may go at once, 0 = as many as the service takes; what is known of rows, by id."""

    failures: int = 0
    size: int = 0
    suspects: dict[str, Suspect] = field(default_factory=dict[str, Suspect])

    def __post_init__(self) -> None:
        """Moves kept values into their bounds: a disk may return any."""
        self.failures = max(0, self.failures)
        self.size = max(0, self.size)


class Bisection:
    """Judges one batch after the other. Times are UNIX seconds."""

    def __init__(self, state: BisectionState | None = None) -> None:
        self.state = state or BisectionState()
        self._batch: set[int] = set()  # what is left of the batch that failed
        self._parked: set[int] = set()  # since something went out
        self._all_failed = False  # every row there is has failed alone since
        self._tried = 0  # rows that were tried alone after that
        self._went_well = False  # the request before
        self._is_calm = False  # nothing but suspects failed since one went well
        self._accused: tuple[str, bool] = ("", False)  # by the request before; whether it speaks

    def is_suspect(self, row: QueueRow) -> bool:
        """Whether a row failed alone before: it goes alone again. If all did, none is."""
        suspect = self.state.suspects.get(str(row.id))
        return suspect is not None and (suspect.failures > 0 or not self._all_failed)

    def choose(self, rows: Sequence[QueueRow], room: int) -> Sequence[QueueRow]:
        """Returns which of the rows that are due go next, `room` at most."""
        others = [row for row in rows if not self.is_suspect(row)]
        if not others:
            return rows[:1]
        if self._all_failed and self.state.size == 1:
            self._tried += 1  # one after the other, for one of them may be at fault
            return [others[self._tried % len(others)]]
        return others[:room]

    def needs_check(self, reply: Reply) -> bool:
        """Whether it must be known, before `decide`, if the service is well otherwise."""
        return _is_server_error(reply) and self.state.failures + 1 >= FAILURES_BEFORE_BISECTION

    def decide(self, reply: Reply, rows: Sequence[QueueRow], healthy: bool, now: float) -> Step:
        """Returns what to do about `rows`, which failed with `reply`. `healthy`: other requests of
        the service go well."""
        went_well, self._went_well = self._went_well, False
        is_known = len(rows) == 1 and self.is_suspect(rows[0]) and self._is_calm
        self._is_calm = is_known
        if not (is_known and self._accused[0] == str(rows[0].id)):  # else it waits for another
            self._accused = ("", False)
        is_sure = reply.remedy in (Remedy.DROP, Remedy.MOVE, Remedy.HALVE)
        if not (is_sure or self._may_be_a_row(reply, is_known, healthy)):
            return Step.WAIT
        if len(rows) > 1:
            self.state.size = 1 if self._all_failed else len(rows) // 2
            self._batch = self._batch or {row.id for row in rows}
            return Step.SPLIT
        if reply.remedy is Remedy.HALVE:
            return Step.WAIT
        if self._all_failed and not (is_sure or is_known):
            self.state.size = 0
            return Step.WAIT
        if is_sure or (went_well and self._is_convicted(rows[0].id, now)):
            self.left([rows[0].id])
            return Step.REJECT
        return self._park(reply, rows[0].id, went_well, is_known, now)

    def _may_be_a_row(self, reply: Reply, is_known: bool, healthy: bool) -> bool:
        """Whether an error that may be the service's own has come often enough."""
        is_server = _is_server_error(reply)
        if reply.fault is Fault.SIGNATURE:
            return True
        if not is_server and reply.remedy is not Remedy.RETRY_FEW:
            return False
        if is_known:
            return True
        self.state.failures += 1
        enough = self.state.failures >= FAILURES_BEFORE_BISECTION
        return enough and (healthy or not is_server)

    def _is_convicted(self, row_id: int, now: float) -> bool:
        suspect = self.state.suspects.get(str(row_id), Suspect())
        is_old = suspect.first > 0 and now - suspect.first >= MIN_REJECTION_SECONDS
        return is_old and suspect.against >= FAILURES_BEFORE_REJECTION - 1

    def _park(self, reply: Reply, row_id: int, went_well: bool, is_known: bool, now: float) -> Step:
        suspects = self.state.suspects
        suspect = suspects.setdefault(str(row_id), Suspect())
        if len(suspects) > MAX_SUSPECTS:
            del suspects[next(iter(suspects))]
        self._batch.discard(row_id)
        if went_well:
            speaks = _speaks_against_a_row(reply)
            suspect.first = suspect.first or (now if speaks else 0.0)
            self._accused = (str(row_id), speaks)
        if is_known:
            return Step.PARK
        self._parked.add(row_id)
        self.state.size = 1
        return Step.PARK if len(self._parked) <= MAX_PARKED_AT_ONCE else Step.PARK_AND_WAIT

    def park_seconds(self, row_id: int) -> float:
        """Returns for how long a row that failed alone is parked."""
        failures = self.state.suspects.get(str(row_id), Suspect()).failures
        doublings = min(max(0, failures - FAILURES_BY_CHANCE), 10)
        return min(MAX_PARK_SECONDS, PARK_SECONDS * 2.0**doublings)

    def went_out(self, ids: Collection[int]) -> list[int]:
        """Takes in that a batch was taken. Returns the rows that were parked since one was: they
        may go at once, for it may have been the service."""
        row_id, speaks = self._accused
        if suspect := self.state.suspects.get(row_id):
            suspect.failures += 1
            suspect.against += speaks
        again = sorted(self._parked.difference(ids))
        self._parked, self._all_failed = set(), False
        self._went_well, self._is_calm, self._accused = True, True, ("", False)
        self.state.size *= 2
        self.left(ids)
        return again

    def left(self, ids: Iterable[int]) -> None:
        """Rows are out of the queue."""
        self._batch.difference_update(ids)
        for row_id in ids:
            self.state.suspects.pop(str(row_id), None)
        if not self._batch:
            self.state.failures = self.state.size = 0

    def nothing_left(self) -> list[int]:
        """Takes in that no other row is due. Returns the rows that were parked since one went out:
        there is none to compare them with, so it may have been the service. From now on all are
        tried together, and then one of them alone."""
        self.state.size = 0
        self._batch = set()
        again, self._parked = sorted(self._parked), set()
        self._all_failed = self._all_failed or bool(again)
        return again


def _is_server_error(reply: Reply) -> bool:
    """Whether the server failed without a reason, as front ends do for some texts."""
    return reply.remedy is Remedy.RETRY and reply.fault is Fault.SERVER


def _speaks_against_a_row(reply: Reply) -> bool:
    """Whether the service did not fail by its own word: a 5xx, or out of order."""
    return reply.status < 500 and reply.fault not in (Fault.SERVER, Fault.UNAVAILABLE)
