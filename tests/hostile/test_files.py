"""Files of any content: fine, or an error of one line that names the file; never anything else."""

from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.accounts.account import Account
from scrobblerd.config.loader import load
from scrobblerd.config.runtime_settings import RuntimeSettings
from scrobblerd.config.schema import OPTIONS
from scrobblerd.config.source import ConfigSource
from scrobblerd.core.errors import FixTheFile
from scrobblerd.core.model import AuthState
from scrobblerd.services.http import HttpClient
from tests.hostile.fuzzing import fuzz, nested, numbers, texts, unsafe
from tests.support.config_samples import FileLogin, config
from tests.support.lastfm_service import service_at

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # patterns are the user's


# -- what is in them ------------------------------------------------------------------------------

DATES = st.sampled_from([datetime(2026, 1, 1), date(1, 1, 1), time(23, 59)])
BIG = st.sampled_from([10**30, -(10**400), 10**4000])
TOML = nested(
    st.booleans() | numbers() | texts(surrogates=False) | DATES | BIG, texts(surrogates=False)
)

PATTERNS = ("(", "[", "(?P<x>", "a{99999999999}", "(?i", "\\", "*", "(?<=a+)b", "x" * 1000, "[[a]]")

_KEYS = {
    name: st.fixed_dictionaries({}, optional=dict.fromkeys(keys, TOML))
    for name, keys in OPTIONS.items()
}


def _likely(default: Any) -> st.SearchStrategy[Any]:
    """A value that may be one of a key with this default."""
    if isinstance(default, bool):
        return st.booleans()
    if isinstance(default, int | float):
        return numbers() | BIG
    if isinstance(default, list):
        return st.lists(texts(surrogates=False) | st.sampled_from(PATTERNS), max_size=3)
    return texts(surrogates=False) | st.sampled_from(["https://example.org/\x1b", "http://[::1"])


_LIKELY = {
    name: st.fixed_dictionaries(
        {}, optional={key: _likely(row.default) for key, row in keys.items()}
    )
    for name, keys in OPTIONS.items()
}

REWRITES = st.lists(
    st.fixed_dictionaries(
        {
            "field": st.sampled_from(["title", "artist", "x\x1b"]),
            "pattern": st.sampled_from(PATTERNS) | texts(surrogates=False),
            "replacement": st.sampled_from(["\\1", "\\g<x>", "\\", "\x1b", ""]),
        }
    ),
    max_size=2,
).map(lambda rewrites: {"filters": {"rewrites": rewrites}})

TABLES = st.one_of(
    st.fixed_dictionaries({}, optional=_KEYS),
    st.fixed_dictionaries({}, optional=_LIKELY),
    st.sampled_from(sorted(_LIKELY)).flatmap(
        lambda name: _LIKELY[name].map(lambda table: {name: table})
    ),
    REWRITES,
    st.dictionaries(texts(surrogates=False), TOML, max_size=3),
)


def _cut(whole: tuple[bytes, int, bytes]) -> bytes:
    content, where, rubbish = whole
    return content[:where] + rubbish + content[where + len(rubbish) :]


def _files(tables: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[bytes]:
    """Files with such tables, whole or damaged, and others."""
    whole = tables.map(lambda table: _written(table).encode())
    return st.one_of(
        whole,
        st.tuples(whole, st.integers(0, 200), st.binary(max_size=4)).map(_cut),
        st.binary(max_size=100),
        texts(surrogates=False).map(str.encode),
        st.sampled_from(SAMPLES),
    )


def _written(table: dict[str, Any]) -> str:
    try:
        return tomli_w.dumps(table)
    except (ValueError, TypeError):  # it can't write all that it might read
        return "x = 1"


SAMPLES: tuple[bytes, ...] = (
    b"",
    b"\xef\xbb\xbf[scrobble]\n",
    b"\xff\xfe[\0s\0]\0",
    b"[scrobble]\r\nsettle_ms = 1_0_0\r\n",
    b"a = " + b"[" * 5000,
    b"a = " + b"[" * 5000 + b"]" * 5000,
    b"a = " + b"{a=" * 5000,
    b"[" + b".".join([b"a"] * 2000) + b"]",
    b"[lastfm.api_key." + b".".join([b"a"] * 2000) + b"]",
    b"[players]\nallow = " + b"[" * 200 + b"]" * 200,
    b"x = " + b"9" * 5000,
    b"[scrobble]\nsettle_ms = " + b"9" * 5000,
    b"[scrobble]\nsettle_ms = 0x" + b"f" * 5000,
    b"[scrobble]\nscrobble_threshold = 0x" + b"f" * 5000,
    b"[scrobble]\nminimum_seconds = 0x" + b"f" * 5000,
    b"[scrobble]\nminimum_seconds = " + b"9" * 400,
    b"[scrobble]\nmaximum_seconds = -0x" + b"f" * 20,
    b"[scrobble]\nminimum_seconds = nan\nmaximum_seconds = inf\n",
    b"[limits]\nrequests_per_day = 1e400",
    b"[limits]\nrequests_per_second = " + b"9" * 400,
    b'["\\u001b[31m"]\n',
    b'[scrobble]\n"\\u001b]0;owned\\u0007" = 1\n',
    b'[scrobble]\n"\\u202egnp" = 1\n',
    b'[players]\nallow = ["\\u001b[2J", "[", "[!", "[z-a]", "**", "\\u0000"]\n',
    b'[library]\nfolders = ["\\u0000", "~nobody-of-this-name/x", "", "relative"]\n',
    b'[lastfm]\napi_key = "\\u0000\\u001b"\napi_secret = "\\u202e"\n',
    b'[lastfm]\napi_url = "https://example.org/\\u0000"\n',
    b'[lastfm]\nauth_url = "https://example.org/\\u0000\\u001b[31m"\n',
    b'[lastfm]\napi_url = "https://' + b"a" * 300 + b'.org"\n',
    b'[lastfm]\napi_url = "http://example.org:99999999"\n',
    b'[notifications]\nshow = "\\u001b"\n',
    b'username = "\\u0000\\u001b[31m\\u202e"\nsession_key = "\\u0000"\ntoken = "\\u0007"\n',
    b"username = 1\nsession_key = []\ntoken = {}\ntoken_at = 1979-05-27\n",
    b'username = "x"\nsession_key = "y"\ntoken_at = 0x' + b"f" * 500,
    b"token_at = nan\nusername = inf\n",
    b"paused_until = 1e300\nenabled = 1\nscrobble_threshold = 0x" + b"f" * 500,
    b"paused_until = nan\n",
    b"paused_until = inf\n",
    b"paused_until = 1e18\n",
    b"enabled = true\nenabled = false\n",
)
"""Files on which a reader may stumble."""


def _checked(path: Path, reads: Callable[[], Any]) -> Any:
    """What comes of reading the file, None where it has to be mended."""
    try:
        return reads()
    except FixTheFile as error:
        words = str(error)
        assert str(path) in words
        assert not unsafe(words), words
        assert len(words) <= 1000
        return None


def _config(path: Path) -> None:
    config = load(path, {"HOME": str(path.parent)})
    for shown in (config.account.access.api_url, config.account.access.auth_url):
        assert not unsafe(shown)
    assert 0.05 <= config.rules.settle <= 10


# -- the user's -----------------------------------------------------------------------------------


@fuzz(250)
@given(_files(TABLES))
def test_config_toml_is_fine_or_to_be_mended(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    _checked(path, lambda: _config(path))


@fuzz(80)
@given(_files(st.dictionaries(st.sampled_from(["api_key", "api_secret", "x\x1b"]), TOML)))
def test_lastfm_toml_is_fine_or_to_be_mended(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lastfm.toml"
    path.write_bytes(content)
    _checked(path, lambda: _config(tmp_path / "config.toml"))


@pytest.mark.parametrize("content", SAMPLES)
@pytest.mark.parametrize("name", ["config.toml", "lastfm.toml"])
def test_a_sample_is_fine_or_to_be_mended(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    _checked(path, lambda: _config(tmp_path / "config.toml"))


# -- the daemon's own -----------------------------------------------------------------------------


def _settings(path: Path) -> None:
    source = ConfigSource(config(path.parent))
    settings = RuntimeSettings(source, lambda rules: None)
    assert 25 <= settings.rules.scrobble_threshold <= 100
    until = settings.paused_until
    assert until == float("inf") or -(2**63) <= int(until) < 2**63


@fuzz(120)
@given(
    _files(
        st.fixed_dictionaries(
            {},
            optional={
                "enabled": TOML,
                "scrobble_threshold": numbers() | BIG,
                "paused_until": numbers(),
            },
        )
    )
)
def test_settings_toml_is_fine_or_to_be_mended(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    _checked(path, lambda: _settings(path))


async def _changed(state: AuthState, username: str) -> None:
    """Nobody waits for it."""


def _account(path: Path) -> None:
    account = Account(
        FileLogin(path), service_at(HttpClient(), "http://127.0.0.1:9/").login, _changed
    )
    assert not unsafe(account.username)
    if account.session is not None:
        assert account.session.username
        assert not unsafe(account.session.key)


@fuzz(120)
@given(
    _files(
        st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("username", "session_key", "token", "token_at"), TOML)
        )
    )
)
def test_session_toml_is_fine_or_to_be_mended(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "session.toml"
    path.write_bytes(content)
    _checked(path, lambda: _account(path))


@pytest.mark.parametrize("content", SAMPLES)
def test_a_sample_of_the_daemons_own_is_fine_or_to_be_mended(
    tmp_path: Path, content: bytes
) -> None:
    for name, reads in (("settings.toml", _settings), ("session.toml", _account)):
        path = tmp_path / name
        path.write_bytes(content)
        _checked(path, lambda path=path, reads=reads: reads(path))
