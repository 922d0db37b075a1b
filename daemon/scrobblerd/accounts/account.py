"""The login: none → pending → active → expired.

Where it is kept is its store's business.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from ..config.credentials import HandedToken
from ..core import FROM_PACKAGE, LASTFM
from ..core.errors import (
    Busy,
    InvalidArgument,
    LogIn,
    NotConfigured,
    StoreFailed,
)
from ..core.model import NOBODY, ApiAccess, AuthState, Session
from ..services.base import LoginFlow, LoginKind
from .known_login import KnownLogin
from .session_file import StoredLogin

log = logging.getLogger(__name__)


Changed = Callable[[AuthState, str], Awaitable[None]]


class LoginStore(Protocol):
    """Where a login is kept."""

    @property
    def waits_for(self) -> str:
        """What a key that is away waits for, and what to do, in words; "" = nothing."""
        ...

    def read(self) -> StoredLogin:
        """What is kept, as far as it is known at once. Raises FixTheFile."""
        ...

    async def write(self, login: StoredLogin) -> None:
        """Keep this instead. Raises StoreFailed."""
        ...

    async def recall(self) -> None:
        """The user asks that what waits be tried again; returns soon, done or not."""
        ...


class Account:
    """One login at one service. `flow` is how a user logs in there; `changed` is awaited at every
    change, with the user's name. `name` is that of the account in the configuration. `check_user`
    is called with a user who is about to be logged in, and raises LogIn to refuse that.

    A service without logins has the session NOBODY, which never changes and is kept nowhere.
    """

    def __init__(
        self,
        store: LoginStore,
        flow: LoginFlow,
        changed: Changed,
        name: str = LASTFM,
        check_user: Callable[[Session], None] = lambda _: None,
    ) -> None:
        self.name = name
        self._store = store
        self._flow = flow
        self._changed = changed
        self._check_user = check_user
        self._completing = False
        kept = StoredLogin() if flow.kind is LoginKind.NONE else store.read()
        self._known = KnownLogin(kept)
        self._saving = asyncio.Lock()
        self.ends = 0  # how often a login, or one under way, was given up by hand

    @property
    def session(self) -> Session | None:
        """The login that is good, as far as is known."""
        if self.login_kind is LoginKind.NONE:
            return NOBODY
        return None if self._known.is_dead or self._obstacle else self._known.session()

    @property
    def dead_session(self) -> Session | None:
        """The login that the service does not take any more; its key is kept."""
        return self._known.session() if self._known.is_dead and not self._obstacle else None

    @property
    def has_expired(self) -> bool:
        """Whether somebody was logged in, and has to log in again."""
        known = self._known
        if known.twin or not known.kept.username:
            return False
        is_old = known.is_dead or known.is_of_another_key(self.access.key_mark)
        return bool(known.refusal) or (bool(known.key) and is_old)

    @property
    def stopped(self) -> str:
        """Why the login is not used though it may be good, in words; "" = it is used."""
        return self._known.twin

    @property
    def absence(self) -> str:
        """Why there is no login that is good, and what to do, in words; "" = there is one."""
        if self.session is not None:
            return ""
        return self._obstacle or self.waits_for or "nobody is logged in"

    @property
    def _obstacle(self) -> str:
        """What is in the way of a login that is there or was handed over, in words."""
        return self._known.obstacle(self.access.key_mark)

    @property
    def identity(self) -> Session | None:
        """Whose login is kept, good or not; None = nobody's. Its key may be away, and then ""."""
        known = self._known
        if not known.key and not known.kept.away:
            return None
        return Session(known.kept.username, known.key)

    @property
    def username(self) -> str:
        """Whose login it is or was; "" before the first and after a disconnect."""
        return self._kept.username

    @property
    def waits_for(self) -> str:
        """What a login that is there waits for, and what to do, in words; "" = nothing."""
        return self._store.waits_for if self._kept.away and not self.is_handed else ""

    @property
    def login_kind(self) -> LoginKind:
        """How a user logs in there."""
        return self._flow.kind

    @property
    def configured(self) -> bool:
        """Whether there is what a login needs: an API key, if the service wants one."""
        return self._flow.kind is not LoginKind.BROWSER or self._flow.access.configured

    @property
    def is_wanted(self) -> bool:
        """Whether the user means to use it: there is or was a login, or an API key of their own."""
        has_own_key = self.configured and self.access.key_from != FROM_PACKAGE
        return bool(self.username) or has_own_key

    @property
    def access(self) -> ApiAccess:
        """The API key, and where it is from."""
        return self._flow.access

    def check_configured(self) -> None:
        """Raises NotConfigured where there is no API key."""
        self._flow.check_configured()

    def login(self) -> Session:
        """The login that a call needs. Raises LogIn where there is none."""
        if self.session is None:
            raise LogIn(self.absence)
        return self.session

    async def auth_url(self) -> tuple[str, str]:
        """Begin a login: the page to go to, and its token; "" if the user finds it there. Both are
        "" if there are no logins. Raises NotConfigured, TryLater."""
        ends = self.ends
        token = await self._flow.token()
        self._check_wanted(ends)
        if token:
            self._kept = replace(self._kept, token=token, token_at=time.time())
            await self._save()
            await self._changed(AuthState.PENDING, self.username)
        return self._flow.approval_url(token), token

    async def complete(self, token: str) -> str:
        """Finish a login that was approved: the user's name. `token` "" = the pending one.

        Raises AuthPending while it is not approved, LogIn where the token is no good, Busy while
        another call is at it (the first one consumes the token), InvalidArgument if there are no
        logins, TryLater.
        """
        self._check_has_login()
        self.check_configured()
        token = token or self._pending_token()
        if self._completing:
            raise Busy("the login is being finished already; wait for that")
        self._completing, ends = True, self.ends
        try:
            session = await self._flow.session(token)
        except LogIn as error:
            if type(error) is LogIn and token == self._kept.token:
                await self._forget_token()
            raise
        finally:
            self._completing = False
        self._check_wanted(ends)
        self._check_user(session)
        self._kept = self._known.as_kept(session, self.access.key_mark)
        self._known.is_dead, self._known.refusal, self._known.twin = False, "", ""
        try:
            await self._save()
        except StoreFailed as error:  # the token is used up: the login is good all the same
            log.error("%s; the login is lost when scrobblerd ends", error)
        await self._changed(AuthState.AUTHENTICATED, session.username)
        return session.username

    # -- tokens that are handed over at each start ------------------------------------------

    @property
    def is_handed(self) -> bool:
        """Whether the login is by a token that is handed over at each start."""
        return bool(self._known.handed.token)

    @property
    def awaits_check(self) -> bool:
        """Whether the token that was handed over has to be shown to the service first."""
        return self._known.awaits_check

    def hand_over(self, token: HandedToken) -> None:
        """Takes the token that is handed over at each start; one that is none is passed over. It
        wins over a login that is kept, and is never kept itself."""
        self._known.handed = token if token.is_lasting else HandedToken()
        self._known.refusal = ""

    async def log_in_by_token(self) -> None:
        """Logs in with the token that was handed over. Raises LogIn or NotConfigured if that can't
        be, TryLater or Busy if it may be later."""
        place = self._known.handed.place
        try:
            await self.complete(self._known.handed.token)
        except (LogIn, NotConfigured) as error:
            self._known.refusal = f"the token in {place}: {error}"
            raise

    # -- what happens to a login ------------------------------------------------------------

    def stop(self, why: str) -> None:
        """The login is not used because of another account, "" = it is again."""
        self._known.twin = why

    async def begin(self) -> None:
        """Notes to which API key a login belongs that was kept without that. A token that is handed
        over now, and was kept before, is kept no longer."""
        kept, mark = self._kept, self.access.key_mark
        if self.is_handed and kept.key == self._known.handed.token:
            self._kept = self._known.as_kept(Session(kept.username, kept.key), mark)
        elif mark and not kept.made_with and (kept.key or kept.away):
            self._kept = replace(kept, made_with=mark)
        if self._kept is not kept:
            with contextlib.suppress(StoreFailed):
                await self._save()

    async def recall(self) -> None:
        """The user asks that what waits be tried again; returns soon, done or not."""
        await self._store.recall()

    def recalled(self, username: str, key: str) -> bool:
        """The key that was away is here: whether it is still wanted."""
        if not self._kept.away or self._kept.username != username:
            return False
        self._kept = replace(self._kept, key=key, away=False)
        return self.session is not None

    async def cancel(self) -> None:
        """Forget the login that was begun; the session that is there stays."""
        self.ends += 1
        if self._kept.token:
            await self._forget_token()

    async def disconnect(self) -> None:
        """Forget the session. Raises InvalidArgument if there are no logins."""
        self._check_has_login()
        self.ends += 1
        self._known = KnownLogin(StoredLogin())
        await self._save()
        await self._changed(AuthState.DISCONNECTED, "")

    async def expired(self, session: Session) -> None:
        """The service does not take this session any more. Its key is kept: it may again."""
        if self._known.is_dead or self._known.key != session.key:
            return
        self._known.is_dead = True
        await self._changed(AuthState.EXPIRED, self.username)

    def suspend(self) -> None:
        """The session was dead before a restart."""
        self._known.is_dead = True

    def revived(self, session: Session) -> bool:
        """The service takes a session again that was dead. Returns whether it is still wanted."""
        if not self._known.is_dead or self._known.key != session.key:
            return False
        self._known.is_dead = False
        return True

    @property
    def _kept(self) -> StoredLogin:
        return self._known.kept

    @_kept.setter
    def _kept(self, login: StoredLogin) -> None:
        self._known.kept = login

    def _check_has_login(self) -> None:
        if self.login_kind is LoginKind.NONE:
            words = "has no login; it can be switched on and off"
            raise InvalidArgument(f"account: {self.name} {words}")

    def _check_wanted(self, ends: int) -> None:
        """Raises LogIn where the login was ended since there were so many `ends`."""
        if ends != self.ends:
            raise LogIn("the login was ended while it was under way")

    def _pending_token(self) -> str:
        if not self._kept.token:
            raise InvalidArgument("token: no login was begun")
        lifetime = self._flow.token_lifetime
        if time.time() - self._kept.token_at > lifetime:
            raise LogIn(f"the token is more than {lifetime / 60:.0f} minutes old")
        return self._kept.token

    async def _forget_token(self) -> None:
        self._kept = replace(self._kept, token="")
        await self._save()

    async def _save(self) -> None:
        async with self._saving:
            await self._store.write(self._kept)
