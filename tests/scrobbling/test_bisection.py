"""Which row is at fault if a batch fails: timelines of batches and their replies."""

import pytest

from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import QueueRow
from scrobblerd.scrobbling.bisection import (
    FAILURES_BEFORE_BISECTION,
    MAX_SET_ASIDE,
    Bisection,
    Step,
)
from scrobblerd.services.base import Fault, Remedy, Reply

REFUSED = Reply(Remedy.DROP, 6)
TOO_LARGE = Reply(Remedy.HALVE, status=413)
SIGNATURE = Reply(Remedy.STOP, 13, fault=Fault.SIGNATURE)
UNDEFINED = Reply(Remedy.RETRY_FEW, 19)
SERVER = Reply(Remedy.RETRY, status=500, fault=Fault.SERVER)
OFFLINE = Reply(Remedy.RETRY, 11, fault=Fault.UNAVAILABLE)


def rows(*ids: int) -> list[QueueRow]:
    """Rows of the queue."""
    return [QueueRow(n, "quiet_otter", Scrobble("Mira Holt", "Fern", n)) for n in ids]


def failing(reply: Reply, times: int, healthy: bool = True) -> Bisection:
    """A batch of four rows failed so often."""
    bisection = Bisection()
    for _ in range(times):
        bisection.decide(reply, rows(1, 2, 3, 4), healthy)
    return bisection


@pytest.mark.parametrize("reply", [REFUSED, TOO_LARGE, SIGNATURE])
def test_a_batch_that_is_refused_is_halved_at_once(reply: Reply) -> None:
    bisection = Bisection()
    assert bisection.decide(reply, rows(1, 2, 3, 4, 5), healthy=False) is Step.SPLIT
    assert (bisection.counts.size, bisection.batch) == (2, {1, 2, 3, 4, 5})


def test_a_row_that_is_refused_alone_is_rejected() -> None:
    assert Bisection().decide(REFUSED, rows(1), healthy=False) is Step.REJECT


def test_a_single_row_that_is_too_large_waits() -> None:
    assert Bisection().decide(TOO_LARGE, rows(1), healthy=False) is Step.WAIT


@pytest.mark.parametrize("reply", [UNDEFINED, SERVER])
def test_an_error_of_the_services_own_is_waited_out_before_rows_are_bisected(reply: Reply) -> None:
    bisection = failing(reply, FAILURES_BEFORE_BISECTION - 1)
    assert bisection.counts.size == 0
    assert bisection.decide(reply, rows(1, 2, 3, 4), healthy=True) is Step.SPLIT


def test_a_server_in_trouble_is_not_a_rows_fault() -> None:
    assert failing(SERVER, 100, healthy=False).decide(SERVER, rows(1), False) is Step.WAIT
    assert failing(OFFLINE, 100).decide(OFFLINE, rows(1), True) is Step.WAIT


def test_the_service_is_checked_only_if_it_matters() -> None:
    assert [failing(SERVER, times).needs_check(SERVER) for times in (0, 3, 4)] == [
        False,
        False,
        True,
    ]
    assert not failing(UNDEFINED, 10).needs_check(UNDEFINED)


def test_a_row_that_fails_alone_while_others_of_its_batch_went_out_is_rejected() -> None:
    bisection = failing(SERVER, FAILURES_BEFORE_BISECTION)
    assert bisection.went_out([1, 2]) == set()
    assert bisection.decide(SERVER, rows(3), healthy=True) is Step.REJECT
    bisection.rejected(3)
    bisection.went_out([4])
    assert bisection == Bisection()


def test_a_row_that_fails_alone_is_set_aside_and_gets_one_more_try_once_another_went_out() -> None:
    bisection = failing(UNDEFINED, FAILURES_BEFORE_BISECTION)
    bisection.batch.clear()
    assert bisection.decide(UNDEFINED, rows(1), healthy=True) is Step.SET_ASIDE
    assert bisection.counts.size == 1
    assert bisection.went_out([9]) == {1}
    assert bisection.decide(UNDEFINED, rows(1), healthy=True) is Step.REJECT


def test_if_many_fail_alone_it_was_none_of_them() -> None:
    bisection = failing(UNDEFINED, FAILURES_BEFORE_BISECTION)
    for number in range(MAX_SET_ASIDE):
        assert bisection.decide(UNDEFINED, rows(100 + number), True) is Step.SET_ASIDE
    assert bisection.decide(UNDEFINED, rows(99), True) is Step.CLEAR_ALL
    bisection.clear_all()
    assert (bisection.set_aside, bisection.counts.clearances) == (set(), 1)


def test_after_a_clearance_it_takes_longer_until_rows_are_bisected_again() -> None:
    bisection = Bisection()
    bisection.clear_all()
    steps = [bisection.decide(UNDEFINED, rows(1, 2), True) for _ in range(10)]
    assert steps == [Step.WAIT] * 9 + [Step.SPLIT]
    bisection.went_out([1])
    assert bisection.counts.clearances == 0


def test_an_empty_queue_tells_of_rows_that_were_set_aside() -> None:
    assert not Bisection().nothing_left()
    bisection = failing(UNDEFINED, FAILURES_BEFORE_BISECTION)
    bisection.decide(UNDEFINED, rows(1), healthy=True)
    assert bisection.nothing_left()
    assert (bisection.batch, bisection.counts.size) == (set(), 0)
