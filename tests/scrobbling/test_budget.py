"""How many requests and scrobbles a day holds, and who goes first."""

import pytest

from scrobblerd.core.submission import Limits
from scrobblerd.scrobbling.budget import Budget

MIDNIGHT = 20_000 * 86_400.0
"""The beginning of a day of UTC."""
NOON = MIDNIGHT + 43_200.0
BATCH = 50


def used(limits: Limits, requests: int = 0, scrobbles: int = 0, at: float = NOON) -> Budget:
    """A budget of which so much was used by `at`."""
    budget = Budget(lambda: limits)
    for _ in range(requests):
        budget.spend(at)
    budget.usage.scrobbles += scrobbles
    return budget


def test_default_limits_are_the_documented_ones():
    assert Limits() == Limits(requests_per_second=5, requests_per_day=333, scrobbles_per_day=2800)


# The day


def test_what_was_spent_is_counted():
    budget = Budget(Limits)
    budget.spend(NOON)
    budget.spend(NOON + 1, scrobbles=50)
    assert budget.today(NOON + 2) == (2, 50)


@pytest.mark.parametrize(
    ("later", "left_over"),
    [
        (43_199.0, (1, 7)),
        (43_200.0, (0, 0)),
        (5 * 86_400.0, (0, 0)),
        (-43_201.0, (1, 7)),  # a clock set back by an hour over midnight brings no new day
        (-129_600.0, (1, 7)),
        (-129_601.0, (0, 0)),  # but one that was days ahead must not close all of them
    ],
)
def test_day_begins_at_midnight_utc(later: float, left_over: tuple[int, int]):
    budget = Budget(Limits)
    budget.spend(NOON, scrobbles=7)
    assert budget.today(NOON + later) == left_over


# Now playing


@pytest.mark.parametrize(
    ("limit", "requests", "may"),
    [
        (10, 0, True),
        (10, 7, True),
        (10, 8, False),  # a fifth of the day is kept for scrobbles
        (10, 11, False),
        (333, 266, True),
        (333, 267, False),
        (0, 10_000, True),
    ],
)
def test_now_playing_is_dropped_when_a_fifth_of_the_day_is_left(
    limit: int, requests: int, may: bool
):
    assert used(Limits(requests_per_day=limit), requests).may_announce(NOON) is may


def test_now_playing_is_back_the_next_day():
    assert used(Limits(requests_per_day=10), 10).may_announce(NOON + 43_200)


# Scrobbles


@pytest.mark.parametrize(
    ("limit", "scrobbles", "room"),
    [(100, 0, 50), (100, 50, 50), (100, 70, 30), (100, 100, 0), (100, 120, 0), (0, 10_000, 50)],
)
def test_request_holds_what_is_left_of_the_days_scrobbles(limit: int, scrobbles: int, room: int):
    budget = used(Limits(scrobbles_per_day=limit), 1, scrobbles)
    assert budget.room(NOON, BATCH) == room


def test_there_is_room_again_the_next_day():
    assert used(Limits(scrobbles_per_day=100), 1, 100).room(NOON + 43_200, BATCH) == BATCH


@pytest.mark.parametrize(
    ("limits", "requests", "scrobbles", "pending", "seconds"),
    [
        (Limits(requests_per_day=10), 7, 0, 1, 0.0),
        (Limits(requests_per_day=10), 8, 0, 1, 21_600.0),  # two left for twelve hours
        (Limits(requests_per_day=10), 8, 0, 49, 21_600.0),
        (Limits(requests_per_day=10), 8, 0, 50, 0.0),
        (Limits(requests_per_day=10), 9, 0, 1, 43_200.0),
        (Limits(requests_per_day=10), 9, 0, 50, 0.0),
        (Limits(requests_per_day=10), 10, 0, 50, 43_200.0),
        (Limits(requests_per_day=10), 12, 0, 50, 43_200.0),
        (Limits(requests_per_day=0), 9_999, 0, 1, 0.0),
        (Limits(scrobbles_per_day=100), 1, 99, 50, 0.0),
        (Limits(scrobbles_per_day=100), 1, 100, 50, 43_200.0),
        (Limits(scrobbles_per_day=0), 1, 9_999, 50, 0.0),
    ],
)
def test_scrobbles_wait_when_requests_run_low_but_not_once_they_fill_a_batch(
    limits: Limits, requests: int, scrobbles: int, pending: int, seconds: float
):
    assert used(limits, requests, scrobbles).wait(NOON, pending, BATCH) == seconds


@pytest.mark.parametrize(("later", "seconds"), [(0, 21_600.0), (7_200, 10_800.0), (21_600, 0.0)])
def test_share_of_the_day_is_counted_from_the_last_request(later: float, seconds: float):
    budget = used(Limits(requests_per_day=10), 8)
    assert budget.wait(NOON + later, 1, BATCH) == seconds


@pytest.mark.parametrize("ahead", [3_600.0, 43_200.0, 86_400.0])
def test_a_clock_that_was_ahead_lengthens_no_wait(ahead: float):
    budget = used(Limits(requests_per_day=10), 8, at=NOON + ahead)
    assert budget.wait(NOON, 1, BATCH) == 21_600.0


def test_a_day_that_is_full_by_a_clock_that_was_ahead_ends_with_the_true_day():
    budget = used(Limits(requests_per_day=10), 10, at=NOON + 86_400)
    assert budget.wait(NOON, 1, BATCH) == 43_200.0
    assert budget.wait(NOON + 43_200, 1, BATCH) == 0.0


def test_wait_ends_with_the_day():
    budget = used(Limits(requests_per_day=10), 8, at=NOON + 43_190)
    assert budget.wait(NOON + 43_191, 1, BATCH) == pytest.approx(3.5)
    assert budget.wait(NOON + 43_200, 1, BATCH) == 0.0


@pytest.mark.parametrize(
    ("limits", "requests", "scrobbles", "why"),
    [
        (Limits(requests_per_day=10), 10, 0, "the day's limit of 10 requests is reached"),
        (Limits(requests_per_day=10), 9, 0, ""),
        (Limits(scrobbles_per_day=100), 1, 100, "the day's limit of 100 scrobbles is reached"),
        (Limits(scrobbles_per_day=100), 1, 99, ""),
        (Limits(scrobbles_per_day=1), 1, 1, "the day's limit of 1 scrobble is reached"),
        (Limits(1, 1, 1), 1, 1, "the day's limit of 1 request is reached"),
        (Limits(0, 0, 0), 9_999, 9_999, ""),
    ],
)
def test_limit_that_is_reached_is_named(limits: Limits, requests: int, scrobbles: int, why: str):
    assert used(limits, requests, scrobbles).why_waiting(NOON) == why
