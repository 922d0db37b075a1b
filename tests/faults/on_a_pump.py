"""Fixtures of a pump over hours and days, and the stand-in Last.fm that it sends to.

A test module takes them with `pytest_plugins = ["tests.faults.on_a_pump"]`.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.long_run import Diary, LongPump


@pytest.fixture
def lastfm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Diary]:
    """A Last.fm that notes what it is asked."""
    monkeypatch.setenv("NO_PROXY", "*")
    with Diary() as server:
        yield server


@pytest.fixture
async def pump(lastfm: Diary, tmp_path: Path) -> AsyncIterator[LongPump]:
    """A pump that has just been started."""
    async with LongPump(lastfm, tmp_path) as made:
        yield made
