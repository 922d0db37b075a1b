"""The tables [players.NAME] of config.toml: what they may decide for some players, and the check.

NAME is a pattern, as in the lists of [players].
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from ..core.errors import FixTheFile
from ..core.rules import PlayerRules, clamp_threshold
from .options import Option, check_known, check_options
from .schema import OPTIONS

_SCROBBLE = OPTIONS["scrobble"]

MAX_PLAYER_TABLES = 64
"""A player is compared with all of them when it appears."""

PLAYER_OPTIONS: Mapping[str, Option] = {
    "scrobble_threshold": replace(
        _SCROBBLE["scrobble_threshold"],
        meaning="How much of a track must be heard, in per cent. For these players it wins over"
        " `scrobblerctl settings scrobble_threshold`.",
    ),
    "minimum_seconds": _SCROBBLE["minimum_seconds"],
    "maximum_seconds": _SCROBBLE["maximum_seconds"],
    "now_playing": Option(True, "Whether what is playing is announced. If not, it still counts."),
    "announce_only": Option(
        False,
        "Whether what is playing is only announced, and never counts, as with the list"
        " `announce_only`.",
    ),
}
"""What a table [players.NAME] may have. What it leaves out is as for all players."""


def take_player_rules(path: Path, content: dict[str, Any]) -> tuple[PlayerRules, ...]:
    """Takes the tables [players.NAME] out of what config.toml has, and returns what they decide, in
    their order. Raises FixTheFile."""
    players = content.get("players")
    if not isinstance(players, dict):
        return ()
    given = cast("dict[str, Any]", players)
    tables = {
        name: cast("dict[str, Any]", table)
        for name, table in given.items()
        if isinstance(table, dict) and name not in OPTIONS["players"]
    }
    if len(tables) > MAX_PLAYER_TABLES:
        raise FixTheFile(f"{path}: [players] has more than {MAX_PLAYER_TABLES} tables")
    content["players"] = {name: value for name, value in given.items() if name not in tables}
    return tuple(_checked(path, name, table) for name, table in tables.items())


def _checked(path: Path, name: str, table: dict[str, Any]) -> PlayerRules:
    if not name.strip():
        raise FixTheFile(f"{path}: [players] has a table without a name")
    where = PlayerRules(name).table
    for key in table:
        check_known(path, f"{where} {key}", key, PLAYER_OPTIONS)
    options = {key: option for key, option in PLAYER_OPTIONS.items() if key in table}
    values = check_options(path, where, options, table)
    if "scrobble_threshold" in values:
        values["scrobble_threshold"] = clamp_threshold(values["scrobble_threshold"])
    return PlayerRules(name, **values)
