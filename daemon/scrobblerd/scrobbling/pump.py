"""The loop under scrobbles and loves: look, wait until it is time or something is new."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from ..core.errors import StoreFailed
from ..storage.database import STORE_RETRY_SECONDS


class Pump:
    """Runs `turn`, which returns the seconds until the next one, None = when it is woken.
    `store_failed` is called if the database refuses; the database itself has told the user."""

    def __init__(
        self,
        turn: Callable[[], Awaitable[float | None]],
        store_failed: Callable[[StoreFailed], None],
    ) -> None:
        self._turn = turn
        self._store_failed = store_failed
        self._woken = asyncio.Event()

    @property
    def is_woken(self) -> bool:
        """Whether the next turn is at once, because something is new."""
        return self._woken.is_set()

    def wake(self) -> None:
        """Something is new: look at once."""
        self._woken.set()

    async def run(self) -> None:
        """Runs until it is cancelled."""
        while True:
            try:
                wait = await self._turn()
            except StoreFailed as error:
                self._store_failed(error)
                wait = STORE_RETRY_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            self._woken.clear()
