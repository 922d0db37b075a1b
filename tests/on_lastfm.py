"""Fixtures of the real client and a stand-in Last.fm that it speaks to over HTTP.

A test module takes them with `pytest_plugins = ["tests.on_lastfm"]`.
"""

from collections.abc import AsyncIterator, Iterator

import pytest

from lab.lastfm import API_KEY, API_SECRET, StandIn
from scrobblerd.lastfm import LastFm
from scrobblerd.model import Session
from tests.songs import SONG


@pytest.fixture
def standin(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A Last.fm at whose wall clock SONG has just been played."""
    monkeypatch.setenv("NO_PROXY", "*")
    with StandIn(clock=lambda: SONG.timestamp + 300.0) as started:
        yield started


@pytest.fixture
async def client(standin: StandIn) -> AsyncIterator[LastFm]:
    """The client, speaking to it."""
    opened = LastFm(API_KEY, API_SECRET, standin.api_url, standin.auth_url)
    yield opened
    await opened.close()


@pytest.fixture
def session(standin: StandIn) -> Session:
    """A login that is good."""
    return Session("quiet_otter", standin.login("quiet_otter"))
