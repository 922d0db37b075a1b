"""Pure: how many requests and scrobbles a day and a second may hold, and who goes first.

A day is one of UTC. Scrobbles come first: when few requests are left, now-playing is dropped and
scrobbles wait to fill a batch, but for no longer than an even share of what is left of the day.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from ..core.submission import Limits

DAY = 86400.0
LOW = 0.2
"""The share of the day's requests that is kept for scrobbles."""


@dataclass(slots=True)
class Budget:
    """What was used of the limits. Times are UNIX seconds, but for `pace`'s."""

    limits: Limits
    day: int = 0
    requests: int = 0
    scrobbles: int = 0
    last: float = 0.0  # when the day's last request was made
    _recent: deque[float] = field(default_factory=deque[float])

    def pace(self, mono: float) -> float:
        """Take the next place within the second's limit: seconds to wait before it comes.
        `mono` is CLOCK_MONOTONIC."""
        limit = self.limits.requests_per_second
        if not limit:
            return 0.0
        at = mono
        while len(self._recent) > limit:  # it was higher
            self._recent.popleft()
        if len(self._recent) == limit:
            at = max(mono, self._recent.popleft() + 1.0)
        self._recent.append(at)
        return at - mono

    def spend(self, now: float, scrobbles: int = 0) -> None:
        """One request was made, with so many scrobbles in it."""
        self._roll(now)
        self.requests += 1
        self.scrobbles += scrobbles
        self.last = now

    def may_announce(self, now: float) -> bool:
        """Whether a now-playing request still fits beside the rest of the day's scrobbles."""
        return not self._is_low(now)

    def room(self, now: float, batch: int) -> int:
        """How many scrobbles may go in one request, at most `batch`."""
        self._roll(now)
        limit = self.limits.scrobbles_per_day
        return min(batch, max(0, limit - self.scrobbles)) if limit else batch

    def wait(self, now: float, pending: int, batch: int) -> float:
        """Seconds until `pending` scrobbles may be sent; 0 = at once."""
        tomorrow = DAY - now % DAY
        left = self._left(now)
        if left == 0 or self.room(now, batch) == 0:
            return tomorrow
        if left is None or not self._is_low(now) or pending >= batch:
            return 0.0
        return min(tomorrow, max(0.0, self.last + tomorrow / left - now))

    def closed(self, now: float) -> float:
        """Seconds until any request may be made; 0 = at once."""
        return DAY - now % DAY if self._left(now) == 0 else 0.0

    def why_waiting(self, now: float) -> str:
        """Which of the day's limits is reached, "" where none is."""
        if self._left(now) == 0:
            return f"the day's limit of {self.limits.requests_per_day} requests is reached"
        if self.room(now, 1) == 0:
            return f"the day's limit of {self.limits.scrobbles_per_day} scrobbles is reached"
        return ""

    def why_so_slow(self, now: float, pending: int, batch: int) -> str:
        """Likewise, or that `pending` scrobbles wait for others, "" where they may go."""
        few = "few of the day's requests are left, so scrobbles wait to fill one"
        return self.why_waiting(now) or (few if self.wait(now, pending, batch) else "")

    def dump(self) -> dict[str, Any]:
        """What a restart must know."""
        return {
            "day": self.day,
            "requests": self.requests,
            "scrobbles": self.scrobbles,
            "last": self.last,
        }

    def restore(self, state: Any) -> None:
        """Take up what `dump` gave; anything else is as a new day."""
        try:
            self.day, self.requests = int(state["day"]), int(state["requests"])
            self.scrobbles, self.last = int(state["scrobbles"]), float(state["last"])
            if not math.isfinite(self.last):
                raise ValueError
        except (KeyError, TypeError, ValueError, OverflowError):
            self.day, self.requests, self.scrobbles, self.last = 0, 0, 0, 0.0

    def today(self, now: float) -> tuple[int, int]:
        """Requests and scrobbles of this day."""
        self._roll(now)
        return self.requests, self.scrobbles

    def _left(self, now: float) -> int | None:
        self._roll(now)
        limit = self.limits.requests_per_day
        return max(0, limit - self.requests) if limit else None

    def _is_low(self, now: float) -> bool:
        left = self._left(now)
        return left is not None and left <= self.limits.requests_per_day * LOW

    def _roll(self, now: float) -> None:
        day = int(now // DAY)
        if day > self.day or day < self.day - 1:  # a clock set back an hour is no new day
            self.day, self.requests, self.scrobbles = day, 0, 0
