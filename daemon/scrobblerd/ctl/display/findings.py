"""Writes what verifying an account has found."""

import math
import time
from collections.abc import Mapping
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


def command(account: str, since: float) -> str:
    """Returns the command that verifies an account since then (UNIX seconds, 0 = ever)."""
    days = math.ceil((time.time() - since) / DAY_SECONDS - 0.01)  # it took some time until now
    stretch = f" --since {days}d" if days > DEFAULT_DAYS else ""
    return f"scrobblerctl verify {quote(account)}{stretch if since else ' --since all'}"


def explained(finding: Finding) -> str:
    """Says in a sentence what was found of a play that is missing or doubled."""
    why = cause(finding)
    if finding["kind"] == FindingKind.DOUBLED:
        return f"It is there twice: {why}."
    again = f"{command(finding['account'], finding['listened_at'])} --repair sends it again"
    return f"Verifying has not found it there: {why or again}."
