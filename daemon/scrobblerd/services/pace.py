"""Keeps the requests to one server within a limit a second. Pure."""

from collections import deque
from collections.abc import Callable


class Pace:
    """Gives each request its place. `limit` returns how many a second may hold, 0 = any number."""

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._recent: deque[float] = deque()

    def wait(self, mono: float) -> float:
        """Takes the next place: returns seconds to wait before it comes. `mono` is
        CLOCK_MONOTONIC."""
        limit = self._limit()
        if not limit:
            return 0.0
        at = mono
        while len(self._recent) > limit:  # it was higher
            self._recent.popleft()
        if len(self._recent) == limit:
            at = max(mono, self._recent.popleft() + 1.0)
        self._recent.append(at)
        return at - mono
