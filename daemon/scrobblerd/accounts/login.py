"""The login that a click begins: the page of approval is opened, and the daemon does the rest."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from ..core.errors import AuthPending, Busy, ScrobblerdError, TryLater
from .account import Account

EVERY = 5.0
"""Seconds between two questions whether the user has approved."""

PATIENCE = 600.0
"""Seconds after the last click for which it is asked."""

Show = Callable[[str], Awaitable[bool]]
"""Awaited with the URL of a page; False where nobody could open it."""


class BrowserLogin:
    """One login at a time. It also ends when somebody logs in otherwise, or gives it up."""

    def __init__(self, account: Account) -> None:
        self.under_way = False
        self._account = account
        self._url = ""
        self._until = 0.0

    async def begin(self, show: Show) -> str:
        """Open the page, and log in once it was approved: why it came to nothing, "" = it did, or
        there was no need. While a login is under way its page is opened once more."""
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
        if why := await self._open(show):
            return why
        while time.monotonic() < self._until:
            await asyncio.sleep(EVERY)
            if self._is_over(ends):
                return ""
            try:
                await self._account.complete(token)
            except (AuthPending, Busy, TryLater):
                continue
            return ""
        return f"it was not approved within {PATIENCE / 60:.0f} minutes"

    async def _open(self, show: Show) -> str:
        self._until = time.monotonic() + PATIENCE
        return (
            ""
            if await show(self._url)
            else "the browser could not be opened; run scrobblerctl login"
        )

    def _is_over(self, ends: int) -> bool:
        """Whether somebody has logged in otherwise, or there were more than so many `ends`."""
        return self._account.session is not None or self._account.ends != ends
