"""Where the files of the daemon are, by the XDG base directory specification."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..core.errors import FixTheFile


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

    @property
    def settings(self) -> Path:
        """What was changed over D-Bus."""
        return self.state_folder / "settings.toml"


def config_path(environment: Mapping[str, str]) -> Path:
    """Returns where config.toml is. Raises FixTheFile if there is no home folder."""
    return _xdg(environment, "XDG_CONFIG_HOME", ".config") / "scrobblerd" / "config.toml"


def api_key_path(config: Path) -> Path:
    """Returns where the API key is kept for the config.toml at `config`: beside it."""
    return config.with_name("lastfm.toml")


def state_folder(environment: Mapping[str, str]) -> Path:
    """Returns the folder of the daemon's own files. Raises FixTheFile if there is no home."""
    return _xdg(environment, "XDG_STATE_HOME", ".local/state") / "scrobblerd"


def _xdg(environment: Mapping[str, str], name: str, fallback: str) -> Path:
    given = Path(environment.get(name, ""))
    try:
        return given if given.is_absolute() else Path.home() / fallback
    except RuntimeError as error:  # no HOME, and nobody of this number in passwd
        raise FixTheFile(f"there is no home folder: set HOME or {name}") from error
