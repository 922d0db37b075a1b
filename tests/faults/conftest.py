"""A pump that lives through days of trouble, for all fault tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.long_run import Diary, LongPump


@pytest.fixture
def lastfm() -> Iterator[Diary]:
    """A stand-in that notes when it was asked what."""
    with Diary() as server:
        yield server


@pytest.fixture
async def pump(lastfm: Diary, tmp_path: Path) -> AsyncIterator[LongPump]:
    """A pump that sends to it."""
    async with LongPump(lastfm, tmp_path) as made:
        yield made
