"""Databases to be damaged, and who looks on from the bus of a test's `bench`."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.dbus import Connection, connect
from lab.scrobbler import Scrobbler
from tests.hostile.databases import fill
from tests.support.daemon_bench import Bench


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is whole; it stays so."""
    path = tmp_path_factory.mktemp("whole") / "scrobblerd.db"
    asyncio.run(fill(path))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where databases are damaged."""
    return tmp_path_factory.mktemp("damaged")


@pytest.fixture
async def connection(bench: Bench) -> AsyncIterator[Connection]:
    """Another program's."""
    async with await connect(bench.bus.address) as opened:
        yield opened


@pytest.fixture
async def scrobbler(connection: Connection) -> Scrobbler:
    """The daemon, as it sees it."""
    return await Scrobbler.start(connection)
