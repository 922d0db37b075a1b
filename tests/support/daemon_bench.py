"""A real scrobblerd on a bus of its own, with a stand-in Last.fm: what tests of it share.

With `started(login=False)` on it a test gets another bench; a module whose tests change nothing has
one `bench` for all.

No daemon's log may ever hold a traceback or a secret: that is looked after here, for every test.
"""

import signal
import subprocess
import time
import tomllib
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import connect
from lab.lastfm import API_SECRET, StandIn
from lab.scrobbler import Scrobbler

USER = "quiet_otter"
STOP_SECONDS = 5.0
"""A stop takes a tenth of a second; what it must not wait for takes ten or more."""

SOON = {
    "scrobble": {
        "scrobble_threshold": 25,
        "minimum_seconds": 0.1,
        "maximum_seconds": 1.0,
        "minimum_track_seconds": 1,
        "settle_ms": 50,
    }
}
"""Tables under which a play of any length counts after a second."""

UNLIMITED = {
    "limits": {"requests_per_second": 0, "requests_per_day": 0, "scrobbles_per_day": 0},
}
"""Tables under which nothing has to wait for its turn."""

FAULTS = ("Traceback", "never retrieved", "never awaited", "never closed")


@dataclass(frozen=True, slots=True)
class Bench:
    """A daemon that runs, and what it runs against."""

    bus: PrivateBus
    lastfm: StandIn
    daemon: Daemon

    def restart(self) -> None:
        """Stop the daemon and start it again."""
        assert self.daemon.stop() == 0
        self.daemon.start()

    def run(self, command: str | list[str]) -> subprocess.CompletedProcess[str]:
        """Run a program, or a line of shell, for which the bus is the session bus."""
        return subprocess.run(
            command,
            shell=isinstance(command, str),
            # Not in Python's development mode, in which asyncio tells how slow the machine is.
            env=self.daemon.env() | {"LC_ALL": "C.UTF-8", "PYTHONDEVMODE": ""},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def configure(self, **tables: dict[str, Any]) -> None:
        """Put other tables into config.toml."""
        path = self.daemon.config_path
        path.write_text(tomli_w.dumps(tomllib.loads(path.read_text()) | tables))

    def secrets(self) -> set[str]:
        """What nobody may ever see: the API secret, session keys, tokens."""
        return {API_SECRET, *self.lastfm.sessions, *self.lastfm.tokens}


@contextmanager
def running(
    home: Path,
    *,
    bus: PrivateBus | None = None,
    login: bool = True,
    start: bool = True,
    **how: Any,
) -> Generator[Bench]:
    """A daemon, on a bus of its own by default; quiet_otter is logged in. `how` is for Daemon."""
    with nullcontext(bus) if bus else PrivateBus() as its_bus, StandIn() as lastfm:
        daemon = Daemon(its_bus, lastfm, home, **how)
        if login:
            daemon.login(lastfm, USER)
        bench = Bench(its_bus, lastfm, daemon)
        try:
            if start:
                daemon.start()
            yield bench
        finally:
            daemon.stop()
        check_log(bench)


def started(**how: Any) -> pytest.MarkDecorator:
    """Marks a test, or a module, whose `bench` is to be started so (see `running`)."""
    return pytest.mark.parametrize("bench", [how], indirect=True, ids=["-".join(how)])


def stops(
    daemon: Daemon, number: signal.Signals = signal.SIGTERM, within: float = STOP_SECONDS
) -> None:
    """It ends soon when it is asked to, and says that all is well."""
    begun = time.monotonic()
    assert daemon.stop(number) == 0
    assert time.monotonic() - begun < within


async def log_in(scrobbler: Scrobbler, lastfm: StandIn, user: str = USER) -> None:
    """The user approves a login, and it is finished."""
    _url, token = await scrobbler.call("GetAuthUrl")
    lastfm.approve(token, user)
    assert await scrobbler.call("CompleteAuth", "s", token) == [user]


def scrobble_ago(seconds: int, **other: Any) -> tuple[int, tuple[Any, ...]]:
    """The start stamp of a play that began `seconds` ago, and the call of Scrobble for it."""
    stamp = int(time.time()) - seconds
    values = {
        "artist": "The Paper Lanterns",
        "track": "Slow Harbour",
        "album": "Tidewater",
        "timestamp": stamp,
        "duration": 215,
        "played_time": 200,
    }
    return stamp, ("Scrobble", "sssxuu", *(values | other).values())


def check_log(bench: Bench) -> None:
    """The log holds neither a traceback nor a secret."""
    log = bench.daemon.log
    print(log)  # noqa: T201 # pytest shows it where the test failed
    assert not [fault for fault in FAULTS if fault in log], log
    assert not [secret for secret in bench.secrets() if secret in log], log


# -- fixtures -------------------------------------------------------------------------------------


@pytest.fixture
def bench(request: pytest.FixtureRequest, bus: PrivateBus, tmp_path: Path) -> Iterator[Bench]:
    """A daemon of its own for each test, with quiet_otter logged in, on the bus of the test."""
    with running(tmp_path, bus=bus, **getattr(request, "param", {})) as running_bench:
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
