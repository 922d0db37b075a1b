"""The real Maloja, from PyPI: a server of a test's own, without the network.

    def test_something(maloja: Start) -> None:
        with maloja() as server:
            ...  # server.root_url, server.key
            server.kill()
            server.start()
            assert server.titles() == ["Fern"]

It is installed once into `build/maloja`, in about half a minute.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import venv
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, Self

import httpx
import pytest

from tests.conftest import require
from tests.support.paths import ROOT
from tests.support.waiting import until

VERSIONS = ("3.2.3", "3.2.9")
"""The newest for Python 3.11, and the newest. They answer differently to two plays in one second.
The second asks for Python 3.12, but runs on 3.11 with python-magic and what the first one needs."""

FOLDER = ROOT / "build" / "maloja"
KEY = "invented-maloja-key-00000000000000000000000000000000000000000"
OTHER_KEY = "invented-maloja-key-of-a-phone-00000000000000000000000000000000000"
USER = "quiet_otter"
START_SECONDS = 60.0
"""It takes about three."""

SETTINGS = {
    "SKIP_SETUP": "yes",
    "SEND_STATS": "no",
    "METADATA_PROVIDERS": "",  # else it asks the net for pictures
    "HOST": "127.0.0.1",
    "NAME": USER,
}


def install() -> str:
    """Installs both versions, unless they are. Returns "", or why that fails. Another process of
    the tests that wants them meanwhile waits."""
    FOLDER.parent.mkdir(exist_ok=True)
    with FOLDER.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _install()


def _install() -> str:
    done = FOLDER / "done"
    if done.exists() and done.read_text() == " ".join(VERSIONS):
        return ""
    shutil.rmtree(FOLDER, ignore_errors=True)
    venv.create(FOLDER, with_pip=True)
    older, newer = VERSIONS
    aside = ("--no-deps", "--ignore-requires-python", "--target", str(FOLDER / newer))
    pip = ("-m", "pip", "install", "--retries", "2")
    for words in (
        (*pip, f"malojaserver=={older}", "python-magic"),
        (*pip, *aside, f"malojaserver=={newer}"),
        ("-c", "import magic"),  # needs a library: Debian's libmagic1
    ):
        ran = subprocess.run(
            (FOLDER / "bin/python", *words), capture_output=True, text=True, check=False
        )
        if ran.returncode != 0:
            return (ran.stderr.strip().splitlines() or ["pip fails"])[-1]
    done.write_text(" ".join(VERSIONS))
    return ""


class Maloja:
    """One server with a data folder of its own. `start` after `kill` is a restart."""

    key = KEY

    def __init__(self, version: str, folder: Path, zone: int = 0) -> None:
        self.version = version
        self.zone = zone  # in which it counts days, hours east of UTC
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.root_url = f"http://127.0.0.1:{free.getsockname()[1]}"
        folder.mkdir()
        (folder / "apikeys.yml").write_text(f"default: {KEY}\nphone: {OTHER_KEY}\n")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        with (self.folder.parent / "maloja.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("run"),
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(self._answers, START_SECONDS)

    def take_in(self, file: Path) -> str:
        """Imports a file, as its user does on the command line. It must not run meanwhile. Returns
        what it says."""
        assert self._process is None
        done = subprocess.run(
            self._command("import", str(file)),
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done
        return done.stdout

    def _command(self, *words: str) -> list[str | Path]:
        return [FOLDER / "bin/python", "-m", "maloja", *words]

    def _environment(self) -> dict[str, str]:
        place = {"DATA_DIRECTORY": self.folder, "PORT": self.root_url[17:]}
        settings = {**SETTINGS, **place, "TIMEZONE": self.zone}
        inherited = {n: v for n, v in os.environ.items() if not n.startswith(("PYTHON", "MALOJA"))}
        path = {"PYTHONPATH": str(FOLDER / self.version)}  # of the older one it is not there
        named = {f"MALOJA_{name}": str(value) for name, value in settings.items()}
        return {**inherited, **path, **named}

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder.parent / "maloja.log").read_text()[-2000:]
        try:
            return self.get("serverinfo")["versionstring"] == self.version
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """Ends it at once, whatever it is doing."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def get(self, path: str, **params: str) -> Any:
        """Reads from the native API."""
        url = f"{self.root_url}/apis/mlj_1/{path}"
        return httpx.get(url, params=params, trust_env=False, timeout=30).json()

    def store(
        self, title: str, time: int, key: str = KEY, artist: str = "Mira Holt"
    ) -> httpx.Response:
        """Stores a play, as another program does."""
        document = {"key": key, "artists": [artist], "title": title, "time": time}
        url = f"{self.root_url}/apis/mlj_1/newscrobble"
        return httpx.post(url, json=document, trust_env=False, timeout=30)

    def scrobbles(self) -> list[dict[str, Any]]:
        """Returns all that it has stored, oldest first. Without `from` it would tell only of plays
        after its start."""
        ends = {"from": "1971/01/01", "to": "2099/12/31"}
        return self.get("scrobbles", **ends, max="100000")["list"][::-1]

    def titles(self) -> list[str]:
        """Returns the titles of all plays, oldest first."""
        return [play["track"]["title"] for play in self.scrobbles()]


class Start(Protocol):
    """Starts another server."""

    def __call__(self, version: str = VERSIONS[-1], zone: int = 0) -> Maloja: ...


# -- fixtures -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def maloja_installed() -> None:
    """Maloja is installed."""
    if trouble := install():
        require(None, f"malojaserver can't be installed: {trouble}")


@pytest.fixture
def maloja(maloja_installed: None, tmp_path: Path) -> Iterator[Start]:
    """Starts a server, which ends with the test."""
    with ExitStack() as stack:

        def start(version: str = VERSIONS[-1], zone: int = 0) -> Maloja:
            return stack.enter_context(Maloja(version, tmp_path / f"maloja-{version}", zone))

        yield start
