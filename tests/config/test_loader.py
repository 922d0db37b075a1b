"""Files, environment and credentials become one configuration, each value in its place."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scrobblerd.config.loader import load
from scrobblerd.config.source import AccountConfig, Config, Paths
from scrobblerd.core import LASTFM
from scrobblerd.core.errors import FixTheFile
from scrobblerd.core.filters import Filters
from scrobblerd.core.model import ApiAccess
from scrobblerd.core.rules import Rules
from scrobblerd.core.submission import Limits

EVERY_KEY = """
    [lastfm]
    api_key = "KEY"
    api_secret = "SECRET"
    api_url = "http://127.0.0.1:8080/2.0/"
    auth_url = "https://libre.fm/api/auth/"
    enabled = false
    loved_mirror = true
    insecure_http = true
    [network]
    proxy = "socks5://127.0.0.1:9050"
    [scrobble]
    scrobble_threshold = 75
    minimum_seconds = 20
    maximum_seconds = 300.5
    minimum_track_seconds = 45.0
    stream_minimum_seconds = 90
    now_playing = false
    count_muted = false
    settle_ms = 250
    [players]
    allow = ["mpv", "vlc*"]
    deny = []
    announce_only = ["spotify*"]
    [filters]
    require_album = true
    [library]
    folders = ["~/Music"]
    [limits]
    requests_per_second = 1
    requests_per_day = 0
    scrobbles_per_day = 600
    [session]
    store = "secret-service"
    [notifications]
    show = "all"
    [log]
    level = "debug"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A config.toml that is not there yet."""
    return tmp_path / "config.toml"


def loaded(path: Path, text: str, **environment: str) -> Config:
    """The configuration of this text."""
    path.write_text(text, encoding="utf-8")
    return load(path, environment)


def lastfm(**values: Any) -> dict[str, AccountConfig]:
    """The account of [lastfm] alone."""
    return {LASTFM: AccountConfig(name=LASTFM, service=LASTFM, **values)}


def test_missing_file_is_an_empty_one(path: Path):
    assert load(path, {}) == loaded(path, "")


def test_defaults_are_the_documented_ones(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/otter")
    config = loaded(path, "")
    assert config == Config(
        accounts=lastfm(
            access=ApiAccess(
                api_url="https://ws.audioscrobbler.com/2.0/",
                auth_url="https://www.last.fm/api/auth/",
            ),
            limits=Limits(),
        ),
        rules=Rules(),
        session_store="file",
        library_folders=(),
        notifications="errors",
        log_level="info",
        paths=Paths(path, Path("/home/otter/.local/state/scrobblerd")),
    )
    assert config.paths.config == path


def test_every_value_reaches_its_place(path: Path):
    assert loaded(path, EVERY_KEY, XDG_STATE_HOME="/state") == Config(
        accounts=lastfm(
            access=ApiAccess(
                key="KEY",
                secret="SECRET",
                api_url="http://127.0.0.1:8080/2.0/",
                auth_url="https://libre.fm/api/auth/",
            ),
            limits=Limits(requests_per_second=1, requests_per_day=0, scrobbles_per_day=600),
            enabled=False,
            now_playing=False,
            loved_mirror=True,
        ),
        rules=Rules(
            enabled=False,
            scrobble_threshold=75,
            minimum_seconds=20.0,
            maximum_seconds=300.5,
            minimum_track_seconds=45.0,
            stream_minimum_seconds=90.0,
            settle=0.25,
            count_muted=False,
            allow=("mpv", "vlc*"),
            deny=(),
            announce_only=("spotify*",),
            filters=Filters(require_album=True),
        ),
        session_store="secret-service",
        library_folders=("~/Music",),
        notifications="all",
        log_level="debug",
        proxy="socks5://127.0.0.1:9050",
        paths=Paths(path, Path("/state/scrobblerd")),
    )


def test_secrets_are_never_shown(path: Path):
    shown = repr(loaded(path, EVERY_KEY))
    assert "SECRET" not in shown
    assert "KEY" not in shown


@pytest.mark.parametrize(
    ("given", "kept"), [(-5, 25), (0, 25), (24, 25), (25, 25), (100, 100), (101, 100), (9999, 100)]
)
def test_threshold_outside_its_range_is_moved_inside(path: Path, given: int, kept: int):
    config = loaded(path, f"[scrobble]\nscrobble_threshold = {given}")
    assert config.rules == replace(Rules(), scrobble_threshold=kept)


@pytest.mark.parametrize("text", ["[lastfm", "api_key = ", "[log]\nlevel = 'a'\nlevel = 'b'"])
def test_broken_toml_is_refused_with_its_line(path: Path, text: str):
    with pytest.raises(FixTheFile) as raised:
        loaded(path, text)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert message.endswith("; mend or remove it")
    assert "line" in message or "end of document" in message


# -- addresses that others can listen to ----------------------------------------------------------


@pytest.mark.parametrize(
    "server",
    [
        "127.0.0.1:80",
        "[::1]",
        "localhost",
        "nas",
        "nas.local",
        "nas.lan",
        "maloja.home.arpa",
        "192.168.1.7:42010",
        "10.0.0.1",
        "172.16.0.1",
        "[fd00::7]",
        "[fe80::1]",
        "169.254.0.1",
    ],
)
def test_http_will_do_within_the_local_network(path: Path, server: str):
    config = loaded(path, f"[lastfm]\napi_url = 'http://{server}/2.0/'")
    assert config.account.access.api_url == f"http://{server}/2.0/"


@pytest.mark.parametrize("server", ["ws.audioscrobbler.com", "8.8.8.8", "[2600::1]", "local.net"])
@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_http_beyond_it_must_be_allowed(path: Path, scheme: str, server: str):
    text = f"[lastfm]\napi_url = '{scheme}://{server}/2.0/'"
    with pytest.raises(FixTheFile, match=r"must begin with https://.*insecure_http = true"):
        loaded(path, text)
    assert loaded(path, f"{text}\ninsecure_http = true").account.access.api_url
