"""Binds SQL to one account: a login at one service, a row of the table `accounts`.

A store of an account runs all its statements through `AccountConnection`, which refuses those that
do not use :account_id. So rows of one account never reach the service of another. Each account has
small values that it keeps over restarts.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ..core.errors import FixTheFile, InvalidArgument
from ..core.submission import QueueCounts
from .database import Database, Row

LASTFM_ACCOUNT = 1
"""The account "lastfm", the only one that is configured; the third migration makes it."""

DAEMON = 0
"""Stands for an account's id at values that belong to no account."""


Result = TypeVar("Result")

_REMEMBER_USER = """
UPDATE accounts SET username = :username WHERE id = :account_id AND username != :username"""
_ACCOUNTS = "SELECT id, CAST(name AS TEXT), CAST(service AS TEXT) FROM accounts"
_NAME = """
INSERT INTO accounts (name, service) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET service = excluded.service"""
_IS_USED = """
SELECT EXISTS (SELECT 1 FROM scrobble_queue WHERE account_id = :id)
    OR EXISTS (SELECT 1 FROM loves WHERE account_id = :id)
    OR EXISTS (SELECT 1 FROM accounts WHERE id = :id AND username != '')"""
"""Whether there is something of an account that its service must have, or nobody else: plays,
loves, a login."""
_LEFT = """
SELECT CAST(name AS TEXT), CAST(service AS TEXT), CAST(accounts.username AS TEXT),
    (SELECT count(*) FROM loves WHERE loves.account_id = accounts.id AND state = 'pending'),
    sum(state = 'pending'), sum(state = 'held'), sum(state = 'rejected'), sum(state = 'expired'),
    coalesce(min(CASE state WHEN 'pending' THEN CAST(timestamp AS INTEGER) END), 0)
FROM scrobble_queue JOIN accounts ON accounts.id = account_id
WHERE state IN ('pending', 'held', 'rejected', 'expired') GROUP BY account_id ORDER BY account_id"""
_PUT = """
INSERT INTO state (account_id, name, value) VALUES (:account_id, :name, :value)
ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value
WHERE value IS NOT excluded.value"""
_GET = "SELECT value FROM state WHERE account_id = :account_id AND name = :name"


async def account_ids(database: Database, services: Mapping[str, str]) -> dict[str, int]:
    """Returns the ids of the accounts in `services`, by name; new ones get one.

    `services` has the kind of service of each. Raises StoreFailed, and FixTheFile if the login or
    rows of an account belong to another service.
    """

    def work(db: sqlite3.Connection) -> dict[str, int]:
        kept = {name: (number, kind) for number, name, kind in db.execute(_ACCOUNTS)}
        for name, kind in services.items():
            number, before = kept.get(name, (0, kind))
            if before != kind and db.execute(_IS_USED, {"id": number}).fetchone()[0]:
                raise FixTheFile(
                    f"config.toml: [accounts.{name}] service = {kind!r}: its login and its plays"
                    f" belong to {before}; choose another name for the new account"
                )
            db.execute(_NAME, (name, kind))
        return {name: number for number, name, _ in db.execute(_ACCOUNTS) if name in services}

    return await database.write(work)


@dataclass(frozen=True, slots=True)
class AccountLeft:
    """An account that has left the configuration, and what is queued for it: plays, and requests to
    love or unlove."""

    name: str
    service: str
    username: str
    loves: int
    counts: QueueCounts


async def accounts_left(database: Database, names: Collection[str]) -> list[AccountLeft]:
    """Returns the accounts with rows that are not among `names`. Raises StoreFailed."""
    rows = await database.select(_LEFT)
    return [
        AccountLeft(name, service, username, loves, QueueCounts(*counts))
        for name, service, username, loves, *counts in rows
        if name not in names
    ]


async def account_named(database: Database, name: str) -> int:
    """Returns the id of an account, which may have left the configuration. Raises InvalidArgument,
    which names those there are, and StoreFailed."""
    numbers = {kept: number for number, kept, _ in await database.select(_ACCOUNTS)}
    if name not in numbers:
        known = ", ".join(sorted(numbers, key=lambda each: numbers[each]))
        raise InvalidArgument(f"there is no account {name!r:.40}; there are {known}")
    return int(numbers[name])


class AccountConnection:
    """Runs statements of one account within a transaction that is open."""

    def __init__(self, db: sqlite3.Connection, account_id: int) -> None:
        self._db = db
        self.account_id = account_id

    def execute(self, sql: str, values: Mapping[str, Any] | None = None) -> sqlite3.Cursor:
        """Runs a statement with named values; :account_id is bound to the account."""
        return self._db.execute(sql, self._bound(sql, values or {}))

    def execute_each(self, sql: str, many: Iterable[Mapping[str, Any]]) -> None:
        """Runs a statement once for each of `many` values."""
        self._db.executemany(sql, [self._bound(sql, values) for values in many])

    def _bound(self, sql: str, values: Mapping[str, Any]) -> dict[str, Any]:
        if ":account_id" not in sql:
            raise ValueError(f"a statement of an account does not use :account_id: {sql:.60}")
        return {**values, "account_id": self.account_id}


class AccountStore:
    """Rows of one account in an open database. Methods raise StoreFailed."""

    def __init__(self, database: Database, account_id: int = DAEMON) -> None:
        self.database = database
        self.account_id = account_id

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

    async def _select(self, sql: str, **values: Any) -> list[Row]:
        """Returns the rows that a query of the account gives."""
        return await self.database.read(
            lambda db: AccountConnection(db, self.account_id).execute(sql, values).fetchall()
        )

    async def _write(self, work: Callable[[AccountConnection], Result]) -> Result:
        """Returns what `work` returns; all that it does is done together or not at all."""
        return await self.database.write(lambda db: work(AccountConnection(db, self.account_id)))


def remember_user(rows: AccountConnection, username: str) -> None:
    """Keeps who was logged in last."""
    rows.execute(_REMEMBER_USER, {"username": username})


def put_state(rows: AccountConnection, name: str, value: Any) -> None:
    """Keeps a value of an account within a transaction that is open. Writes nothing if it is kept
    already."""
    rows.execute(_PUT, {"name": name, "value": json.dumps(value)})
