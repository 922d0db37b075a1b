"""Decides whether a login is dead, and tries a dead one now and then.

One refusal proves nothing: servers say "invalid session key" in their bad hours too. A login is
dead if a second question says the same, or if the same answer comes again minutes later and nothing
went well meanwhile. Its key is kept until the user logs in or out. Times are UNIX seconds.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ..accounts.account import Account
from ..core.model import AuthState, Moment, Session
from ..core.publisher import Publisher
from ..services.base import Remedy, Reply, Service
from .backoff import PROBE_WAITS_SECONDS
from .budget import Budget

log = logging.getLogger(__name__)

SECOND_OPINION_SECONDS = 120.0
"""The same answer again after so long is a second opinion."""


@dataclass(slots=True)
class LoginDoubt:
    """What speaks against the login; kept over a restart. `refused_at`: when it was first refused,
    0 = it was not; `next_probe`: when a dead one is tried again."""

    refused_at: float = 0.0
    is_dead: bool = False
    probes: int = 0
    next_probe: float = 0.0

    def clear(self) -> None:
        """Nothing does."""
        self.refused_at, self.is_dead, self.probes, self.next_probe = 0.0, False, 0, 0.0


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
        if self.doubt.is_dead:
            self.doubt.next_probe = 0.0
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
            self.doubt.next_probe = wall + PROBE_WAITS_SECONDS[0]
            await self._account.expired(session)
            return True
        self.doubt.refused_at = self.doubt.refused_at or wall
        return False

    async def probe(self) -> float | None:
        """Tries a dead login if it is time to. Returns seconds until the next try, 0 = it is good
        again, None = there is no dead login."""
        session, wall = self._account.dead_session, self._clock().wall
        if session is None:
            return None
        if (wait := self._wait(wall)) > 0:
            return wait
        check = await self._check(session, wall)
        is_good = check.ok and self._service.can.check_proves_login
        if is_good and self._account.revived(session):
            self.doubt.clear()
            log.warning("the login of %s is good again", session.username)
            name = self._account.name
            self._publisher.login_changed(AuthState.AUTHENTICATED, session.username, name)
            return 0.0
        self.doubt.probes = min(self.doubt.probes + 1, len(PROBE_WAITS_SECONDS) - 1)
        self.doubt.next_probe = wall + PROBE_WAITS_SECONDS[self.doubt.probes]
        return self._wait(wall)

    def retry_now(self) -> None:
        """Something changed for the better: a dead login is tried at once."""
        self.doubt.next_probe = 0.0

    async def _check(self, session: Session, wall: float) -> Reply:
        """Asks the service whether the login is good. The request counts like others."""
        check = await self._service.check(session)
        if check.reached:
            self._budget.spend(wall)
        return check

    def _wait(self, wall: float) -> float:
        """Seconds until the next try. A clock that was set back does not prolong it."""
        longest = PROBE_WAITS_SECONDS[self.doubt.probes]
        self.doubt.next_probe = min(self.doubt.next_probe, wall + longest)
        return max(0.0, self.doubt.next_probe - wall)
