"""Pure: when to try again after a failure. Times are UNIX seconds; it is kept over a restart."""

import math
from dataclasses import dataclass
from typing import Any

from ..services.base import KEY_FAULTS, Remedy, Reply

FIRST = 30.0
CAP_UNREACHED = 300.0
"""Seconds: nothing reached the server, so trying costs it nothing."""
CAP_REACHED = 1800.0
PROBES = (3600.0, 3 * 3600.0, 6 * 3600.0, 12 * 3600.0, 24 * 3600.0)
"""Seconds between probes under a hold; the last one repeats."""


BLOCKS = (900.0, 3600.0)
"""Seconds to be quiet after the front end refused us, once and oftener."""
TELL_AFTER = 3
"""Such refusals after which the user should know."""


@dataclass(slots=True)
class Backoff:
    """What went wrong last, and when to go on. `hold` "" = none: else why only probes go out."""

    failures: int = 0
    next_attempt: float = 0.0
    last_error: str = ""
    hold: str = ""
    probes: int = 0
    blocks: int = 0
    delay: float = 0.0  # seconds: how long it was to be at first, whatever the clock does
    bad_key: bool = False  # the hold is because of the API key

    def failed(self, reply: Reply, now: float, chance: float) -> bool:
        """An attempt failed; `chance` is a random number in [0, 1). True where the user should be
        told, because waiting alone will hardly mend it."""
        if reply.remedy in (Remedy.HOLD, Remedy.STOP):
            news = reply.remedy is Remedy.STOP and self.hold != reply.message
            self._held(reply, now)
            return news
        cap = CAP_REACHED if reply.reached else CAP_UNREACHED
        delay = min(cap, FIRST * 2 ** min(self.failures, 16)) * (0.5 + chance / 2)
        if reply.remedy is Remedy.BLOCKED:
            self.blocks += 1
            delay = BLOCKS[min(self.blocks, len(BLOCKS)) - 1]
        self.failures += 1
        self.delay = max(delay, reply.wait)
        self.next_attempt = now + self.delay
        self.last_error = reply.message
        return reply.remedy is Remedy.BLOCKED and self.blocks == TELL_AFTER

    def _held(self, reply: Reply, now: float) -> None:
        daily = reply.remedy is Remedy.STOP  # waiting mends nothing, but the cause may go away
        step = PROBES[-1] if daily else PROBES[min(self.probes, len(PROBES) - 1)]
        self.probes += 1
        self.bad_key = reply.fault in KEY_FAULTS
        self.delay = max(step, reply.wait)
        self.next_attempt = now + self.delay
        self.hold = self.last_error = reply.message

    def succeeded(self) -> None:
        """All is well again."""
        self.failures = self.probes = self.blocks = 0
        self.next_attempt = self.delay = 0.0
        self.last_error = self.hold = ""
        self.bad_key = False

    def hurry(self) -> None:
        """Something changed for the better: do not wait any longer. A hold stays one, but may be
        probed at once."""
        self.next_attempt = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next attempt. A clock that was set back does not prolong it."""
        self.next_attempt = min(self.next_attempt, now + self.delay)
        return max(0.0, self.next_attempt - now)

    def dump(self) -> dict[str, Any]:
        """What a restart must know."""
        return {
            "failures": self.failures,
            "next_attempt": self.next_attempt,
            "last_error": self.last_error,
            "hold": self.hold,
            "probes": self.probes,
            "blocks": self.blocks,
            "delay": self.delay,
            "bad_key": self.bad_key,
        }

    def restore(self, state: Any) -> None:
        """Take up what `dump` gave; anything else is as if all were well."""
        try:
            self.failures = max(0, int(state["failures"]))
            self.probes = max(0, int(state["probes"]))
            self.blocks = max(0, int(state.get("blocks", 0)))
            self.next_attempt = float(state["next_attempt"])
            self.delay = min(PROBES[-1], max(0.0, float(state.get("delay", PROBES[-1]))))
            self.last_error, self.hold = str(state["last_error"]), str(state["hold"])
            self.bad_key = bool(self.hold and state.get("bad_key"))
            if not math.isfinite(self.next_attempt):
                raise ValueError
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            self.succeeded()
