"""Fixtures of a running scrobblerd.

A test module takes them with `pytest_plugins = ["tests.on_a_daemon"]`. With `started(login=False)`
on it a test gets another bench; a module whose tests change nothing has one `bench` for all.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from lab.daemon import Daemon
from lab.dbus import connect
from lab.lastfm import StandIn
from lab.scrobbler import Scrobbler
from tests.daemon_bench import Bench, running


@pytest.fixture
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A daemon of its own for each test, with quiet_otter logged in."""
    with running(tmp_path, **getattr(request, "param", {})) as running_bench:
        yield running_bench


@pytest.fixture
def lastfm(bench: Bench) -> StandIn:
    """The Last.fm of the daemon."""
    return bench.lastfm


@pytest.fixture
def daemon(bench: Bench) -> Daemon:
    """The daemon."""
    return bench.daemon


@pytest.fixture
async def scrobbler(bench: Bench) -> AsyncIterator[Scrobbler]:
    """The daemon as another program sees it."""
    async with await connect(bench.bus.address) as connection:
        yield await Scrobbler.start(connection)
