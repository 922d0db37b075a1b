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
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

from .accounts.account import Account
from .accounts.credential_store import CredentialStore
from .assembly import Assembly
from .config.loader import load
from .config.runtime_settings import RuntimeSettings
from .config.source import AccountConfig, Config, ConfigSource
from .control.dbus_object import DbusObject
from .control.members.accounts import AccountsMembers
from .control.members.backfill import BackfillMembers
from .control.members.corrections import CorrectionsMembers
from .control.members.daemon import DaemonMembers
from .control.members.library import LibraryMembers
from .control.members.login import LoginMembers
from .control.members.players import PlayersMembers
from .control.members.plays import PlaysMembers
from .control.members.queue import QueueMembers
from .control.members.reconciliation import ReconciliationMembers
from .control.members.settings import SettingsMembers
from .control.members.submit import SubmitMembers
from .control.publisher import StatusPublisher
from .core import LASTFM, codec, wording
from .core.codec import StateError
from .core.errors import FixTheFile
from .core.model import AuthState
from .core.publisher import ImportResult
from .core.rules import Rules
from .dbus.connection import Bus, connect, until_lost
from .desktop.new_players import NewPlayers
from .desktop.notification_server import NotificationServer
from .desktop.notifier import Notifier
from .desktop.system_events import SystemEvents
from .library.loved_import import LAST_IMPORT
from .library.scanner import Scanner
from .mpris.listener import Listener
from .pipeline import Pipeline
from .reconciliation.backfiller import Backfiller
from .reconciliation.deleter import Deleter
from .reconciliation.verifier import Verifiers
from .runtime.state_folder import Lock, state_folder
from .runtime.stop import Stop, ThreadPerCall, briefly
from .runtime.supervision import SystemdNotifier, supervise, when_the_disk_works
from .scrobbling.worker import Worker
from .scrobbling.workers import Workers
from .services.base import LoginFlow, terms_of
from .services.http import HttpClient
from .storage.accounts import LASTFM_ACCOUNT, account_ids
from .storage.database import Database
from .storage.editing.deletions import DeletionQueue
from .storage.history import History
from .storage.library import LibraryStore
from .storage.plays import KnownPlayers, PlayStore
from .storage.queue import ScrobbleQueue
from .tracking.tracker import Tracker

log = logging.getLogger(__name__)


async def run(config: Config) -> None:
    """Run until SIGTERM or SIGINT. Raises ScrobblerdError for what can't be mended here."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # as SIGTERM: a start may be given up at once
    asyncio.get_running_loop().set_default_executor(ThreadPerCall())
    stop = Stop()
    async with AsyncExitStack() as stack:
        closes = partial(stack.push_async_callback, briefly)
        stack.callback(stop.leave)
        systemd = SystemdNotifier()
        stack.callback(systemd.close)
        lock = await when_the_disk_works(
            lambda: _entered(stack, config.paths.state_folder), systemd, told=_log_error
        )
        bus = await connect()
        stack.callback(bus.close)
        lock.tell(bus.address)
        source = ConfigSource(config)
        desktop = NotificationServer(bus, lambda: source.current.notifications)
        closes(desktop.stop)
        database = await when_the_disk_works(
            lambda: Database.open(config.paths.database, desktop.salvaged, desktop.database_fails),
            systemd,
            told=desktop.database_fails,
        )
        closes(database.close)
        http = HttpClient(proxy=lambda: source.current.proxy)
        closes(http.close)
        app = App(Assembly(source, bus, database, http), desktop)
        stack.callback(app.status.systemd.close)
        closes(app.notifier.stop)
        closes(app.new_players.stop)
        closes(app.scanner.stop)
        await app.begin()
        stack.callback(stop.saved)
        closes(app.workers.stop)
        closes(app.verifiers.stop)
        stack.push_async_callback(app.pipeline.stop)
        gc.collect()
        gc.freeze()  # what imports left need not be walked at every collection
        await app.control.start()
        stop.listen()  # up to here there is nothing to lose
        closes(app.control.stop)
        stack.callback(app.status.systemd.stopping)
        stack.callback(stop.limit)
        await supervise(stop.asked, [*app.tasks(), app.serve(bus)])


def _tell_of_config(config: Config) -> None:
    """Logs if a number is outside of its bounds, or if a file of the machine's that may hold an API
    key is broken."""
    for name, given, kept in config.clamped:
        log.warning("%s: %s", name, wording.of_clamped(given, kept))
    if fault := config.account.access.key_fault:
        log.error("there is no API key: %s", fault)


def _is_good(worker: Worker) -> bool:
    return worker.context.account.session is not None


def _log_error(words: str) -> None:
    if words:
        log.error("%s", words)


async def _entered(stack: AsyncExitStack, folder: Path) -> Lock:
    return stack.enter_context(state_folder(folder))


class App:
    """What the daemon is made of. Logins, resumes and reloads are led to whom they concern."""

    def __init__(self, parts: Assembly, desktop: NotificationServer) -> None:
        self.parts = parts
        self.publisher = parts.publisher
        self.settings = RuntimeSettings(parts.source, self._rules_changed)
        self.workers = Workers(self.settings.is_on)
        self.backfillers: dict[str, Backfiller] = {}
        self.verifiers = Verifiers(self.workers)
        lastfm = self._add(LASTFM, LASTFM_ACCOUNT)
        self.library = LibraryStore(parts.database)
        self.scanner = Scanner(self.library, parts.source, self.publisher)
        self.pipeline = Pipeline(
            listener=Listener(parts.bus),
            tracker=Tracker(self.settings.rules, parts.boot_id),
            store=PlayStore(parts.database, parts.boot_id),
            workers=self.workers,
            publisher=self.publisher,
        )
        self.status = StatusPublisher(
            tracker=self.pipeline.tracker,
            workers=self.workers,
            settings=self.settings,
            queue=ScrobbleQueue(parts.database, parts.boot_id),
            send=parts.bus.send,
        )
        self.control = DbusObject(parts.bus, self._subjects(lastfm), self.status.properties)
        folder = parts.source.current.paths.state_folder
        pages = lastfm.context.service.pages
        self.notifier = Notifier(desktop, lastfm.context.account, pages, folder)
        self.new_players = NewPlayers(
            desktop,
            parts.source,
            self.settings,
            known=KnownPlayers(parts.database),
            tracker=self.pipeline.tracker,
        )
        self.publisher.subscribe(self.notifier, self.status, self.pipeline, self.new_players)

    def _subjects(self, lastfm: Worker) -> list[object]:
        """Makes what can be asked of all this, a subject each."""
        tracker, source, database = self.pipeline.tracker, self.parts.source, self.parts.database
        account = lastfm.context.account
        queues = ScrobbleQueue(database, self.parts.boot_id)
        history = History(database, terms_of(lastfm.context.service))
        return [
            LoginMembers(account),
            AccountsMembers(self.workers, self.settings, self.parts.handed_token, database),
            SettingsMembers(self.settings, account, self._reload),
            SubmitMembers(self.settings, self.workers, database),
            PlaysMembers(history, self.workers.why_waiting),
            CorrectionsMembers(history, self.workers, self.settings, tracker.current),
            QueueMembers(queues, self.workers, self._retry_now),
            ReconciliationMembers(self.verifiers, database),
            PlayersMembers(
                tracker=tracker,
                settings=self.settings,
                wake=self.pipeline.wake,
                left_out=self.pipeline.listener.left_out,
                alert=self.publisher.alert,
            ),
            LibraryMembers(
                library=self.library,
                scanner=self.scanner,
                workers=self.workers,
                tracker=tracker,
                alert=self.publisher.alert,
            ),
            BackfillMembers(self.workers, self.backfillers, database),
            DaemonMembers(
                source=source,
                database=database,
                worker=lastfm,
                tracker=tracker,
                clock_ahead=self.parts.http.server_date.clock_ahead,
            ),
        ]

    def _add(self, name: str, account_id: int) -> Worker:
        """Makes the worker of an account."""
        store = self.parts.credentials(name)
        worker = self.parts.worker(name, account_id, partial(self._account, name, store))
        recalled = partial(self._recalled, worker)
        deletions = DeletionQueue(self.parts.database, account_id)
        deleter = Deleter(worker.context, deletions, worker.submitter.wake)
        backfiller = self.backfillers[name] = Backfiller(worker)
        worker.companions += [deleter, backfiller]
        self.workers.add(
            name,
            worker,
            lambda: [*worker.tasks(), store.run(recalled), deleter.run(), backfiller.run()],
        )
        return worker

    def _account(self, name: str, store: CredentialStore, flow: LoginFlow) -> Account:
        account = Account(
            store=store,
            flow=flow,
            changed=partial(self._login_changed, name),
            name=name,
            check_user=partial(self.workers.check_user, name),
        )
        self._hand_over(account)
        return account

    def _hand_over(self, account: Account) -> None:
        """Gives an account the token that the user hands over for it."""
        try:
            account.hand_over(self.parts.handed_token(account.name))
        except FixTheFile as error:
            log.error("%s is not logged in: %s", account.name, error)

    async def begin(self) -> None:
        """Take up what the last run left."""
        _tell_of_config(self.parts.source.current)
        await self.workers[LASTFM].begin()
        await self._follow_config()
        await self._follow_keys({})
        await self.pipeline.restore()
        with contextlib.suppress(StateError):
            state = await self.workers[LASTFM].loved_import.store.kept(LAST_IMPORT)
            self.status.properties.last_import = codec.load(ImportResult, state)
        await self.status.refresh()

    async def serve(self, bus: Bus) -> None:
        """Hears the players, and tells systemd so, until the bus has gone. Raises BusLost."""
        try:
            await self.pipeline.listener.start()
            self.status.systemd.ready()
            await until_lost(bus)
        finally:
            self.pipeline.listener.stop()

    async def _follow_config(self) -> None:
        """Adds the accounts that are new in the configuration, and takes leave of those that have
        left it, or are at another service now."""
        accounts = self.parts.source.current.accounts
        ids = await self._account_ids(accounts)
        for name in self.workers.names:
            account = accounts.get(name)
            if account is None or account.service != self.workers[name].context.service.kind:
                await self.workers.remove(name)
        for name in accounts:
            if name not in self.workers.names:
                await self._add(name, ids[name]).begin()
        self.workers.stop_twins()
        self.status.status_changed()

    async def _account_ids(self, accounts: Mapping[str, AccountConfig]) -> dict[str, int]:
        services = {name: config.service for name, config in accounts.items()}
        return await account_ids(self.parts.database, services)

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """All that runs for as long as the daemon does."""
        return [
            self.pipeline.run(),
            self.workers.run(),
            self.status.run(),
            self.status.systemd.watchdog(),
            SystemEvents(self._resumed, self._retry_now).run(),
            self.settings.run(),
        ]

    # -- what changes -----------------------------------------------------------------------

    def _rules_changed(self, rules: Rules) -> None:
        self.workers.switched()
        self.publisher.rules_changed(rules)

    async def _login_changed(self, name: str, state: AuthState, username: str) -> None:
        if state is AuthState.AUTHENTICATED:
            if not self.workers[name].context.account.is_handed:  # which logs in by itself
                await self.settings.switch(name, on=True)
            await self._logged_in(self.workers[name], username)
        elif state is AuthState.DISCONNECTED:
            await self.settings.switch(name, on=False)
            await self.workers[name].loved_import.stop()
        self.workers.stop_twins()
        self.publisher.login_changed(state, username, name)

    async def _recalled(self, worker: Worker, username: str, key: str) -> None:
        """The key has come from the keyring: the login is as it was."""
        account = worker.context.account
        if account.recalled(username, key):
            await self._logged_in(worker, username)
            # no news for the desktop
            self.status.login_changed(AuthState.AUTHENTICATED, username, account.name)

    async def _logged_in(self, worker: Worker, username: str) -> None:
        await worker.logged_in(username)
        self.pipeline.tracker.announce_again()
        self.pipeline.wake()
        self._retry_now()

    async def _reload(self) -> None:
        """Read the configuration again; a broken one changes nothing."""
        source = self.parts.source
        config = load(source.current.paths.config, os.environ)
        await self._account_ids(config.accounts)
        was_good = {worker.context.account.name: _is_good(worker) for worker in self.workers}
        source.replace(config)
        for worker in self.workers:
            if worker.context.account.name in config.accounts:
                self._hand_over(worker.context.account)
        await self._follow_config()
        await self._follow_keys(was_good)
        logging.getLogger().setLevel(config.log_level.upper())
        access = config.account.access
        old = f", but for the API key in its {access.key_from}" if access.key_needs_restart else ""
        log.info("the configuration was read again%s", old)
        _tell_of_config(config)
        self._retry_now()  # the key or the address may be what was wrong

    async def _follow_keys(self, was_good: Mapping[str, bool]) -> None:
        """Tells of logins that another API key has ended, or has brought back. `was_good`: which
        accounts had a login that was good; the others are those that have one now."""
        for worker in self.workers:
            account = worker.context.account
            if account.awaits_check:  # which is told when it is done
                continue
            before = was_good.get(account.name, account.has_expired and not account.dead_session)
            if before and account.session is None:
                self.publisher.login_changed(AuthState.EXPIRED, account.username, account.name)
            elif not before and account.session and account.name in was_good:
                await self._logged_in(worker, account.username)
                self.status.login_changed(AuthState.AUTHENTICATED, account.username, account.name)

    def _resumed(self) -> None:
        self.pipeline.listener.read_all()
        self.publisher.rules_changed(self.settings.rules)  # a pause may have ended meanwhile
        self._retry_now()

    def _retry_now(self) -> None:
        self.pipeline.retry_now()
        self.workers.retry_now()
