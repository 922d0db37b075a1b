"""The clocks of the machine, and the name of this boot."""

import time
from pathlib import Path

from ..core.model import Moment


def now() -> Moment:
    """This moment on the three clocks."""
    return Moment(time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME), time.time())


def boot_id() -> str:
    """The kernel's name for this boot; CLOCK_MONOTONIC only compares within one."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
