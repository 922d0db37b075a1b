"""The two settings that D-Bus changes: kept in a file of the daemon's own, over config.toml's."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .config import Settings
from .rules import Rules, clamp_threshold


class Preferences:
    """The rules in force. `changed` is called with them whenever they change."""

    def __init__(self, rules: Rules, path: Path, changed: Callable[[Rules], None]) -> None:
        """`rules` are config.toml's. Raises FixTheFile where the file at `path` is broken."""
        self._configured = rules
        self._path = path
        self._changed = changed
        self._settings = Settings.load(path)
        self._changing = asyncio.Lock()

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return _merged(self._configured, self._settings)

    async def change(
        self, enabled: bool | None = None, scrobble_threshold: int | None = None
    ) -> None:
        """Change what is given (a threshold is clamped), on disk first. Raises StoreFailed."""
        async with self._changing:
            settings = self._settings
            if enabled is not None:
                settings = replace(settings, enabled=enabled)
            if scrobble_threshold is not None:
                threshold = clamp_threshold(scrobble_threshold)
                settings = replace(settings, scrobble_threshold=threshold)
            await asyncio.to_thread(settings.save, self._path)
            self._settings = settings
        self._changed(self.rules)


def _merged(rules: Rules, settings: Settings) -> Rules:
    given = {
        "enabled": settings.enabled,
        "scrobble_threshold": settings.scrobble_threshold,
    }
    return replace(rules, **{name: value for name, value in given.items() if value is not None})
