"""Turns events into desktop notifications, and handles clicks on them."""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..accounts.account import Account
from ..accounts.browser_login import POLL_SECONDS, BrowserLogin
from ..core import LASTFM
from ..core.model import AuthState, Scrobble
from ..core.publisher import Alert, AlertKind, Subscriber
from ..core.submission import ScrobbleStatus
from ..services.base import Pages
from .notification_server import NotificationServer
from .notifications import BURST_SECONDS, STYLES, ClickAction, Digest, Slot, merged, style_of

DIGEST_SECONDS = 2.0
"""Scrobbles of the same outcome are gathered for so long, and told of together."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How scrobbles are gathered and a login is awaited, in seconds."""

    digest: float = DIGEST_SECONDS
    burst: float = BURST_SECONDS
    login_poll: float = POLL_SECONDS


class Notifier(Subscriber):
    """Shows what becomes of scrobbles and of the login."""

    def __init__(
        self,
        desktop: NotificationServer,
        account: Account,
        pages: Pages,
        folder: Path,
        timing: Timing | None = None,
    ) -> None:
        """`pages`: those of the service. `folder`: where the database is."""
        self._desktop = desktop
        self._account = account
        self._pages = pages
        self._folder = folder
        self._timing = timing or Timing()
        self._login = BrowserLogin(account, self._timing.login_poll)
        self._standing: dict[Slot, dict[str, Alert]] = {}  # what is told, by account
        self._digests = {kind: Digest(kind) for kind in (AlertKind.REJECTED, AlertKind.SCROBBLED)}
        self._timers: dict[AlertKind, asyncio.TimerHandle] = {}
        self._clicks: set[asyncio.Task[None]] = set()
        desktop.on_click(self._clicked)

    async def stop(self) -> None:
        """Shows nothing any more, and gives up what clicks have begun."""
        self._desktop.on_click(None)
        for timer in self._timers.values():
            timer.cancel()
        for click in self._clicks:
            click.cancel()
        await asyncio.gather(*self._clicks, return_exceptions=True)

    # -- what happens -----------------------------------------------------------------------

    async def scrobble_changed(
        self, status: ScrobbleStatus, scrobble: Scrobble, message: str, account: str = LASTFM
    ) -> None:
        if status is ScrobbleStatus.SENT:
            self._is_well(account, Slot.SERVICE, Slot.FAULT)
            if account != LASTFM:  # one word for a play is enough
                return
            if self._desktop.show() == "all":
                self._count(AlertKind.SCROBBLED, scrobble, message)
        elif status in (ScrobbleStatus.IGNORED, ScrobbleStatus.REJECTED):
            self._count(AlertKind.REJECTED, scrobble, message, account)

    def alert(self, alert: Alert) -> None:
        slot = style_of(alert).slot
        standing = self._standing.setdefault(slot, {})
        if not self._desktop.stands(slot):
            standing.clear()
        standing.pop(alert.account, None)
        standing[alert.account] = alert
        self._desktop.alert(merged(list(standing.values())))

    def _is_well(self, account: str, *slots: Slot) -> None:
        """Takes back what was told of an account, unless it is told of others too."""
        for slot in slots:
            standing = self._standing.get(slot, {})
            standing.pop(account, None)
            if not standing:
                self._desktop.withdraw(slot)

    def login_changed(self, state: AuthState, username: str, account: str = LASTFM) -> None:
        if account != LASTFM:
            if state is AuthState.EXPIRED:
                text = f"the login of {username} is not taken any more: run"
                words = f"{text} scrobblerctl login {account}; nothing is lost"
                self.alert(Alert(AlertKind.ACCOUNT_LOGIN, words, account))
            elif state is not AuthState.PENDING:
                self._is_well(account, Slot.ACCOUNT_LOGIN, Slot.EXPIRING)
            return
        if state is AuthState.EXPIRED:
            text = f"Last.fm does not take the login of {username} any more: log in again;"
            self._desktop.alert(Alert(AlertKind.LOGIN_EXPIRED, f"{text} nothing is lost"))
        elif state is not AuthState.PENDING:
            self._desktop.withdraw(Slot.LOGIN)
        if state is AuthState.AUTHENTICATED:
            self._is_well(LASTFM, Slot.EXPIRING)
            kind = AlertKind.LOGIN_DONE if self._login.under_way else AlertKind.LOGGED_IN
            self._desktop.alert(Alert(kind, f"Logged in as {username}"))

    def loves_resumed(self, account: str = LASTFM) -> None:
        self._is_well(account, Slot.SERVICE, Slot.LOVES)

    def keyring_changed(self, trouble: str) -> None:
        if trouble:
            self._desktop.alert(Alert(AlertKind.KEYRING, trouble))
        else:
            self._desktop.withdraw(Slot.KEYRING)

    def _count(
        self, kind: AlertKind, scrobble: Scrobble, message: str, account: str = LASTFM
    ) -> None:
        now, stands = time.monotonic(), self._desktop.stands(STYLES[kind].slot)
        if kind not in self._timers:
            if self._digests[kind].is_over(now, stands, self._timing.burst):
                self._digests[kind] = Digest(kind)
            loop = asyncio.get_running_loop()
            self._timers[kind] = loop.call_later(self._timing.digest, self._show, kind)
        self._digests[kind].add(scrobble, message, now, account=account)

    def _show(self, kind: AlertKind) -> None:
        del self._timers[kind]
        self._desktop.alert(self._digests[kind].alert())

    # -- clicks -----------------------------------------------------------------------------

    def _clicked(self, kind: AlertKind, token: str) -> None:
        click = asyncio.create_task(self._follow(STYLES[kind].click, token))
        self._clicks.add(click)
        click.add_done_callback(self._clicks.discard)

    async def _follow(self, action: ClickAction, token: str) -> None:
        show = partial(self._desktop.opener.open, token=token)
        if action is ClickAction.KEYRING:
            await self._account.recall()
        elif action is not ClickAction.LOGIN:
            await show(self._address(action))
        elif why := await self._login.begin(show):
            self._desktop.alert(Alert(AlertKind.LOGIN_FAILED, f"Not logged in: {why}"))

    def _address(self, action: ClickAction) -> str:
        if action is ClickAction.STATE_FOLDER:
            return self._folder.absolute().as_uri()
        if action is ClickAction.LIBRARY and self._account.username:
            return self._pages.library_of(self._account.username)
        is_account = action is ClickAction.API_ACCOUNT
        return self._pages.api_account if is_account else self._pages.home
