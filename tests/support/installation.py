"""scrobblerd as `make install` leaves it, in a user's session: what tests of it share."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from tests.conftest import Needs, require
from tests.support.paths import ROOT
from tests.support.user_session import UserSession
from tests.support.waiting import until

PYTHON = "/usr/bin/python3"
NOBODY = 65534
UNIT = "scrobblerd.service"
UNIT_FILE = Path(".config/systemd/user") / UNIT
VENV = Path(".local/share/scrobblerd/venv")
NAME, OBJECT = "org.scrobblerd.Scrobbler1", "/org/scrobblerd/Scrobbler1"
SOURCE = ("Makefile", "LICENSE", "README.md", "daemon", "pyproject.toml", "share", "systemd")
"""What is installed from, as far as it is there."""

DROP_IN = """[Service]
StandardError=append:%t/scrobblerd.log
RestartSec=100ms
ExecStopPost=/bin/sh -c 'echo "$SERVICE_RESULT" >>"$XDG_RUNTIME_DIR/results"'
"""
"""The log where there is no journal, restarts that are not waited for, and how each run ended."""

PLAYER = "org.mpris.MediaPlayer2.demo"


class Installed:
    """`make install` from a copy of this checkout, in a session of its own."""

    def __init__(self, session: UserSession) -> None:
        self.session = session
        self.checkout = session.folder / "checkout"
        for name in SOURCE:
            _copy(ROOT / name, self.checkout / name)
        self.drop_in("test", DROP_IN)
        self.before = session.tree()
        begun = time.monotonic()
        self.said = self.make("install")
        self.took = time.monotonic() - begun  # seconds

    def make(self, *words: str) -> str:
        """What `make` says; the checkout is there only meanwhile."""
        if self.away.exists():
            self.away.rename(self.checkout)
        done = self.session.run("make", "-C", self.checkout, *words, f"PYTHON={PYTHON}")
        self.checkout.rename(self.away)
        return done.stdout

    @property
    def away(self) -> Path:
        """Where the checkout is otherwise."""
        return self.checkout.with_name("away")

    def change(self, path: str, old: str, new: str) -> None:
        """Another version of a file in the checkout."""
        file = self.away / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def stop(self) -> None:
        """Stop the service, and forget how it ended."""
        self.session.systemctl("stop", UNIT)
        self.session.run("systemctl", "--user", "reset-failed", UNIT, check=False)

    def start(self) -> int:
        """Start the service; systemctl's exit status."""
        return self.session.run("systemctl", "--user", "start", UNIT, check=False).returncode

    def restart(self) -> None:
        """Restart the service, which must succeed."""
        self.session.systemctl("restart", UNIT)

    def be_as_new(self) -> None:
        """As it was when it was installed: without configuration, state or log."""
        session = self.session
        self.stop()
        for folder in (".config/scrobblerd", ".local/state", ".secrets"):
            session.run("rm", "-rf", session.home / folder)
        drop_ins = session.drop_ins / f"{UNIT}.d"
        session.run("find", drop_ins, "-name", "*.conf", "!", "-name", "test.conf", "-delete")
        session.systemctl("daemon-reload")
        self.forget_log()
        assert self.start() == 0

    # -- places -----------------------------------------------------------------------------

    @property
    def config(self) -> Path:
        """The user's config.toml."""
        return self.session.home / ".config/scrobblerd/config.toml"

    def configure(self, text: str) -> None:
        """Write config.toml; "" = there is none."""
        if text:
            self.session.put(self.config, text)
        else:
            shutil.rmtree(self.config.parent, ignore_errors=True)

    def drop_in(self, name: str, text: str) -> None:
        """A drop-in of the unit; "" = there is none."""
        file = self.session.drop_ins / f"{UNIT}.d" / f"{name}.conf"
        if text:
            self.session.put(file, text)
        else:
            self.session.run("rm", "-f", file)
        self.session.systemctl("daemon-reload")

    @property
    def runtime(self) -> Path:
        """The runtime folder of the user."""
        return self.session.drop_ins.parent.parent

    # -- what it says -----------------------------------------------------------------------

    def call(self, *words: str) -> str:
        """What `busctl --user` says of our object."""
        verb, *rest = words
        return self.session.run("busctl", "--user", verb, NAME, OBJECT, NAME, *rest).stdout

    def ask(self, *words: str) -> Any:
        """Likewise, without the types: one value, a list of them, or None."""
        verb, *rest = words
        done = self.session.run(
            *("busctl", "--user", "--json=short", "--timeout=60", verb),
            *(NAME, OBJECT, NAME, *rest),
        )
        found: Any = plain(json.loads(done.stdout or "null"))
        return found[0] if verb == "call" and found and len(found) == 1 else found

    def show(self, name: str) -> str:
        """A property of our unit."""
        return self.session.show(UNIT, name)

    @property
    def log(self) -> list[str]:
        """What the daemon has logged since `forget_log`."""
        return self.session.run("cat", self.runtime / "scrobblerd.log").stdout.splitlines()

    def forget_log(self) -> None:
        """Begin the log anew."""
        self.session.run("truncate", "--size=0", self.runtime / "scrobblerd.log")

    @property
    def results(self) -> list[str]:
        """How the runs of the service have ended, as systemd sees it: `success`, `watchdog`, …"""
        return self.session.run("cat", self.runtime / "results").stdout.split()

    def reload(self) -> subprocess.CompletedProcess[str]:
        """`systemctl --user reload`."""
        return self.session.run("systemctl", "--user", "reload", UNIT, check=False)

    # -- a player ---------------------------------------------------------------------------

    @contextmanager
    def playing(self, title: str, artist: str, length: float) -> Generator[None]:
        """A player on the bus of the session that plays this track, meanwhile."""
        _copy(ROOT / "lab", self.session.folder / "lab")
        tags = f"--title={title}", f"--artist={artist}", f"--length={length}"
        python = self.session.home / VENV / "bin/python"
        found = f"PYTHONPATH={self.session.folder}"
        player = self.session.start("env", found, python, "-m", "lab.player", "--name=demo", *tags)
        try:
            yield
        finally:
            player.terminate()
            player.wait()

    def press(self, member: str) -> None:
        """Press a button of that player."""
        words = "call", PLAYER, "/org/mpris/MediaPlayer2", "org.mpris.MediaPlayer2.Player", member
        self.session.run("busctl", "--user", *words)

    def position(self) -> float:
        """Where that player is, in seconds."""
        place = PLAYER, "/org/mpris/MediaPlayer2", "org.mpris.MediaPlayer2.Player", "Position"
        said = self.session.run("busctl", "--user", "get-property", *place).stdout
        return int(said.split()[1]) / 1e6

    def current(self) -> dict[str, Any]:
        """What the daemon hears of the only player; {} where it hears nothing yet."""
        heard = self.ask("get-property", "Current")
        return heard[0] if heard else {}


def plain(value: Any) -> Any:
    """What busctl prints as JSON, without its types."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        if fields.keys() == {"type", "data"}:
            return plain(fields["data"])
        return {key: plain(each) for key, each in fields.items()}
    if isinstance(value, list):
        return [plain(each) for each in cast("list[Any]", value)]
    return value


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
    elif source.exists():
        target.parent.mkdir(exist_ok=True)
        shutil.copy(source, target)


def require_user_manager(needs: Needs) -> None:
    """What a session and an installation in it take."""
    needs("busctl", "systemctl", "unshare", "nsenter", "setpriv", "make", PYTHON)
    require(os.geteuid() == 0, "a user manager of its own needs root")
    unshare = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    require(unshare.returncode == 0, "no mount namespaces: is this a container without them?")
    require(Path("/usr/lib/systemd/user/dbus.socket").exists(), "dbus-user-session is missing")
    _require_python()


def _require_python() -> None:
    """Debian's Python, which every user of the machine can run."""
    check = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    done = subprocess.run([PYTHON, "-c", check], capture_output=True, check=False)
    require(done.returncode == 0, f"{PYTHON} is too old, or python3-venv is not installed")


@contextmanager
def installed_for(uid: int, *, namespaces: bool = True) -> Generator[Installed]:
    """scrobblerd, installed for this user and ready."""
    with UserSession(uid, namespaces=namespaces) as session:
        installed = Installed(session)
        until(lambda: installed.show("ActiveState") == "active")
        yield installed


# -- fixtures -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def installations(needs: Needs) -> Iterator[Callable[[int], Installed]]:
    """The installation of a user, made when it is asked for."""
    require_user_manager(needs)
    with ExitStack() as stack:

        @cache
        def of(uid: int) -> Installed:
            return stack.enter_context(installed_for(uid))

        yield of


@pytest.fixture(scope="module", params=[0, NOBODY], ids=["root", "nobody"])
def installed(
    request: pytest.FixtureRequest, installations: Callable[[int], Installed]
) -> Iterator[Installed]:
    """scrobblerd, installed for this user. It does not run on: managers of root share a control
    group, in which a stop of one waits for the daemons of all."""
    ready = installations(request.param)
    ready.be_as_new()
    yield ready
    ready.session.run("systemctl", "--user", "stop", UNIT)
