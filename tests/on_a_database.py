"""Fixtures of a database on a real file.

A test module takes them with `pytest_plugins = ["tests.on_a_database"]`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scrobblerd.database import Database
from scrobblerd.queue import ScrobbleQueue
from scrobblerd.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scrobblerd.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(path)
    yield opened
    await opened.close()


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database, "boot-1")


@pytest.fixture
def queue(database: Database) -> ScrobbleQueue:
    return ScrobbleQueue(database, "boot-1")
