"""Keeps small values over restarts: those of an account, and the daemon's own."""

import json
import sqlite3
from typing import Any

from .accounts import AccountConnection, AccountStore
from .database import Database

DAEMON = 0
"""Stands for an account's id at values that belong to no account."""

TRACKER = "tracker"
"""The name of the plays that go on."""

_PUT = """
INSERT INTO state (account_id, name, value) VALUES (:account_id, :name, :value)
ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value"""
_GET = "SELECT value FROM state WHERE account_id = :account_id AND name = :name"


class StateStore(AccountStore):
    """The kept values of an account, by name. Methods raise StoreFailed."""

    def __init__(self, database: Database, account_id: int = DAEMON) -> None:
        super().__init__(database, account_id)

    async def keep(self, name: str, value: Any) -> None:
        """Keeps a value of JSON's types."""
        await self._write(lambda rows: put_state(rows, name, value))

    async def kept(self, name: str) -> Any:
        """Returns the value kept under `name`; None if there is none, or none that can be read."""
        rows = await self._select(_GET, name=name)
        try:
            return json.loads(rows[0][0]) if rows else None
        except (ValueError, TypeError, RecursionError):
            return None


def put_state(rows: AccountConnection, name: str, value: Any) -> None:
    """Keeps a value of an account within a transaction that is open."""
    rows.execute(_PUT, {"name": name, "value": json.dumps(value)})


def put_daemon_state(db: sqlite3.Connection, name: str, value: Any) -> None:
    """Keeps a value of the daemon's own within a transaction that is open."""
    put_state(AccountConnection(db, DAEMON), name, value)
