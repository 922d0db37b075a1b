"""The configuration as a value, and the one place that rooms read it from.

A room keeps the `ConfigSource` and reads `source.current.…` each time it needs a value, so a
reload needs no word to that room. A room that must act when a value changes subscribes. A room
that can't take every value gives a check, which refuses a configuration before it comes into
force. A reload is one statement: `source.replace(load(path, environment))`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ..core.model import ApiAccess
from ..core.rules import Rules
from ..core.submission import Limits
from .paths import Paths


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """What the user decided about one account: how it is reached, and what is done with it."""

    access: ApiAccess
    limits: Limits
    now_playing: bool
    loved_mirror: bool


@dataclass(frozen=True, slots=True)
class Config:
    """All that the user decided in files and environment, checked."""

    account: AccountConfig
    rules: Rules
    session_store: str
    library_folders: tuple[str, ...]
    notifications: str
    log_level: str
    paths: Paths


class ConfigSource:
    """Holds the configuration that is in force."""

    def __init__(self, config: Config) -> None:
        self.current = config
        """The configuration that is in force. Do not keep it: it may be replaced."""
        self._checks: list[Callable[[Config], None]] = []
        self._subscribers: list[Callable[[Config], None]] = []

    def require(self, check: Callable[[Config], None]) -> None:
        """Calls `check` now, and with each configuration before it comes into force.

        `check` refuses a configuration by raising FixTheFile.
        """
        check(self.current)
        self._checks.append(check)

    def subscribe(self, changed: Callable[[Config], None]) -> None:
        """Calls `changed` with each new configuration, after it has come into force."""
        self._subscribers.append(changed)

    def replace(self, config: Config) -> None:
        """Brings `config` into force and tells the subscribers, in the order they came.

        Raises FixTheFile if a check refuses it; then nothing changes.
        """
        for check in self._checks:
            check(config)
        self.current = config
        for changed in self._subscribers:
            changed(config)
