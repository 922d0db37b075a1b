"""Whatever the daemon or a command makes: its mode is there from the first moment, and no other."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.dbus import connect
from lab.lastfm import StandIn
from lab.scrobbler import Scrobbler
from tests.conftest import Needs, require
from tests.support.daemon_bench import log_in, scrobble_ago
from tests.support.keyrings import FakeKeyring
from tests.support.scrobblerctl import CTL
from tests.support.waiting import until

CALLS = "open,openat,creat,mkdir,mkdirat,mknod,mknodat,chmod,fchmod,fchmodat,umask"
MADE = re.compile(
    r'(?:open|openat)\((?:\w+, )?"([^"]+)", [\w|]*O_CREAT[\w|]*, (0\d*)(?:\) = \d| <unfinished)'
)
"""What was made, also where another thread's call comes in between."""
FOLDER = re.compile(r'mkdir(?:at)?\((?:\w+, )?"([^"]+)", (0\d*)\) = 0')
CHANGED = re.compile(r"\b(f?chmod(?:at)?)\((.*)\) += 0")


class Traced(Daemon):
    """A daemon whose system calls about files are written down in `trace`."""

    @property
    def trace(self) -> Path:
        """Where they are."""
        return self.home / "trace"

    def spawn(self, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start it, and wait for nothing; the tracer is no ancestor of its."""
        strace = ["strace", "-D", "-f", "-qq", "-e", f"trace={CALLS}", "-o", str(self.trace)]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*strace, sys.executable, "-m", "scrobblerd"],
                env={**self.env(), **(env or {})},
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
        return self._process


@pytest.fixture
def generous() -> Iterator[None]:
    """A umask that takes nothing away."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def lastfm() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


def modes(folder: Path) -> dict[str, str]:
    """The modes of all that is in a folder."""
    found = {path.relative_to(folder): path.lstat().st_mode for path in folder.rglob("*")}
    return {str(path): oct(stat.S_IMODE(mode)) for path, mode in sorted(found.items())}


def require_strace(needs: Needs) -> None:
    """strace, and the right to use it."""
    needs("strace")
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    require(tried.returncode == 0, "nothing may be traced here")


async def live(bus: PrivateBus, lastfm: StandIn, daemon: Daemon) -> None:
    """All that makes files: a login, a setting, a scrobble, a broken database."""
    daemon.start()
    async with await connect(bus.address) as connection:
        scrobbler = await Scrobbler.start(connection)
        await log_in(scrobbler, lastfm)
        await scrobbler.call("Pause", "u", 60)
        await scrobbler.call("Resume")
        await scrobbler.call(*scrobble_ago(300)[1])


def damage(path: Path) -> None:
    """What is in the database can't be read any more."""
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 4000)


# -- the daemon -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("generous")
async def test_the_state_is_for_the_user_alone_under_any_umask(
    bus: PrivateBus, lastfm: StandIn, tmp_path: Path
) -> None:
    daemon = Daemon(bus, lastfm, tmp_path)
    shutil.rmtree(daemon.state, ignore_errors=True)
    await live(bus, lastfm, daemon)
    found = modes(daemon.state)
    assert {"lock", "session.toml", "settings.toml"} <= found.keys()
    assert {"scrobblerd.db", "scrobblerd.db-wal", "scrobblerd.db-shm"} <= found.keys()
    daemon.kill()
    for end in ("-wal", "-shm"):
        Path(f"{daemon.database}{end}").unlink(missing_ok=True)
    damage(daemon.database)
    daemon.start()
    later = modes(daemon.state)
    daemon.stop()
    assert [name for name in later if ".broken-" in name]
    assert set(found.values()) | set(later.values()) == {"0o600"}
    above = [daemon.state, *daemon.state.parents[:2]]
    assert {stat.S_IMODE(path.stat().st_mode) for path in above} == {0o700}


@pytest.mark.usefixtures("generous")
async def test_no_mode_is_set_later(
    bus: PrivateBus, lastfm: StandIn, tmp_path: Path, needs: Needs
) -> None:
    require_strace(needs)
    daemon = Traced(bus, lastfm, tmp_path, {"session": {"store": "secret-service"}})
    async with await FakeKeyring.start(bus.address):
        await live(bus, lastfm, daemon)
        daemon.stop()
    trace = daemon.trace.read_text()
    made: dict[str, str] = {}
    for path, mode in MADE.findall(trace):
        if not path.startswith("/dev/") and "__pycache__" not in path:  # Python's own
            made.setdefault(path, mode)  # SQLite opens again what is there
    names = {Path(path).name for path in made}
    assert {"lock", "session.toml.new", "settings.toml.new", "scrobblerd.db"} <= names
    assert {path: mode for path, mode in made.items() if mode != "0600"} == {}
    folders = {path: mode for path, mode in FOLDER.findall(trace) if "__pycache__" not in path}
    assert set(folders.values()) == {"0700"}
    assert CHANGED.findall(trace) == []
    assert "umask(" not in trace


# -- commands -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("generous")
@pytest.mark.parametrize("command", [["scrobblerd"], ["scrobblerd.ctl"]], ids=["daemon", "ctl"])
def test_a_trace_is_for_the_user_alone(bus: PrivateBus, tmp_path: Path, command: list[str]) -> None:
    daemon = Daemon(bus, None, tmp_path)
    trace = tmp_path / "trace.jsonl"
    recording = subprocess.Popen(
        [sys.executable, "-m", *command, "record", trace],
        env=daemon.env(),
        stderr=subprocess.DEVNULL,
    )
    until(lambda: trace.exists() and trace.stat().st_size > 0)
    recording.send_signal(signal.SIGINT)
    recording.wait(10)
    assert stat.S_IMODE(trace.stat().st_mode) == 0o600


@pytest.mark.usefixtures("generous")
def test_the_api_key_is_for_the_user_alone(
    bus: PrivateBus, lastfm: StandIn, tmp_path: Path
) -> None:
    with Daemon(bus, lastfm, tmp_path, configured=False) as daemon:
        beside = daemon.config_path.with_name("lastfm.toml")
        asked = subprocess.Popen(
            [*CTL, "login", "--no-browser"],
            env=daemon.env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert asked.stdin
        asked.stdin.write(f"{lastfm.api_key}\n{lastfm.secret}\n")
        asked.stdin.close()
        until(beside.exists)
        mode = beside.stat().st_mode
        asked.terminate()
        asked.wait(10)
    assert stat.S_IMODE(mode) == 0o600
