"""Decides how many requests and scrobbles a day may hold, and who goes first. Pure.

A day is one of UTC. Scrobbles come first: when few requests are left, now-playing is dropped and
scrobbles wait to fill a batch, but for no longer than an even share of what is left of the day.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ..core.submission import Limits
from ..core.text import count

DAY_SECONDS = 86400.0

RESERVED_SHARE = 0.2
"""The share of the day's requests that is kept for scrobbles."""


@dataclass(slots=True)
class DayUsage:
    """What was used of a day; kept over a restart. `day` is counted from 1970, `last` is when the
    day's last request was made, and `last_sent` when the service took a scrobble last, on whatever
    day; in UNIX seconds, 0 = never."""

    day: int = 0
    requests: int = 0
    scrobbles: int = 0
    last: float = 0.0
    last_sent: float = 0.0


class Budget:
    """The limits that are in force, and what was used of them. Times are UNIX seconds."""

    def __init__(self, limits: Callable[[], Limits], usage: DayUsage | None = None) -> None:
        self.usage = usage or DayUsage()
        self._limits = limits

    @property
    def limits(self) -> Limits:
        """The limits that are in force."""
        return self._limits()

    def spend(self, now: float, scrobbles: int = 0) -> None:
        """Takes in that one request was made, with so many scrobbles in it."""
        self._roll(now)
        self.usage.requests += 1
        self.usage.scrobbles += scrobbles
        self.usage.last = now
        if scrobbles:
            self.usage.last_sent = now

    def may_announce(self, now: float) -> bool:
        """Whether a now-playing request still fits beside the rest of the day's scrobbles."""
        return not self._is_low(now)

    def room(self, now: float, batch: int) -> int:
        """Returns how many scrobbles may go in one request, at most `batch`."""
        self._roll(now)
        limit = self.limits.scrobbles_per_day
        return min(batch, max(0, limit - self.usage.scrobbles)) if limit else batch

    def wait(self, now: float, pending: int, batch: int) -> float:
        """Returns seconds until `pending` scrobbles may be sent; 0 = at once."""
        tomorrow = DAY_SECONDS - now % DAY_SECONDS
        left = self._left(now)
        if left == 0 or self.room(now, batch) == 0:
            return tomorrow
        if left is None or not self._is_low(now) or pending >= batch:
            return 0.0
        return min(tomorrow, max(0.0, min(now, self.usage.last) + tomorrow / left - now))

    def closed(self, now: float) -> float:
        """Returns seconds until any request may be made; 0 = at once."""
        return DAY_SECONDS - now % DAY_SECONDS if self._left(now) == 0 else 0.0

    def why_waiting(self, now: float) -> str:
        """Returns which of the day's limits is reached, "" = none."""
        if self._left(now) == 0:
            return f"the day's limit of {count(self.limits.requests_per_day, 'request')} is reached"
        if self.room(now, 1) == 0:
            return (
                f"the day's limit of {count(self.limits.scrobbles_per_day, 'scrobble')} is reached"
            )
        return ""

    def why_so_slow(self, now: float, pending: int, batch: int) -> str:
        """Returns which limit is reached, or that `pending` scrobbles wait for others; "" if they
        may go."""
        few = "few of the day's requests are left, so scrobbles wait to fill one"
        return self.why_waiting(now) or (few if self.wait(now, pending, batch) else "")

    def today(self, now: float) -> tuple[int, int]:
        """Returns the requests and scrobbles of this day."""
        self._roll(now)
        return self.usage.requests, self.usage.scrobbles

    def _left(self, now: float) -> int | None:
        self._roll(now)
        limit = self.limits.requests_per_day
        return max(0, limit - self.usage.requests) if limit else None

    def _is_low(self, now: float) -> bool:
        left = self._left(now)
        return left is not None and left <= self.limits.requests_per_day * RESERVED_SHARE

    def _roll(self, now: float) -> None:
        day, usage = int(now // DAY_SECONDS), self.usage
        if day > usage.day or day < usage.day - 1:  # a clock set back an hour is no new day
            usage.requests = usage.scrobbles = 0
        usage.day = day
