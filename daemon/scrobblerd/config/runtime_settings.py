"""What D-Bus changes of the rules: kept in a file of the daemon's own, over config.toml's."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.rules import Rules, clamp_threshold
from .loader import Settings


class Preferences:
    """The rules in force. `changed` is called with them whenever they change."""

    def __init__(self, rules: Rules, path: Path, changed: Callable[[Rules], None]) -> None:
        """`rules` are config.toml's. Raises FixTheFile where the file at `path` is broken."""
        self._configured = rules
        self._path = path
        self._changed = changed
        self._settings = Settings.load(path)
        self._changing = asyncio.Lock()
        self._pause_changed = asyncio.Event()

    @property
    def rules(self) -> Rules:
        """The rules in force: nothing counts while paused."""
        settings = self._settings
        given = {
            "enabled": settings.enabled,
            "scrobble_threshold": settings.scrobble_threshold,
        }
        values = {name: value for name, value in given.items() if value is not None}
        rules = replace(self._configured, **values)
        return replace(rules, enabled=False) if self.paused_until else rules

    @property
    def paused_until(self) -> float:
        """UNIX seconds, infinite where only `resume` ends it; 0 = not paused."""
        until = self._settings.paused_until or 0.0
        return until if until > time.time() else 0.0

    def configure(self, rules: Rules) -> None:
        """config.toml was read again."""
        self._configured = rules
        self._changed(self.rules)

    async def change(
        self, enabled: bool | None = None, scrobble_threshold: int | None = None
    ) -> None:
        """Change what is given (a threshold is clamped), on disk first; switching on ends a pause.
        Raises StoreFailed."""
        values: dict[str, Any] = {}
        if enabled is not None:
            values["enabled"] = enabled
        if enabled:
            values["paused_until"] = None
        if scrobble_threshold is not None:
            values["scrobble_threshold"] = clamp_threshold(scrobble_threshold)
        await self._change(values)

    async def pause(self, seconds: float) -> None:
        """Let nothing count for `seconds`. Raises StoreFailed."""
        await self._change({"paused_until": time.time() + seconds})

    async def resume(self) -> None:
        """End a pause. Raises StoreFailed."""
        await self._change({"paused_until": None})

    async def run(self) -> None:
        """End pauses when their time has come, for ever."""
        while True:
            until = self.paused_until
            wait = until - time.time() if 0 < until < float("inf") else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._pause_changed.wait()
            if not self._pause_changed.is_set():
                self._changed(self.rules)
            self._pause_changed.clear()

    async def _change(self, values: dict[str, Any]) -> None:
        async with self._changing:
            settings = replace(self._settings, **values)
            await asyncio.to_thread(settings.save, self._path)
            self._settings = settings
        self._pause_changed.set()
        self._changed(self.rules)
