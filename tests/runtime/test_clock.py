"""The clocks of the machine."""

import time
from collections.abc import Iterator
from uuid import UUID

import pytest

from scrobblerd.runtime.clock import boot_id, follow_time_zone, now


def test_each_clock_stands_in_its_place() -> None:
    before, moment, after = time.monotonic(), now(), time.monotonic()
    assert before <= moment.mono <= after
    assert moment.boot <= time.clock_gettime(time.CLOCK_BOOTTIME)
    assert moment.boot >= before  # it counts a suspend, too
    assert moment.wall <= time.time()


def test_a_boot_has_one_name() -> None:
    assert UUID(boot_id()) == UUID(boot_id())


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A zone that may change; afterwards it is as it was."""
    with monkeypatch.context() as patch:
        yield patch
    time.tzset()


def test_local_time_follows_a_zone_that_changes(zone: pytest.MonkeyPatch) -> None:
    hours: list[int] = []
    for offset in ("AAA0", "BBB-9", "CCC5"):
        zone.setenv("TZ", offset)
        follow_time_zone()
        hours.append(time.localtime(0).tm_hour)
    assert hours == [0, 9, 19]
