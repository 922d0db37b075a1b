"""What people read of a finding."""

import time
from datetime import date, datetime
from typing import Any

import pytest

from scrobblerd.core.submission import Cause, FindingKind
from scrobblerd.ctl.display import findings

DAY = 86400


def ago(days: float) -> str:
    """The day so many days ago, as people write it."""
    return f"{date.fromtimestamp(time.time() - days * DAY)}"


def a_finding(kind: str, cause: str = "", **other: Any) -> dict[str, Any]:
    return {
        "account": "brainz",
        "kind": kind,
        "cause": cause,
        "listened_at": int(time.time() - 8.5 * DAY),  # the tests may take hours
        "artist": "Mira Holt Trio",
        "track": "Fern",
        "client": "",
        **other,
    }


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause])
def test_each_cause_has_words(cause: Cause) -> None:
    words = findings.cause(a_finding(FindingKind.DOUBLED, cause))
    assert words
    assert words != cause
    assert "{" not in words


def test_an_unknown_cause_stays_as_it_is() -> None:
    assert findings.cause(a_finding(FindingKind.DOUBLED, "of_tomorrow")) == "of_tomorrow"


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (
            a_finding(FindingKind.DOUBLED, Cause.COPIED, client="an importer"),
            "It is there twice: an importer has copied it.",
        ),
        (
            a_finding(FindingKind.MISSING),
            f"Verifying has not found it there: scrobblerctl verify brainz --since {ago(8.5)}"
            f" --until {ago(8.5)} --repair sends it again.",
        ),
        (
            a_finding(FindingKind.MISSING, Cause.TOO_OLD),
            "Verifying has not found it there: too old to be sent again.",
        ),
    ],
)
def test_a_finding_is_explained(finding: dict[str, Any], words: str) -> None:
    assert findings.explained(finding) == words


@pytest.mark.parametrize(
    ("since", "until", "stretch"),
    [
        (7, None, ""),
        (0.5, None, ""),
        (8, None, f" --since {ago(8)}"),
        (2526, None, f" --since {ago(2526)}"),
        (30, 20, f" --since {ago(30)} --until {ago(20)}"),
        (3, 2, f" --since {ago(3)} --until {ago(2)}"),
        (30, 0, f" --since {ago(30)}"),
        (-3, None, ""),
        (1e12, None, " --since 1970-01-01"),
    ],
)
def test_the_command_has_the_time(since: float, until: float | None, stretch: str) -> None:
    now = time.time()
    end = 0 if until is None else now - until * DAY
    told = findings.command("brainz", now - since * DAY, end)
    assert told == f"scrobblerctl verify brainz{stretch}"


def test_the_end_of_a_day_is_that_day() -> None:
    midnight = datetime(2019, 6, 1).timestamp()
    told = findings.command("brainz", midnight - 9.0, midnight)
    assert told == "scrobblerctl verify brainz --since 2019-05-31 --until 2019-05-31"


def test_the_command_of_all_times() -> None:
    assert findings.command("brainz", 0) == "scrobblerctl verify brainz --since all"


def test_what_helps_names_the_account() -> None:
    causes = {Cause.NO_LENGTH, Cause.SHIFTED}
    [remedy] = findings.remedies("brainz", set(map(str, causes)))
    assert "send_duration = false in [accounts.brainz]" in remedy
