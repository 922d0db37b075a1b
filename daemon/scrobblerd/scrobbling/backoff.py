"""Decides when to try again after a failure. Pure. Times are UNIX seconds."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..services.base import KEY_FAULTS, Fault, Remedy, Reply

FIRST_WAIT_SECONDS = 30.0
"""Wait after a first failure; each one more doubles it."""

MAX_UNREACHED_WAIT_SECONDS = 300.0
"""Longest wait if nothing reached the server: trying costs it nothing."""

MAX_AWAY_WAIT_SECONDS = 3600.0
"""Longest wait for a server that is away though others can be reached, such as one at home."""

MAX_REACHED_WAIT_SECONDS = 1800.0
"""Longest wait if the server has, or may have, seen the request."""

PROBE_WAITS_SECONDS = (3600.0, 3 * 3600.0, 6 * 3600.0, 12 * 3600.0, 24 * 3600.0)
"""Waits between probes under a hold; the last one repeats."""

DOUBT_WAITS_SECONDS = (300.0, 900.0, *PROBE_WAITS_SECONDS)
"""Waits between probes if the service says that the program or its key is at fault, though it has
worked before: it may be a bad hour of the service's."""

BLOCK_WAITS_SECONDS = (900.0, 3600.0)
"""How long to be quiet after the front end refused us, once and more often."""

BLOCKS_BEFORE_ALERT = 3
"""Such refusals after which the user should know."""


@dataclass(slots=True)
class Contact:
    """When a server answered last, and since when it does not, in UNIX seconds; 0 = it never did,
    and it does. Kept over a restart."""

    heard_at: float = 0.0
    lost_at: float = 0.0

    def tried(self, reply: Reply, now: float) -> None:
        """Takes in whether anything came back of a request."""
        if reply.status:
            self.heard_at, self.lost_at = now, 0.0
        elif reply.fault is Fault.UNREACHED and not 0.0 < self.lost_at <= now:
            self.lost_at = now

    def is_away(self, contacts: Iterable["Contact"]) -> bool:
        """Decides whether the server is away and not the network: one of the others answered since.
        `contacts` are those of all accounts."""
        return self.lost_at > 0.0 and any(
            not other.lost_at and other.heard_at >= self.lost_at for other in contacts
        )


@dataclass(slots=True)
class Backoff:
    """What went wrong last, and when to go on; kept over a restart.

    `hold` says for people why only probes go out, "" = no hold; `hold_fault` and `hold_code` say it
    for the program. `delay`: seconds that the wait was to last at first, whatever the clock does.
    `worked`: whether anything has ever succeeded.
    """

    failures: int = 0
    next_attempt: float = 0.0
    last_error: str = ""
    hold: str = ""
    hold_fault: Fault = Fault.NONE
    hold_code: int = 0
    probes: int = 0
    blocks: int = 0
    delay: float = 0.0
    worked: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        """Moves kept values into their bounds: a disk may return any."""
        self.failures = max(0, self.failures)
        self.probes = max(0, self.probes)
        self.blocks = max(0, self.blocks)
        self.delay = min(PROBE_WAITS_SECONDS[-1], max(0.0, self.delay))

    @property
    def key_refused(self) -> bool:
        """Whether the hold is because of the API key."""
        return self.hold_fault in KEY_FAULTS

    def failed(self, reply: Reply, now: float, chance: float, *, is_away: bool = False) -> bool:
        """Takes in that an attempt failed; `chance` is a random number in [0, 1). `is_away`: the
        server is, while others can be reached.

        Returns whether the user should be told, because waiting alone will hardly mend it.
        """
        if reply.remedy in (Remedy.HOLD, Remedy.STOP):
            return self._held(reply, now)
        longest = MAX_REACHED_WAIT_SECONDS if reply.reached else MAX_UNREACHED_WAIT_SECONDS
        if is_away:
            longest, chance = MAX_AWAY_WAIT_SECONDS, 1.0  # nobody else will knock with us
        delay = min(longest, FIRST_WAIT_SECONDS * 2 ** min(self.failures, 16))
        delay *= 0.5 + chance / 2
        if reply.remedy is Remedy.BLOCKED:
            self.blocks += 1
            delay = BLOCK_WAITS_SECONDS[min(self.blocks, len(BLOCK_WAITS_SECONDS)) - 1]
        self.failures += 1
        self.delay = max(delay, reply.wait)
        self.next_attempt = now + self.delay
        self.last_error = reply.message
        return reply.remedy is Remedy.BLOCKED and self.blocks == BLOCKS_BEFORE_ALERT

    def _held(self, reply: Reply, now: float) -> bool:
        stopped = reply.remedy is Remedy.STOP  # waiting mends nothing, but the cause may go away
        same = self.hold and (self.hold_fault, self.hold_code) == (reply.fault, reply.code)
        waits = PROBE_WAITS_SECONDS
        if stopped:
            waits = DOUBT_WAITS_SECONDS if self.worked else PROBE_WAITS_SECONDS[-1:]
            self.probes = self.probes if same else 0
        step = waits[min(self.probes, len(waits) - 1)]
        self.probes += 1
        self.hold_fault, self.hold_code = reply.fault, reply.code
        self.delay = max(step, reply.wait)
        self.next_attempt = now + self.delay
        self.hold = self.last_error = reply.message
        return stopped and (self.probes == 2 if self.worked else not same)

    def succeeded(self) -> None:
        """All is well again."""
        self.failures = self.probes = self.blocks = self.hold_code = 0
        self.next_attempt = self.delay = 0.0
        self.last_error = self.hold = ""
        self.hold_fault = Fault.NONE
        self.worked = True

    def retry_now(self) -> None:
        """Something changed for the better: do not wait any longer. A hold stays one, but may be
        probed at once."""
        self.next_attempt = 0.0

    def wait(self, now: float) -> float:
        """Returns seconds until the next attempt. A clock that was set back does not prolong it."""
        self.next_attempt = min(self.next_attempt, now + self.delay)
        return max(0.0, self.next_attempt - now)
