"""Decides whether a login is dead, tries a dead one now and then, and logs in with a token that was
handed over.

One refusal proves nothing: servers say "invalid session key" in their bad hours too. A login is
dead if a second question says the same, or if the same answer comes again minutes later and nothing
went well meanwhile. Its key is kept until the user logs in or out. Times are UNIX seconds.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..accounts.account import Account
from ..core.errors import Busy, ScrobblerdError, TryLater
from ..core.model import AuthState, Moment, Session
from ..core.publisher import Alert, AlertKind, Publisher
from ..services.base import Remedy, Reply, Service
from .backoff import PROBE_WAITS_SECONDS
from .budget import Budget

log = logging.getLogger(__name__)

TOKEN_WAITS_SECONDS = (30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
"""Waits between tries to log in with a token if the server can't be asked; the last one repeats."""

SECOND_OPINION_SECONDS = 120.0
"""The same answer again after so long is a second opinion."""


@dataclass(slots=True)
class LoginDoubt:
    """What speaks against the login; kept over a restart. `refused_at`: when it was first refused,
    0 = it was not; `next_probe`: when one that is not good is tried again, after `delay` seconds
    that it was to be at first, whatever the clock does."""

    refused_at: float = 0.0
    is_dead: bool = False
    probes: int = 0
    next_probe: float = 0.0
    delay: float = 0.0

    def clear(self) -> None:
        """Nothing does."""
        self.refused_at, self.is_dead = 0.0, False
        self.probes, self.next_probe, self.delay = 0, 0.0, 0.0

    def tried(self, wall: float, waits: Sequence[float]) -> None:
        """It was not good again. `waits`: seconds to wait, the last one repeats."""
        probes = max(0, self.probes)  # a disk may return any
        self.delay = waits[min(probes, len(waits) - 1)]
        self.next_probe = wall + self.delay
        self.probes = min(probes + 1, len(waits))

    def wait(self, wall: float) -> float:
        """Seconds until the next try. A clock that was set back does not prolong it."""
        longest = min(self.delay, PROBE_WAITS_SECONDS[-1])
        self.next_probe = min(self.next_probe, wall + longest)
        return max(0.0, self.next_probe - wall)


class LoginWatch:
    """Watches the login of one account."""

    def __init__(
        self,
        service: Service,
        account: Account,
        budget: Budget,
        publisher: Publisher,
        clock: Callable[[], Moment],
    ) -> None:
        self.doubt = LoginDoubt()
        self._service = service
        self._account = account
        self._budget = budget
        self._publisher = publisher
        self._clock = clock

    def restored(self) -> None:
        """Takes up that the login was dead before a restart. It is tried at once: a restart is how
        another key may come."""
        self.doubt.next_probe = 0.0
        if self.doubt.is_dead:
            self._account.suspend()

    def accepted(self) -> None:
        """The service took the login, or there is another one."""
        self.doubt.clear()

    async def refused(self, session: Session) -> bool:
        """The service refused the login. Returns whether it is dead by a second opinion."""
        wall = self._clock().wall
        check = await self._check(session, wall)
        if check.ok and self._service.can.check_proves_login:
            self.doubt.refused_at = 0.0
            log.warning("the login was refused, but it is good by a second question")
            return False
        since = abs(wall - self.doubt.refused_at) if self.doubt.refused_at else 0.0
        if check.remedy is Remedy.REAUTH or since >= SECOND_OPINION_SECONDS:
            self.doubt.is_dead, self.doubt.probes = True, 0
            self.doubt.tried(wall, PROBE_WAITS_SECONDS)
            await self._account.expired(session)
            return True
        self.doubt.refused_at = self.doubt.refused_at or wall
        return False

    async def probe(self) -> float | None:
        """Tries a dead login if it is time to, or a token that was handed over. Returns seconds
        until the next try, 0 = it is good again, None = there is neither."""
        session, wall = self._account.dead_session, self._clock().wall
        if session is None and not self._account.awaits_check:
            return None
        if (wait := self.doubt.wait(wall)) > 0:
            return wait
        if session is None:
            return await self._log_in(wall)
        check = await self._check(session, wall)
        is_good = check.ok and self._service.can.check_proves_login
        if is_good and self._account.revived(session):
            self.doubt.clear()
            log.warning("the login of %s is good again", session.username)
            name = self._account.name
            self._publisher.login_changed(AuthState.AUTHENTICATED, session.username, name)
            return 0.0
        self.doubt.tried(wall, PROBE_WAITS_SECONDS)
        return self.doubt.wait(wall)

    async def _log_in(self, wall: float) -> float:
        """Logs in with a token that was handed over, as `probe` says."""
        name, waits = self._account.name, PROBE_WAITS_SECONDS
        try:
            await self._account.log_in_by_token()
        except (TryLater, Busy) as error:
            log.info("%s is not logged in yet: %s", name, error)
            waits = TOKEN_WAITS_SECONDS
        except ScrobblerdError as error:
            words = f"not logged in: {self._account.absence or error}"
            if self.doubt.probes:
                log.warning("%s: %s", name, words)
            else:
                self._publisher.alert(Alert(AlertKind.ACCOUNT_LOGIN, words, name))
            self._publisher.status_changed()
        else:
            self.doubt.clear()
            return 0.0
        self.doubt.tried(wall, waits)
        return self.doubt.wait(wall)

    def retry_now(self) -> None:
        """Something changed for the better: a login that is not good is tried at once."""
        self.doubt.next_probe = 0.0

    async def _check(self, session: Session, wall: float) -> Reply:
        """Asks the service whether the login is good. The request counts like others."""
        check = await self._service.check(session)
        if check.reached:
            self._budget.spend(wall)
        return check
