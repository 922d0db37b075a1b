"""Where the API key and its secret come from: the first place that has both.

The places, in order: the environment, systemd credentials, lastfm.toml beside config.toml,
config.toml itself. A key and a secret are never taken from two places.
"""

from collections.abc import Mapping
from pathlib import Path

from ..core.errors import FixTheFile
from . import toml_file
from .paths import api_key_path
from .validation import check_known


def find_api_key(
    path: Path, lastfm: Mapping[str, str], environment: Mapping[str, str]
) -> tuple[str, str, str]:
    """Returns the API key, its secret, and the place if only a restart reads that again, else "".

    All three are "" if no place has both. `lastfm` is the checked [lastfm] table of the config.toml
    at `path`. Raises FixTheFile if a file is broken.
    """
    credentials = Path(environment.get("CREDENTIALS_DIRECTORY") or "/nonexistent")
    key_file = _key_file(api_key_path(path))
    places = (
        (
            environment.get("LASTFM_API_KEY", ""),
            environment.get("LASTFM_API_SECRET", ""),
            "environment",
        ),
        (
            _credential(credentials / "lastfm_api_key"),
            _credential(credentials / "lastfm_api_secret"),
            "credentials",
        ),
        (key_file.get("api_key", ""), key_file.get("api_secret", ""), ""),
        (lastfm["api_key"], lastfm["api_secret"], ""),
    )
    stripped = ((key.strip(), secret.strip(), place) for key, secret, place in places)
    return next((found for found in stripped if found[0] and found[1]), ("", "", ""))


def _key_file(path: Path) -> dict[str, str]:
    """Reads lastfm.toml, which holds api_key and api_secret and nothing else."""
    values = toml_file.read(path)
    for name, value in values.items():
        check_known(path, name, name, ("api_key", "api_secret"))
        if not isinstance(value, str):
            raise FixTheFile(f"{path}: {name} must be a text, it is something else")
    return values


def _credential(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
    except UnicodeDecodeError as error:
        raise FixTheFile(f"{path}: is no text ({error}); store the key itself") from error
