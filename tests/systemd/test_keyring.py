"""The login in GNOME's keyring, in the sandbox of the unit, under a real user manager."""

import re
from collections.abc import Iterator

import pytest

from lab.lastfm import API_KEY, API_SECRET, StandIn
from tests.conftest import Needs
from tests.support.installation import NOBODY, VENV, Installed
from tests.support.keyrings import PASSWORD
from tests.support.waiting import until

pytestmark = pytest.mark.parametrize("installed", [NOBODY], indirect=True, ids=["nobody"])

CONFIG = """
[lastfm]
api_key = "{key}"
api_secret = "{secret}"
api_url = "{lastfm.api_url}"
auth_url = "{lastfm.auth_url}"
[session]
store = "{store}"
"""
START = 'printf %s "$1" | gnome-keyring-daemon --unlock --components=secrets --foreground'


@pytest.fixture
def keyring(installed: Installed, needs: Needs) -> Iterator[Installed]:
    """GNOME's, unlocked, on the bus of the session; and the library for it."""
    needs("gnome-keyring-daemon")
    started = installed.session.start("sh", "-c", START, "start", PASSWORD.decode())
    status = "busctl", "--user", "status", "org.freedesktop.secrets"
    until(lambda: installed.session.run(*status, check=False).returncode == 0)
    [process] = re.findall(r"^PID=(\d+)", installed.session.run(*status).stdout, re.MULTILINE)
    python = installed.session.home / VENV / "bin/python"
    installed.session.run(python, "-m", "pip", "install", "--quiet", f"{installed.away}[keyring]")
    yield installed
    installed.session.run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "secretstorage")
    installed.session.run("kill", process)
    started.wait()


def session(installed: Installed) -> str:
    """What session.toml has."""
    return installed.session.run(
        "cat", installed.session.home / ".local/state/scrobblerd/session.toml"
    ).stdout


def test_the_login_is_kept_and_comes_back(keyring: Installed, lastfm: StandIn) -> None:
    about = {"key": API_KEY, "secret": API_SECRET, "lastfm": lastfm}
    keyring.configure(CONFIG.format(**about, store="secret-service"))
    keyring.restart()
    keyring.forget_log()
    _url, token = keyring.ask("call", "GetAuthUrl")
    lastfm.approve(token)
    assert keyring.ask("call", "CompleteAuth", "s", "") == "quiet_otter"
    [key] = lastfm.sessions
    until(lambda: 'key_in = "secret-service"' in session(keyring))
    assert key not in session(keyring)
    keyring.restart()
    until(lambda: keyring.ask("get-property", "Authenticated") is True)
    keyring.configure(CONFIG.format(**about, store="file"))
    assert keyring.reload().returncode == 0
    until(lambda: key in session(keyring))
    assert not [line for line in keyring.log if "keyring can't" in line or key in line]
