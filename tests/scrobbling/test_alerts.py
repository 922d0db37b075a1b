"""What a pump tells the user, and how often."""

import math
from typing import Any

import pytest

from scrobblerd.core.reports import Alert, AlertKind
from scrobblerd.scrobbling.alerts import (
    DAY_SECONDS,
    OnceADay,
    day_is_full,
    expiring,
    is_daily_limit,
    waiting,
)
from scrobblerd.services.base import Fault, Remedy, Reply

NOW = 1_790_000_000.0


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(Remedy.STOP, 10, 403, "Invalid API key", Fault.KEY), AlertKind.KEY_FAULT),
        (Reply(Remedy.STOP, 13, 403, "Invalid signature", Fault.SIGNATURE), AlertKind.KEY_FAULT),
        (Reply(Remedy.STOP, 26, 403, "Suspended", Fault.KEY), AlertKind.KEY_FAULT),
        (Reply(Remedy.STOP, 3, 400, "No such method"), AlertKind.FAULT),
        (Reply(Remedy.STOP, 0, 404, "HTTP 404: is api_url right?"), AlertKind.FAULT),
        (Reply(Remedy.BLOCKED, 0, 403, "The front end"), AlertKind.BLOCKED),
    ],
)
def test_the_answer_tells_whose_fault_it_is(reply: Reply, kind: AlertKind) -> None:
    assert waiting("Scrobbles", reply) == Alert(kind, f"Scrobbles wait: {reply.message}")


@pytest.mark.parametrize(
    ("reply", "is_limit"),
    [
        (Reply(Remedy.HOLD, 29, 429, "Too many scrobbles", Fault.DAILY_LIMIT), True),
        (Reply(Remedy.HOLD, 5, 200, "Last.fm's daily limit of scrobbles", Fault.DAILY_LIMIT), True),
        (Reply(Remedy.RETRY, 29, 429, "Rate limit", Fault.RATE), False),
        (Reply(Remedy.STOP, 5, 400, "Invalid format"), False),
        (Reply(Remedy.HOLD, 19, 500, "Twelve rows failed alone"), False),
    ],
)
def test_the_daily_limit_is_told_from_other_holds(reply: Reply, is_limit: bool) -> None:
    assert is_daily_limit(reply) == is_limit


def test_rows_that_expire_say_why_they_have_not_gone_out() -> None:
    assert expiring(3, "").kind is AlertKind.UNSENT
    assert "3 scrobble(s)" in expiring(3, "").words
    assert "nobody is logged in" in expiring(3, "").words
    assert expiring(2, "Last.fm can't be reached").kind is AlertKind.EXPIRING
    assert "Last.fm can't be reached" in expiring(2, "Last.fm can't be reached").words


# -- once a day -----------------------------------------------------------------------------------


def test_the_day_is_full_once_a_day() -> None:
    told: list[Alert] = []
    daily = OnceADay(told.append)
    for hour in range(0, 49, 6):
        daily.tell(day_is_full(f"hour {hour}"), NOW + hour * 3600)
    assert [alert.words for alert in told] == [
        f"Scrobbles wait: hour {hour}" for hour in (0, 24, 48)
    ]


def test_one_thing_told_does_not_keep_another_back() -> None:
    told: list[Alert] = []
    daily = OnceADay(told.append)
    daily.tell(day_is_full("enough"), NOW)
    daily.tell(expiring(1, ""), NOW)
    daily.tell(expiring(1, "offline"), NOW)
    assert [alert.kind for alert in told] == [AlertKind.DAILY_LIMIT, AlertKind.UNSENT]


def test_a_clock_that_was_set_back_for_long_does_not_keep_it_back_for_long() -> None:
    daily = OnceADay(lambda _: None)
    daily.tell(expiring(1, ""), NOW)
    assert not daily.is_due(AlertKind.EXPIRING, NOW - 3600)
    assert daily.is_due(AlertKind.EXPIRING, NOW - DAY_SECONDS)


def test_what_was_told_survives_a_restart() -> None:
    before, after = OnceADay(lambda _: None), OnceADay(lambda _: None)
    before.tell(expiring(1, ""), NOW)
    after.restore(before.dump())
    assert not after.is_due(AlertKind.EXPIRING, NOW + 3600)
    assert after.is_due(AlertKind.DAILY_LIMIT, NOW + 3600)


@pytest.mark.parametrize("state", [None, [], "x", 5, {"expiring": "soon"}, {"expiring": [1]}])
def test_a_state_that_makes_no_sense_is_as_if_nothing_had_been_told(state: Any) -> None:
    daily = OnceADay(lambda _: None)
    daily.restore(state)
    assert daily.is_due(AlertKind.EXPIRING, NOW)


def test_a_moment_that_is_no_number_does_not_keep_it_back_for_ever() -> None:
    daily = OnceADay(lambda _: None)
    daily.restore({"expiring": math.nan})
    assert daily.is_due(AlertKind.EXPIRING, NOW)
