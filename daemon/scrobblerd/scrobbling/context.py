"""What all parts of a worker share, and what a restart must know of them."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast

from ..accounts.account import Account
from ..core.codec import StateError, dump, load
from ..core.model import Moment, Scrobble, Session
from ..core.publisher import Alert, Publisher
from ..core.submission import RowState, ScrobbleStatus
from ..services.base import Reply, Service
from .alerts import OnceADay
from .backoff import Backoff, Contact
from .bisection import BisectionState
from .budget import Budget, DayUsage
from .login_watch import LoginDoubt, LoginWatch

log = logging.getLogger(__name__)

STATE_NAME = "worker"
"""The name under which storage keeps the state of a worker."""


@dataclass(slots=True)
class WorkerContext:
    """One account at one service, what may be spent on it, who hears what happens, and the time.
    `login` watches whether the login is good."""

    service: Service
    account: Account
    budget: Budget
    publisher: Publisher
    clock: Callable[[], Moment]
    login: LoginWatch = field(init=False)
    contact: Contact = field(default_factory=Contact, init=False)
    contacts: Callable[[], Iterable[Contact]] = field(default=tuple[Contact], init=False)
    """Returns those of all accounts."""
    play_sent: Callable[[], None] = field(default=lambda: None, init=False)
    """Called when the service has taken a scrobble."""
    is_on: Callable[[], bool] = field(default=lambda: True, init=False)
    """Whether what waits may be sent: the user may have switched the account off."""

    def __post_init__(self) -> None:
        """Makes the watch of all this."""
        self.login = LoginWatch(
            service=self.service,
            account=self.account,
            budget=self.budget,
            publisher=self.publisher,
            clock=self.clock,
        )

    @property
    def wall(self) -> float:
        """Now, in UNIX seconds."""
        return self.clock().wall

    @property
    def session(self) -> Session | None:
        """The login that is used; None = there is none that is good, or the account is off."""
        return self.account.session if self.is_on() else None

    @property
    def is_away(self) -> bool:
        """Whether the server can't be reached, though another account's can."""
        return self.contact.is_away(self.contacts())

    def tried(self, reply: Reply) -> None:
        """Takes in what a request was answered, if at all."""
        self.contact.tried(reply, self.wall)
        if reply.reached:
            sent = sum(outcome.state is RowState.SENT for outcome in reply.outcomes)
            self.budget.spend(self.wall, sent)

    def alert(self, alert: Alert) -> None:
        """Tells the user something about this account."""
        self.publisher.alert(replace(alert, account=self.account.name))

    async def tell(self, status: ScrobbleStatus, scrobble: Scrobble, message: str) -> None:
        """Publishes what became of a scrobble at this account; `message` is for people."""
        if status is ScrobbleStatus.SENT:
            self.play_sent()
        await self.publisher.scrobble_changed(status, scrobble, message, self.account.name)


@dataclass(frozen=True, slots=True)
class WorkerState:
    """What a restart must know, as one value that storage keeps. The parts are never replaced, so
    each can be handed to whom it concerns."""

    backoff: Backoff = field(default_factory=Backoff)
    love_backoff: Backoff = field(default_factory=Backoff)
    usage: DayUsage = field(default_factory=DayUsage)
    bisection: BisectionState = field(default_factory=BisectionState)
    alerts: OnceADay = field(default_factory=OnceADay)
    login: LoginDoubt = field(default_factory=LoginDoubt)
    contact: Contact = field(default_factory=Contact)

    def dump(self) -> Any:
        """Returns what storage keeps."""
        return dump(self)

    def restore(self, kept: object) -> None:
        """Takes up what `dump` gave. A part that can't be read stays as at a first start."""
        found = cast("dict[str, object]", kept) if isinstance(kept, dict) else {}
        for part in fields(self):
            if found.get(part.name) is None:
                continue
            target = getattr(self, part.name)
            try:
                loaded = load(cast("type[Any]", type(target)), found[part.name])
            except StateError as error:
                log.warning("what the last run kept can't be read (%s); beginning anew", error)
                continue
            for value in fields(target):
                setattr(target, value.name, getattr(loaded, value.name))
