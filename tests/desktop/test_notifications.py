"""notices.py: which notices there are, when each is shown, and what is said of many at once."""

import math
from typing import Any

import pytest

from scrobblerd.core.model import Scrobble
from scrobblerd.core.reports import Alert, AlertKind
from scrobblerd.desktop.notifications import (
    BURST,
    GOOD_NEWS,
    STYLES,
    ClickAction,
    Digest,
    is_shown,
    style_of,
)
from scrobblerd.scrobbling.alerts import (
    DAY_SECONDS,
    OnceADay,
    day_is_full,
    expiring,
    is_daily_limit,
    waiting,
)
from scrobblerd.services.base import Remedy, Reply

FERN = Scrobble("Mira Holt", "Fern", 1_790_000_000)
NOW = 1_790_000_000.0


def kinds(show: str) -> set[AlertKind]:
    """What is shown under a setting."""
    return {kind for kind in AlertKind if is_shown(Alert(kind, ""), show)}


def tally(kind: AlertKind, *messages: str, at: float = 0.0) -> Digest:
    """Scrobbles of one fate, the last one Fern."""
    made = Digest(kind)
    for message in messages:
        made.add(FERN, message, at)
    return made


# -- kinds ----------------------------------------------------------------------------------------


def test_every_kind_has_its_manner() -> None:
    assert set(STYLES) == set(AlertKind)


def test_switched_off_nothing_is_shown() -> None:
    assert kinds("off") == set()


def test_with_errors_all_is_shown_that_a_person_may_want_to_mend() -> None:
    assert kinds("errors") == set(AlertKind) - {AlertKind.SCROBBLED, AlertKind.LOGGED_IN}


def test_with_all_everything_is_shown() -> None:
    assert kinds("all") == set(AlertKind)


def test_only_what_is_sent_passes() -> None:
    assert [kind for kind, manner in STYLES.items() if manner.passing] == [AlertKind.SCROBBLED]


def test_good_news_need_no_click() -> None:
    assert {STYLES[kind].opens for kind in GOOD_NEWS} == {ClickAction.NOTHING}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(Remedy.STOP, 10, 403, "Invalid API key"), AlertKind.KEY_FAULT),
        (Reply(Remedy.STOP, 13, 403, "Invalid signature"), AlertKind.KEY_FAULT),
        (Reply(Remedy.STOP, 26, 403, "Suspended"), AlertKind.KEY_FAULT),
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
        (Reply(Remedy.HOLD, 29, 429, "Too many scrobbles"), True),
        (Reply(Remedy.HOLD, 5, 200, "Last.fm's daily limit of scrobbles"), True),
        (Reply(Remedy.RETRY, 29, 429, "Rate limit"), False),
        (Reply(Remedy.STOP, 5, 400, "Invalid format"), False),
        (Reply(Remedy.HOLD, 19, 500, "Twelve rows failed alone"), False),
    ],
)
def test_the_daily_limit_is_told_from_other_holds(reply: Reply, is_limit: bool) -> None:
    assert is_daily_limit(reply) == is_limit


def test_rows_that_expire_for_want_of_a_login_lead_to_one() -> None:
    assert STYLES[expiring(3, "").kind].opens is ClickAction.APPROVAL
    assert "3 scrobble(s)" in expiring(3, "").words
    assert "nobody is logged in" in expiring(3, "").words


def test_rows_that_expire_for_another_reason_lead_to_the_library() -> None:
    notice = expiring(2, "Last.fm can't be reached")
    assert style_of(notice).opens is ClickAction.LIBRARY
    assert "Last.fm can't be reached" in notice.words


# -- many at once ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "words"), [(1, "Scrobbled: Fern by Mira Holt"), (412, "Scrobbled 412 plays")]
)
def test_what_was_sent_is_named_or_counted(count: int, words: str) -> None:
    assert tally(AlertKind.SCROBBLED, *[""] * count).alert() == Alert(AlertKind.SCROBBLED, words)


def test_a_rejection_is_named_with_its_reason() -> None:
    notice = tally(AlertKind.REJECTED, "ignored by Last.fm: artist filtered").alert()
    words = "Not scrobbled: Fern by Mira Holt (ignored by Last.fm: artist filtered)"
    assert notice == Alert(AlertKind.REJECTED, words)


def test_rejections_are_counted_with_the_last_reason() -> None:
    notice = tally(AlertKind.REJECTED, "too old", "error 6").alert()
    words = "2 plays were not scrobbled, the last one: Fern by Mira Holt (error 6)"
    assert notice.words == words


def test_names_as_long_as_a_book_leave_room_for_the_rest() -> None:
    made = Digest(AlertKind.REJECTED)
    made.add(Scrobble("A" * 1000, "T" * 1000, 1), "R" * 1000, 0.0)
    assert len(made.alert().words) < 300


def test_scrobbles_close_together_are_one_story() -> None:
    made = tally(AlertKind.SCROBBLED, "", at=100.0)
    assert not made.is_over(100.0 + BURST, stands=False)
    assert made.is_over(100.1 + BURST, stands=True)


def test_rejections_are_one_story_while_their_notification_stands() -> None:
    made = tally(AlertKind.REJECTED, "", at=100.0)
    assert not made.is_over(100.0 + DAY_SECONDS, stands=True)
    assert made.is_over(100.0, stands=False)


# -- once a day -----------------------------------------------------------------------------------


def test_the_day_is_full_once_a_day() -> None:
    told: list[Alert] = []
    daily = OnceADay(told.append)
    for hour in range(0, 49, 6):
        daily.tell(day_is_full(f"hour {hour}"), NOW + hour * 3600)
    assert [notice.words for notice in told] == [
        f"Scrobbles wait: hour {hour}" for hour in (0, 24, 48)
    ]


def test_one_thing_told_does_not_keep_another_back() -> None:
    told: list[Alert] = []
    daily = OnceADay(told.append)
    daily.tell(day_is_full("enough"), NOW)
    daily.tell(expiring(1, ""), NOW)
    daily.tell(expiring(1, "offline"), NOW)
    assert [notice.kind for notice in told] == [AlertKind.DAILY_LIMIT, AlertKind.UNSENT]


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
