"""Tells what happens: D-Bus signals and properties, and the status line of systemd.

Whoever changes something publishes it; many changes in a row are one refresh.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping

from dbus_next.message import Message

from ..accounts.account import Account
from ..config.runtime_settings import RuntimeSettings
from ..core import LASTFM, codec, wording
from ..core.errors import StoreFailed
from ..core.events import Current
from ..core.model import AuthState, Scrobble
from ..core.publisher import BackfillResult, ImportResult, ScanResult, Subscriber, VerifyResult
from ..core.rules import Rules
from ..core.submission import ScrobbleStatus
from ..core.text import track_named
from ..dbus.names import PROPERTIES, SCROBBLER, SCROBBLER_PATH
from ..runtime.supervision import SystemdNotifier
from ..scrobbling.workers import Workers
from ..services.base import Capabilities
from ..storage.database import STORE_RETRY_SECONDS
from ..storage.library import LibraryStore, Names
from ..storage.queue import ScrobbleQueue
from ..tracking.tracker import Tracker
from .loved_tracks import LovedTracks
from .members.accounts import AccountsMembers, facts_of
from .members.backfill import BackfillMembers
from .members.library import LibraryMembers
from .members.login import LoginMembers
from .members.queue import QueueMembers
from .members.reconciliation import ReconciliationMembers
from .properties import CurrentEntry, Properties, shown

log = logging.getLogger(__name__)

MAX_SHARE = 0.1
"""The share of the time in which what is shown is made: of hundreds of players that takes long."""

MAX_COUNTING_SECONDS = 0.1
"""For which counting a queue is held to last: longer, it waited for who had locked the database."""

SHORT_SECONDS = 0.002
"""CPU seconds after which no time is left to others: a timer costs as much. What one player is at
is made in a third of it."""

SIGNALS_BEFORE_PAUSE = 16
"""Signals of scrobbles after which the bus may catch up: thousands at once fill its socket."""

PAUSE_SECONDS = 0.01
"""How long it may."""


class StatusPublisher(Subscriber):
    """Signals what happens, and brings `properties` up to date. `send` sends a message."""

    def __init__(
        self,
        tracker: Tracker,
        workers: Workers,
        settings: RuntimeSettings,
        queue: ScrobbleQueue,
        send: Callable[[Message], object],
    ) -> None:
        self.properties = Properties()
        self.systemd = SystemdNotifier()
        self._tracker = tracker
        self._workers = workers
        self._settings = settings
        self._queue = queue
        self._loved = LovedTracks(LibraryStore(queue.database))
        self._send = send
        self._asked = asyncio.Event()
        self._queue_changed = True
        self._accounts_changed = asyncio.Event()
        self._abilities: list[tuple[str, Capabilities]] = []  # as they were shown
        self._signals_sent = 0

    # -- what happens -----------------------------------------------------------------------

    def status_changed(self) -> None:
        self._accounts_changed.set()
        self._asked.set()

    def current_changed(self) -> None:
        self._asked.set()

    def loves_looked_up(self, loved: Mapping[Names, bool]) -> None:
        self._loved.take(loved)

    def rules_changed(self, rules: Rules) -> None:
        self.status_changed()

    async def scrobble_changed(
        self, status: ScrobbleStatus, scrobble: Scrobble, message: str, account: str = LASTFM
    ) -> None:
        self._refresh_queue_soon()
        if status is ScrobbleStatus.DROPPED:  # the signal has one word for both
            status = ScrobbleStatus.REJECTED
        what = str(status), scrobble.artist, scrobble.track, message
        first, _ = self._workers.answering()
        if account in (LASTFM, first.context.account.name):
            self._send(QueueMembers.ScrobbleStatus(*what))
        self._send(AccountsMembers.AccountStatus(account, *what))
        self._signals_sent += 1
        if self._signals_sent % SIGNALS_BEFORE_PAUSE == 0:
            await asyncio.sleep(PAUSE_SECONDS)

    def login_changed(self, state: AuthState, username: str, account: str = LASTFM) -> None:
        self.status_changed()
        self._refresh_queue_soon()
        if account == LASTFM:
            self._send(LoginMembers.AuthChanged(state, username))
        self._send(AccountsMembers.AccountChanged(account, state, username))

    def loves_changed(self) -> None:
        self._loved.forget()
        self._asked.set()

    def import_progress(self, done: int, total: int) -> None:
        self._send(LibraryMembers.ImportProgress(done, total))

    def import_finished(self, result: ImportResult) -> None:
        self.properties.last_import = result
        self._asked.set()
        self._send(LibraryMembers.ImportFinished(result))

    def backfill_progress(self, account: str, done: int, total: int) -> None:
        self._refresh_queue_soon()
        self._send(BackfillMembers.BackfillProgress(account, done, total))

    def backfill_finished(self, account: str, result: BackfillResult) -> None:
        self._refresh_queue_soon()
        self._send(BackfillMembers.BackfillFinished(account, result))

    def scan_progress(self, done: int, total: int) -> None:
        self._send(LibraryMembers.ScanProgress(done, total))

    def scan_finished(self, result: ScanResult) -> None:
        self._send(LibraryMembers.ScanFinished(result))

    def verify_progress(self, account: str, done: int, total: int) -> None:
        self._send(ReconciliationMembers.VerifyProgress(account, done, total))

    def verify_finished(self, account: str, result: VerifyResult) -> None:
        self._send(ReconciliationMembers.VerifyFinished(account, result))

    def _refresh_queue_soon(self) -> None:
        self._queue_changed = True
        self._asked.set()

    # -- what is shown ----------------------------------------------------------------------

    async def run(self) -> None:
        """Shows what changes. Never returns."""
        before = self.properties.by_name()
        while True:
            await self._asked.wait()
            self._asked.clear()
            begun = time.thread_time()
            queue_changed, counting = self._queue_changed, 0.0
            try:
                counting = await self.refresh()
            except StoreFailed as error:
                log.error("%s", error)
                asyncio.get_running_loop().call_later(STORE_RETRY_SECONDS, self.status_changed)
            if queue_changed:
                self._send(QueueMembers.QueueUpdated(self.properties.queued))
            after = self.properties.by_name()
            changed = {name: value for name, value in after.items() if value != before[name]}
            before = after
            if changed:
                self._send(_properties_changed(changed))
            took = time.thread_time() - begun + min(counting, MAX_COUNTING_SECONDS)
            if took > SHORT_SECONDS:  # settings and logins are shown at once all the same
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(took * (1 / MAX_SHARE - 1)):
                        await self._accounts_changed.wait()

    async def refresh(self) -> float:
        """Brings the properties up to date. Returns for how many seconds the queue was counted for
        it, in another thread. Raises StoreFailed."""
        properties = self.properties
        services = [worker.context.service for worker in self._workers]
        abilities = [(service.label, service.can) for service in services]  # a first answer tells
        if self._accounts_changed.is_set() or abilities != self._abilities:
            self._accounts_changed.clear()
            self._abilities = abilities
            self._show_accounts()
        begun = time.monotonic()
        if self._queue_changed:
            self._queue_changed = False
            properties.queued = await self._count()
        counting = time.monotonic() - begun
        current = self._tracker.current()
        await self._loved.look_up([(player.artist, player.title) for player in current])
        properties.current = [
            _entry(player, loved=(player.artist, player.title) in self._loved) for player in current
        ]
        properties.private = self._settings.is_private
        properties.status = self._line(current)
        self.systemd.status(properties.status)
        return counting

    def _show_accounts(self) -> None:
        """What no play changes: settings and logins."""
        properties, account = self.properties, self._workers[LASTFM].context.account
        properties.accounts = [facts_of(worker, self._settings) for worker in self._workers]
        properties.settings = self._settings.shown()
        properties.authenticated = account.session is not None
        properties.username = account.username

    async def _count(self) -> int:
        try:
            return await self._queue.waiting()
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
        first, _ = self._workers.answering()
        waiting = f", {properties.queued} waiting" if properties.queued else ""
        off = _off(self._settings.rules)
        trouble = ", the database fails" if self._queue.database.trouble else ""
        who = _who(first.context.account)
        plays = "; ".join(playing) or ("Private" if properties.private else "Nothing is playing")
        return f"{plays}; {who}{waiting}{off}{trouble}"


def _off(rules: Rules) -> str:
    """Returns why nothing counts; "" if plays do."""
    if rules.private:
        return ", nothing is recorded"
    return "" if rules.enabled else ", paused" if rules.paused else ", scrobbling is off"


def _who(account: Account) -> str:
    if account.session is None:
        return account.waits_for or "not logged in"
    if not account.username:  # a file has none
        return f"plays go to {account.name}"
    place = "" if account.name == LASTFM else f" at {account.name}"
    return f"logged in as {account.username}{place}"


def _properties_changed(values: dict[str, object]) -> Message:
    variants = {name: shown(name, value) for name, value in values.items()}
    body: list[object] = [SCROBBLER, variants, []]
    return Message.new_signal(SCROBBLER_PATH, PROPERTIES, "PropertiesChanged", "sa{sv}as", body)


def _entry(current: Current, *, loved: bool) -> CurrentEntry:
    values = codec.dump(current)
    values |= values.pop("reason")
    values |= {"as_of": int(current.as_of * 1e6), "reason": wording.of_current(current)}
    del values["mbid"]
    return CurrentEntry(**values, loved=loved)
