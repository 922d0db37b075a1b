"""What tests of scrobblerctl share: a daemon, of their own or one for a module, and what plays.

A module says by `DAEMON` how its daemons are started (see `running`), and by `SHARED = True` that
all its tests have the same one.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.ctl_accounts import Home, several_accounts
from tests.support.daemon_bench import Bench, running
from tests.support.rows import put
from tests.support.scrobblerctl import NASTY, Stage


def constant(request: pytest.FixtureRequest, name: str, default: Any) -> Any:
    """The constant of the module whose test asks."""
    module = cast("Any", request).module
    return getattr(module, name, default)


@pytest.fixture(scope="module")
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """A daemon for all tests of a module."""
    with running(
        tmp_path_factory.mktemp("home"), **constant(request, "DAEMON", {})
    ) as running_bench:
        yield running_bench


@pytest.fixture(scope="module")
def seen(shared: Bench) -> Bench:
    """A daemon with 450 plays, ten a day up to an hour ago; play 450 is an enemy's."""
    now = int(time.time()) - 3600
    friends = ({"id": n, "start": now - (450 - n) * 86400 // 10} for n in range(1, 450))
    enemy = dict.fromkeys(("artist", "title", "player", "detail"), NASTY)
    enemy |= {"verdict": "unwanted", "reason": "other"}
    put(shared.daemon.database, "plays", *friends, {"id": 450, "start": now, **enemy})
    return shared


@pytest.fixture
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """The daemon of a module, or one of its own for each test."""
    if constant(request, "SHARED", False):
        yield request.getfixturevalue("shared")
        return
    with running(tmp_path, **constant(request, "DAEMON", {})) as running_bench:
        yield running_bench


@pytest.fixture
def stage(bench: Bench) -> Iterator[Stage]:
    """What plays."""
    with Stage(bench) as players:
        yield players


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A daemon with several accounts."""
    with several_accounts(tmp_path) as several:
        yield several
