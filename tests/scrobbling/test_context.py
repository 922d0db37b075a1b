"""What a restart must know of a worker, and what a disk may make of it."""

import json
import logging
import math
from typing import Any

import pytest

from scrobblerd.core.publisher import AlertKind
from scrobblerd.core.submission import Limits
from scrobblerd.scrobbling.backoff import Backoff
from scrobblerd.scrobbling.bisection import BisectionState, Suspect
from scrobblerd.scrobbling.budget import Budget, DayUsage
from scrobblerd.scrobbling.context import WorkerState
from scrobblerd.services.base import Fault, Remedy, Reply
from tests.support.worker_bench import NOW

NOON = 20_000 * 86_400.0 + 43_200.0

PARTS = ("backoff", "love_backoff", "usage", "bisection", "alerts", "contact")


def used() -> WorkerState:
    """The state of a worker that has been through something."""
    state = WorkerState()
    for reply in (
        Reply(Remedy.RETRY, 8, 500, "out of order"),
        Reply(Remedy.STOP, 10, 403, "invalid key", Fault.KEY),
        Reply(Remedy.RETRY, message="no route", reached=False),
    ):
        state.backoff.failed(reply, NOW, 0.5)
    state.love_backoff.failed(Reply(Remedy.HOLD, 29, 429, "cap"), NOW, 0.5)
    for _ in range(8):
        Budget(Limits, state.usage).spend(NOON, 4)
    state.bisection.failures, state.bisection.size = 7, 3
    state.bisection.suspects["9"] = Suspect(3, 2, NOW)
    state.alerts.told["expiring"] = NOW
    state.contact.tried(Reply(Remedy.RETRY, fault=Fault.UNREACHED, reached=False), NOW)
    return state


def kept(state: WorkerState) -> Any:
    """What storage gives back."""
    return json.loads(json.dumps(state.dump()))


def restored(value: object) -> WorkerState:
    """A worker's state after a restart."""
    state = WorkerState()
    state.restore(value)
    return state


def test_state_survives_a_restart():
    assert restored(kept(used())) == used() != WorkerState()


def test_what_was_used_of_the_day_counts_after_a_restart():
    budget = Budget(lambda: Limits(requests_per_day=10), restored(kept(used())).usage)
    assert budget.today(NOON) == (8, 32)
    assert budget.wait(NOON, 1, 50) == 21_600.0


def test_what_was_told_today_is_not_told_again_after_a_restart():
    alerts = restored(kept(used())).alerts
    assert not alerts.is_due(AlertKind.EXPIRING, NOW + 3600)
    assert alerts.is_due(AlertKind.DAILY_LIMIT, NOW + 3600)


def test_parts_stay_the_same_objects():
    state = WorkerState()
    parts = [getattr(state, name) for name in PARTS]
    state.restore(kept(used()))
    assert all(getattr(state, name) is part for name, part in zip(PARTS, parts, strict=True))


@pytest.mark.parametrize(
    "value", [None, [], {}, "worker", 7, {"suspicion": {"size": 1}}, dict.fromkeys(PARTS)], ids=repr
)
def test_no_state_is_as_if_all_were_well(value: object):
    assert restored(value) == WorkerState()


NO_PARTS: list[Any] = [[], "x", 7, {"unknown": 1}]
ODD: list[tuple[str, Any]] = [
    *((part, odd) for part in PARTS for odd in NO_PARTS),
    ("backoff", {"failures": "many"}),
    ("backoff", {"next_attempt": None}),
    ("backoff", {"next_attempt": math.nan}),
    ("backoff", {"next_attempt": math.inf}),
    ("backoff", {"probes": []}),
    ("backoff", {"hold_fault": "no such fault"}),
    ("usage", {"day": None}),
    ("usage", {"requests": "many"}),
    ("usage", {"last": "noon"}),
    ("usage", {"last": math.inf}),
    ("bisection", {"size": 1.5}),
    ("bisection", {"suspects": {"9": {"against": "many"}}}),
    ("alerts", {"told": {"expiring": "soon"}}),
    ("alerts", {"told": {"expiring": [1]}}),
    ("alerts", {"told": {"expiring": math.nan}}),
]


@pytest.mark.parametrize(("part", "odd"), ODD, ids=repr)
def test_a_part_that_is_odd_is_as_if_all_were_well_and_the_others_are_kept(
    part: str, odd: object, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.WARNING)
    state = restored({**kept(used()), part: odd})
    for name in PARTS:
        well = WorkerState() if name == part else used()
        assert getattr(state, name) == getattr(well, name)
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("part", "given", "taken"),
    [
        ("backoff", {"failures": 1, "last_error": "x"}, Backoff(failures=1, last_error="x")),
        ("backoff", {"failures": -1, "blocks": -1, "delay": 1e300}, Backoff(delay=86400.0)),
        ("usage", {"day": 5}, DayUsage(5)),
        ("bisection", {"failures": -1, "size": -2}, BisectionState()),
    ],
)
def test_fields_that_are_missing_are_as_at_a_first_start_and_others_within_their_bounds(
    part: str, given: object, taken: object
):
    assert getattr(restored({part: given}), part) == taken
