"""Tells what happened to everybody who subscribed. Pure: what follows from it is the subscriber's.

A room that makes something happen publishes it once. It does not know who hears of it: the D-Bus
object sends a signal, the notifier shows a notification, the status is refreshed.
"""

from .model import AuthState, Scrobble
from .reports import Alert, ImportResult, ScanResult
from .rules import Rules
from .submission import ScrobbleStatus


class Subscriber:
    """Hears what happens. Override what you want to hear of; the rest is passed over."""

    async def scrobble_changed(
        self, status: ScrobbleStatus, scrobble: Scrobble, message: str
    ) -> None:
        """Something became of a scrobble; `message` is for people. Many may come at once."""

    def login_changed(self, state: AuthState, username: str) -> None:
        """Somebody logged in or out, or the login is dead."""

    def status_changed(self) -> None:
        """Something that the status shows may have changed, but for the queue."""

    def rules_changed(self, rules: Rules) -> None:
        """These rules are in force from now on."""

    def alert(self, alert: Alert) -> None:
        """The user should hear of this even if nobody asks."""

    def keyring_changed(self, trouble: str) -> None:
        """The keyring does not give the session key; `trouble` says why, "" if it works again."""

    def loves_resumed(self) -> None:
        """Loved tracks go out again after a failure."""

    def import_progress(self, done: int, total: int) -> None:
        """An import of loved tracks has looked at `done` of `total`."""

    def import_finished(self, result: ImportResult) -> None:
        """An import of loved tracks is complete."""

    def scan_progress(self, done: int, total: int) -> None:
        """A scan of music folders has looked at `done` of `total` files."""

    def scan_finished(self, result: ScanResult) -> None:
        """A scan of music folders is complete."""


class Publisher(Subscriber):
    """Passes what happened on to each subscriber, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def subscribe(self, *subscribers: Subscriber) -> None:
        """Let these hear of all that happens from now on."""
        self._subscribers += subscribers

    async def scrobble_changed(
        self, status: ScrobbleStatus, scrobble: Scrobble, message: str
    ) -> None:
        for each in self._subscribers:
            await each.scrobble_changed(status, scrobble, message)

    def login_changed(self, state: AuthState, username: str) -> None:
        for each in self._subscribers:
            each.login_changed(state, username)

    def status_changed(self) -> None:
        for each in self._subscribers:
            each.status_changed()

    def rules_changed(self, rules: Rules) -> None:
        for each in self._subscribers:
            each.rules_changed(rules)

    def alert(self, alert: Alert) -> None:
        for each in self._subscribers:
            each.alert(alert)

    def keyring_changed(self, trouble: str) -> None:
        for each in self._subscribers:
            each.keyring_changed(trouble)

    def loves_resumed(self) -> None:
        for each in self._subscribers:
            each.loves_resumed()

    def import_progress(self, done: int, total: int) -> None:
        for each in self._subscribers:
            each.import_progress(done, total)

    def import_finished(self, result: ImportResult) -> None:
        for each in self._subscribers:
            each.import_finished(result)

    def scan_progress(self, done: int, total: int) -> None:
        for each in self._subscribers:
            each.scan_progress(done, total)

    def scan_finished(self, result: ScanResult) -> None:
        for each in self._subscribers:
            each.scan_finished(result)
