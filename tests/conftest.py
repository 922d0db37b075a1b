"""What a test may ask of the machine, for all tests.

A test whose tool is missing is skipped, and says why. With SCROBBLERD_REQUIRE_ALL=1 in the
environment, as on the machine that decides, it fails instead: nothing is left out unnoticed.

    def test_mpv_is_heard(needs: Needs) -> None:
        needs("mpv", "busctl")                                         # programs
        require(PLUGIN.exists(), "mpv-mpris is missing (Debian: apt install mpv-mpris)")
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator

import pytest

pytest.register_assert_rewrite("tests.support")

pytest_plugins = [
    f"tests.support.{name}"
    for name in (
        *("accounts_bench", "bus_fixtures", "credential_bench", "daemon_bench", "desktop_services"),
        *(
            "distributions",
            "import_bench",
            "installation",
            "keyrings",
            "lastfm_service",
            "maloja",
            "stages",
            "storage_samples",
        ),
    )
]
"""What all tests may take fixtures of."""

Needs = Callable[..., None]


def require(condition: object, reason: str) -> None:
    """Skip the test, or fail it where all is required, unless `condition`."""
    if condition:
        return
    if os.environ.get("SCROBBLERD_REQUIRE_ALL") == "1":
        pytest.fail(f"required here: {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def needs() -> Needs:
    """`needs("mpv", …)`: these programs must be there, as in `require`."""

    def check(*programs: str) -> None:
        missing = [program for program in programs if shutil.which(program) is None]
        require(not missing, f"not installed: {', '.join(missing)}")

    return check


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _unheard(_number: int, _frame: object) -> None:
    pass


def pytest_configure() -> None:
    """What a run starts can be interrupted and hung up, even where the run itself was started in
    the background, or by nohup, and so can't be. No proxy stands before our stand-ins."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _unheard)  # what is started inherits SIG_IGN, but not this
    os.environ["NO_PROXY"] = "*"


@pytest.fixture
def live_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Sets the time zone."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()
