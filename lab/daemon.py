"""A real scrobblerd in a process of its own, with folders of its own, on a private bus.

    with PrivateBus() as bus, StandIn() as lastfm, Daemon(bus, lastfm, home) as daemon:
        ...

Its notify socket tells when it is ready, as systemd would be told.
"""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import tomli_w

from lab.bus import PrivateBus
from lab.lastfm import API_KEY, API_SECRET, StandIn

TIMEOUT_SECONDS = 15.0
"""Seconds for a start or a stop; both take well under one."""

NOT_OURS = "ignore:'typing.no_type_check_decorator' is deprecated:DeprecationWarning"
"""What development mode warns of that nobody here can mend: dbus-next, on Python 3.13."""

DATABASE_SECONDS = 10.0
"""For which another program waits while the daemon writes."""

Tables = Mapping[str, Mapping[str, object]]


class DaemonError(RuntimeError):
    """The daemon did not start, or did not stop. The text has its log."""


class Daemon:
    """scrobblerd with the home folder `home`. `tables` are added to its config.toml. `dev` is
    Python's development mode, which finds faults and costs time."""

    wrapper: Sequence[str] = ()
    """A command that runs the daemon in its own place, such as `env`, with its arguments."""

    def __init__(
        self,
        bus: PrivateBus,
        lastfm: StandIn | None,
        home: Path,
        tables: Tables | None = None,
        configured: bool = True,
        dev: bool = True,
    ) -> None:
        self.home = home
        self._dev = dev
        self.log_path = home / "scrobblerd.log"
        self._bus = bus
        self._process: subprocess.Popen[bytes] | None = None
        config: dict[str, dict[str, object]] = {"lastfm": {}}
        if lastfm is not None:
            config["lastfm"] = {"api_url": lastfm.api_url, "auth_url": lastfm.auth_url}
        if configured:
            config["lastfm"] |= {"api_key": API_KEY, "api_secret": API_SECRET}
        for name, table in (tables or {}).items():
            config[name] = {**config.get(name, {}), **table}
        self.config_path.parent.mkdir(parents=True, exist_ok=True)
        self.config_path.write_text(tomli_w.dumps(config), encoding="utf-8")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- places -----------------------------------------------------------------------------

    @property
    def config_path(self) -> Path:
        """Returns the path of its config.toml."""
        return self.home / ".config" / "scrobblerd" / "config.toml"

    @property
    def state(self) -> Path:
        """Returns its state folder."""
        return self.home / ".local" / "state" / "scrobblerd"

    @property
    def database(self) -> Path:
        """Returns the path of its database."""
        return self.state / "scrobblerd.db"

    @property
    def log(self) -> str:
        """Returns all that it has logged so far, over restarts."""
        return self.log_path.read_text(encoding="utf-8") if self.log_path.exists() else ""

    def rows(self, query: str, *values: object) -> list[Any]:
        """What a query finds in its database, as another program reads it."""
        uri = f"{self.database.as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=DATABASE_SECONDS)) as database:
            return database.execute(query, values).fetchall()

    def change(self, statement: str, *values: object) -> None:
        """Change its database, as another program might, even against its CHECKs."""
        with (
            closing(sqlite3.connect(self.database, timeout=DATABASE_SECONDS)) as database,
            database,
        ):
            database.execute("PRAGMA ignore_check_constraints = ON")
            database.execute(statement, values)

    def memory(self, what: str = "VmHWM") -> float:
        """Returns what the kernel says of its memory, in MB: VmHWM = at the worst moment, VmRSS =
        now."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(status.split(f"{what}:")[1].split()[0]) / 1024

    def session(self) -> dict[str, Any]:
        """Returns what it keeps of the login."""
        return tomllib.loads((self.state / "session.toml").read_text(encoding="utf-8"))

    def env(self) -> dict[str, str]:
        """Returns the environment of the daemon and of its callers."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        folders = {"HOME": str(self.home), "PYTHONUNBUFFERED": "1"}
        if self._dev:
            folders |= {"PYTHONDEVMODE": "1", "PYTHONWARNINGS": NOT_OURS}
        no_system_bus = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"}
        return {**kept, **folders, **no_system_bus, **self._bus.env()}

    def login(self, lastfm: StandIn, username: str = "quiet_otter") -> str:
        """Writes a login to the state folder before the start. Returns the session key."""
        key = lastfm.login(username)
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        session = tomli_w.dumps({"username": username, "session_key": key})
        (self.state / "session.toml").write_text(session, encoding="utf-8")
        return key

    # -- life -------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """Returns its process ID."""
        assert self._process is not None
        return self._process.pid

    def spawn(self, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Starts it, and waits for nothing."""
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.wrapper, sys.executable, "-m", "scrobblerd"],
                env={**self.env(), **(env or {})},
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
        return self._process

    def start(self) -> None:
        """Starts it, and waits until it says READY. Raises DaemonError."""
        path = self.home / "notify"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(path))
            notify.settimeout(0.2)
            process = self.spawn({"NOTIFY_SOCKET": str(path)})
            deadline = time.monotonic() + TIMEOUT_SECONDS
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    if b"READY=1" in notify.recv(4096):
                        return
                except TimeoutError:
                    continue
        self.kill()
        raise DaemonError(f"scrobblerd did not get ready:\n{self.log}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Asks it to stop, and returns its exit status. Raises DaemonError if it does not stop."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(number)
        try:
            return process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise DaemonError(f"scrobblerd did not stop:\n{self.log}") from error

    def kill(self) -> None:
        """Ends it with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wait(self) -> int:
        """Waits until it ends by itself, and returns its exit status."""
        assert self._process is not None
        process, self._process = self._process, None
        return process.wait(TIMEOUT_SECONDS)
