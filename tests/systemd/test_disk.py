"""Under a real user manager: a start that can't use its disk waits, and is neither ended nor begun
again, however long that lasts."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.support.installation import PYTHON, UNIT, Installed
from tests.support.waiting import until

START_SECONDS = 6.0
"""What systemd is told that a start may take."""

LONG_SECONDS = START_SECONDS + 3.0
"""Such a start takes longer than that."""

LOCKED = """
import pathlib, sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
pathlib.Path(sys.argv[2]).touch()
time.sleep(600)
"""


@pytest.fixture
def impatient(installed: Installed) -> Iterator[Installed]:
    """A service that is stopped, and which has little time to start."""
    installed.drop_in("start", f"[Service]\nTimeoutStartSec={START_SECONDS:.0f}s\n")
    installed.restart()
    installed.stop()
    installed.forget_log()
    yield installed
    installed.drop_in("start", "")


@contextmanager
def locked(installed: Installed) -> Generator[None]:
    """Another program holds the database."""
    session = installed.session
    mark = session.folder / "locked"
    mark.unlink(missing_ok=True)
    mark.parent.chmod(0o777)
    database = session.home / ".local/state/scrobblerd/scrobblerd.db"
    other = session.start(PYTHON, "-c", LOCKED, database, mark)
    try:
        until(mark.exists)
        yield
    finally:
        other.kill()
        other.wait()


@contextmanager
def read_only(installed: Installed) -> Generator[None]:
    """The disk of the state folder takes nothing."""
    state = str(installed.session.home / ".local/state")
    root = installed.session.run_as_root
    root("mount", "--bind", state, state)
    try:
        root("mount", "-o", "remount,bind,ro", state)
        yield
    finally:
        root("umount", state)


def seconds_since_start(installed: Installed) -> float:
    """For how long systemd has waited for it to be ready."""
    begun = int(installed.show("ExecMainStartTimestampMonotonic")) / 1e6
    return time.clock_gettime(time.CLOCK_MONOTONIC) - begun


@pytest.mark.parametrize(
    ("trouble", "why"), [(locked, "locked"), (read_only, "ead-only")], ids=["lock", "read-only"]
)
def test_a_start_that_can_not_use_its_disk_waits_and_says_so(
    impatient: Installed,
    trouble: Callable[[Installed], AbstractContextManager[None]],
    why: str,
) -> None:
    with trouble(impatient):
        impatient.session.systemctl("start", "--no-block", UNIT)
        until(lambda: why in impatient.show("StatusText"))
        first = impatient.show("MainPID")
        until(lambda: seconds_since_start(impatient) > LONG_SECONDS)
        assert impatient.show("ActiveState") == "activating"
    until(lambda: impatient.show("ActiveState") == "active")
    assert (impatient.show("MainPID"), impatient.show("NRestarts")) == (first, "0")
    assert [why in line for line in impatient.log if "waiting until it works" in line] == [True]
    assert "Waiting" not in impatient.show("StatusText")
