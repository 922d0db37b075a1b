"""notices.py: which notices there are, when each is shown, and what is said of many at once."""

import math
from typing import Any

import pytest

from scrobblerd.model import Scrobble
from scrobblerd.notices import (
    BURST,
    DAY,
    EXPIRING,
    GOOD_NEWS,
    MANNERS,
    Kind,
    Notice,
    OnceADay,
    Opens,
    Tally,
    day_is_full,
    expiring,
    is_daily_limit,
    waiting,
)
from scrobblerd.services import Remedy, Reply

FERN = Scrobble("Mira Holt", "Fern", 1_790_000_000)
NOW = 1_790_000_000.0


def kinds(show: str) -> set[Kind]:
    """What is shown under a setting."""
    return {kind for kind in Kind if Notice(kind, "").is_shown(show)}


def tally(kind: Kind, *messages: str, at: float = 0.0) -> Tally:
    """Scrobbles of one fate, the last one Fern."""
    made = Tally(kind)
    for message in messages:
        made.add(FERN, message, at)
    return made


# -- kinds ----------------------------------------------------------------------------------------


def test_every_kind_has_its_manner() -> None:
    assert set(MANNERS) == set(Kind)


def test_switched_off_nothing_is_shown() -> None:
    assert kinds("off") == set()


def test_with_errors_all_is_shown_that_a_person_may_want_to_mend() -> None:
    assert kinds("errors") == set(Kind) - {Kind.SCROBBLED, Kind.LOGGED_IN}


def test_with_all_everything_is_shown() -> None:
    assert kinds("all") == set(Kind)


def test_only_what_is_sent_passes() -> None:
    assert [kind for kind, manner in MANNERS.items() if manner.passing] == [Kind.SCROBBLED]


def test_good_news_need_no_click() -> None:
    assert {MANNERS[kind].opens for kind in GOOD_NEWS} == {Opens.NOTHING}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(Remedy.STOP, 10, 403, "Invalid API key"), Kind.KEY_FAULT),
        (Reply(Remedy.STOP, 13, 403, "Invalid signature"), Kind.KEY_FAULT),
        (Reply(Remedy.STOP, 26, 403, "Suspended"), Kind.KEY_FAULT),
        (Reply(Remedy.STOP, 3, 400, "No such method"), Kind.FAULT),
        (Reply(Remedy.STOP, 0, 404, "HTTP 404: is api_url right?"), Kind.FAULT),
        (Reply(Remedy.BLOCKED, 0, 403, "The front end"), Kind.BLOCKED),
    ],
)
def test_the_answer_tells_whose_fault_it_is(reply: Reply, kind: Kind) -> None:
    assert waiting("Scrobbles", reply) == Notice(kind, f"Scrobbles wait: {reply.message}")


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
    assert MANNERS[expiring(3, "").kind].opens is Opens.APPROVAL
    assert "3 scrobble(s)" in expiring(3, "").words
    assert "nobody is logged in" in expiring(3, "").words


def test_rows_that_expire_for_another_reason_lead_to_the_library() -> None:
    notice = expiring(2, "Last.fm can't be reached")
    assert notice.manner.opens is Opens.LIBRARY
    assert "Last.fm can't be reached" in notice.words


# -- many at once ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "words"), [(1, "Scrobbled: Fern by Mira Holt"), (412, "Scrobbled 412 plays")]
)
def test_what_was_sent_is_named_or_counted(count: int, words: str) -> None:
    assert tally(Kind.SCROBBLED, *[""] * count).notice() == Notice(Kind.SCROBBLED, words)


def test_a_rejection_is_named_with_its_reason() -> None:
    notice = tally(Kind.REJECTED, "ignored by Last.fm: artist filtered").notice()
    words = "Not scrobbled: Fern by Mira Holt (ignored by Last.fm: artist filtered)"
    assert notice == Notice(Kind.REJECTED, words)


def test_rejections_are_counted_with_the_last_reason() -> None:
    notice = tally(Kind.REJECTED, "too old", "error 6").notice()
    words = "2 plays were not scrobbled, the last one: Fern by Mira Holt (error 6)"
    assert notice.words == words


def test_names_as_long_as_a_book_leave_room_for_the_rest() -> None:
    made = Tally(Kind.REJECTED)
    made.add(Scrobble("A" * 1000, "T" * 1000, 1), "R" * 1000, 0.0)
    assert len(made.notice().words) < 300


def test_scrobbles_close_together_are_one_story() -> None:
    made = tally(Kind.SCROBBLED, "", at=100.0)
    assert not made.is_over(100.0 + BURST, stands=False)
    assert made.is_over(100.1 + BURST, stands=True)


def test_rejections_are_one_story_while_their_notification_stands() -> None:
    made = tally(Kind.REJECTED, "", at=100.0)
    assert not made.is_over(100.0 + DAY, stands=True)
    assert made.is_over(100.0, stands=False)


# -- once a day -----------------------------------------------------------------------------------


def test_the_day_is_full_once_a_day() -> None:
    told: list[Notice] = []
    daily = OnceADay(told.append)
    for hour in range(0, 49, 6):
        daily.tell(day_is_full(f"hour {hour}"), NOW + hour * 3600)
    assert [notice.words for notice in told] == [
        f"Scrobbles wait: hour {hour}" for hour in (0, 24, 48)
    ]


def test_one_thing_told_does_not_keep_another_back() -> None:
    told: list[Notice] = []
    daily = OnceADay(told.append)
    daily.tell(day_is_full("enough"), NOW)
    daily.tell(expiring(1, ""), NOW)
    daily.tell(expiring(1, "offline"), NOW)
    assert [notice.kind for notice in told] == [Kind.DAILY_LIMIT, Kind.UNSENT]


def test_a_clock_that_was_set_back_for_long_does_not_keep_it_back_for_long() -> None:
    daily = OnceADay(lambda _: None)
    daily.tell(expiring(1, ""), NOW)
    assert not daily.is_due(EXPIRING, NOW - 3600)
    assert daily.is_due(EXPIRING, NOW - DAY)


def test_what_was_told_survives_a_restart() -> None:
    before, after = OnceADay(lambda _: None), OnceADay(lambda _: None)
    before.tell(expiring(1, ""), NOW)
    after.restore(before.dump())
    assert not after.is_due(EXPIRING, NOW + 3600)
    assert after.is_due("limit", NOW + 3600)


@pytest.mark.parametrize("state", [None, [], "x", 5, {"expiring": "soon"}, {"expiring": [1]}])
def test_a_state_that_makes_no_sense_is_as_if_nothing_had_been_told(state: Any) -> None:
    daily = OnceADay(lambda _: None)
    daily.restore(state)
    assert daily.is_due(EXPIRING, NOW)


def test_a_moment_that_is_no_number_does_not_keep_it_back_for_ever() -> None:
    daily = OnceADay(lambda _: None)
    daily.restore({"expiring": math.nan})
    assert daily.is_due(EXPIRING, NOW)
