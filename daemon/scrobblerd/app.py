"""The composition root: what the daemon is made of, how it starts, runs and stops.

    players ─▶ mpris ─▶ pipeline [ tracking ─▶ storage ] ─▶ scrobbling ─▶ services
                           ▲                                    │ publisher
                         time                control, desktop ◀─┘ (what happened)

Things start in the order in which they stand here and stop in the reverse one. What a task can't
mend ends the program, with all that is known on disk; systemd starts it anew.
"""

import asyncio
import contextlib
import gc
import logging
import os
import signal
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any

from .accounts.account import Account
from .accounts.credential_store import CredentialStore
from .accounts.keyring import Keyring
from .config.loader import load
from .config.runtime_settings import Preferences
from .config.source import Config, ConfigSource
from .control.dbus_object import DbusObject
from .control.diagnosis import Diagnosis
from .control.members.base import Operations
from .control.operations.daemon import DaemonOperations
from .control.operations.library import LibraryOperations
from .control.operations.login import LoginOperations
from .control.operations.players import PlayersOperations
from .control.operations.plays import PlaysOperations
from .control.operations.queue import QueueOperations
from .control.operations.settings import SettingsOperations
from .control.operations.submit import SubmitOperations
from .control.publisher import StatusPublisher
from .core import codec
from .core.codec import StateError
from .core.model import AuthState
from .core.publisher import Publisher
from .core.reports import ImportResult
from .core.submission import Limits
from .dbus.connection import Bus, connect, until_lost
from .desktop.notification_server import NotificationServer
from .desktop.notifier import Notifier
from .desktop.system_events import Wakeups
from .library.loved_import import LAST_IMPORT, LovedImport
from .library.scanner import Scanner
from .mpris.listener import Listener
from .pipeline import Pipeline
from .runtime import clock
from .runtime.state_folder import state_folder
from .runtime.supervision import SystemdNotifier, supervise
from .scrobbling.budget import Budget
from .scrobbling.context import WorkerContext
from .scrobbling.worker import Worker
from .services.audioscrobbler.service import AudioscrobblerService
from .services.http import HttpClient
from .services.lastfm import LASTFM
from .services.pace import Pace
from .storage.accounts import LASTFM_ACCOUNT
from .storage.database import Database
from .storage.history import History
from .storage.library import LibraryStore
from .storage.loves import LovedStore, LoveQueue
from .storage.plays import PlayStore
from .storage.queue import ScrobbleQueue
from .tracking.tracker import Tracker

log = logging.getLogger(__name__)


async def run(config: Config) -> None:
    """Run until SIGTERM or SIGINT. Raises ScrobblerdError for what can't be mended here."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # as SIGTERM: a start may be given up at once
    async with AsyncExitStack() as stack:
        stack.enter_context(state_folder(config.paths.state_folder))
        bus = await connect()
        stack.callback(bus.close)
        source = ConfigSource(config)
        desktop = NotificationServer(bus, lambda: source.current.notifications)
        stack.push_async_callback(desktop.stop)
        database = await Database.open(
            config.paths.database, desktop.salvaged, desktop.database_fails
        )
        stack.push_async_callback(database.close)
        app = App(source, bus, database, desktop)
        stack.push_async_callback(app.http.close)
        stack.push_async_callback(app.notifier.stop)
        await app.begin()
        stack.push_async_callback(app.worker.stop)
        stack.push_async_callback(app.pipeline.stop)
        gc.collect()
        gc.freeze()  # what imports left need not be walked at every collection
        await app.control.start()
        asked = asyncio.Event()  # up to here there is nothing to lose
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, asked.set)
        stack.push_async_callback(app.control.stop)
        stack.push_async_callback(app.loved_import.stop)
        stack.push_async_callback(app.scanner.stop)
        await app.listener.start()
        stack.callback(app.listener.stop)
        stack.callback(app.systemd.stopping)
        app.systemd.ready()
        await supervise(asked, app.tasks())


class App:
    """What the daemon is made of. Logins, resumes and reloads are led to whom they concern."""

    def __init__(
        self, source: ConfigSource, bus: Bus, database: Database, desktop: NotificationServer
    ) -> None:
        paths, boot_id = source.current.paths, clock.boot_id()
        self._source, self._bus, self._database = source, bus, database
        self.systemd = SystemdNotifier()
        self.publisher = Publisher()
        self.preferences = Preferences(source, self.publisher.rules_changed)
        self.http = HttpClient(Pace(lambda: self._limits().requests_per_second).wait)
        self.lastfm = AudioscrobblerService(
            LASTFM, lambda: source.current.account.access, self.http
        )
        self.credentials = CredentialStore(source, Keyring(bus), self.publisher)
        self.account = Account(self.credentials, self.lastfm.login, self._login_changed)
        self.notifier = Notifier(desktop, self.account, self.lastfm.pages, paths.state_folder)
        self.queue = ScrobbleQueue(database, boot_id).for_account(LASTFM_ACCOUNT)
        self.tracker = Tracker(self.preferences.rules, boot_id)
        context = WorkerContext(
            service=self.lastfm,
            account=self.account,
            budget=Budget(self._limits),
            publisher=self.publisher,
            clock=clock.now,
        )
        self.worker = Worker(
            context,
            self.queue,
            LoveQueue(database, LASTFM_ACCOUNT),
            announces=lambda: source.current.account.now_playing,
        )
        self._build_library()
        self.status = StatusPublisher(
            tracker=self.tracker,
            account=self.account,
            preferences=self.preferences,
            queue=self.queue,
            notifier=self.systemd,
        )
        self.listener = Listener(bus)
        self.pipeline = Pipeline(
            listener=self.listener,
            tracker=self.tracker,
            store=PlayStore(database, boot_id),
            worker=self.worker,
            publisher=self.publisher,
        )
        self.control = DbusObject(bus, self._operations(), self.status.properties)
        self.system_events = Wakeups(self._resumed, self._retry_now)
        self.publisher.subscribe(self.notifier, self.status, self.pipeline, self.control)

    def _limits(self) -> Limits:
        return self._source.current.account.limits

    def _build_library(self) -> None:
        """Makes what knows the user's music and loved tracks."""
        self.library = LibraryStore(self._database)
        self.loved = LovedStore(self._database, LASTFM_ACCOUNT)
        self.loved_import = LovedImport(
            store=self.loved,
            service=self.lastfm,
            mirror=lambda: self._source.current.account.loved_mirror,
            publisher=self.publisher,
            expired=self.account.expired,
        )
        self.scanner = Scanner(self.library, self._source, self.publisher)

    def _operations(self) -> Operations:
        """What can be asked of all this."""
        queue = QueueOperations(
            queue=self.queue,
            worker=self.worker,
            retry_now=self._retry_now,
        )
        return Operations(
            login=LoginOperations(self.account),
            settings=SettingsOperations(self.preferences, self.account, self._reload),
            submit=SubmitOperations(self.preferences, self.worker, queue),
            plays=PlaysOperations(History(self._database), queue.why_waiting),
            queue=queue,
            players=PlayersOperations(self.tracker, self.preferences, self.pipeline.wake),
            library=LibraryOperations(
                library=self.library,
                loved=self.loved,
                loved_import=self.loved_import,
                scanner=self.scanner,
                worker=self.worker,
                tracker=self.tracker,
            ),
            daemon=DaemonOperations(self._diagnosis().findings),
        )

    def _diagnosis(self) -> Diagnosis:
        return Diagnosis(
            source=self._source,
            database=self._database,
            worker=self.worker,
            queue=self.queue,
            tracker=self.tracker,
        )

    async def begin(self) -> None:
        """Take up what the last run left."""
        await self.worker.restore()
        await self.pipeline.restore()
        with contextlib.suppress(StateError):
            state = await self.loved.kept(LAST_IMPORT)
            self.status.import_finished(codec.load(ImportResult, state))
        if self.account.session:
            await self.worker.logged_in(self.account.username)
        await self.status.refresh()

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """All that runs for as long as the daemon does."""
        return [
            self.pipeline.run(),
            *self.worker.tasks(),
            self.credentials.run(self._recalled),
            self.status.run(self.control),
            self.system_events.run(),
            self.systemd.watchdog(),
            self.preferences.run(),
            until_lost(self._bus),
        ]

    # -- what changes -----------------------------------------------------------------------

    async def _login_changed(self, state: AuthState, username: str) -> None:
        if state is AuthState.AUTHENTICATED:
            await self.preferences.change(enabled=True)
            await self._logged_in(username)
        elif state is AuthState.DISCONNECTED:
            await self.preferences.change(enabled=False)
            await self.loved_import.stop()
        self.publisher.login_changed(state, username)

    async def _recalled(self, username: str, key: str) -> None:
        """The key has come from the keyring: the login is as it was."""
        if self.account.recalled(username, key):
            await self._logged_in(username)
            for each in (self.control, self.status):  # no news for the desktop
                each.login_changed(AuthState.AUTHENTICATED, username)

    async def _logged_in(self, username: str) -> None:
        await self.worker.logged_in(username)
        self.tracker.announce_again()
        self.pipeline.wake()
        self._retry_now()

    def _reload(self) -> None:
        """Read the configuration again; a broken one changes nothing."""
        config = load(self._source.current.paths.config, os.environ)
        self._source.replace(config)
        logging.getLogger().setLevel(config.log_level.upper())
        key_from = config.account.access.key_from
        old = f", but for the API key in its {key_from}" if key_from else ""
        log.info("the configuration was read again%s", old)
        self._retry_now()  # the key or the address may be what was wrong

    def _resumed(self) -> None:
        self.listener.read_all()
        self.publisher.rules_changed(self.preferences.rules)  # a pause may have ended meanwhile
        self._retry_now()

    def _retry_now(self) -> None:
        self.pipeline.retry_now()
        self.worker.retry_now()
