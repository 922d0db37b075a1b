"""The workers of all accounts: each play goes to every account that takes it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import partial
from typing import Any

from ..core import LASTFM, wording
from ..core.account_rules import Recipient
from ..core.errors import InvalidArgument, LogIn, NotConfigured
from ..core.model import Play, Session
from ..core.submission import LoveRequest
from ..services.base import LoginKind
from ..services.same_server import server_of
from ..storage.loves import add_to_each
from .backoff import Contact
from .love_submitter import LoveOutcome
from .worker import Worker

log = logging.getLogger(__name__)

OTHERS_SECONDS = 2.0
"""Seconds for which a caller waits for accounts beside the first; it needs only the answer of that.
"""

Tasks = Callable[[], Sequence[Coroutine[Any, Any, None]]]
"""Makes all that runs for an account."""


Identity = tuple[str, str, str]
"""A server, a user, and the token if the server does not say whose it is."""


def _identity(worker: Worker, session: Session) -> Identity | None:
    """Returns what two accounts must not share; None if the account has no server."""
    context = worker.context
    server = server_of(worker.config().access.api_url)
    is_nameless = (
        context.account.login_kind is LoginKind.TOKEN and not context.service.can.check_proves_login
    )
    token = session.key if is_nameless else ""
    return (server, session.username.casefold(), token) if server else None


def _login_of(worker: Worker) -> Identity | None:
    session = worker.context.account.identity
    return _identity(worker, session) if session else None


def _twice(first: Worker, session: Session) -> str:
    """Says that a login is that of the account `first`, too."""
    account, server = first.context.account, server_of(first.config().access.api_url)
    return (
        f"{session.username} at {server} is logged in as the account {account.name}, and every play"
        " would be there twice; log in as another user, or log one of the two accounts out"
    )


class Workers:
    """The accounts that are configured, by their names. `is_on` says whether the user has switched
    an account on."""

    def __init__(self, is_on: Callable[[str], bool]) -> None:
        self._is_on = is_on
        self._workers: dict[str, Worker] = {}
        self._tasks: dict[str, Tasks] = {}
        self._running: dict[str, list[asyncio.Task[None]]] = {}
        self._changed = asyncio.Event()

    def __iter__(self) -> Iterator[Worker]:
        """The workers, that of Last.fm first."""
        return iter(list(self._workers.values()))

    def __getitem__(self, name: str) -> Worker:
        """Returns the worker of an account. Raises InvalidArgument, which names those there are."""
        if name not in self._workers:
            known = ", ".join(self._workers)
            raise InvalidArgument(f"there is no account {name!r:.40}; there are {known}")
        return self._workers[name]

    def why_waiting(self, name: str) -> str:
        """Returns why what waits for an account is not sent yet."""
        worker = self._workers.get(name)
        return worker.why_waiting() if worker else wording.GONE.format(account=name)

    @property
    def names(self) -> frozenset[str]:
        """What the accounts are called."""
        return frozenset(self._workers)

    # -- one login at two accounts ----------------------------------------------------------

    def check_user(self, name: str, session: Session) -> None:
        """Raises LogIn if another account has the login that `name` is about to get."""
        wanted = _identity(self._workers[name], session)
        for worker in self:
            account = worker.context.account
            if account.name != name and self._is_on(account.name) and _login_of(worker) == wanted:
                raise LogIn(_twice(worker, session))

    def stop_twins(self) -> None:
        """Stops each account whose login an account before it has, and lets go those that were
        stopped and need not be any more."""
        logins: dict[Identity, Worker] = {}
        for worker in self:
            account, login = worker.context.account, _login_of(worker)
            first = logins.get(login) if login else None
            session = account.identity
            why = _twice(first, session) if first and session else ""
            if why != account.stopped:
                account.stop(why)
                worker.retry_now()
                if why:
                    log.warning("%s is stopped: %s", account.name, why)
            if login and self._is_on(account.name):
                logins.setdefault(login, worker)

    def add(self, name: str, worker: Worker, tasks: Tasks) -> None:
        """An account is there from now on."""
        self._workers[name], self._tasks[name] = worker, tasks
        worker.context.contacts = self._contacts
        worker.context.is_on = partial(self._may_send, name)
        self._changed.set()

    async def remove(self, name: str) -> None:
        """An account has left the configuration. Its rows are kept. What it does ends before its
        worker writes things down: both would write the same."""
        worker = self._workers.pop(name)
        del self._tasks[name]
        running = self._running.pop(name, [])
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await worker.stop()

    async def stop(self) -> None:
        """Writes down what a restart must know."""
        for worker in self:
            await worker.stop()

    async def run(self) -> None:
        """Runs what belongs to each account for as long as it is there. Never returns."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                for name in self._tasks.keys() - self._running.keys():
                    tasks = [group.create_task(task) for task in self._tasks[name]()]
                    self._running[name] = tasks
                await self._changed.wait()

    def _may_send(self, name: str) -> bool:
        """Whether what waits for an account may be sent. At Last.fm the switch is about new plays
        only."""
        return name == LASTFM or self._is_on(name)

    def switched(self) -> None:
        """Accounts may have been switched on or off."""
        self.stop_twins()
        for worker in self:
            worker.wake()

    def _contacts(self) -> list[Contact]:
        return [worker.context.contact for worker in self]

    # -- plays ------------------------------------------------------------------------------

    def takers(self) -> list[Worker]:
        """Returns the accounts that plays go to now: those that are switched on. If there is
        another account, Last.fm waits for a first login only with an API key of the user's own."""
        lastfm = self._workers[LASTFM]
        on = [
            worker
            for name, worker in self._workers.items()
            if self._is_on(name) and not worker.context.account.stopped
        ]
        others = [worker for worker in on if worker is not lastfm]
        if others and not lastfm.context.account.is_wanted:
            return others
        return on or [lastfm]

    def answering(self) -> tuple[Worker, list[Worker]]:
        """Returns the account whose answer speaks for all, and the others that plays go to: that of
        Last.fm, or without it the first where somebody is logged in."""
        first, *others = takers = self.takers()
        if first is not self._workers[LASTFM]:
            logged_in = (worker for worker in takers if worker.context.account.session)
            first = next(logged_in, first)
            others = [worker for worker in takers if worker is not first]
        return first, others

    def in_use(self) -> list[Worker]:
        """Returns the accounts whose queue is the user's: Last.fm's, but if nobody has ever logged
        in there, those others where somebody has."""
        lastfm = self._workers[LASTFM]
        others = [worker for worker in self.takers() if worker is not lastfm]
        if lastfm.context.account.username or not others:
            return [lastfm]
        return [worker for worker in others if worker.context.account.session] or others

    def recipients(self) -> list[Recipient]:
        """Returns the accounts that plays go to now, as storage needs them."""
        return [worker.recipient for worker in self.takers()]

    def announce(self, play: Play) -> None:
        """Announces what plays now at each account."""
        for worker in self.takers():
            worker.announce(play)

    def forget_announcements(self) -> None:
        """Announces nothing that waits for its turn."""
        for worker in self:
            worker.announcer.forget()

    async def queued(self, play: Play) -> None:
        """Rows were made of a play for these accounts."""
        for worker in self.takers():
            await worker.queued(play)

    # -- loves ------------------------------------------------------------------------------

    async def love(self, request: LoveRequest) -> list[Worker]:
        """Keeps a request to love, or not to any more, for each account that takes loves; from now
        on the library follows it. Returns the workers of the accounts, which send it. Raises
        NotConfigured if there is none."""
        lovers = [worker for worker in self.takers() if worker.takes_loves]
        if not lovers:
            raise NotConfigured(
                "no account can love tracks: log in to Last.fm, Libre.fm or ListenBrainz, and set"
                " love = true"
            )
        await add_to_each([worker.love_wish(request) for worker in lovers])
        lovers[0].context.publisher.loves_changed()
        return lovers

    @staticmethod
    async def outcomes(
        lovers: Sequence[Worker], request: LoveRequest, seconds: float
    ) -> dict[str, LoveOutcome]:
        """Returns what became of a request by the account's name, of the first account after
        `seconds` at most. No other one holds that up for long."""
        first, *others = (worker.loves for worker in lovers)
        outcomes = await asyncio.gather(
            first.outcome(request, seconds),
            *(loves.outcome(request, OTHERS_SECONDS) for loves in others),
        )
        names = (worker.context.account.name for worker in lovers)
        return dict(zip(names, outcomes, strict=True))

    def retry_now(self) -> None:
        """Network back, resumed: waiting any longer makes no sense."""
        for worker in self:
            worker.retry_now()
