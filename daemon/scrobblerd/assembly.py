"""Makes the worker of an account of all that accounts share."""

import os
from collections.abc import Callable

from .accounts.account import Account
from .accounts.credential_store import CredentialStore
from .accounts.keyring import Asking, Keyring
from .config.credentials import HandedToken, find_token
from .config.source import AccountConfig, ConfigSource
from .core.publisher import Publisher
from .dbus.connection import Bus
from .runtime import clock
from .scrobbling.budget import Budget
from .scrobbling.context import WorkerContext
from .scrobbling.worker import Worker
from .services.base import LoginFlow
from .services.http import HttpClient, Pace
from .services.kinds import service_of
from .storage.database import Database
from .storage.loves import LoveQueue
from .storage.queue import ScrobbleQueue


class Assembly:
    """What all accounts share, and how the worker of one is made of it."""

    def __init__(
        self, source: ConfigSource, bus: Bus, database: Database, http: HttpClient
    ) -> None:
        self.source = source
        self.bus = bus
        self.database = database
        self.publisher = Publisher()
        self.boot_id = clock.boot_id()
        self.http = http
        self._asking = Asking()

    def worker(
        self, name: str, account_id: int, account_of: Callable[[LoginFlow], Account]
    ) -> Worker:
        """Makes the worker of an account that is configured. `account_of` makes its login."""
        config = self._config_of(name)
        pace = Pace(lambda: config().limits.requests_per_second)
        http = self.http.sharing(pace.wait)
        service = service_of(config().service, lambda: config().access, http)
        context = WorkerContext(
            service=service,
            account=account_of(service.login),
            budget=Budget(lambda: config().limits),
            publisher=self.publisher,
            clock=clock.now,
        )
        queue = ScrobbleQueue(self.database, self.boot_id)
        return Worker(
            context,
            queue.for_account(account_id, service.can.oldest, lambda: service.can.one_a_second),
            LoveQueue(self.database, account_id),
            config,
        )

    def credentials(self, name: str) -> CredentialStore:
        """Makes the store of an account's login."""
        keyring = Keyring(self.bus, account=name, all_asking=self._asking)
        path = self.source.current.paths.session_of(name)
        return CredentialStore(self.source, keyring, self.publisher, path=path)

    def handed_token(self, name: str) -> HandedToken:
        """Returns the token that the user gave for an account. Raises FixTheFile."""
        config = self.source.current
        return find_token(config.accounts[name], config.paths.config, os.environ)

    def _config_of(self, name: str) -> Callable[[], AccountConfig]:
        """What is configured for an account; when it has left the file, what was last."""
        last = self.source.current.accounts[name]

        def config() -> AccountConfig:
            nonlocal last
            last = self.source.current.accounts.get(name, last)
            return last

        return config
