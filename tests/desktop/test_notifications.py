"""Which alerts are shown under which setting, and what is said of many scrobbles at once."""

import pytest

from scrobblerd.core.model import Scrobble
from scrobblerd.core.publisher import Alert, AlertKind
from scrobblerd.desktop.notifications import (
    BURST_SECONDS,
    GOOD_NEWS,
    STYLES,
    ClickAction,
    Digest,
    is_shown,
)

FERN = Scrobble("Mira Holt", "Fern", 1_790_000_000)
PASSING = [AlertKind.SCROBBLED, AlertKind.LOVED, AlertKind.SKIPPED]


def kinds(show: str) -> set[AlertKind]:
    """What is shown under a setting."""
    return {kind for kind in AlertKind if is_shown(Alert(kind, ""), show)}


def tally(kind: AlertKind, *messages: str, at: float = 0.0) -> Digest:
    """Scrobbles of one outcome, the last one Fern."""
    made = Digest(kind)
    for message in messages:
        made.add(FERN, message, at)
    return made


# -- kinds ----------------------------------------------------------------------------------------


def test_every_kind_has_its_style() -> None:
    assert set(STYLES) == set(AlertKind)


def test_switched_off_nothing_is_shown() -> None:
    assert kinds("off") == set()


def test_with_errors_all_is_shown_that_a_person_may_want_to_mend() -> None:
    assert kinds("errors") == set(AlertKind) - {AlertKind.LOGGED_IN} - set(PASSING)


def test_with_all_everything_is_shown() -> None:
    assert kinds("all") == set(AlertKind)


def test_only_what_went_well_passes() -> None:
    assert [kind for kind, style in STYLES.items() if style.transient] == PASSING


def test_good_news_need_no_click() -> None:
    assert {STYLES[kind].click for kind in GOOD_NEWS} == {ClickAction.NOTHING}


def test_rows_that_expire_lead_to_what_mends_it() -> None:
    assert STYLES[AlertKind.UNSENT].click is ClickAction.LOGIN
    assert STYLES[AlertKind.EXPIRING].click is ClickAction.LIBRARY


# -- many at once ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "words"), [(1, "Scrobbled: Fern by Mira Holt"), (412, "Scrobbled 412 plays")]
)
def test_what_was_sent_is_named_or_counted(count: int, words: str) -> None:
    assert tally(AlertKind.SCROBBLED, *[""] * count).alert() == Alert(AlertKind.SCROBBLED, words)


def test_a_rejection_is_named_with_its_reason() -> None:
    alert = tally(AlertKind.REJECTED, "ignored by Last.fm: artist filtered").alert()
    words = "Not scrobbled: Fern by Mira Holt (ignored by Last.fm: artist filtered)"
    assert alert == Alert(AlertKind.REJECTED, words)


def test_rejections_are_counted_with_the_last_reason() -> None:
    alert = tally(AlertKind.REJECTED, "too old", "error 6").alert()
    words = "2 plays were not scrobbled, the last one: Fern by Mira Holt (error 6)"
    assert alert.words == words


def test_names_as_long_as_a_book_leave_room_for_the_rest() -> None:
    made = Digest(AlertKind.REJECTED)
    made.add(Scrobble("A" * 1000, "T" * 1000, 1), "R" * 1000, 0.0)
    assert len(made.alert().words) < 300


def test_scrobbles_close_together_are_one_story() -> None:
    made = tally(AlertKind.SCROBBLED, "", at=100.0)
    assert not made.is_over(100.0 + BURST_SECONDS, stands=False)
    assert made.is_over(100.1 + BURST_SECONDS, stands=True)


def test_rejections_are_one_story_while_their_notification_stands() -> None:
    made = tally(AlertKind.REJECTED, "", at=100.0)
    assert not made.is_over(100.0 + 86_400.0, stands=True)
    assert made.is_over(100.0, stands=False)
