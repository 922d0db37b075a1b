"""What is shown of the daemon: the D-Bus properties and systemd's status line, kept up to date.

Many changes in a row are one look: whoever changes something publishes it.
"""

import asyncio
import logging
from dataclasses import asdict
from typing import Any

from ..accounts.account import Account
from ..config.runtime_settings import Preferences
from ..core import wording
from ..core.errors import StoreFailed
from ..core.events import Current
from ..core.model import AuthState, Scrobble
from ..core.publisher import Subscriber
from ..core.reports import ImportResult
from ..core.submission import ScrobbleStatus
from ..core.text import track_named
from ..runtime.systemd import SystemdNotifier
from ..storage.database import STORE_RETRY
from ..storage.queue import ScrobbleQueue
from ..tracking.tracker import Tracker
from .dbus_object import DbusObject
from .interface import Properties

log = logging.getLogger(__name__)


class StatusPublisher(Subscriber):
    """Looks at the rooms after a change and shows what differs."""

    def __init__(
        self,
        facts: Properties,
        tracker: Tracker,
        account: Account,
        preferences: Preferences,
        queue: ScrobbleQueue,
        notifier: SystemdNotifier,
    ) -> None:
        self._facts = facts
        self._tracker = tracker
        self._account = account
        self._preferences = preferences
        self._queue = queue
        self._notifier = notifier
        self._touched = asyncio.Event()
        self._shown: dict[str, object] = {}
        self._queue_touched = True
        self._last_import: dict[str, Any] = {}

    def status_changed(self) -> None:
        self._touched.set()

    async def scrobble_changed(
        self, status: ScrobbleStatus, scrobble: Scrobble, message: str
    ) -> None:
        self._refresh_queue()

    def login_changed(self, state: AuthState, username: str) -> None:
        self._refresh_queue()

    def _refresh_queue(self) -> None:
        self._queue_touched = True
        self._touched.set()

    async def run(self, control: DbusObject) -> None:
        """Show what changes, for ever."""
        self._shown = _shown(self._facts)
        while True:
            await self._touched.wait()
            self._touched.clear()
            queue_touched = self._queue_touched
            try:
                await self.look()
            except StoreFailed as error:
                log.error("%s", error)
                asyncio.get_running_loop().call_later(STORE_RETRY, self.status_changed)
            shown, before = _shown(self._facts), self._shown
            self._shown = shown
            names = [name for name, value in shown.items() if value != before.get(name)]
            if names:
                control.changed(*names)
            if queue_touched:
                control.queue_changed()

    async def look(self) -> None:
        """Bring the facts up to date."""
        facts, rules, session = self._facts, self._preferences.rules, self._account.session
        facts.enabled, facts.threshold = rules.enabled, rules.scrobble_threshold
        facts.authenticated, facts.username = session is not None, self._account.username
        if self._queue_touched:
            self._queue_touched = False
            facts.queued = await self._count()
        current = self._tracker.current()
        facts.current = [_shown_current(one) for one in current]
        facts.status = self._line(current)
        facts.last_import = self._last_import
        self._notifier.status(facts.status)

    async def _count(self) -> int:
        try:
            return (await self._queue.counts()).queued
        except StoreFailed:
            self._queue_touched = True
            raise

    def import_finished(self, result: ImportResult) -> None:
        self.show_import(asdict(result))

    def show_import(self, figures: dict[str, Any]) -> None:
        """Show what the last import came to."""
        self._last_import = figures
        self.status_changed()

    def _line(self, current: list[Current]) -> str:
        facts = self._facts
        playing = [
            f"Playing {track_named(one.title, one.artist, 60)}" for one in current if one.rate
        ]
        who = f"logged in as {facts.username}" if facts.authenticated else self._absence()
        waiting = f", {facts.queued} waiting" if facts.queued else ""
        off = "" if facts.enabled else ", scrobbling is off"
        trouble = ", the database fails" if self._queue.database.trouble else ""
        return f"{'; '.join(playing) or 'Nothing is playing'}; {who}{waiting}{off}{trouble}"

    def _absence(self) -> str:
        return self._account.waits_for or "not logged in"


def _shown_current(current: Current) -> dict[str, Any]:
    """What a player is at, by the names of `Current`."""
    why = asdict(current.reason) | {"reason": wording.of_current(current)}
    return asdict(current) | why | {"as_of": int(current.as_of * 1e6)}


def _shown(facts: Properties) -> dict[str, object]:
    """The properties as they are shown."""
    return {
        "Current": facts.current,
        "Enabled": facts.enabled,
        "ScrobbleThreshold": facts.threshold,
        "Authenticated": facts.authenticated,
        "Username": facts.username,
        "Queued": facts.queued,
        "Status": facts.status,
        "LastImport": facts.last_import,
    }
