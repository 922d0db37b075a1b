"""The user's configuration: what is taken, from where, and what is refused with a hint."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scrobblerd.config.loader import Config, config_path, load
from scrobblerd.config.schema import OPTIONS
from scrobblerd.core.errors import FixTheFile
from scrobblerd.core.filters import Filters
from scrobblerd.core.limits import Limits
from scrobblerd.core.rules import Rules

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Make a config.toml of this text."""

    def write(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def refusal(path: Path) -> str:
    """Why the file is refused, without the file's name, which must stand first."""
    with pytest.raises(FixTheFile) as raised:
        load(path, {})
    words = str(raised.value)
    assert words.startswith(f"{path}: ")
    assert "\n" not in words
    return words.removeprefix(f"{path}: ")


# Defaults


def test_missing_file_is_an_empty_one(tmp_path: Path, write: Write):
    assert load(tmp_path / "config.toml", {}) == load(write(""), {})


def test_defaults_are_the_documented_ones(write: Write, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/otter")
    assert load(path := write(""), {}) == Config(
        api_key="",
        api_secret="",
        key_from="",
        api_url="https://ws.audioscrobbler.com/2.0/",
        auth_url="https://www.last.fm/api/auth/",
        rules=Rules(),
        now_playing=True,
        limits=Limits(),
        path=path,
        session_store="file",
        library_folders=(),
        loved_mirror=False,
        notifications="errors",
        log_level="info",
        state_folder=Path("/home/otter/.local/state/scrobblerd"),
    )


def test_configuration_is_never_shown(write: Write):
    config = load(write('[lastfm]\napi_key = "KEY"\napi_secret = "SECRET"'), {})
    assert "SECRET" not in repr(config)


# Values


def test_every_value_reaches_its_place(write: Write):
    text = """
        [lastfm]
        api_key = "KEY"
        api_secret = "SECRET"
        api_url = "http://127.0.0.1:8080/2.0/"
        auth_url = "https://libre.fm/api/auth/"
        enabled = false
        loved_mirror = true
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
    config = load(path := write(text), {"XDG_STATE_HOME": "/state"})
    assert config == Config(
        api_key="KEY",
        api_secret="SECRET",
        key_from="",
        api_url="http://127.0.0.1:8080/2.0/",
        auth_url="https://libre.fm/api/auth/",
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
        now_playing=False,
        limits=Limits(requests_per_second=1, requests_per_day=0, scrobbles_per_day=600),
        path=path,
        session_store="secret-service",
        library_folders=("~/Music",),
        loved_mirror=True,
        notifications="all",
        log_level="debug",
        state_folder=Path("/state/scrobblerd"),
    )


@pytest.mark.parametrize(
    ("given", "kept"), [(-5, 25), (0, 25), (24, 25), (25, 25), (100, 100), (101, 100), (9999, 100)]
)
def test_threshold_outside_its_range_is_moved_inside(write: Write, given: int, kept: int):
    config = load(write(f"[scrobble]\nscrobble_threshold = {given}"), {})
    assert config.rules.scrobble_threshold == kept


RANGES = [
    ("scrobble", "minimum_seconds", "0", "3600", "-0.1", "3600.5"),
    ("scrobble", "maximum_seconds", "1", "86400", "0.9", "86401"),
    ("scrobble", "minimum_track_seconds", "0", "3600", "-1", "3601"),
    ("scrobble", "stream_minimum_seconds", "1", "86400", "0", "86401"),
    ("scrobble", "settle_ms", "50", "10000", "49", "10001"),
    ("filters", "minimum_length", "0", "86400", "-1", "86401"),
    ("filters", "maximum_length", "0", "604800", "-1", "604801"),
    ("limits", "requests_per_second", "0", "100", "-1", "101"),
    ("limits", "requests_per_day", "0", "1000000", "-1", "1000001"),
    ("limits", "scrobbles_per_day", "0", "1000000", "-1", "1000001"),
]


def test_bounds_of_all_keys_are_tried():
    bounded = {
        (table, name)
        for table, keys in OPTIONS.items()
        for name, key in keys.items()
        if key.bounds and not key.clamped
    }
    assert {(table, key) for table, key, *_ in RANGES} == bounded


@pytest.mark.parametrize(("table", "key", "least", "most", "under", "over"), RANGES)
def test_number_must_lie_within_its_range(
    write: Write, table: str, key: str, least: str, most: str, under: str, over: str
):
    for fine in (least, most):
        load(write(f"[{table}]\n{key} = {fine}"), {})
    for wrong in (under, over):
        words = refusal(write(f"[{table}]\n{key} = {wrong}"))
        assert words.startswith(f"[{table}] {key} must be between ")
        assert words.endswith(f"it is {float(wrong):g}")


@pytest.mark.parametrize("wrong", ["nan", "inf", "-inf"])
def test_number_that_is_none_is_refused(write: Write, wrong: str):
    words = refusal(write(f"[scrobble]\nminimum_seconds = {wrong}"))
    assert words == f"[scrobble] minimum_seconds must be between 0 and 3600, it is {wrong}"


# Types

OF_KIND = {
    "a text": (
        "[lastfm] api_key, [lastfm] api_secret, [lastfm] api_url, [lastfm] auth_url,"
        " [session] store, [notifications] show, [log] level,"
        " [filters] artist, [filters] artist_separator, [filters] split_titles",
        ["5", "true", "['x']", "{}", "1.5", "2020-01-01"],
    ),
    "true or false": (
        "[lastfm] enabled, [lastfm] loved_mirror, [scrobble] now_playing, [scrobble] count_muted,"
        " [filters] require_album",
        ["1", "0", "'true'", "'yes'", "[]"],
    ),
    "a whole number": (
        "[scrobble] scrobble_threshold, [scrobble] settle_ms, [limits] requests_per_second,"
        " [limits] requests_per_day, [limits] scrobbles_per_day",
        ["50.0", "'50'", "true", "[50]"],
    ),
    "a number": (
        "[scrobble] minimum_seconds, [scrobble] maximum_seconds,"
        " [scrobble] minimum_track_seconds, [scrobble] stream_minimum_seconds,"
        " [filters] minimum_length, [filters] maximum_length",
        ["'30'", "true", "[30]", "12:00:00"],
    ),
    "a list of texts": (
        "[players] allow, [players] deny, [players] announce_only, [library] folders,"
        " [filters] presets, [filters] ignore_hosts,"
        " [filters] ignore_file_types, [filters] ignore_genres,"
        " [filters] ignore_urls, [filters] ignore_artist, [filters] ignore_title,"
        " [filters] ignore_album",
        ["'mpv'", "true", "['mpv', 5]", "[['mpv']]", "{}"],
    ),
    "a list of tables": ("[filters] rewrites", ["'x'", "true", "{}"]),
}
WRONG = [
    (where, value, kind)
    for kind, (places, values) in OF_KIND.items()
    for where in places.split(", ")
    for value in values
]


def test_types_of_all_keys_are_tried():
    tried = {where for places, _ in OF_KIND.values() for where in places.split(", ")}
    assert tried == {f"[{table}] {key}" for table, keys in OPTIONS.items() for key in keys}


@pytest.mark.parametrize(("where", "value", "kind"), WRONG)
def test_value_of_the_wrong_type_is_refused(write: Write, where: str, value: str, kind: str):
    table, key = where.split()
    words = refusal(write(f"{table}\n{key} = {value}"))
    assert words.startswith(f"{where} must be {kind}, it is ")


def test_value_shown_in_a_refusal_is_short(write: Write):
    assert len(refusal(write(f"[log]\nlevel = '{'x' * 5000}'"))) < 200


WORDS = [
    ("log", "level", "debug, info, warning, error"),
    ("session", "store", "file, secret-service"),
    ("notifications", "show", "off, errors, all"),
    ("filters", "artist", "first, joined, album_artist"),
    ("filters", "split_titles", "never, streams, always"),
]


def test_words_of_all_keys_are_tried():
    found = {
        (table, name, ", ".join(key.words))
        for table, keys in OPTIONS.items()
        for name, key in keys.items()
        if key.words
    }
    assert found == set(WORDS)


@pytest.mark.parametrize("wrong", ["INFO", "trace", ""])
@pytest.mark.parametrize(("table", "key", "known"), WORDS)
def test_word_is_one_of_a_few(write: Write, table: str, key: str, known: str, wrong: str):
    for word in known.split(", "):
        load(write(f"[{table}]\n{key} = '{word}'"), {})
    words = refusal(write(f"[{table}]\n{key} = '{wrong}'"))
    assert words == f"[{table}] {key} must be one of {known}, it is {wrong!r}"


@pytest.mark.parametrize("key", ["api_url", "auth_url"])
@pytest.mark.parametrize("url", ["ws.audioscrobbler.com/2.0/", "ftp://x/", "", "file:///etc"])
def test_url_is_one_of_the_web(write: Write, key: str, url: str):
    words = refusal(write(f"[lastfm]\n{key} = '{url}'"))
    assert words == f"[lastfm] {key} must begin with https://, it is {url!r}"


# What is not known


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[lastfm]\nkey = 'x'", "[lastfm] key is not known; did you mean api_key?"),
        ("[scrobble]\ntreshold = 5", "[scrobble] treshold is not known; did you mean"),
        ("[limits]\nzzz = 5", "[limits] zzz is not known; known here: requests_per_second, "),
        ("[filters]\nadverts = 5", "[filters] adverts is not known; did you mean artist?"),
        ("[last_fm]\napi_key = 'x'", "[last_fm] is not known; did you mean lastfm?"),
        ("[zzz]", "[zzz] is not known; known here: lastfm, scrobble, players, filters, "),
        ("zzz = true", "[zzz] is not known; known here: "),
        ("lastfm = 5", "lastfm must be a table; write [lastfm] on a line of its own"),
        ("[[lastfm]]\napi_key = 'x'", "lastfm must be a table; write [lastfm] on a line"),
    ],
)
def test_unknown_key_is_refused_with_a_hint(write: Write, text: str, words: str):
    assert refusal(write(text)).startswith(words)


@pytest.mark.parametrize("text", ["[lastfm", "api_key = ", "[log]\nlevel = 'a'\nlevel = 'b'"])
def test_broken_toml_is_refused_with_its_line(write: Write, text: str):
    words = refusal(write(text))
    assert words.endswith("; mend or remove it")
    assert "line" in words or "end of document" in words


# Places


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({}, "/home/otter/.config/scrobblerd/config.toml"),
        ({"XDG_CONFIG_HOME": "/etc/xdg"}, "/etc/xdg/scrobblerd/config.toml"),
        ({"XDG_CONFIG_HOME": ""}, "/home/otter/.config/scrobblerd/config.toml"),
        ({"XDG_CONFIG_HOME": "relative"}, "/home/otter/.config/scrobblerd/config.toml"),
    ],
)
def test_config_is_where_xdg_says(
    environment: dict[str, str], path: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", "/home/otter")
    assert config_path(environment) == Path(path)


def test_without_a_home_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)  # nobody has this number
    with pytest.raises(FixTheFile, match="set HOME or XDG_CONFIG_HOME"):
        config_path({})


@pytest.mark.parametrize("given", ["", "relative/state"])
def test_state_folder_that_is_not_absolute_is_ignored(
    write: Write, given: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", "/home/otter")
    config = load(write(""), {"XDG_STATE_HOME": given})
    assert config.state_folder == Path("/home/otter/.local/state/scrobblerd")


@pytest.mark.parametrize(
    "url", ["https://x:99999/2.0/", "https://", "https://x:abc/", "http://[::1"]
)
def test_url_that_can_not_be_one_is_refused(tmp_path: Path, url: str):
    path = tmp_path / "config.toml"
    path.write_text(f"[lastfm]\napi_url = '{url}'")
    with pytest.raises(FixTheFile, match="api_url"):
        load(path, {})
