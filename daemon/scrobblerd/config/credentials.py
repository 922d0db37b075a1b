"""Finds what opens services: API keys, and tokens of accounts.

API key and secret come from the first place that has both: the environment, systemd credentials,
lastfm.toml beside config.toml, config.toml itself, and at last what a package or an administrator
gives to all users of the machine. They are never taken from two places.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..core import FROM_CREDENTIALS, FROM_ENVIRONMENT, FROM_PACKAGE
from ..core.errors import FixTheFile
from ..core.model import ApiAccess
from . import toml_file
from .options import check_known
from .source import AccountConfig, api_key_path, shared_api_key_paths, token_path

_LASTFM_KEY = re.compile(r"[0-9A-Fa-f]{32}", re.ASCII)

_AROUND = "\ufeff \t\r\n\f\v"
"""White space and BOM, which editors leave around a key or token."""


def find_api_key(
    path: Path, lastfm: Mapping[str, str], environment: Mapping[str, str]
) -> ApiAccess:
    """Returns the API key, its secret, and where they are; without addresses.

    `lastfm` is the checked [lastfm] table of the config.toml at `path`. Raises FixTheFile if a file
    of the user's is broken; a broken file of the machine's is only told of.
    """
    folder = _credentials_folder(environment)
    key_file = _key_file(api_key_path(path))
    places = (
        _access(
            environment.get("LASTFM_API_KEY", ""),
            environment.get("LASTFM_API_SECRET", ""),
            FROM_ENVIRONMENT,
        ),
        _access(
            _text_of(folder / "lastfm_api_key"),
            _text_of(folder / "lastfm_api_secret"),
            FROM_CREDENTIALS,
        ),
        _access(key_file.get("api_key", ""), key_file.get("api_secret", "")),
        _access(lastfm["api_key"], lastfm["api_secret"]),
    )
    return next((place for place in places if place.configured), None) or _shared_key(environment)


def _shared_key(environment: Mapping[str, str]) -> ApiAccess:
    """Returns the API key that all users of the machine share."""
    faults: list[str] = []
    for path in shared_api_key_paths(environment):
        try:
            values = _key_file(path)
        except FixTheFile as error:  # which the user can't mend
            faults.append(str(error))
            continue
        access = _access(values.get("api_key", ""), values.get("api_secret", ""), FROM_PACKAGE)
        if access.configured:
            return access
    return ApiAccess(key_fault="; ".join(faults))


def _access(key: str, secret: str, key_from: str = "") -> ApiAccess:
    return ApiAccess(key=_cleaned(key), secret=_cleaned(secret), key_from=key_from)


@dataclass(frozen=True, slots=True)
class HandedToken:
    """A token that the user gave for an account, "" = none. `place`: where it is, for people;
    `is_lasting`: it is handed over at each start, and need not be kept."""

    token: str = field(default="", repr=False)
    place: str = ""
    is_lasting: bool = False


def find_token(config: AccountConfig, path: Path, environment: Mapping[str, str]) -> HandedToken:
    """Returns the token that the user gave for an account.

    It comes from the first place that has one: the environment, systemd credentials, `token_file`,
    or the file where `scrobblerctl login` puts it. `path` is that of config.toml. Raises
    FixTheFile.
    """
    variable, credential = token_variable(config.name), f"scrobblerd.{config.name}.token"
    token_file = Path(config.token_file) if config.token_file else None
    lasting = (
        (environment.get(variable, ""), variable),
        (_text_of(_credentials_folder(environment) / credential), f"the credential {credential}"),
        (_text_of(token_file) if token_file else "", str(token_file)),
    )
    for text, place in lasting:
        if token := text.strip(_AROUND):
            return HandedToken(token, place, is_lasting=True)
    by_command = token_path(path, config.name)
    token = toml_file.read(by_command).get("token", "")
    return HandedToken(token.strip(_AROUND) if isinstance(token, str) else "", str(by_command))


def token_variable(account: str) -> str:
    """Returns the environment variable that may hold the token of an account."""
    return f"SCROBBLERD_TOKEN_{account.upper().replace('-', '_')}"


def _cleaned(key: str) -> str:
    """Returns a key or secret without white space and BOM around it. Last.fm's are 32 hexadecimal
    digits in lower case; other servers have others, which stay as they are."""
    key = key.strip(_AROUND)
    return key.lower() if _LASTFM_KEY.fullmatch(key) else key


def _key_file(path: Path) -> dict[str, str]:
    """Reads lastfm.toml, which holds api_key and api_secret and nothing else."""
    values = toml_file.read(path)
    for name, value in values.items():
        check_known(path, name, name, ("api_key", "api_secret"))
        if not isinstance(value, str):
            raise FixTheFile(f"{path}: {name} must be a text, it is something else")
    return values


def _credentials_folder(environment: Mapping[str, str]) -> Path:
    """Returns where systemd puts credentials, or a folder that is not there."""
    return Path(environment.get("CREDENTIALS_DIRECTORY") or "/nonexistent")


def _text_of(path: Path) -> str:
    """Returns what a file holds, "" if it can't be read. Raises FixTheFile if it is no text, or
    no file that ends."""
    try:
        return toml_file.read_bytes(path).decode()
    except OSError:
        return ""
    except UnicodeDecodeError as error:
        raise FixTheFile(f"{path}: is no text ({error}); store the key itself") from error
