"""What tests of `scrobblerctl login` look at: the browser, the key file, what is half done."""

import os
import select
import tomllib
from pathlib import Path
from typing import Any

from dbus_next.signature import Variant

from lab.lastfm import API_KEY, API_SECRET, Behaviour, StandIn
from tests.support.daemon_bench import USER, Bench
from tests.support.scrobblerctl import Running, Stage
from tests.support.waiting import TIMEOUT_SECONDS

OTHER_KEY = "f" * 32
KEY_PAGE = "https://www.last.fm/api/account/create"
OPENER = '#!/bin/sh\nprintf "%s\\n" "$1" >"$HOME/opened"\n'


class Browser:
    """A desktop whose browser tells which pages it opens. `env` is for the command."""

    def __init__(self, bench: Bench) -> None:
        home = bench.daemon.home
        programs = home / "bin"
        programs.mkdir(exist_ok=True)
        (programs / "xdg-open").write_text(OPENER)
        (programs / "xdg-open").chmod(0o755)
        if not (home / "opened").exists():
            os.mkfifo(home / "opened")
        self._pages = os.open(home / "opened", os.O_RDWR)
        path = f"{programs}:{os.environ['PATH']}"
        # Python warns of a browser that outlives the command.
        self.env = {"DISPLAY": ":7", "PATH": path, "PYTHONWARNINGS": ""}

    def page(self) -> str:
        """The page that was opened next."""
        read = b""
        while not read.endswith(b"\n"):
            ready, _, _ = select.select([self._pages], [], [], TIMEOUT_SECONDS)
            assert ready, "no page was opened"
            read += os.read(self._pages, 4096)
        return read.decode().strip()

    def close(self) -> None:
        """Open no more."""
        os.close(self._pages)


def key_file(bench: Bench) -> Path:
    """Where the API key is kept."""
    return bench.daemon.config_path.with_name("lastfm.toml")


def afresh(bench: Bench) -> Bench:
    """A bench that others have used, as nobody had: neither a key of the user's nor a login."""
    lastfm = bench.lastfm
    lastfm.release()
    assert lastfm.wait_for(lambda seen: all(one.answered for one in seen.requests))
    lastfm.requests.clear()
    key_file(bench).unlink(missing_ok=True)
    with Stage(bench) as stage:
        stage.call("Reload")
        if stage.call("GetSettings")["username"]:
            stage.call("Disconnect")
            stage.call("UpdateSettings", "a{sv}", {"enabled": Variant("b", True)})
    return bench


def settings(bench: Bench) -> dict[str, Any]:
    """What the daemon says of itself."""
    with Stage(bench) as stage:
        return stage.call("GetSettings")


def has_key(bench: Bench, content: str | None = None) -> str:
    """There is a key file, with these words or with a key that is good: what it holds."""
    words = content or f'# mine\napi_key    = "{API_KEY}"\napi_secret = "{API_SECRET}"  # hush\n'
    key_file(bench).write_text(words)
    key_file(bench).chmod(0o600)
    with Stage(bench) as stage:
        stage.call("Reload")
    return words


def left(bench: Bench) -> dict[str, Any]:
    """All that a login could leave behind: the files of the configuration, and the session."""
    folder = bench.daemon.config_path.parent
    files = {
        path.name: (path.is_symlink(), path.stat().st_mode, path.is_file() and path.read_bytes())
        for path in folder.iterdir()
    }
    session = bench.daemon.state / "session.toml"
    found = tomllib.loads(session.read_text()) if session.exists() else {}
    kept = {name: found.get(name, "") for name in ("username", "session_key", "token")}
    return {**files, "session": kept}


def hold(lastfm: StandIn, method: str = "auth.getSession") -> None:
    """The next answer to a method of Last.fm waits."""
    lastfm.misbehave(Behaviour.slow(120), method=method)


def asked(lastfm: StandIn, method: str = "auth.getSession", times: int = 1) -> str:
    """Wait until Last.fm was asked so often: the token that it was asked about."""

    def found(seen: StandIn) -> list[str]:
        return [one.params.get("token", "") for one in seen.requests if one.method == method]

    assert lastfm.wait_for(lambda seen: len(found(seen)) >= times, TIMEOUT_SECONDS)
    return found(lastfm)[times - 1]


def approve(lastfm: StandIn, user: str = USER) -> None:
    """The user allows access, while the question whether they did is held back."""
    lastfm.approve(asked(lastfm), user)
    lastfm.release()


def give_key(terminal: Running, key: str = API_KEY, secret: str = API_SECRET) -> None:
    """Type key and secret where they are asked for."""
    terminal.expect("API key: ")
    terminal.press(key)
    terminal.expect("Shared secret: ")
    assert not terminal.echoes
    terminal.press(secret)
