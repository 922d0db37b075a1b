"""Reads the user's configuration: TOML, environment and credentials become one frozen `Config`.

Every key is a row of `schema.OPTIONS`; a key that is not there is an error with a hint.
The user's files are only read. The settings that D-Bus changes are kept in the daemon's own
file (`runtime_settings`) and win.
"""

from collections.abc import Mapping
from pathlib import Path

from ..core.model import ApiAccess
from ..core.rules import Rules, clamp_threshold
from ..core.submission import Limits
from . import toml_file
from .api_keys import find_api_key
from .filters import compile_filters
from .paths import Paths, state_folder
from .source import AccountConfig, Config
from .validation import Tables, check_tables


def load(path: Path, environment: Mapping[str, str]) -> Config:
    """Reads the configuration; a missing file is an empty one. Raises FixTheFile."""
    tables = check_tables(path, toml_file.read(path))
    return Config(
        account=_account(path, tables, environment),
        rules=_rules(path, tables),
        session_store=tables["session"]["store"],
        library_folders=tuple(tables["library"]["folders"]),
        notifications=tables["notifications"]["show"],
        log_level=tables["log"]["level"],
        paths=Paths(path, state_folder(environment)),
    )


def _account(path: Path, tables: Tables, environment: Mapping[str, str]) -> AccountConfig:
    lastfm = tables["lastfm"]
    key, secret, key_from = find_api_key(path, lastfm, environment)
    return AccountConfig(
        access=ApiAccess(
            key=key,
            secret=secret,
            api_url=lastfm["api_url"],
            auth_url=lastfm["auth_url"],
            key_from=key_from,
        ),
        limits=Limits(**tables["limits"]),
        now_playing=tables["scrobble"]["now_playing"],
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
