"""Reads the clocks of the machine, and the name of this boot."""

import time
from collections.abc import Callable
from pathlib import Path

from ..core.model import Moment

Clock = Callable[[], Moment]
"""Gives the present moment. Rooms that need the time are handed one: `now`, or one of a test."""


def now() -> Moment:
    """Reads the three clocks."""
    return Moment(time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME), time.time())


def follow_time_zone() -> None:
    """Lets local time be that of the zone of now: the user may have travelled since the start."""
    time.tzset()


def boot_id() -> str:
    """Reads the kernel's name for this boot. CLOCK_MONOTONIC is comparable within one boot only."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
