"""A stand-in of Last.fm whose clock stands at NOW, and a submitter that sends to it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from lab.lastfm import StandIn
from tests.support.worker_bench import NOW, SubmitterBench


@pytest.fixture
def lastfm() -> Iterator[StandIn]:
    """A server that answers until the test ends."""
    with StandIn(clock=lambda: NOW) as server:
        yield server


@pytest.fixture
async def pump(lastfm: StandIn, tmp_path: Path) -> AsyncIterator[SubmitterBench]:
    """A submitter with a database of its own, that is logged in at `lastfm`."""
    async with SubmitterBench(lastfm, tmp_path) as made:
        yield made
