"""Fixtures of an import of loved tracks.

A test module takes them with `pytest_plugins = ["tests.on_an_import"]`.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.lastfm import StandIn
from tests.importing import Importing


@pytest.fixture
async def importing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Importing]:
    """An import in pages of 50 that never waits long; under `mirroring` it takes marks away too."""
    monkeypatch.setattr("scrobblerd.loved_import.RETRY_WAIT", 0.01)
    mirror = getattr(request, "param", False)
    with StandIn() as lastfm:
        lastfm.page_size_max = 50
        async with Importing(lastfm, tmp_path / "scrobblerd.db", mirror) as rooms:
            yield rooms
