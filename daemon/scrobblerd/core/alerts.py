"""What the user should hear of even if nobody asks. How it looks is told in `desktop`. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class AlertKind(StrEnum):
    """What an alert is about."""

    KEYRING = "keyring"
    LOGIN_EXPIRED = "login expired"
    LOGIN_FAILED = "login failed"
    LOGIN_DONE = "login done"  # one that a click has begun
    LOGGED_IN = "logged in"
    KEY_FAULT = "key fault"
    FAULT = "fault"
    LOVES = "loves"
    BLOCKED = "blocked"
    EXPIRING = "expiring"
    UNSENT = "unsent"  # likewise, and nobody is logged in
    DATABASE = "database"
    SALVAGED = "salvaged"  # from a database that was broken
    REJECTED = "rejected"
    DAILY_LIMIT = "daily limit"
    SCROBBLED = "scrobbled"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that the user should see even if he never asks; `words` are for people."""

    kind: AlertKind
    words: str


SendAlert = Callable[[Alert], None]
