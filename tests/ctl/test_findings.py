"""What people read of a finding."""

import time
from typing import Any

import pytest

from scrobblerd.core.submission import Cause, FindingKind
from scrobblerd.ctl.display import findings

DAY = 86400


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
            "Verifying has not found it there: scrobblerctl verify brainz --since 9d --repair sends"
            " it again.",
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
    ("days", "stretch"), [(7, ""), (0.5, ""), (8, " --since 8d"), (30, " --since 30d")]
)
def test_the_command_has_the_time(days: float, stretch: str) -> None:
    since = time.time() - days * DAY
    assert findings.command("brainz", since) == f"scrobblerctl verify brainz{stretch}"


def test_the_command_of_all_times() -> None:
    assert findings.command("brainz", 0) == "scrobblerctl verify brainz --since all"


def test_what_helps_names_the_account() -> None:
    causes = {Cause.NO_LENGTH, Cause.SHIFTED}
    [remedy] = findings.remedies("brainz", set(map(str, causes)))
    assert "send_duration = false in [accounts.brainz]" in remedy
