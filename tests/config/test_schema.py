"""The tables of config.toml, checked by the schema: what is refused, and with which hint."""

import tomllib
from pathlib import Path

import pytest

from scrobblerd.config.schema import OPTIONS, Tables, check_tables
from scrobblerd.core.errors import FixTheFile

PATH = Path("/nonexistent/config.toml")


def checked(text: str) -> Tables:
    """All values of a config.toml of this text."""
    return check_tables(PATH, tomllib.loads(text))


def refusal(text: str) -> str:
    """Why the text is refused, without the file's name, which must stand first."""
    with pytest.raises(FixTheFile) as raised:
        checked(text)
    message = str(raised.value)
    assert message.startswith(f"{PATH}: ")
    assert "\n" not in message
    return message.removeprefix(f"{PATH}: ")


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
    table: str, key: str, least: str, most: str, under: str, over: str
):
    for fine in (least, most):
        checked(f"[{table}]\n{key} = {fine}")
    for wrong in (under, over):
        message = refusal(f"[{table}]\n{key} = {wrong}")
        assert message.startswith(f"[{table}] {key} must be between ")
        assert message.endswith(f"it is {float(wrong):g}")


@pytest.mark.parametrize("wrong", ["nan", "inf", "-inf"])
def test_number_that_is_none_is_refused(wrong: str):
    message = refusal(f"[scrobble]\nminimum_seconds = {wrong}")
    assert message == f"[scrobble] minimum_seconds must be between 0 and 3600, it is {wrong}"


# Types

OF_KIND = {
    "a text": (
        "[lastfm] api_key, [lastfm] api_secret, [lastfm] api_url, [lastfm] auth_url,"
        " [network] proxy, [session] store, [notifications] show, [log] level,"
        " [filters] artist, [filters] artist_separator, [filters] split_titles",
        ["5", "true", "['x']", "{}", "1.5", "2020-01-01"],
    ),
    "true or false": (
        "[lastfm] enabled, [lastfm] insecure_http, [lastfm] loved_mirror,"
        " [scrobble] now_playing, [scrobble] count_muted, [players] ask,"
        " [filters] require_album, [filters] strip_topic",
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
def test_value_of_the_wrong_type_is_refused(where: str, value: str, kind: str):
    table, key = where.split()
    message = refusal(f"{table}\n{key} = {value}")
    assert message.startswith(f"{where} must be {kind}, it is ")


def test_value_shown_in_a_refusal_is_short():
    assert len(refusal(f"[log]\nlevel = '{'x' * 5000}'")) < 200


CHOICES = [
    ("log", "level", "debug, info, warning, error"),
    ("session", "store", "file, secret-service"),
    ("notifications", "show", "off, errors, all"),
    ("filters", "artist", "first, joined, album_artist, composer"),
    ("filters", "split_titles", "never, streams, always"),
]


def test_choices_of_all_keys_are_tried():
    found = {
        (table, name, ", ".join(key.choices))
        for table, keys in OPTIONS.items()
        for name, key in keys.items()
        if key.choices
    }
    assert found == set(CHOICES)


@pytest.mark.parametrize("wrong", ["INFO", "trace", ""])
@pytest.mark.parametrize(("table", "key", "known"), CHOICES)
def test_word_is_one_of_a_few(table: str, key: str, known: str, wrong: str):
    for word in known.split(", "):
        checked(f"[{table}]\n{key} = '{word}'")
    message = refusal(f"[{table}]\n{key} = '{wrong}'")
    assert message == f"[{table}] {key} must be one of {known}, it is {wrong!r}"


@pytest.mark.parametrize("key", ["api_url", "auth_url"])
@pytest.mark.parametrize(
    "url",
    [
        *("ws.audioscrobbler.com/2.0/", "ftp://x/", "", "file:///etc"),
        *("https://x:99999/2.0/", "https://", "https://x:abc/", "http://[::1"),
    ],
)
def test_url_is_one_of_the_web(key: str, url: str):
    message = refusal(f"[lastfm]\n{key} = '{url}'")
    assert message == f"[lastfm] {key} must begin with https://, it is {url!r}"


@pytest.mark.parametrize(
    "proxy", ["system", "none", "http://h:3128", "https://h", "socks5://[::1]:1", "socks5h://h:1"]
)
def test_proxy_may_be_a_word_or_an_address(proxy: str):
    checked(f"[network]\nproxy = '{proxy}'")


@pytest.mark.parametrize(
    "proxy", ["", "yes", "h:3128", "socks4://h:1", "http://h:99999", "http://"]
)
def test_proxy_of_another_kind_is_refused_and_not_shown(proxy: str):
    message = refusal(f"[network]\nproxy = '{proxy}'")
    assert message == (
        "[network] proxy must be system, none, or an address that begins with http://, https:// or"
        " socks5://"
    )


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
def test_unknown_key_is_refused_with_a_hint(text: str, words: str):
    assert refusal(text).startswith(words)
