"""The configuration as a value, where its files are, and the one place that rooms read it from.

A room keeps the `ConfigSource` and reads `source.current.…` each time it needs a value, so a
reload needs no word to that room. A room that must act when a value changes subscribes. A room
that can't take every value gives a check, which refuses a configuration before it comes into
force. A reload is one statement: `source.replace(load(path, environment))`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..core import LASTFM
from ..core.account_rules import AccountRules
from ..core.errors import FixTheFile
from ..core.model import ApiAccess
from ..core.rules import Rules
from ..core.submission import Limits


@dataclass(frozen=True, slots=True)
class Paths:
    """The user's configuration file, and the folder where the daemon keeps its own files."""

    config: Path = field(compare=False)
    state_folder: Path

    @property
    def database(self) -> Path:
        """Plays, queue and library."""
        return self.state_folder / "scrobblerd.db"

    @property
    def session(self) -> Path:
        """The login."""
        return self.state_folder / "session.toml"

    def session_of(self, account: str) -> Path:
        """The login of an account."""
        return self.session if account == LASTFM else self.state_folder / f"login-{account}.toml"

    @property
    def settings(self) -> Path:
        """What was changed over D-Bus."""
        return self.state_folder / "settings.toml"


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """What the user decided about one account: how it is reached, and what is done with it.
    `service` is the kind of its service. `token_file` holds its token, "" = none does."""

    name: str
    service: str
    access: ApiAccess
    limits: Limits
    enabled: bool = True
    now_playing: bool = True
    love: bool = True
    loved_mirror: bool = False
    rules: AccountRules = field(default_factory=AccountRules)
    token_file: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """All that the user decided in files and environment, checked."""

    accounts: Mapping[str, AccountConfig]
    rules: Rules
    session_store: str
    library_folders: tuple[str, ...]
    notifications: str
    log_level: str
    paths: Paths
    proxy: str = "system"
    ask_players: bool = False
    clamped: tuple[tuple[str, int, int], ...] = ()
    """Of each number outside of its bounds: its place, what was written, and what is in force."""

    @property
    def account(self) -> AccountConfig:
        """The account of [lastfm]."""
        return self.accounts[LASTFM]


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


# -- the folders of the XDG base directory specification ---------------------------------------


def config_path(environment: Mapping[str, str]) -> Path:
    """Returns where config.toml is. Raises FixTheFile if there is no home folder."""
    return _xdg(environment, "XDG_CONFIG_HOME", ".config") / "scrobblerd" / "config.toml"


def api_key_path(config: Path) -> Path:
    """Returns where the API key is kept for the config.toml at `config`: beside it."""
    return config.with_name("lastfm.toml")


def shared_api_key_paths(environment: Mapping[str, str]) -> list[Path]:
    """Returns where a package or an administrator may put an API key for all users."""
    config = environment.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    data = environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    folders = [Path(folder) for folder in f"{config}:{data}".split(":")]
    return [folder / "scrobblerd" / "lastfm.toml" for folder in folders if folder.is_absolute()]


def token_path(config: Path, account: str) -> Path:
    """Returns where `scrobblerctl login` puts the token of an account for the daemon."""
    return config.parent / "tokens" / f"{account}.toml"


def state_folder(environment: Mapping[str, str]) -> Path:
    """Returns the folder of the daemon's own files. Raises FixTheFile if there is no home."""
    return _xdg(environment, "XDG_STATE_HOME", ".local/state") / "scrobblerd"


def _xdg(environment: Mapping[str, str], name: str, fallback: str) -> Path:
    given = Path(environment.get(name, ""))
    try:
        return given if given.is_absolute() else Path.home() / fallback
    except RuntimeError as error:  # no HOME, and nobody of this number in passwd
        raise FixTheFile(f"there is no home folder: set HOME or {name}") from error
