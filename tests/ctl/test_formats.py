"""Values as people read them, and as they write them on the command line."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from scrobblerd.core.model import Verdict
from scrobblerd.core.submission import RowState
from scrobblerd.ctl.display import formats

NOW = datetime(2026, 9, 21, 14, 30)

pytestmark = pytest.mark.usefixtures("utc")


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(), "14:30"),
        (timedelta(hours=14), "00:30"),
        (timedelta(hours=15), "Sun 23:30"),
        (timedelta(days=5), "Wed 14:30"),
        (timedelta(days=7), "2026-09-14 14:30"),
        (timedelta(hours=-10), "2026-09-22 00:30"),
    ],
)
def test_a_moment_is_written_as_short_as_can_be(age: timedelta, words: str) -> None:
    assert formats.moment((NOW - age).timestamp(), NOW.timestamp()) == words


def test_the_end_of_something_short_has_seconds() -> None:
    now = NOW.timestamp()
    assert formats.until(now + 45, now) == "14:30:45"
    assert formats.until(now + 600, now) == "14:40:00"
    assert formats.until(now + 601, now) == "14:40"


@pytest.mark.parametrize("stamp", [2.0**62, -(2.0**62)])
def test_a_moment_that_no_calendar_has_is_a_question_mark(stamp: float) -> None:
    assert formats.moment(stamp, NOW.timestamp()) == "?"


def test_every_verdict_and_state_has_words_of_its_own() -> None:
    assert set(formats.VERDICTS) == set(Verdict)
    assert set(RowState) <= set(formats.STATES)
    assert formats.verdict("pondered_over") == ("pondered over", "")
    assert formats.state("asleep") == ("asleep", "")
    assert {word for word, _ in map(formats.state, formats.STATES)} <= set(formats.STYLES)
    assert formats.state("rejected", "ignored") == ("ignored", "red")
    assert formats.state("rejected", "refused") == ("rejected", "red")


@pytest.mark.parametrize(
    ("verdict", "code", "detail", "word"),
    [
        ("listening", "open", "", "playing"),
        ("disabled", "off", "paused", "paused"),
        ("disabled", "off", "off", "off"),
        ("disabled", "off", "", "off or paused"),
        ("unwanted", "skipped", "", "skipped"),
        ("unwanted", "title", "live", "filtered"),
        ("no_tags", "no_artist", "", "no artist"),
        ("counted", "heard", "", "counted"),
    ],
)
def test_a_verdict_is_read_with_its_reason(verdict: str, code: str, detail: str, word: str) -> None:
    assert formats.verdict(verdict, code, detail)[0] == word


def test_what_no_account_has_had_may_be_imported() -> None:
    assert formats.unsent("imported") == ("imported", "dim")
    assert formats.unsent("heard") == ("not sent", "yellow")


def test_what_is_held_in_a_signal_is_only_not_sent_yet() -> None:
    assert formats.event("held") == formats.event("queued") == ("waiting", "cyan")
    assert formats.event("ignored") == ("ignored", "red")


@pytest.mark.parametrize(
    ("title", "artist", "words"),
    [
        ("Fern", "Mira Holt", "Fern by Mira Holt"),
        ("Fern", "", "Fern"),
        ("", "Mira Holt", "a track without a title by Mira Holt"),
    ],
)
def test_a_track_has_a_name_whatever_is_missing(title: str, artist: str, words: str) -> None:
    assert formats.track(title, artist) == words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("90", 90), ("45s", 45), ("30 m", 1800), ("2D", 172800), ("1h30m", 5400)),
        *(("1w", 604800), ("4294967295", 2**32 - 1)),
    ],
)
def test_durations_are_written_as_people_do(text: str, seconds: int) -> None:
    assert formats.seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("3:20", 200), ("1:00:00", 3600), ("0:45", 45), ("45s", 45), ("90", 90)]
)
def test_a_length_may_be_written_as_players_show_it(text: str, seconds: int) -> None:
    assert formats.length(text) == seconds


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((formats.length, text) for text in ("3:", ":20", "a:20", "1:2:3:4", "0:00", "-1:20")),
        *((formats.length, text) for text in ("3:２0", "")),
        *((formats.switch, text) for text in ("", "perhaps", "2")),
        *((formats.number, text) for text in ("", "-1", "1.5", "１", "1" * 10)),
    ],
)
def test_what_is_no_value_is_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        read(text)


@pytest.mark.parametrize(
    ("word", "reason", "told"),
    [
        ("skipped", "skipped by you", "skipped by you"),
        ("paused", "scrobbling is paused", "scrobbling is paused"),
        ("filtered", "it names no album", "filtered: it names no album"),
        ("playing", "", "playing"),
    ],
)
def test_a_reason_that_says_the_word_itself_is_enough(word: str, reason: str, told: str) -> None:
    assert "".join(text for text, _ in formats.because((word, "dim"), reason)) == told
