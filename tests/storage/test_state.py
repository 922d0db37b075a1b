"""state.py: small values that outlive a restart, on a real database."""

from pathlib import Path

import pytest

from scrobblerd.storage.database import Database
from scrobblerd.storage.state import StateStore


async def test_values_survive(database: Database, path: Path) -> None:
    await StateStore(database, 1).keep("backoff", {"failures": 2})
    await StateStore(database, 1).keep("backoff", {"failures": 3})
    other = await Database.open(path)
    assert await StateStore(other, 1).kept("backoff") == {"failures": 3}
    await other.close()


@pytest.mark.parametrize("value", ["{", "[" * 100_000, "\x00", "{'a': 1}"])
async def test_a_value_that_is_no_json_is_none(database: Database, value: str) -> None:
    insert = "INSERT INTO state VALUES (1, 'broken', ?)"
    await database.write(lambda db: db.execute(insert, (value,)))
    assert await StateStore(database, 1).kept("broken") is None


async def test_accounts_and_the_daemon_keep_their_own(database: Database) -> None:
    first, second, daemon = (StateStore(database, each) for each in (1, 2, 0))
    await first.keep("backoff", 1)
    await daemon.keep("backoff", 0)
    assert [await each.kept("backoff") for each in (first, second, daemon)] == [1, None, 0]
