"""session.toml: what it keeps of a login, and what it shows of it."""

import stat
from pathlib import Path

import pytest

from scrobblerd.accounts.session_file import SessionFile, StoredLogin
from scrobblerd.config.toml_file import write
from tests.support.credential_bench import AWAY, KEY, OTHER, SESSION, USER


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where session.toml is."""
    return tmp_path / "session.toml"


@pytest.mark.parametrize(
    "login",
    [
        StoredLogin(),
        StoredLogin(USER, KEY, token="t", token_at=5.0),
        StoredLogin(USER, KEY, made_with="0123abcd"),
        StoredLogin(USER, away=True, stale=(OTHER,)),
    ],
)
async def test_what_is_written_is_read(path: Path, login: StoredLogin) -> None:
    await SessionFile(path).write(login)
    assert SessionFile(path).read() == login
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_file_there_is_no_login(path: Path) -> None:
    assert SessionFile(path).read() == StoredLogin()


@pytest.mark.parametrize(
    ("values", "login"),
    [
        (AWAY, StoredLogin(USER, away=True)),
        (SESSION | {"key_in": "secret-service"}, StoredLogin(USER, KEY)),
        ({"session_key": KEY, "key_in": "secret-service"}, StoredLogin()),
        ({"username": 5, "token": "\x1b", "stale_keys": ["a", 5]}, StoredLogin(stale=("a",))),
    ],
)
def test_what_makes_no_sense_is_passed_over(
    path: Path, values: dict[str, object], login: StoredLogin
) -> None:
    write(path, values)
    assert SessionFile(path).read() == login


def test_what_is_kept_shows_no_secret() -> None:
    shown = repr(StoredLogin(USER, KEY, token="a-token"))
    assert USER in shown
    assert KEY not in shown
    assert "a-token" not in shown
