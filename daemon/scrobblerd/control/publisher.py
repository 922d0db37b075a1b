"""What is shown of the daemon: the D-Bus properties and systemd's status line, kept up to date.

Whoever changes something publishes it; many changes in a row are one refresh.
"""

import asyncio
import logging
from dataclasses import asdict

from ..accounts.account import Account
from ..config.runtime_settings import Preferences
from ..core import wording
from ..core.errors import StoreFailed
from ..core.events import Current
from ..core.model import AuthState, Scrobble
from ..core.publisher import Subscriber
from ..core.reports import ImportResult
from ..core.rules import Rules
from ..core.submission import ScrobbleStatus
from ..core.text import track_named
from ..runtime.supervision import SystemdNotifier
from ..storage.database import STORE_RETRY_SECONDS
from ..storage.queue import AccountQueue
from ..tracking.tracker import Tracker
from .answers import CurrentEntry
from .dbus_object import DbusObject
from .properties import Properties

log = logging.getLogger(__name__)


class StatusPublisher(Subscriber):
    """Brings `properties` up to date, and has the changes signalled."""

    def __init__(
        self,
        tracker: Tracker,
        account: Account,
        preferences: Preferences,
        queue: AccountQueue,
        notifier: SystemdNotifier,
    ) -> None:
        self.properties = Properties()
        self._tracker = tracker
        self._account = account
        self._preferences = preferences
        self._queue = queue
        self._notifier = notifier
        self._asked = asyncio.Event()
        self._queue_changed = True

    def status_changed(self) -> None:
        self._asked.set()

    def rules_changed(self, rules: Rules) -> None:
        self._asked.set()

    async def scrobble_changed(
        self, status: ScrobbleStatus, scrobble: Scrobble, message: str
    ) -> None:
        self._refresh_queue_soon()

    def login_changed(self, state: AuthState, username: str) -> None:
        self._refresh_queue_soon()

    def import_finished(self, result: ImportResult) -> None:
        self.properties.last_import = result
        self._asked.set()

    def _refresh_queue_soon(self) -> None:
        self._queue_changed = True
        self._asked.set()

    async def run(self, control: DbusObject) -> None:
        """Shows what changes. Never returns."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            queue_changed = self._queue_changed
            try:
                await self.refresh()
            except StoreFailed as error:
                log.error("%s", error)
                asyncio.get_running_loop().call_later(STORE_RETRY_SECONDS, self.status_changed)
            if queue_changed:
                control.queue_changed(self.properties.queued)
            control.signal_changes()

    async def refresh(self) -> None:
        """Brings the properties up to date. Raises StoreFailed."""
        properties, account = self.properties, self._account
        properties.settings = self._preferences.shown()
        properties.authenticated = account.session is not None
        properties.username = account.username
        if self._queue_changed:
            self._queue_changed = False
            properties.queued = await self._count()
        current = self._tracker.current()
        properties.current = [_entry(player) for player in current]
        properties.status = self._line(current)
        self._notifier.status(properties.status)

    async def _count(self) -> int:
        try:
            return (await self._queue.counts()).queued
        except StoreFailed:
            self._queue_changed = True
            raise

    def _line(self, current: list[Current]) -> str:
        properties = self.properties
        playing = [
            f"Playing {track_named(player.title, player.artist, 60)}"
            for player in current
            if player.rate
        ]
        absence = self._account.waits_for or "not logged in"
        who = f"logged in as {properties.username}" if properties.authenticated else absence
        waiting = f", {properties.queued} waiting" if properties.queued else ""
        off = "" if properties.settings["enabled"] else ", scrobbling is off"
        trouble = ", the database fails" if self._queue.database.trouble else ""
        return f"{'; '.join(playing) or 'Nothing is playing'}; {who}{waiting}{off}{trouble}"


def _entry(current: Current) -> CurrentEntry:
    values = asdict(current) | asdict(current.reason)
    values |= {"as_of": int(current.as_of * 1e6), "reason": wording.of_current(current)}
    return CurrentEntry(**values)
