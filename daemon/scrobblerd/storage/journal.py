"""The tracker's state as it is kept: a row for each player, and one for what all players share.

A row that has not changed is not written.
"""

import contextlib
import json
import sqlite3
from collections.abc import Collection, Mapping
from typing import Any, cast

from .accounts import DAEMON, AccountConnection, put_state
from .database import Database

TRACKER = "tracker"
"""The name of what all players share. A player's row has this name, a slash and its own. In files
of older versions the first row has the players, too."""

_PLAYERS = "players"

_GET = """
SELECT name, value FROM state
WHERE account_id = :account_id AND (name = :tracker OR name GLOB :tracker || '/*')"""
_DROP = "DELETE FROM state WHERE account_id = :account_id AND name = :name"


async def kept_tracker(database: Database) -> Any:
    """Returns the state that is kept; None if there is none that can be read. A player whose row
    can't be read is left out. Raises StoreFailed."""
    values = await database.read(lambda db: _rows(AccountConnection(db, DAEMON)))
    state = _parsed(values.pop(TRACKER, None))
    if not isinstance(state, dict):
        return state
    shared = cast("dict[str, Any]", state)
    players = {name.removeprefix(f"{TRACKER}/"): _parsed(text) for name, text in values.items()}
    readable = {name: player for name, player in players.items() if player is not None}
    return {_PLAYERS: readable, **shared}


def put_tracker(
    db: sqlite3.Connection, state: Mapping[str, Any], only: Collection[str] | None = None
) -> None:
    """Keeps the state within a transaction that is open. With `only`, the rows of other players
    stay as they are."""
    rows = AccountConnection(db, DAEMON)
    put_state(rows, TRACKER, {name: value for name, value in state.items() if name != _PLAYERS})
    players = {f"{TRACKER}/{name}": player for name, player in state.get(_PLAYERS, {}).items()}
    for name, player in players.items():
        put_state(rows, name, player)
    kept = set(_rows(rows)) if only is None else {f"{TRACKER}/{name}" for name in only}
    for name in kept - players.keys() - {TRACKER}:
        rows.execute(_DROP, {"name": name})


def _rows(rows: AccountConnection) -> dict[str, object]:
    return dict(rows.execute(_GET, {"tracker": TRACKER}).fetchall())


def _parsed(text: object) -> Any:
    with contextlib.suppress(ValueError, TypeError, RecursionError):
        return json.loads(cast("str", text))
    return None
