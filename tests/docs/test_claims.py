"""What the pages claim of limits, delays, losses and leaks is true, or a test fails.

`claims.toml` names the tests of each claim. Here the figures in the pages are those of the code.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache

import pytest

from scrobblerd import pipeline
from scrobblerd.accounts import browser_login, credential_store, keyring
from scrobblerd.control import callers
from scrobblerd.control.members import queue as members
from scrobblerd.control.members import submit
from scrobblerd.core import rules, values
from scrobblerd.core.submission import Limits
from scrobblerd.dbus import bounded_reader as reader
from scrobblerd.desktop import notifier
from scrobblerd.mpris import listener, roster
from scrobblerd.runtime import stop, supervision
from scrobblerd.scrobbling import backoff, bisection, login_watch, submitter
from scrobblerd.services.lastfm import LASTFM
from scrobblerd.storage import database, queue
from scrobblerd.storage.repair import tidying
from scrobblerd.tracking import deadlines, play_lifecycle, player_machine, position, settling
from tests.support.paths import ROOT, TESTS

MINUTE, HOUR, MEGABYTE = 60.0, 3600.0, 2**20

DEFAULTS, LIMITS = rules.Rules(), Limits()

FIGURES: dict[str, tuple[str, ...]] = {
    "architecture": (
        f"The database has {pipeline.LAST_WRITE_SECONDS:g} s for it",
        f"each room is closed, and left after {stop.STEP_SECONDS:g} s",
        f"the process is left after {stop.UNSAVED_STOP_SECONDS:g} s, and its status is 1",
    ),
    "tracking": (
        f"A call to a player times out after {listener.PLAYER_TIMEOUT_SECONDS:g} s",
        f"{reader.TURN_SECONDS * 1000:g} ms at a time, {reader.MAX_BODY_BYTES // MEGABYTE} MB and"
        f" {reader.MAX_VALUES:,} values a body, {reader.MAX_SIGNALS_PER_SECOND} signals a second"
        f" from one connection, {reader.MAX_NAMES_PER_SECOND} names of players a second",
        f"more than {reader.MAX_SIGNALS_OF_ALL} signals in a second",
        f"and {roster.MAX_PLAYERS} in all",
        f"a reconnect within {player_machine.RETURN_SECONDS:g} s",
        f"still so {position.RECHECK_SECONDS:g} s later",
        f"if it is {play_lifecycle.MAX_ADVERTISEMENT_SECONDS:g} s at most",
        f"After {settling.SETTLE_LIMIT_SECONDS:g} s the newest complete set is taken",
        f"have a tolerance of {rules.END_TOLERANCE_SECONDS:g} s",
        f"read {deadlines.BARE_STATUS_SECONDS:g} s later, at most once in"
        f" {player_machine.LOOK_EVERY_SECONDS:g} s",
        f"| `scrobble_threshold` | {DEFAULTS.scrobble_threshold} |",
        "{0} to {1}: less is set to {0}, more to {1}".format(*rules.THRESHOLD_RANGE),
        *(
            f"| `{name}` | {getattr(DEFAULTS, name):g} |"
            for name in (
                "minimum_seconds",
                "maximum_seconds",
                "minimum_track_seconds",
                "stream_minimum_seconds",
            )
        ),
        f"Last.fm is told none under {LASTFM.least_duration} s",
    ),
    "submission": (
        f"a batch of {LASTFM.can.batch} rows at most",
        f"in the last {queue.LIVE_SECONDS / MINUTE:g} min goes before a backlog",
        f"older than {(LASTFM.can.oldest or 0) / (24 * HOUR):g} days expire",
        f"`Scrobble` waits {submit.SUBMIT_TIMEOUT_SECONDS:g} s at most",
        f"comes again after {login_watch.SECOND_OPINION_SECONDS / MINUTE:g} min",
        f"{backoff.FIRST_WAIT_SECONDS:g} s × 2ⁿ",
        f"{backoff.MAX_UNREACHED_WAIT_SECONDS / MINUTE:g} min at most",
        f"the same backoff, {backoff.MAX_REACHED_WAIT_SECONDS / MINUTE:g} min at most",
        f"{backoff.BLOCK_WAITS_SECONDS[0] / MINUTE:g} min, then"
        f" {backoff.BLOCK_WAITS_SECONDS[1] / HOUR:g} h each time",
        "after {:g}, {:g}, {:g}, {:g} h, then daily".format(
            *(seconds / HOUR for seconds in backoff.PROBE_WAITS_SECONDS)
        ),
        "after {:g} and {:g} min, then as above".format(
            *(seconds / MINUTE for seconds in backoff.DOUBT_WAITS_SECONDS)
        ),
        f"only after {bisection.FAILURES_BEFORE_BISECTION} failures",
        f"up to {bisection.MAX_PARK_SECONDS / HOUR:g} h",
        f"{LIMITS.requests_per_second} requests a second, {LIMITS.requests_per_day} requests a"
        f" day, {LIMITS.scrobbles_per_day:,} scrobbles a day",
        f"one in {notifier.DIGEST_SECONDS:g} s at most",
        f"asked for every {browser_login.POLL_SECONDS:g} s, for"
        f" {browser_login.LOGIN_SECONDS / MINUTE:g} min",
    ),
    "storage": (
        f"leave after {tidying.KEEP_SENT_SECONDS / (24 * HOUR):g} days",
        f"by more than {tidying.CLOCK_SLACK_SECONDS / MINUTE:g} min",
        f"tried again every {database.STORE_RETRY_SECONDS:g} s",
        f"tries again every {supervision.START_RETRY_SECONDS:g} s",
        f"does not take within {pipeline.LAST_WRITE_SECONDS:g} s",
    ),
    "secrets": (f"It is ended after {keyring.ANSWER_SECONDS:g} s",),
    "security": (
        f"{values.MAX_ROWS} entries at most",
        f"{reader.MAX_CALL_BODY_BYTES // 1024} KB and {reader.MAX_CALL_VALUES:,} values at most",
        f"Of one connection {callers.MAX_CALLS:,} calls and"
        f" {callers.MAX_CALL_BYTES // MEGABYTE} MB of them may wait,"
        f" {callers.MAX_CALLS_AT_ONCE} are worked on",
        f"After {callers.MAX_SENT_BYTES // MEGABYTE} MB within a minute",
    ),
}


def test_figures_that_are_written_as_words_are_those_of_the_code() -> None:
    assert members.RETRY_TIMEOUT_SECONDS < 20.0
    assert (database.LOCK_SECONDS, roster.MAX_NAMES_PER_OWNER) == (1.0, 4)
    assert credential_store.Timing().overdue_seconds == MINUTE
    assert (submitter.REFUSALS_BEFORE_ALERT, backoff.BLOCKS_BEFORE_ALERT) == (3, 3)
    assert (bisection.PARK_SECONDS, play_lifecycle.MAX_STOPPED_SECONDS) == (HOUR, HOUR)
    assert (bisection.FAILURES_BY_CHANCE, bisection.FAILURES_BEFORE_REJECTION) == (2, 8)
    assert (bisection.MIN_REJECTION_SECONDS, callers.SENT_SECONDS) == (24 * HOUR, MINUTE)


@cache
def page(name: str) -> str:
    """The text of a page, with a space for each line end."""
    path = ROOT / "README.md" if name == "README" else ROOT / "docs" / f"{name}.md"
    return re.sub(r"\n(?:- |[ ]*)", " ", path.read_text(encoding="utf-8")).replace("**", "")


def claims() -> Iterator[tuple[str, str, str]]:
    """Each page, what it claims, and a test of that."""
    table = tomllib.loads((TESTS / "docs" / "claims.toml").read_text(encoding="utf-8"))
    for name, pairs in table.items():
        for claim, tests in pairs.items():
            yield from ((name, claim, test) for test in tests)


@pytest.mark.parametrize(
    ("name", "figure"), [(name, each) for name, figures in FIGURES.items() for each in figures]
)
def test_a_figure_of_the_code_stands_in_its_page(name: str, figure: str) -> None:
    assert figure in page(name)


@pytest.mark.parametrize(("name", "claim", "test"), list(claims()))
def test_a_claim_stands_in_its_page_and_has_a_test(name: str, claim: str, test: str) -> None:
    file, _, function = test.partition("::")
    assert claim in page(name)
    assert f"def {function}(" in (TESTS / file).read_text(encoding="utf-8")
