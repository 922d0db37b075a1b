"""A login that a click begins: a page is opened, and the service asked until it was approved."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from ..core.errors import AuthPending, Busy, ScrobblerdError, TryLater
from .account import Account

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
