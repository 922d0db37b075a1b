"""The login: none → pending → active → expired; by hand, or after a click (`BrowserLogin`).

Where it is kept is its store's business.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from ..core.errors import (
    AuthPending,
    Busy,
    InvalidArgument,
    LogIn,
    ScrobblerdError,
    StoreFailed,
    TryLater,
)
from ..core.model import FROM_PACKAGE, LASTFM, ApiAccess, AuthState, Session
from ..services.base import LoginFlow, LoginKind
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
    change, with the user's name. `name` is that of the account in the configuration."""

    def __init__(
        self, store: LoginStore, flow: LoginFlow, changed: Changed, name: str = LASTFM
    ) -> None:
        self.name = name
        self._store = store
        self._flow = flow
        self._changed = changed
        self._completing = False
        self._kept = self._store.read()
        self._is_dead = False
        self._saving = asyncio.Lock()
        self.ends = 0  # how often a login, or one under way, was given up by hand

    @property
    def session(self) -> Session | None:
        """The login that is good, as far as is known."""
        return None if self._is_dead or self._is_of_another_key else self._session

    @property
    def dead_session(self) -> Session | None:
        """The login that the service does not take any more; its key is kept."""
        return self._session if self._is_dead and not self._is_of_another_key else None

    @property
    def has_expired(self) -> bool:
        """Whether there is a login, and the user has to log in again."""
        return bool(self._kept.key) and (self._is_dead or self._is_of_another_key)

    @property
    def absence(self) -> str:
        """Why there is no login that is good, and what to do, in words; "" = there is one."""
        if self.session is not None:
            return ""
        if self.has_expired and self._is_of_another_key:
            return f"the login of {self.username} belongs to another API key: log in again"
        return self.waits_for or "nobody is logged in"

    @property
    def _is_of_another_key(self) -> bool:
        """Whether the API key was changed since the login: services take a session with its key
        only."""
        mark = self._flow.access.key_mark
        return bool(mark and self._kept.made_with) and self._kept.made_with != mark

    @property
    def _session(self) -> Session | None:
        return Session(self._kept.username, self._kept.key) if self._kept.key else None

    @property
    def username(self) -> str:
        """Whose login it is or was; "" before the first and after a disconnect."""
        return self._kept.username

    @property
    def waits_for(self) -> str:
        """What a login that is there waits for, and what to do, in words; "" = nothing."""
        return self._store.waits_for if self._kept.away else ""

    @property
    def login_kind(self) -> LoginKind:
        """How a user logs in there."""
        return self._flow.kind

    @property
    def configured(self) -> bool:
        """Whether there is an API key to log in with."""
        return self._flow.access.configured

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
        """Begin a login: the page to go to, and its token; "" if the user finds it there. Raises
        NotConfigured, TryLater."""
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
        another call is at it (the first one consumes the token), TryLater.
        """
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
        mark = self._flow.access.key_mark
        self._kept = StoredLogin(session.username, session.key, made_with=mark)
        self._is_dead = False
        try:
            await self._save()
        except StoreFailed as error:  # the token is used up: the login is good all the same
            log.error("%s; the login is lost when scrobblerd ends", error)
        await self._changed(AuthState.AUTHENTICATED, session.username)
        return session.username

    async def remember_key(self) -> None:
        """Notes to which API key a login belongs that was kept without that."""
        mark = self._flow.access.key_mark
        if not mark or self._kept.made_with or not (self._kept.key or self._kept.away):
            return
        self._kept = replace(self._kept, made_with=mark)
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
        """Forget the session."""
        self.ends += 1
        self._kept, self._is_dead = StoredLogin(), False
        await self._save()
        await self._changed(AuthState.DISCONNECTED, "")

    async def expired(self, session: Session) -> None:
        """The service does not take this session any more. Its key is kept: it may again."""
        if self._is_dead or self._kept.key != session.key:
            return
        self._is_dead = True
        await self._changed(AuthState.EXPIRED, self.username)

    def suspend(self) -> None:
        """The session was dead before a restart."""
        self._is_dead = True

    def revived(self, session: Session) -> bool:
        """The service takes a session again that was dead. Returns whether it is still wanted."""
        if not self._is_dead or self._kept.key != session.key:
            return False
        self._is_dead = False
        return True

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


POLL_SECONDS = 5.0
"""Time between two questions to the service whether the user has approved."""


LOGIN_SECONDS = 600.0
"""Time after the last click for which the service is asked."""


Show = Callable[[str], Awaitable[bool]]
"""Awaited with the URL of a page; returns False if nothing could open it."""


class BrowserLogin:
    """Does one login at a time. It also ends when the user logs in otherwise, or gives it up."""

    def __init__(
        self,
        account: Account,
        poll_seconds: float = POLL_SECONDS,
        login_seconds: float = LOGIN_SECONDS,
    ) -> None:
        self.under_way = False
        self._account = account
        self._poll_seconds = poll_seconds
        self._login_seconds = login_seconds
        self._url = ""
        self._until = 0.0

    async def begin(self, show: Show) -> str:
        """Opens the page, and logs in once it was approved.

        Returns why it failed, "" if it did not or there was no need. If a login is under way its
        page is opened once more.
        """
        if self._account.session is not None:
            return ""
        if self.under_way:
            return await self._open(show) if self._url else ""
        self.under_way, ends = True, self._account.ends
        try:
            return await self._log_in(show, ends)
        except ScrobblerdError as error:
            return "" if self._is_over(ends) else str(error)
        finally:
            self.under_way, self._url = False, ""

    async def _log_in(self, show: Show, ends: int) -> str:
        self._url, token = await self._account.auth_url()
        if failure := await self._open(show):
            return failure
        while time.monotonic() < self._until:
            await asyncio.sleep(self._poll_seconds)
            if self._is_over(ends):
                return ""
            try:
                await self._account.complete(token)
            except (AuthPending, Busy, TryLater):
                continue
            return ""
        return f"it was not approved within {self._login_seconds / 60:.0f} minutes"

    async def _open(self, show: Show) -> str:
        self._until = time.monotonic() + self._login_seconds
        is_open = await show(self._url)
        return "" if is_open else "the browser could not be opened; run scrobblerctl login"

    def _is_over(self, ends: int) -> bool:
        """Whether the user has logged in otherwise, or gave a login up after `ends` was read."""
        return self._account.session is not None or self._account.ends != ends
