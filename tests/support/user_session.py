"""A user's systemd and session bus in a world of their own, with a home that is empty at first.

`user-systemd` beside this file holds them in a private mount namespace; commands are run inside
it as that user, with nothing of our own environment that could matter to them.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

USER_SYSTEMD = Path(__file__).with_name("user-systemd")
WITHOUT_NAMESPACES = sys.executable, Path(__file__).with_name("without_namespaces.py")
PATH = "/usr/local/bin:/usr/bin:/bin"
COMMAND_SECONDS = 180.0
"""For one command: an installation fetches from the network."""

OURS = (
    *("LASTFM_", "MAKE", "MFLAGS", "PYTEST_", "PYTHON", "SCROBBLERD_"),
    *("SUDO_", "VIRTUAL_", "XDG_"),
)
"""What names that begin so say is about the tests, not about a user's session."""


def plain_environment() -> dict[str, str]:
    """This environment without what is ours."""
    return {k: v for k, v in os.environ.items() if not k.startswith(OURS)} | {"PATH": PATH}


class UserSession:
    """A session of the user `uid`; as a context manager it lasts for the block. `namespaces` =
    whether that user may make user namespaces."""

    def __init__(self, uid: int, *, namespaces: bool = True) -> None:
        self.uid = uid
        self._world = () if namespaces else WITHOUT_NAMESPACES
        self.folder = Path(tempfile.mkdtemp(prefix="user-session-"))
        self.folder.chmod(0o755)  # for that user
        self.home = self.folder / "home"
        self.home.mkdir()
        runtime = Path("/run/user") / str(uid)
        self.drop_ins = runtime / "systemd" / "user"
        self.env = plain_environment() | {
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(runtime),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
        }
        self._holder: subprocess.Popen[str] | None = None
        self._pid = ""

    def __enter__(self) -> Self:
        self._holder = subprocess.Popen(
            [*self._world, USER_SYSTEMD, "--uid", str(self.uid), "sh", "-c", "echo $$; read -r _"],
            env=plain_environment() | {"USER_SYSTEMD_HOME": str(self.home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout
        self._pid = self._holder.stdout.readline().strip()
        assert self._pid, "the user's systemd did not start"
        self.run("busctl", "--user", "list")  # the bus is there from the first call on
        for prepared in self.home.iterdir():
            shutil.rmtree(prepared)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._holder
        self._holder.communicate("\n", timeout=COMMAND_SECONDS)
        shutil.rmtree(self.folder)

    def run(self, *command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `command` in the session, as its user; an AssertionError where it fails."""
        done = subprocess.run(
            self._inside(*command),
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if check:
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done

    def run_as_root(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run `command` in the session's world, as who made it."""
        world = ["nsenter", f"--target={self._pid}", "--mount", "--", *command]
        return subprocess.run(world, env=self.env, capture_output=True, text=True, check=True)

    def start(self, *command: str | Path) -> subprocess.Popen[bytes]:
        """Start `command` in the session, as its user, and let it run."""
        return subprocess.Popen(self._inside(*command), env=self.env, stdin=subprocess.DEVNULL)

    def _inside(self, *command: str | Path) -> list[str | Path]:
        user = f"--setuid={self.uid}", f"--setgid={self.uid}"
        return ["nsenter", f"--target={self._pid}", "--mount", *user, "--", *command]

    def put(self, path: Path, text: str) -> None:
        """Write a file as that user, in the session's own world."""
        self.run("sh", "-c", 'mkdir -p "${1%/*}"; printf %s "$2" >"$1"', "put", path, text)

    def systemctl(self, *words: str) -> str:
        """What `systemctl --user` says."""
        return self.run("systemctl", "--user", *words).stdout.strip()

    def show(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.systemctl("show", f"--property={name}", "--value", unit)

    def tree(self) -> set[str]:
        """All that is in the home."""
        return {str(path.relative_to(self.home)) for path in self.home.rglob("*")}
