"""Installed as a user installs it, under a real user manager: as root, and as nobody in particular.

One installation serves the tests of a user, in the order of this file: the last one takes it away.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Needs, require
from tests.user_session import UserSession, plain_environment, until

ROOT = Path(__file__).parent.parent
PYTHON = "/usr/bin/python3"
UNIT = "scrobblerd.service"
UNIT_FILE = Path(".config/systemd/user") / UNIT
BUS_FILE = Path(".local/share/dbus-1/services/org.scrobblerd.Scrobbler1.service")
COMMAND = Path(".local/bin/scrobblerd")
NAME, OBJECT = "org.scrobblerd.Scrobbler1", "/org/scrobblerd/Scrobbler1"
SOURCE = ("Makefile", "LICENSE", "README.md", "daemon", "pyproject.toml", "systemd")
DROP_IN = "[Service]\nStandardError=append:%t/scrobblerd.log\nRestartSec=100ms\n"
"""The log where there is no journal, and restarts that are not waited for."""


class Installed:
    """`make install` from a copy of this checkout, in a session of its own."""

    def __init__(self, session: UserSession) -> None:
        self.session = session
        self.checkout = session.folder / "checkout"
        for name in SOURCE:
            _copy(ROOT / name, self.checkout / name)
        session.put(session.drop_ins / f"{UNIT}.d" / "test.conf", DROP_IN)
        self.before = session.tree()
        self.said = self.make("install")

    def make(self, *words: str) -> str:
        """What `make` says; the checkout is there only meanwhile."""
        away = self.checkout.with_name("away")
        if away.exists():
            away.rename(self.checkout)
        done = self.session.run("make", "-C", self.checkout, *words, f"PYTHON={PYTHON}")
        self.checkout.rename(away)
        return done.stdout

    def change(self, path: str, old: str, new: str) -> None:
        """Another version of a file in the checkout."""
        file = self.checkout.with_name("away") / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    def call(self, *words: str) -> str:
        """What `busctl --user` says of our object."""
        verb, *rest = words
        return self.session.run("busctl", "--user", verb, NAME, OBJECT, NAME, *rest).stdout

    def show(self, name: str) -> str:
        """A property of our unit."""
        return self.session.show(UNIT, name)

    @property
    def log(self) -> list[str]:
        """What the daemon has logged since `forget_log`."""
        return self.session.run("cat", self._log).stdout.splitlines()

    def forget_log(self) -> None:
        """Begin the log anew."""
        self.session.run("truncate", "--size=0", self._log)

    @property
    def _log(self) -> Path:
        return self.session.drop_ins.parent.parent / "scrobblerd.log"


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(exist_ok=True)
        shutil.copy(source, target)


def require_python() -> None:
    """Debian's Python, which every user of the machine can run."""
    check = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    done = subprocess.run([PYTHON, "-c", check], capture_output=True, check=False)
    require(done.returncode == 0, f"{PYTHON} is too old, or python3-venv is not installed")


@pytest.fixture(scope="module", params=[0, 65534], ids=["root", "nobody"])
def installed(request: pytest.FixtureRequest, needs: Needs) -> Iterator[Installed]:
    """scrobblerd, installed for this user."""
    needs("busctl", "systemctl", "unshare", "nsenter", "setpriv", "make", PYTHON)
    require(os.geteuid() == 0, "a user manager of its own needs root")
    unshare = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    require(unshare.returncode == 0, "no mount namespaces: is this a container without them?")
    require(Path("/usr/lib/systemd/user/dbus.socket").exists(), "dbus-user-session is missing")
    require_python()
    with UserSession(request.param) as session:
        yield Installed(session)


def test_install_reaches_ready(installed: Installed) -> None:
    assert installed.show("ActiveState") == "active"
    assert installed.show("StatusText") == "Nothing is playing; not logged in"


def test_install_says_what_runs_and_what_to_do_next(installed: Installed) -> None:
    assert re.search(r"scrobblerd [\d.]+ runs, .*Nothing is playing; not logged in", installed.said)
    assert "README.md" in installed.said
    assert "bin is not in your PATH" in installed.said
    assert "does not look into" not in installed.said


def test_it_starts_at_every_login(installed: Installed) -> None:
    assert installed.session.systemctl("is-enabled", UNIT) == "enabled"


def test_the_installed_command_runs_without_the_checkout(installed: Installed) -> None:
    assert "scrobblerd" in installed.session.run(installed.session.home / COMMAND, "--help").stdout


def test_the_installed_unit_is_clean(installed: Installed) -> None:
    unit = installed.session.home / UNIT_FILE
    done = installed.session.run("systemd-analyze", "--user", "verify", unit)
    assert done.stdout + done.stderr == ""


def test_it_stops_within_2_seconds(installed: Installed) -> None:
    installed.session.systemctl("start", UNIT)
    asked = time.monotonic()
    installed.session.systemctl("stop", UNIT)
    assert time.monotonic() - asked <= 2
    assert installed.show("Result") == "success"


def test_the_first_call_starts_it(installed: Installed) -> None:
    installed.session.systemctl("stop", UNIT)
    assert '"configured" b false' in installed.call("call", "GetSettings")
    until(lambda: installed.show("ActiveState") == "active")  # READY follows the name


def test_a_bad_configuration_is_said_once_and_not_tried_again(installed: Installed) -> None:
    file = installed.session.home / ".config/scrobblerd/config.toml"
    installed.session.put(file, "[scrobble]\nminimum_second = 20\n")
    installed.session.systemctl("stop", UNIT)
    installed.forget_log()
    installed.session.run("systemctl", "--user", "start", UNIT, check=False)
    states = [installed.show(name) for name in ("ActiveState", "ExecMainStatus", "NRestarts")]
    shutil.rmtree(file.parent)
    assert states == ["failed", "78", "0"]
    [line] = installed.log
    assert re.search(rf"{file}: \[scrobble\] minimum_second .*did you mean minimum_seconds", line)


def test_reload_reads_the_configuration_again_and_refuses_a_broken_one(
    installed: Installed,
) -> None:
    file = installed.session.home / ".config/scrobblerd/config.toml"
    installed.session.systemctl("start", UNIT)
    process = installed.show("MainPID")
    installed.session.put(file, "[scrobble]\nscrobble_threshold = 75\n")
    installed.session.systemctl("reload", UNIT)
    installed.session.put(file, "[scrobble]\nscrobble_treshold = 25\n")
    refused = installed.session.run("systemctl", "--user", "reload", UNIT, check=False)
    threshold = installed.call("get-property", "ScrobbleThreshold")
    shutil.rmtree(file.parent)
    assert (refused.returncode, threshold) == (1, "u 75\n")
    assert "did you mean scrobble_threshold" in installed.log[-1]
    assert installed.show("MainPID") == process
    installed.session.systemctl("reload", UNIT)


def test_what_was_killed_is_started_again(installed: Installed) -> None:
    installed.session.systemctl("restart", UNIT)
    installed.session.systemctl("kill", "--signal=KILL", UNIT)
    until(lambda: installed.show("NRestarts") == "1" and installed.show("ActiveState") == "active")
    assert "GetSettings" in installed.call("introspect")


def test_installed_again_it_is_the_new_version(installed: Installed) -> None:
    process = installed.show("MainPID")
    version = installed.call("get-property", "Version").split('"')[1]
    installed.change("daemon/scrobblerd/__init__.py", version, "99.1")
    assert "scrobblerd 99.1 runs" in installed.make("install")
    assert installed.call("get-property", "Version") == 's "99.1"\n'
    assert installed.show("MainPID") != process


@pytest.mark.parametrize("installed", [0], indirect=True, ids=["root"])
def test_without_a_session_install_says_what_to_run_in_one(installed: Installed) -> None:
    nowhere = "XDG_RUNTIME_DIR=/nonexistent", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"
    said = installed.make("install", *nowhere)
    assert f"systemctl --user daemon-reload && systemctl --user enable --now {UNIT}" in said


def test_uninstall_leaves_only_configuration_and_state(installed: Installed) -> None:
    config = installed.session.home / ".config/scrobblerd/config.toml"
    installed.session.put(config, "# mine\n")
    installed.make("uninstall")
    left = installed.session.tree() - installed.before
    state = {path for path in left if path.startswith(".local/state/scrobblerd/")}
    assert ".local/state/scrobblerd/scrobblerd.db" in state
    folders = {".config", ".config/scrobblerd", ".local", ".local/state", ".local/state/scrobblerd"}
    assert left - state == folders | {".config/scrobblerd/config.toml"}
    assert config.read_text() == "# mine\n"
    assert installed.show("LoadState") == "not-found"
    failed = installed.session.run("busctl", "--user", "introspect", NAME, OBJECT, check=False)
    assert failed.returncode != 0


def test_uninstalled_again_there_is_nothing_to_do(installed: Installed) -> None:
    installed.make("uninstall")
    before = installed.session.tree()
    installed.make("uninstall")
    assert installed.session.tree() == before


@pytest.mark.parametrize("installed", [0], indirect=True, ids=["root"])
def test_a_bus_that_reads_other_folders_starts_it_too(installed: Installed) -> None:
    elsewhere = f"XDG_DATA_HOME={installed.session.home / 'elsewhere'}"
    installed.make("uninstall")
    before = installed.session.tree()
    assert "the session bus does not look into" in installed.make("install", elsewhere)
    installed.session.systemctl("stop", UNIT)
    assert "enabled" in installed.call("call", "GetSettings")
    installed.make("uninstall", elsewhere)
    assert installed.session.tree() == before
    failed = installed.session.run("busctl", "--user", "introspect", NAME, OBJECT, check=False)
    assert failed.returncode != 0


# -- without a session ----------------------------------------------------------------------------


def without_session(home: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """What install.sh says where neither systemd nor a bus can be reached."""
    nowhere = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent", "HOME": str(home)}
    return subprocess.run(
        ["sh", ROOT / "systemd" / "install.sh", *words],
        env=plain_environment() | nowhere | env,
        capture_output=True,
        text=True,
        check=False,
    )


def half_installed(home: Path, *, folder: str = ".local/share") -> Path:
    """A unit, a command and an environment, but nothing else of an installation."""
    command = home / folder / "scrobblerd" / "venv" / "bin" / "scrobblerd"
    for file in (home / UNIT_FILE, command):
        file.parent.mkdir(parents=True)
        file.touch()
    (home / COMMAND).parent.mkdir(parents=True)
    (home / COMMAND).symlink_to(command)
    return command


def files(folder: Path) -> list[Path]:
    """All files and links in a folder."""
    return [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]


def test_half_an_installation_is_uninstalled(tmp_path: Path) -> None:
    half_installed(tmp_path)
    done = without_session(tmp_path, "uninstall")
    assert (done.returncode, done.stderr) == (0, "")
    assert "systemctl --user stop scrobblerd.service" in done.stdout
    assert files(tmp_path) == []


def test_the_folders_of_xdg_are_used(tmp_path: Path) -> None:
    half_installed(tmp_path, folder="elsewhere")
    without_session(tmp_path, "uninstall", XDG_DATA_HOME=str(tmp_path / "elsewhere"))
    assert files(tmp_path) == []


def test_another_installations_command_stays(tmp_path: Path) -> None:
    (tmp_path / COMMAND).parent.mkdir(parents=True)
    (tmp_path / COMMAND).write_text("of pipx")
    refused = without_session(tmp_path, "install")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "remove that" in refused.stderr
    without_session(tmp_path, "uninstall")
    assert files(tmp_path) == [tmp_path / COMMAND]


def test_sudo_is_refused(tmp_path: Path) -> None:
    require(os.geteuid() == 0, "sudo is about root")
    refused = without_session(tmp_path, "install", SUDO_USER="somebody")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "without sudo" in refused.stderr
    assert files(tmp_path) == []
