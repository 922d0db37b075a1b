"""Writes what verifying an account has found."""

import time
from collections.abc import Mapping
from datetime import date, timedelta
from shlex import quote
from typing import Any

from ...core.submission import Cause, FindingKind
from ..arguments.reconciliation import DEFAULT_DAYS

DAY_SECONDS = 86400

Finding = Mapping[str, Any]
"""A finding, as ListFindings tells of it."""

STYLES: Mapping[str, str] = {
    FindingKind.MISSING: "red",
    FindingKind.DOUBLED: "yellow",
    FindingKind.CHANGED: "cyan",
}
"""The styles (of rich) of the kinds."""

_CAUSES: Mapping[str, str] = {
    Cause.COPIED: "{who} has copied it",
    Cause.NO_LENGTH: "{who} has copied it without its length",
    Cause.OTHER_PROGRAM: "{who} has scrobbled it, too",
    Cause.SAME_SECOND: "listed twice, with another album or length",
    Cause.SHIFTED: "listed twice, some seconds apart",
    Cause.SENT_AGAIN: "sent again",
    Cause.TOO_OLD: "too old to be sent again",
}
"""What people read for each cause."""

_REMEDIES: Mapping[str, str] = {
    Cause.COPIED: "end that import, or send no plays to {name} from here",
    Cause.NO_LENGTH: "set send_duration = false in [accounts.{name}] of config.toml, so that both"
    " are one; or end that import",
    Cause.OTHER_PROGRAM: "let one program scrobble a player: not_players in [accounts.{name}] of"
    " config.toml leaves it to the other one",
}
"""What helps from then on."""


def cause(finding: Finding) -> str:
    """Returns why a play is doubled, or stays missing; "" = nobody knows. An unknown code stays as
    it is.

    >>> cause({"cause": "copied", "client": "an importer"})
    'an importer has copied it'
    """
    words = _CAUSES.get(finding["cause"], finding["cause"])
    return words.format(who=finding["client"] or "another program")


def remedies(account: str, causes: set[str]) -> list[str]:
    """Returns what helps from then on, each once."""
    return [words.format(name=account) for code, words in _REMEDIES.items() if code in causes]


def command(account: str, since: float, until: float = 0) -> str:
    """Returns the command that verifies an account from a moment on (UNIX seconds, 0 = ever) and
    before another one (0 = now), in whole days. What is the default is left out."""
    first, last, today = _day(since), _day(until - 1), _day(time.time())
    words = ["scrobblerctl verify", quote(account)]
    if not since:
        words.append("--since all")
    elif until or first < today - timedelta(days=DEFAULT_DAYS):
        words.append(f"--since {first}")
    if until and last < today:
        words.append(f"--until {last}")
    return " ".join(words)


def _day(second: float) -> date:
    """Returns the local day of a second that has been; another one may come from a damaged row."""
    return date.fromtimestamp(min(max(second, 0.0), time.time()))


def explained(finding: Finding) -> str:
    """Says in a sentence what was found of a play that is missing or doubled."""
    why, start = cause(finding), finding["listened_at"]
    if finding["kind"] == FindingKind.DOUBLED:
        return f"It is there twice: {why}."
    is_late = start < time.time() - DEFAULT_DAYS * DAY_SECONDS  # only its day is to be verified
    again = f"{command(finding['account'], start, is_late and start + 1)} --repair sends it again"
    return f"Verifying has not found it there: {why or again}."
