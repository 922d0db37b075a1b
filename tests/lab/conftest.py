"""What tests of the stand-in Last.fm share."""

from collections.abc import Iterator

import pytest

from lab.lastfm import StandIn
from tests.support.lastfm_calls import Caller, calling


@pytest.fixture
def caller() -> Iterator[Caller]:
    """A client of a stand-in whose clock stands still, shortly after the documented scrobble."""
    with calling(clock=lambda: 1790000300.0) as client:
        yield client


@pytest.fixture
def lastfm(caller: Caller) -> StandIn:
    """The stand-in."""
    return caller.lastfm
