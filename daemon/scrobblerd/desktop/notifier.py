"""What of all that happens the user is told on the desktop, and what comes of a click there."""

import asyncio
import time
from functools import partial
from pathlib import Path
from urllib.parse import quote

from ..accounts.account import Account
from ..accounts.login import BrowserLogin
from ..core.model import AuthState, Scrobble
from ..core.publisher import Subscriber
from ..core.reports import Alert, AlertKind
from ..core.submission import ScrobbleStatus
from .notification_server import NotificationServer
from .notifications import (
    EXPIRING,
    FAULT,
    KEYRING,
    LOGIN,
    LOVES,
    SERVICE,
    STYLES,
    ClickAction,
    Digest,
)

PACE = 2.0
"""Seconds for which scrobbles of one fate are gathered, to be told of together."""

LASTFM = "https://www.last.fm"


class Notifier(Subscriber):
    """Turns what becomes of scrobbles and of the login into notifications."""

    def __init__(self, desktop: NotificationServer, account: Account, folder: Path) -> None:
        """`folder`: where the database is."""
        self._desktop = desktop
        self._account = account
        self._folder = folder
        self._approval = BrowserLogin(account)
        self._tallies = {kind: Digest(kind) for kind in (AlertKind.REJECTED, AlertKind.SCROBBLED)}
        self._timers: dict[AlertKind, asyncio.TimerHandle] = {}
        self._clicks: set[asyncio.Task[None]] = set()
        desktop.clicked = self._clicked

    async def stop(self) -> None:
        """Tell nothing any more, and give up what clicks have begun."""
        self._desktop.clicked = lambda kind, token: None
        for timer in self._timers.values():
            timer.cancel()
        for click in self._clicks:
            click.cancel()
        await asyncio.gather(*self._clicks, return_exceptions=True)

    # -- what happens -----------------------------------------------------------------------

    async def scrobble_changed(
        self, status: ScrobbleStatus, scrobble: Scrobble, message: str
    ) -> None:
        if status is ScrobbleStatus.SENT:
            for place in (SERVICE, FAULT):
                self._desktop.withdraw(place)
            if self._desktop.show == "all":
                self._count(AlertKind.SCROBBLED, scrobble, message)
        elif status in (ScrobbleStatus.IGNORED, ScrobbleStatus.REJECTED):
            self._count(AlertKind.REJECTED, scrobble, message)

    def alert(self, alert: Alert) -> None:
        self._desktop.alert(alert)

    def login_changed(self, state: AuthState, username: str) -> None:
        if state is AuthState.EXPIRED:
            words = f"Last.fm does not take the login of {username} any more: log in again;"
            self._desktop.alert(Alert(AlertKind.LOGIN_EXPIRED, f"{words} nothing is lost"))
        elif state is not AuthState.PENDING:
            self._desktop.withdraw(LOGIN)
        if state is AuthState.AUTHENTICATED:
            self._desktop.withdraw(EXPIRING)
            kind = AlertKind.LOGIN_DONE if self._approval.under_way else AlertKind.LOGGED_IN
            self._desktop.alert(Alert(kind, f"Logged in as {username}"))

    def loves_resumed(self) -> None:
        for place in (SERVICE, LOVES):
            self._desktop.withdraw(place)

    def keyring_changed(self, trouble: str) -> None:
        if trouble:
            self._desktop.alert(Alert(AlertKind.KEYRING, trouble))
        else:
            self._desktop.withdraw(KEYRING)

    def _count(self, kind: AlertKind, scrobble: Scrobble, message: str) -> None:
        now, place = time.monotonic(), STYLES[kind].place
        if kind not in self._timers:
            if self._tallies[kind].is_over(now, self._desktop.stands(place)):
                self._tallies[kind] = Digest(kind)
            loop = asyncio.get_running_loop()
            self._timers[kind] = loop.call_later(PACE, self._show, kind)
        self._tallies[kind].add(scrobble, message, now)

    def _show(self, kind: AlertKind) -> None:
        del self._timers[kind]
        self._desktop.alert(self._tallies[kind].alert())

    # -- clicks -----------------------------------------------------------------------------

    def _clicked(self, kind: AlertKind, token: str) -> None:
        click = asyncio.create_task(self._follow(STYLES[kind].opens, token))
        self._clicks.add(click)
        click.add_done_callback(self._clicks.discard)

    async def _follow(self, opens: ClickAction, token: str) -> None:
        show = partial(self._desktop.opener.open, token=token)
        if opens is ClickAction.KEYRING:
            await self._account.recall()
        elif opens is not ClickAction.APPROVAL:
            await show(self._address(opens))
        elif why := await self._approval.begin(show):
            self._desktop.alert(Alert(AlertKind.LOGIN_FAILED, f"Not logged in: {why}"))

    def _address(self, opens: ClickAction) -> str:
        if opens is ClickAction.STATE_FOLDER:
            return self._folder.absolute().as_uri()
        if opens is ClickAction.LIBRARY and self._account.username:
            return f"{LASTFM}/user/{quote(self._account.username, safe='')}/library"
        return f"{LASTFM}/api/account/create" if opens is ClickAction.API_ACCOUNT else LASTFM
