"""What alerts say, and how often they are sent."""

import pytest

from scrobblerd.core.publisher import Alert, AlertKind
from scrobblerd.scrobbling.alerts import (
    DAY_SECONDS,
    OnceADay,
    day_is_full,
    expiring,
    is_daily_limit,
    waiting,
)
from scrobblerd.services.base import Fault, Remedy, Reply
from tests.support.worker_bench import NOW


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(Remedy.STOP, 10, 403, "Invalid API key", Fault.KEY), AlertKind.KEY_FAULT),
        (Reply(Remedy.STOP, 13, 403, "Invalid signature", Fault.SIGNATURE), AlertKind.KEY_FAULT),
        (Reply(Remedy.STOP, 26, 403, "Suspended", Fault.KEY), AlertKind.KEY_FAULT),
        (Reply(Remedy.STOP, 3, 400, "No such method", Fault.UNKNOWN), AlertKind.FAULT),
        (Reply(Remedy.STOP, 0, 404, "is api_url right?", Fault.ADDRESS), AlertKind.FAULT),
        (Reply(Remedy.BLOCKED, 0, 403, "The front end", Fault.BLOCKED), AlertKind.BLOCKED),
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
        (Reply(Remedy.STOP, 5, 400, "Invalid format", Fault.UNKNOWN), False),
        (Reply(Remedy.HOLD, 19, 500, "Twelve rows failed alone", Fault.UNKNOWN), False),
    ],
)
def test_the_daily_limit_is_told_from_other_holds(reply: Reply, is_limit: bool) -> None:
    assert is_daily_limit(reply) == is_limit


def test_what_expires_names_the_service_and_the_reason() -> None:
    assert expiring(2, "Last.fm", "offline") == Alert(
        AlertKind.EXPIRING,
        "2 scrobble(s) will be too old for Last.fm within a day (offline);"
        " scrobblerctl status tells more",
    )


def test_what_expires_for_want_of_a_login_says_so() -> None:
    alert = expiring(3, "Last.fm", "")
    assert alert.kind is AlertKind.UNSENT
    assert "3 scrobble(s)" in alert.words
    assert "nobody is logged in" in alert.words


# -- once a day -----------------------------------------------------------------------------------


def told(*alerts: tuple[Alert, float]) -> list[Alert]:
    """Those of these alerts that are sent, by when."""
    sent: list[Alert] = []
    daily = OnceADay()
    for alert, wall in alerts:
        daily.tell(alert, wall, sent.append)
    return sent


def test_the_day_is_full_once_a_day() -> None:
    full = [(day_is_full(f"hour {hour}"), NOW + hour * 3600) for hour in range(0, 49, 6)]
    assert [alert.words for alert in told(*full)] == [
        f"Scrobbles wait: hour {hour}" for hour in (0, 24, 48)
    ]


def test_one_thing_told_does_not_keep_another_back() -> None:
    alerts = (day_is_full("enough"), expiring(1, "Last.fm", ""), expiring(1, "Last.fm", "offline"))
    sent = told(*((alert, NOW) for alert in alerts))
    assert [alert.kind for alert in sent] == [AlertKind.DAILY_LIMIT, AlertKind.UNSENT]


def test_a_clock_that_was_set_back_for_long_does_not_keep_it_back_for_long() -> None:
    daily = OnceADay({"expiring": NOW})
    assert not daily.is_due(AlertKind.EXPIRING, NOW - 3600)
    assert daily.is_due(AlertKind.EXPIRING, NOW - DAY_SECONDS)
