"""Reads the user's configuration: TOML, environment and credentials become one frozen `Config`.

Every key is a row of `schema.OPTIONS`; a key that is not there is an error with a hint.
The user's files are only read. The settings that D-Bus changes are kept in the daemon's own
file (`runtime_settings`) and win.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ..core import LASTFM
from ..core.rules import Rules, clamp_threshold
from ..core.submission import Limits
from . import toml_file
from .accounts import check_accounts
from .credentials import find_api_key
from .filters import compile_filters
from .options import check_is_safe
from .players import take_player_rules
from .schema import OPTIONS, Tables, check_tables
from .source import AccountConfig, Config, Paths, state_folder


def load(path: Path, environment: Mapping[str, str]) -> Config:
    """Reads the configuration; a missing file is an empty one. Raises FixTheFile."""
    content = toml_file.read(path)
    accounts = content.pop("accounts", {})
    players = take_player_rules(path, content)
    tables = check_tables(path, content)
    lastfm = _lastfm(path, tables, environment)
    return Config(
        accounts={LASTFM: lastfm, **check_accounts(path, accounts, lastfm)},
        rules=replace(_rules(path, tables), players=players),
        session_store=tables["session"]["store"],
        library_folders=tuple(tables["library"]["folders"]),
        notifications=tables["notifications"]["show"],
        log_level=tables["log"]["level"],
        proxy=tables["network"]["proxy"],
        ask_players=tables["players"]["ask"],
        clamped=tuple(_clamped(tables)),
        paths=Paths(path, state_folder(environment)),
    )


def _lastfm(path: Path, tables: Tables, environment: Mapping[str, str]) -> AccountConfig:
    lastfm = tables["lastfm"]
    check_is_safe(path, "[lastfm] api_url", lastfm["api_url"], lastfm["insecure_http"])
    return AccountConfig(
        name=LASTFM,
        service=LASTFM,
        access=replace(
            find_api_key(path, lastfm, environment),
            api_url=lastfm["api_url"],
            auth_url=lastfm["auth_url"],
        ),
        limits=Limits(**tables["limits"]),
        now_playing=tables["scrobble"]["now_playing"],
        enabled=lastfm["enabled"],
        loved_mirror=lastfm["loved_mirror"],
    )


def _clamped(tables: Tables) -> Iterator[tuple[str, int, int]]:
    for name, options in OPTIONS.items():
        for key, option in options.items():
            if option.clamped and option.bounds:
                low, high = option.bounds
                given = tables[name][key]
                if not low <= given <= high:
                    yield f"[{name}] {key}", given, int(max(low, min(high, given)))


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
