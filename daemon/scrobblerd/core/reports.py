"""What is reported: alerts for the user, and the figures that longer work came to. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from .values import UInt32


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import came to; the figures of the D-Bus answer."""

    total: UInt32 = 0
    imported: UInt32 = 0
    already_loved: UInt32 = 0
    not_in_library: UInt32 = 0


@dataclass(slots=True)
class FileCounts:
    """What a batch of files came to."""

    added: int = 0
    changed: int = 0
    unreadable: int = 0


MAX_LISTED_FILES = 100
"""Unreadable files that are told by name."""


@dataclass(slots=True)
class ScanResult:
    """What a scan came to; the figures of the D-Bus answer."""

    files: UInt32 = 0
    added: UInt32 = 0
    changed: UInt32 = 0
    unchanged: UInt32 = 0
    removed: UInt32 = 0
    untagged: UInt32 = 0
    unreadable: UInt32 = 0
    unreadable_files: list[str] = field(default_factory=list[str])

    def take(self, batch: FileCounts) -> None:
        """Add what a batch came to."""
        for part in fields(batch):
            setattr(self, part.name, getattr(self, part.name) + getattr(batch, part.name))

    def failed(self, errors: Sequence[dict[str, Any]]) -> None:
        """List what could not be read."""
        room = MAX_LISTED_FILES - len(self.unreadable_files)
        self.unreadable_files += [f"{one['url']}: {one['error']}" for one in errors[:room]]


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
