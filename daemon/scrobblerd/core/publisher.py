"""Tells what happened to everybody who subscribed. Pure: what follows from it is the subscriber's.

A room that makes something happen publishes it once. It does not know who hears of it: a signal is
sent on D-Bus, the notifier shows a notification, the status is refreshed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from . import LASTFM
from .model import AuthState, Scrobble
from .rules import Rules
from .submission import ScrobbleStatus
from .values import Int64, UInt32


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import came to; the figures of the D-Bus answer."""

    total: UInt32 = 0
    imported: UInt32 = 0
    already_loved: UInt32 = 0
    not_in_library: UInt32 = 0


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """What a backfill came to, or would come to; the figures of the D-Bus answer."""

    plays: UInt32 = 0
    queued: UInt32 = 0
    there: UInt32 = 0
    left_out: UInt32 = 0
    too_old: UInt32 = 0
    per_day: UInt32 = 0
    days: UInt32 = 0


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


@dataclass(slots=True)
class VerifyResult:
    """What a verify came to; the figures of the D-Bus answer.

    `since` and `until` are UNIX seconds. `sent` plays had to be shown, of which are so many
    `shown`, `changed` and `missing`; `foreign_by` counts by client. Of the missing ones were so
    many `sent_again`, of which `taken` by the service since; `too_old` ones can not be. Of the
    doubled listens so many were `deleted`; `being_deleted` listens are shown though they are, or
    are to be.
    """

    since: Int64 = 0
    until: Int64 = 0
    sent: UInt32 = 0
    shown: UInt32 = 0
    changed: UInt32 = 0
    missing: UInt32 = 0
    doubled: UInt32 = 0
    foreign_by: list[tuple[str, UInt32]] = field(default_factory=list[tuple[str, UInt32]])
    sent_again: UInt32 = 0
    taken: UInt32 = 0
    too_old: UInt32 = 0
    deleted: UInt32 = 0
    being_deleted: UInt32 = 0


class AlertKind(StrEnum):
    """What an alert is about."""

    KEYRING = "keyring"
    LOGIN_EXPIRED = "login expired"
    LOGIN_FAILED = "login failed"
    LOGIN_DONE = "login done"  # one that a click has begun
    LOGGED_IN = "logged in"
    ACCOUNT_LOGIN = "account login"  # of another account than Last.fm's: it has to log in again
    KEY_FAULT = "key fault"
    FAULT = "fault"
    LOVES = "loves"
    BLOCKED = "blocked"
    EXPIRING = "expiring"
    UNSENT = "unsent"  # scrobbles expire soon, and nobody is logged in
    DATABASE = "database"
    SALVAGED = "salvaged"  # from a database that was broken
    REJECTED = "rejected"
    DAILY_LIMIT = "daily limit"
    SCROBBLED = "scrobbled"
    NEW_PLAYER = "new player"
    PLAYER_LEFT_OUT = "player left out"  # by a click
    LOVED = "loved"  # or not any more
    SKIPPED = "skipped"  # or not any more


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that the user should see even if he never asks; `words` are for people, `account`
    is the one that it is about. `player`: the program that a click leaves out."""

    kind: AlertKind
    words: str
    account: str = LASTFM
    player: str = ""


SendAlert = Callable[[Alert], None]


class Subscriber:
    """Hears what happens. Override what you want to hear of; the rest is passed over."""

    async def scrobble_changed(
        self, status: ScrobbleStatus, scrobble: Scrobble, message: str, account: str = LASTFM
    ) -> None:
        """Something became of a scrobble at an account; `message` is for people. Many may come at
        once."""

    def login_changed(self, state: AuthState, username: str, account: str = LASTFM) -> None:
        """Somebody logged in to an account or out, or its login is dead."""

    def status_changed(self) -> None:
        """Something that the status shows may have changed, but for the queue."""

    def current_changed(self) -> None:
        """What a player is at has changed."""

    def loves_looked_up(self, loved: Mapping[tuple[str, str], bool]) -> None:
        """The database has said whether these tracks (artist, title) are loved."""

    def rules_changed(self, rules: Rules) -> None:
        """These rules are in force from now on."""

    def alert(self, alert: Alert) -> None:
        """The user should hear of this even if nobody asks."""

    def keyring_changed(self, trouble: str) -> None:
        """The keyring does not give the session key; `trouble` says why, "" if it works again."""

    def loves_resumed(self, account: str = LASTFM) -> None:
        """Loved tracks go out to an account again after a failure."""

    def loves_changed(self) -> None:
        """Other tracks may be loved now: the user said so, a service refused it, or an import is
        complete."""

    def import_progress(self, done: int, total: int) -> None:
        """An import of loved tracks has looked at `done` of `total`."""

    def import_finished(self, result: ImportResult) -> None:
        """An import of loved tracks is complete."""

    def backfill_progress(self, account: str, done: int, total: int) -> None:
        """A backfill has looked at `done` of `total` plays."""

    def backfill_finished(self, account: str, result: BackfillResult) -> None:
        """All that a backfill had to send was sent."""

    def scan_progress(self, done: int, total: int) -> None:
        """A scan of music folders has looked at `done` of `total` files."""

    def scan_finished(self, result: ScanResult) -> None:
        """A scan of music folders is complete."""

    def verify_progress(self, account: str, done: int, total: int) -> None:
        """A verify of an account has looked at `done` of `total` plays."""

    def verify_finished(self, account: str, result: VerifyResult) -> None:
        """A verify of an account is complete."""


class Publisher(Subscriber):
    """Passes what happened on to each subscriber, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def subscribe(self, *subscribers: Subscriber) -> None:
        """Let these hear of all that happens from now on."""
        self._subscribers += subscribers

    async def scrobble_changed(
        self, status: ScrobbleStatus, scrobble: Scrobble, message: str, account: str = LASTFM
    ) -> None:
        for each in self._subscribers:
            await each.scrobble_changed(status, scrobble, message, account)

    def login_changed(self, state: AuthState, username: str, account: str = LASTFM) -> None:
        for each in self._subscribers:
            each.login_changed(state, username, account)

    def status_changed(self) -> None:
        for each in self._subscribers:
            each.status_changed()

    def current_changed(self) -> None:
        for each in self._subscribers:
            each.current_changed()

    def loves_looked_up(self, loved: Mapping[tuple[str, str], bool]) -> None:
        for each in self._subscribers:
            each.loves_looked_up(loved)

    def rules_changed(self, rules: Rules) -> None:
        for each in self._subscribers:
            each.rules_changed(rules)

    def alert(self, alert: Alert) -> None:
        for each in self._subscribers:
            each.alert(alert)

    def keyring_changed(self, trouble: str) -> None:
        for each in self._subscribers:
            each.keyring_changed(trouble)

    def loves_resumed(self, account: str = LASTFM) -> None:
        for each in self._subscribers:
            each.loves_resumed(account)

    def loves_changed(self) -> None:
        for each in self._subscribers:
            each.loves_changed()

    def import_progress(self, done: int, total: int) -> None:
        for each in self._subscribers:
            each.import_progress(done, total)

    def import_finished(self, result: ImportResult) -> None:
        for each in self._subscribers:
            each.import_finished(result)

    def backfill_progress(self, account: str, done: int, total: int) -> None:
        for each in self._subscribers:
            each.backfill_progress(account, done, total)

    def backfill_finished(self, account: str, result: BackfillResult) -> None:
        for each in self._subscribers:
            each.backfill_finished(account, result)

    def scan_progress(self, done: int, total: int) -> None:
        for each in self._subscribers:
            each.scan_progress(done, total)

    def scan_finished(self, result: ScanResult) -> None:
        for each in self._subscribers:
            each.scan_finished(result)

    def verify_progress(self, account: str, done: int, total: int) -> None:
        for each in self._subscribers:
            each.verify_progress(account, done, total)

    def verify_finished(self, account: str, result: VerifyResult) -> None:
        for each in self._subscribers:
            each.verify_finished(account, result)
