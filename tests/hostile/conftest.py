"""Databases to be damaged."""

import asyncio
from pathlib import Path

import pytest

from tests.hostile.databases import fill


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
