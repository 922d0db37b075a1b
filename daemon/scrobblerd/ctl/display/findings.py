"""Writes what verifying an account has found."""

import time
from collections.abc import Mapping
from datetime import date, timedelta
from shlex import quote
from typing import Any

from ...core import wording
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

_REMEDIES: Mapping[str, str] = {
    Cause.COPIED: "end that import, or send no plays to {name} from here",
    Cause.NO_LENGTH: "set send_duration = false in [accounts.{name}] of config.toml, so that both"
    " are one; or end that import",
    Cause.OTHER_PROGRAM: "let one program scrobble a player: not_players in [accounts.{name}] of"
    " config.toml leaves it to the other one",
}
"""What helps from then on."""


def cause(finding: Finding) -> str:
    """Returns why a play is doubled, or stays missing; "" = nobody knows."""
    return wording.of_cause(finding["cause"], finding["client"])


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


def command_of(account: str, *starts: float) -> str:
    """Returns the command that verifies the days of plays. `starts` are UNIX seconds."""
    first, last = min(starts), max(starts)
    is_late = first < time.time() - DEFAULT_DAYS * DAY_SECONDS
    return command(account, first, last + 1 if is_late else 0)


def _day(second: float) -> date:
    """Returns the local day of a second that has been; another one may come from a damaged row."""
    return date.fromtimestamp(min(max(second, 0.0), time.time()))


def explained(finding: Finding) -> str:
    """Says in a sentence what was found of a play that is missing or doubled."""
    words = wording.of_finding(finding["kind"], finding["cause"], finding["client"])
    if finding["kind"] == FindingKind.DOUBLED or finding["cause"]:
        return f"{words}."
    verify = command_of(finding["account"], finding["listened_at"])
    return f"{words}: {verify} --repair sends it again."
