"""Reads the user's configuration: TOML, environment and credentials become one frozen `Config`.

Every key is a row of `schema.OPTIONS`; a key that is not there is an error with a hint.
The user's files are only read. The settings that D-Bus changes are kept in the daemon's own
file (`runtime_settings`) and win.

API key and secret come from the first place that has both: the environment, systemd credentials,
lastfm.toml beside config.toml, config.toml itself. They are never taken from two places.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from ..core.errors import FixTheFile
from ..core.model import LASTFM, ApiAccess
from ..core.rules import Rules, clamp_threshold
from ..core.submission import Limits
from . import toml_file
from .accounts import check_accounts
from .filters import compile_filters
from .schema import Tables, check_is_safe, check_known, check_tables
from .source import AccountConfig, Config, Paths, api_key_path, state_folder, token_path

_LASTFM_KEY = re.compile(r"[0-9A-Fa-f]{32}", re.ASCII)


def load(path: Path, environment: Mapping[str, str]) -> Config:
    """Reads the configuration; a missing file is an empty one. Raises FixTheFile."""
    content = toml_file.read(path)
    accounts = content.pop("accounts", {})
    tables = check_tables(path, content)
    lastfm = _lastfm(path, tables, environment)
    return Config(
        accounts={LASTFM: lastfm, **check_accounts(path, accounts, lastfm)},
        rules=_rules(path, tables),
        session_store=tables["session"]["store"],
        library_folders=tuple(tables["library"]["folders"]),
        notifications=tables["notifications"]["show"],
        log_level=tables["log"]["level"],
        proxy=tables["network"]["proxy"],
        paths=Paths(path, state_folder(environment)),
    )


def _lastfm(path: Path, tables: Tables, environment: Mapping[str, str]) -> AccountConfig:
    lastfm = tables["lastfm"]
    check_is_safe(path, "[lastfm] api_url", lastfm["api_url"], lastfm["insecure_http"])
    key, secret, key_from = find_api_key(path, lastfm, environment)
    return AccountConfig(
        name=LASTFM,
        service=LASTFM,
        access=ApiAccess(
            key=key,
            secret=secret,
            api_url=lastfm["api_url"],
            auth_url=lastfm["auth_url"],
            key_from=key_from,
        ),
        limits=Limits(**tables["limits"]),
        now_playing=tables["scrobble"]["now_playing"],
        enabled=lastfm["enabled"],
        loved_mirror=lastfm["loved_mirror"],
    )


def _rules(path: Path, tables: Tables) -> Rules:
    scrobble, players = tables["scrobble"], tables["players"]
    return Rules(
        enabled=tables["lastfm"]["enabled"],
        scrobble_threshold=clamp_threshold(scrobble["scrobble_threshold"]),
        minimum_seconds=scrobble["minimum_seconds"],
        maximum_seconds=scrobble["maximum_seconds"],
        minimum_track_seconds=scrobble["minimum_track_seconds"],
        stream_minimum_seconds=scrobble["stream_minimum_seconds"],
        settle=scrobble["settle_ms"] / 1000,
        count_muted=scrobble["count_muted"],
        allow=tuple(players["allow"]),
        deny=tuple(players["deny"]),
        announce_only=tuple(players["announce_only"]),
        filters=compile_filters(path, tables["filters"]),
    )


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
    cleaned = ((_cleaned(key), _cleaned(secret), place) for key, secret, place in places)
    return next((found for found in cleaned if found[0] and found[1]), ("", "", ""))


def find_token(config: AccountConfig, path: Path, environment: Mapping[str, str]) -> str:
    """Returns the token that the user gave for an account, "" = none.

    It comes from the first place that has one: the environment, systemd credentials, `token_file`,
    or the file where `scrobblerctl login` puts it. `path` is that of config.toml. Raises
    FixTheFile.
    """
    credentials = Path(environment.get("CREDENTIALS_DIRECTORY") or "/nonexistent")
    variable = f"SCROBBLERD_TOKEN_{config.name.upper().replace('-', '_')}"
    handed = toml_file.read(token_path(path, config.name)).get("token", "")
    places: tuple[str, ...] = (
        environment.get(variable, ""),
        _credential(credentials / f"scrobblerd.{config.name}.token"),
        _credential(Path(config.token_file).expanduser()) if config.token_file else "",
        handed if isinstance(handed, str) else "",
    )
    return next((token for place in places if (token := _cleaned(place))), "")


def _cleaned(key: str) -> str:
    """Returns a key or secret without white space and BOM around it. Last.fm's are 32 hexadecimal
    digits in lower case; other servers have others, which stay as they are."""
    key = key.strip("\ufeff \t\r\n\f\v")
    return key.lower() if _LASTFM_KEY.fullmatch(key) else key


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
