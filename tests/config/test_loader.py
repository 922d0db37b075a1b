"""Files, environment and credentials become one configuration, each value in its place."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scrobblerd.config.loader import load
from scrobblerd.config.source import AccountConfig, Config, Paths
from scrobblerd.core.errors import FixTheFile
from scrobblerd.core.filters import Filters
from scrobblerd.core.model import LASTFM, ApiAccess
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


# -- API key and secret ----------------------------------------------------------------------------


PLACES = ("environment", "credentials", "lastfm.toml", "config.toml")
"""In the order in which they are asked."""


class Places:
    """All places a key can be in."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "scrobblerd" / "config.toml"
        self.credentials = folder / "credentials"
        self.environment = {"CREDENTIALS_DIRECTORY": str(self.credentials)}
        self.config.parent.mkdir()
        self.credentials.mkdir()

    def put(self, place: str, key: str = "", secret: str = "") -> None:
        """Put a key and a secret where `place` says."""
        toml = f'api_key = "{key}"\napi_secret = "{secret}"\n'
        if place == "environment":
            self.environment |= {"LASTFM_API_KEY": key, "LASTFM_API_SECRET": secret}
        elif place == "credentials":
            (self.credentials / "lastfm_api_key").write_text(key)
            (self.credentials / "lastfm_api_secret").write_text(secret)
        elif place == "lastfm.toml":
            self.config.with_name("lastfm.toml").write_text(toml)
        else:
            self.config.write_text(f"[lastfm]\n{toml}")

    def found(self) -> tuple[str, str]:
        """The key and the secret that are taken."""
        access = load(self.config, self.environment).account.access
        return access.key, access.secret


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """None of which holds a key yet."""
    return Places(tmp_path)


@pytest.mark.parametrize("place", PLACES)
def test_key_is_found_in_each_place(places: Places, place: str):
    places.put(place, "KEY", "SECRET")
    assert places.found() == ("KEY", "SECRET")


@pytest.mark.parametrize("first", range(len(PLACES)))
def test_places_are_asked_in_order(places: Places, first: int):
    for place in PLACES[first:]:
        places.put(place, f"key of {place}", f"secret of {place}")
    assert places.found() == (f"key of {PLACES[first]}", f"secret of {PLACES[first]}")


@pytest.mark.parametrize("place", PLACES[:-1])
@pytest.mark.parametrize(("key", "secret"), [("half", ""), ("", "half")])
def test_place_with_only_half_of_it_is_passed_over(
    places: Places, place: str, key: str, secret: str
):
    places.put(place, key, secret)
    places.put("config.toml", "KEY", "SECRET")
    assert places.found() == ("KEY", "SECRET")


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_only_a_restart_reads_again_is_named(places: Places, place: str):
    places.put(place, "KEY", "SECRET")
    named = load(places.config, places.environment).account.access.key_from
    assert named == (place if place in ("environment", "credentials") else "")


def test_without_any_key_there_is_none(places: Places):
    assert places.found() == ("", "")


def test_key_and_secret_are_never_taken_from_two_places(places: Places):
    places.put("environment", "KEY", "")
    places.put("config.toml", "", "SECRET")
    assert places.found() == ("", "")


@pytest.mark.parametrize("place", ["environment", "credentials"])
def test_white_space_around_a_key_is_left_out(places: Places, place: str):
    places.put(place, " KEY\n", "\tSECRET ")
    assert places.found() == ("KEY", "SECRET")


@pytest.mark.parametrize("folder", ["/nonexistent/credentials", "config.toml"])
def test_credentials_that_are_not_there_are_passed_over(places: Places, folder: str):
    places.put("config.toml", "KEY", "SECRET")
    places.environment["CREDENTIALS_DIRECTORY"] = str(places.config.parent / folder)
    assert places.found() == ("KEY", "SECRET")


def test_key_file_that_is_broken_must_be_mended(places: Places):
    beside = places.config.with_name("lastfm.toml")
    beside.write_text("api_key = ")
    with pytest.raises(FixTheFile, match=str(beside)):
        places.found()


def test_credential_of_nothing_but_white_space_is_passed_over(tmp_path: Path):
    path = tmp_path / "config.toml"
    path.write_text('[lastfm]\napi_key = "KEY"\napi_secret = "SECRET"')
    access = load(path, {"LASTFM_API_KEY": "\n", "LASTFM_API_SECRET": " "}).account.access
    assert (access.key, access.secret) == ("KEY", "SECRET")


def test_credential_that_is_no_text_must_be_mended(tmp_path: Path):
    (tmp_path / "lastfm_api_key").write_bytes(b"\xff\xfe")
    (tmp_path / "lastfm_api_secret").write_bytes(b"\xff\xfe")
    with pytest.raises(FixTheFile, match="lastfm_api_key"):
        load(tmp_path / "config.toml", {"CREDENTIALS_DIRECTORY": str(tmp_path)})


BOM = "\ufeff"
HEX = "0123456789ABCDEF0123456789abcdef"


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (HEX, HEX.lower()),
        (HEX[1:].upper(), HEX[1:].upper()),  # no key of Last.fm's: another server's may be so
        (HEX.replace("0", "G"), HEX.replace("0", "G")),
        (f"{BOM}{HEX} ", HEX.lower()),
    ],
)
def test_a_key_in_upper_case_or_after_a_bom_is_the_same_key(
    places: Places, place: str, given: str, taken: str
):
    places.put(place, given, given)
    assert places.found() == (taken, taken)


@pytest.mark.parametrize("place", ["lastfm.toml", "config.toml"])
def test_a_file_with_a_bom_and_other_ends_of_lines_is_read(places: Places, place: str):
    places.put(place, "KEY", "SECRET")
    file = places.config.with_name(place)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert places.found() == ("KEY", "SECRET")


def test_credentials_directory_of_no_name_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "lastfm_api_key").write_text("KEY")
    (tmp_path / "lastfm_api_secret").write_text("SECRET")
    monkeypatch.chdir(tmp_path)
    config = load(tmp_path / "config.toml", {"CREDENTIALS_DIRECTORY": ""})
    assert config.account.access.key == ""


@pytest.mark.parametrize("text", ["api_key = 5\napi_secret = 6", "apikey = 'x'"])
def test_key_file_is_checked_like_config_toml(tmp_path: Path, text: str):
    (tmp_path / "lastfm.toml").write_text(text)
    with pytest.raises(FixTheFile, match=r"lastfm\.toml"):
        load(tmp_path / "config.toml", {})


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
