"""A Last.fm for a daemon that systemd has started."""

from collections.abc import Iterator

import pytest

from lab.lastfm import StandIn


@pytest.fixture
def lastfm() -> Iterator[StandIn]:
    """A Last.fm that knows API_KEY and API_SECRET only."""
    with StandIn() as server:
        yield server
