"""Which row is at fault if a batch fails: timelines of batches and their replies."""

import pytest

from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import QueueRow
from scrobblerd.scrobbling.bisection import (
    FAILURES_BEFORE_BISECTION,
    FAILURES_BEFORE_REJECTION,
    MAX_PARK_SECONDS,
    MAX_PARKED_AT_ONCE,
    MAX_SUSPECTS,
    MIN_REJECTION_SECONDS,
    PARK_SECONDS,
    Bisection,
    BisectionState,
    Step,
)
from scrobblerd.services.base import Fault, Remedy, Reply
from tests.support.worker_bench import NOW

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
        bisection.decide(reply, rows(1, 2, 3, 4), healthy, NOW)
    return bisection


def suspicious(reply: Reply, failures: int = 0) -> Bisection:
    """Row 1 failed alone, others went out, and so often it failed between two that did."""
    bisection = failing(reply, FAILURES_BEFORE_BISECTION)
    assert bisection.decide(reply, rows(1), True, NOW) is Step.PARK
    assert bisection.went_out([2, 3, 4]) == [1]
    for _ in range(failures):
        assert bisection.decide(reply, rows(1), True, NOW) is Step.PARK
        assert bisection.went_out([9]) == []
    return bisection


@pytest.mark.parametrize("reply", [REFUSED, TOO_LARGE, SIGNATURE])
def test_a_batch_that_is_refused_is_halved_at_once(reply: Reply) -> None:
    bisection = Bisection()
    assert bisection.decide(reply, rows(1, 2, 3, 4, 5), healthy=False, now=NOW) is Step.SPLIT
    assert bisection.state.size == 2


def test_a_row_that_is_refused_alone_is_rejected() -> None:
    assert Bisection().decide(REFUSED, rows(1), healthy=False, now=NOW) is Step.REJECT


def test_a_single_row_that_is_too_large_waits() -> None:
    assert Bisection().decide(TOO_LARGE, rows(1), healthy=False, now=NOW) is Step.WAIT


@pytest.mark.parametrize("reply", [UNDEFINED, SERVER])
def test_an_error_of_the_services_own_is_waited_out_before_rows_are_bisected(reply: Reply) -> None:
    bisection = failing(reply, FAILURES_BEFORE_BISECTION - 1)
    assert bisection.state.size == 0
    assert bisection.decide(reply, rows(1, 2, 3, 4), True, NOW) is Step.SPLIT


def test_a_server_in_trouble_is_not_a_rows_fault() -> None:
    assert failing(SERVER, 100, healthy=False).decide(SERVER, rows(1), False, NOW) is Step.WAIT
    assert failing(OFFLINE, 100).decide(OFFLINE, rows(1), True, NOW) is Step.WAIT


def test_the_service_is_checked_only_if_it_matters() -> None:
    assert [failing(SERVER, times).needs_check(SERVER) for times in (0, 3, 4)] == [
        False,
        False,
        True,
    ]
    assert not failing(UNDEFINED, 10).needs_check(UNDEFINED)


def test_halves_grow_again_once_one_went_out_and_are_forgotten_with_the_batch() -> None:
    bisection = failing(SERVER, FAILURES_BEFORE_BISECTION)
    assert bisection.state.size == 2
    bisection.went_out([1, 2])
    assert bisection.state.size == 4
    assert bisection.decide(SERVER, rows(3, 4), True, NOW) is Step.SPLIT
    bisection.went_out([3, 4])
    assert bisection.state == BisectionState()


@pytest.mark.parametrize("reply", [UNDEFINED, SERVER, SIGNATURE])
def test_a_row_that_fails_alone_is_parked_and_may_go_at_once_when_another_went_out(
    reply: Reply,
) -> None:
    bisection = suspicious(reply)
    [row] = rows(1)
    assert bisection.is_suspect(row)
    assert bisection.park_seconds(1) == PARK_SECONDS
    bisection.went_out([1])
    assert not bisection.is_suspect(row)


@pytest.mark.parametrize("reply", [UNDEFINED, SERVER, SIGNATURE])
def test_the_park_grows_with_each_failure_between_two_that_went_well(reply: Reply) -> None:
    waits = [suspicious(reply, times).park_seconds(1) / PARK_SECONDS for times in range(7)]
    assert waits == [1, 1, 1, 2, 4, 6, 6]
    assert MAX_PARK_SECONDS == 6 * PARK_SECONDS


@pytest.mark.parametrize("reply", [UNDEFINED, SIGNATURE])
def test_enough_such_failures_for_a_day_are_one_cause(reply: Reply) -> None:
    bisection = suspicious(reply, FAILURES_BEFORE_REJECTION - 1)
    later = NOW + MIN_REJECTION_SECONDS
    assert bisection.decide(reply, rows(1), True, later - 1) is Step.PARK
    bisection.went_out([9])
    assert bisection.decide(reply, rows(1), True, later) is Step.REJECT
    assert bisection.state == BisectionState()


@pytest.mark.parametrize("reply", [SERVER, Reply(Remedy.RETRY_FEW, 19, status=503)])
def test_what_a_server_says_of_itself_never_speaks_against_a_row(reply: Reply) -> None:
    bisection = suspicious(reply, 100)
    assert bisection.decide(reply, rows(1), True, NOW + 10 * MIN_REJECTION_SECONDS) is Step.PARK


def test_a_failure_beside_another_failure_speaks_against_nobody() -> None:
    bisection = suspicious(UNDEFINED)
    for _ in range(100):
        bisection.decide(UNDEFINED, rows(1), True, NOW)
        bisection.decide(UNDEFINED, rows(7, 8), True, NOW)
        bisection.went_out([9])
    later = NOW + 10 * MIN_REJECTION_SECONDS
    assert bisection.decide(UNDEFINED, rows(1), True, later) is not Step.REJECT


def test_if_many_fail_alone_the_service_is_asked_as_rarely_as_any_that_fails() -> None:
    bisection = failing(UNDEFINED, FAILURES_BEFORE_BISECTION)
    steps = [
        bisection.decide(UNDEFINED, rows(100 + number), True, NOW)
        for number in range(MAX_PARKED_AT_ONCE + 3)
    ]
    assert steps == [Step.PARK] * MAX_PARKED_AT_ONCE + [Step.PARK_AND_WAIT] * 3
    assert len(bisection.went_out([9])) == MAX_PARKED_AT_ONCE + 3


def test_rows_without_another_to_compare_with_may_go_again() -> None:
    bisection = failing(SERVER, FAILURES_BEFORE_BISECTION)
    bisection.decide(SERVER, rows(1), True, NOW)
    assert bisection.nothing_left() == [1]
    assert bisection.nothing_left() == []


def test_only_so_many_rows_are_remembered() -> None:
    bisection = failing(UNDEFINED, FAILURES_BEFORE_BISECTION)
    for number in range(MAX_SUSPECTS + 10):
        bisection.decide(UNDEFINED, rows(number), True, NOW)
    assert len(bisection.state.suspects) == MAX_SUSPECTS


def test_kept_values_stay_within_their_bounds() -> None:
    assert BisectionState(failures=-1, size=-1) == BisectionState()
