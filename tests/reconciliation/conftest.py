"""A worker whose service shows the pages that a test writes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.lastfm import StandIn
from tests.support.worker_bench import NOW, SubmitterBench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[SubmitterBench]:
    """A worker that is logged in at a stand-in of Last.fm, with a database of its own."""
    with StandIn(clock=lambda: NOW) as lastfm:
        async with SubmitterBench(lastfm, tmp_path) as made:
            yield made
