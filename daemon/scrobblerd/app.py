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
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from .accounts.account import Account
from .accounts.credential_store import CredentialStore
from .accounts.keyring import Keyring
from .config.loader import load
from .config.runtime_settings import RuntimeSettings
from .config.source import Config, ConfigSource
from .control.dbus_object import DbusObject
from .control.members.daemon import DaemonMembers
from .control.members.library import LibraryMembers
from .control.members.login import LoginMembers
from .control.members.players import PlayersMembers
from .control.members.plays import PlaysMembers
from .control.members.queue import QueueMembers
from .control.members.settings import SettingsMembers
from .control.members.submit import SubmitMembers
from .control.publisher import StatusPublisher
from .core import codec
from .core.codec import StateError
from .core.errors import StoreFailed
from .core.model import AuthState
from .core.publisher import ImportResult, Publisher
from .dbus.connection import Bus, connect, until_lost
from .desktop.notification_server import NotificationServer
from .desktop.notifier import Notifier
from .desktop.system_events import SystemEvents
from .library.loved_import import LAST_IMPORT, ImportOptions, LovedImport
from .library.scanner import Scanner
from .mpris.listener import Listener
from .pipeline import Pipeline
from .runtime import clock
from .runtime.state_folder import Lock, state_folder
from .runtime.stop import Stop, ThreadPerCall, briefly
from .runtime.supervision import SystemdNotifier, supervise
from .scrobbling.budget import Budget
from .scrobbling.context import WorkerContext
from .scrobbling.worker import Worker
from .services.audioscrobbler.client import AudioscrobblerService
from .services.base import terms_of
from .services.http import HttpClient, Pace
from .services.lastfm import LASTFM
from .storage.accounts import LASTFM_ACCOUNT
from .storage.database import Database
from .storage.history import History
from .storage.library import LibraryStore
from .storage.loves import LovedStore, LoveQueue
from .storage.plays import PlayStore
from .storage.queue import AccountQueue, ScrobbleQueue
from .tracking.tracker import Tracker

log = logging.getLogger(__name__)


START_RETRY_SECONDS = 2.0
"""Seconds between two tries to use the state folder and the database at the start."""

Result = TypeVar("Result")


async def run(config: Config) -> None:
    """Run until SIGTERM or SIGINT. Raises ScrobblerdError for what can't be mended here."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # as SIGTERM: a start may be given up at once
    asyncio.get_running_loop().set_default_executor(ThreadPerCall())
    stop = Stop()
    async with AsyncExitStack() as stack:
        closes = partial(stack.push_async_callback, briefly)
        stack.callback(stop.leave)
        systemd = SystemdNotifier()
        lock = await _when_the_disk_works(
            lambda: _entered(stack, config.paths.state_folder), systemd, told=_log_error
        )
        bus = await connect()
        stack.callback(bus.close)
        lock.tell(bus.address)
        source = ConfigSource(config)
        desktop = NotificationServer(bus, lambda: source.current.notifications)
        closes(desktop.stop)
        database = await _when_the_disk_works(
            lambda: Database.open(config.paths.database, desktop.salvaged, desktop.database_fails),
            systemd,
            told=desktop.database_fails,
        )
        closes(database.close)
        pace = Pace(lambda: source.current.account.limits.requests_per_second)
        http = HttpClient(pace.wait, proxy=lambda: source.current.proxy)
        closes(http.close)
        app = App(source, bus, database, desktop, http)
        closes(app.notifier.stop)
        closes(app.music.stop)
        await app.begin()
        stack.callback(stop.saved)
        closes(app.worker.stop)
        stack.push_async_callback(app.pipeline.stop)
        gc.collect()
        gc.freeze()  # what imports left need not be walked at every collection
        await app.control.start()
        stop.listen()  # up to here there is nothing to lose
        closes(app.control.stop)
        stack.callback(app.status.systemd.stopping)
        stack.callback(stop.limit)
        await supervise(stop.asked, [*app.tasks(), app.serve(bus)])


def _log_error(words: str) -> None:
    if words:
        log.error("%s", words)


async def _entered(stack: AsyncExitStack, folder: Path) -> Lock:
    return stack.enter_context(state_folder(folder))


async def _when_the_disk_works(
    attempt: Callable[[], Awaitable[Result]],
    systemd: SystemdNotifier,
    told: Callable[[str], None],
) -> Result:
    """Returns what `attempt` gives. As long as the disk refuses, waits, and tells why."""
    before = ""
    while True:
        try:
            result = await attempt()
        except StoreFailed as error:
            why = str(error)
        else:
            if before:
                log.info("the disk works; going on")
                told("")
            return result
        if why != before:
            told(f"{why}; waiting until it works")
        before = why
        systemd.waits(why, START_RETRY_SECONDS)
        await asyncio.sleep(START_RETRY_SECONDS)


class Music:
    """What knows the user's music and loved tracks."""

    def __init__(self, source: ConfigSource, database: Database, context: WorkerContext) -> None:
        self.store = LibraryStore(database)
        self.scanner = Scanner(self.store, source, context.publisher)
        self.loved_import = LovedImport(
            store=LovedStore(database, LASTFM_ACCOUNT),
            service=context.service,
            options=ImportOptions(lambda: source.current.account.loved_mirror),
            publisher=context.publisher,
            refused=context.login.refused,
        )

    async def stop(self) -> None:
        """Breaks off what is under way."""
        await self.scanner.stop()
        await self.loved_import.stop()


class App:
    """What the daemon is made of. Logins, resumes and reloads are led to whom they concern."""

    def __init__(
        self,
        source: ConfigSource,
        bus: Bus,
        database: Database,
        desktop: NotificationServer,
        http: HttpClient,
    ) -> None:
        boot_id = clock.boot_id()
        self.publisher = Publisher()
        self.settings = RuntimeSettings(source, self.publisher.rules_changed)
        lastfm = AudioscrobblerService(LASTFM, lambda: source.current.account.access, http)
        self.credentials = CredentialStore(source, Keyring(bus), self.publisher)
        self.account = Account(self.credentials, lastfm.login, self._login_changed)
        context = WorkerContext(
            service=lastfm,
            account=self.account,
            budget=Budget(lambda: source.current.account.limits),
            publisher=self.publisher,
            clock=clock.now,
        )
        queue = ScrobbleQueue(database, boot_id).for_account(LASTFM_ACCOUNT, LASTFM.can.oldest)
        self.worker = Worker(
            context,
            queue,
            LoveQueue(database, LASTFM_ACCOUNT),
            announces=lambda: source.current.account.now_playing,
        )
        self.music = Music(source, database, context)
        self.pipeline = Pipeline(
            listener=Listener(bus),
            tracker=Tracker(self.settings.rules, boot_id),
            store=PlayStore(database, boot_id),
            worker=self.worker,
            publisher=self.publisher,
        )
        self.status = StatusPublisher(
            tracker=self.pipeline.tracker,
            account=self.account,
            settings=self.settings,
            queue=queue,
            send=bus.send,
        )
        subjects = self._subjects(source, database, queue)
        self.control = DbusObject(bus, subjects, self.status.properties)
        folder = source.current.paths.state_folder
        self.notifier = Notifier(desktop, self.account, lastfm.pages, folder)
        self.publisher.subscribe(self.notifier, self.status, self.pipeline)

    def _subjects(
        self, source: ConfigSource, database: Database, queue: AccountQueue
    ) -> list[object]:
        """Makes what can be asked of all this, a subject each."""
        tracker = self.pipeline.tracker
        queued = QueueMembers(queue, self.worker, self._retry_now)
        return [
            LoginMembers(self.account),
            SettingsMembers(self.settings, self.account, partial(self._reload, source)),
            SubmitMembers(self.settings, self.worker, queued),
            PlaysMembers(
                History(database, terms_of(self.worker.context.service)), queued.why_waiting
            ),
            queued,
            PlayersMembers(
                tracker, self.settings, self.pipeline.wake, self.pipeline.listener.left_out
            ),
            LibraryMembers(
                library=self.music.store,
                loved_import=self.music.loved_import,
                scanner=self.music.scanner,
                worker=self.worker,
                tracker=tracker,
            ),
            DaemonMembers(
                source=source, database=database, worker=self.worker, queue=queue, tracker=tracker
            ),
        ]

    async def begin(self) -> None:
        """Take up what the last run left."""
        await self.worker.restore()
        await self.pipeline.restore()
        with contextlib.suppress(StateError):
            state = await self.music.loved_import.store.kept(LAST_IMPORT)
            self.status.properties.last_import = codec.load(ImportResult, state)
        if self.account.session:
            await self.worker.logged_in(self.account.username)
        await self.status.refresh()

    async def serve(self, bus: Bus) -> None:
        """Hears the players, and tells systemd so, until the bus has gone. Raises BusLost."""
        try:
            await self.pipeline.listener.start()
            self.status.systemd.ready()
            await until_lost(bus)
        finally:
            self.pipeline.listener.stop()

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """All that runs for as long as the daemon does."""
        return [
            self.pipeline.run(),
            *self.worker.tasks(),
            self.credentials.run(self._recalled),
            self.status.run(),
            self.status.systemd.watchdog(),
            SystemEvents(self._resumed, self._retry_now).run(),
            self.settings.run(),
        ]

    # -- what changes -----------------------------------------------------------------------

    async def _login_changed(self, state: AuthState, username: str) -> None:
        if state is AuthState.AUTHENTICATED:
            await self.settings.change(enabled=True)
            await self._logged_in(username)
        elif state is AuthState.DISCONNECTED:
            await self.settings.change(enabled=False)
            await self.music.loved_import.stop()
        self.publisher.login_changed(state, username)

    async def _recalled(self, username: str, key: str) -> None:
        """The key has come from the keyring: the login is as it was."""
        if self.account.recalled(username, key):
            await self._logged_in(username)
            self.status.login_changed(AuthState.AUTHENTICATED, username)  # no news for the desktop

    async def _logged_in(self, username: str) -> None:
        await self.worker.logged_in(username)
        self.pipeline.tracker.announce_again()
        self.pipeline.wake()
        self._retry_now()

    def _reload(self, source: ConfigSource) -> None:
        """Read the configuration again; a broken one changes nothing."""
        config = load(source.current.paths.config, os.environ)
        source.replace(config)
        logging.getLogger().setLevel(config.log_level.upper())
        key_from = config.account.access.key_from
        old = f", but for the API key in its {key_from}" if key_from else ""
        log.info("the configuration was read again%s", old)
        self._retry_now()  # the key or the address may be what was wrong

    def _resumed(self) -> None:
        self.pipeline.listener.read_all()
        self.publisher.rules_changed(self.settings.rules)  # a pause may have ended meanwhile
        self._retry_now()

    def _retry_now(self) -> None:
        self.pipeline.retry_now()
        self.worker.retry_now()
