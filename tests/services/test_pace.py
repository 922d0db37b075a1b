"""How many requests a second holds."""

import pytest

from scrobblerd.services.http import Pace


@pytest.mark.parametrize(
    ("limit", "asked_at", "waits"),
    [
        (5, [7.0] * 5, [0.0] * 5),
        (5, [7.0] * 11, [0.0] * 5 + [1.0] * 5 + [2.0]),
        (1, [7.0, 7.0, 7.0], [0.0, 1.0, 2.0]),
        (1, [7.0, 7.25, 8.5], [0.0, 0.75, 0.5]),
        (1, [7.0, 8.0, 9.0], [0.0, 0.0, 0.0]),
        (2, [7.0, 7.5, 7.75, 7.75], [0.0, 0.0, 0.25, 0.75]),
        (0, [7.0] * 100, [0.0] * 100),
    ],
)
def test_no_second_holds_more_requests_than_its_limit(
    limit: int, asked_at: list[float], waits: list[float]
):
    pace = Pace(lambda: limit)
    assert [pace.wait(mono) for mono in asked_at] == waits


def test_a_limit_that_was_lowered_holds_from_then_on():
    limits = [5]
    pace = Pace(lambda: limits[-1])
    for _ in range(5):
        pace.wait(7.0)
    limits.append(1)
    assert [pace.wait(mono) for mono in (7.0, 7.0, 20.0)] == [1.0, 2.0, 0.0]
