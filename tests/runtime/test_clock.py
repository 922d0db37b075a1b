"""The clocks of the machine."""

import time
from uuid import UUID

from scrobblerd.runtime.clock import boot_id, now


def test_each_clock_stands_in_its_place() -> None:
    before, moment, after = time.monotonic(), now(), time.monotonic()
    assert before <= moment.mono <= after
    assert moment.boot <= time.clock_gettime(time.CLOCK_BOOTTIME)
    assert moment.boot >= before  # it counts a suspend, too
    assert moment.wall <= time.time()


def test_a_boot_has_one_name() -> None:
    assert UUID(boot_id()) == UUID(boot_id())
