"""Which addresses lead to the same server."""

import pytest

from scrobblerd.services.same_server import server_of

SPELLINGS = {
    "api.listenbrainz.org": [
        "https://api.listenbrainz.org",
        "https://api.listenbrainz.org/",
        "https://API.ListenBrainz.org/1",
        "https://api.listenbrainz.org:443/1/",
        "https://api.listenbrainz.org./1/submit-listens",
        " https://api.listenbrainz.org/1/validate-token/ ",
    ],
    "ws.audioscrobbler.com": [
        "https://ws.audioscrobbler.com/2.0/",
        "https://ws.audioscrobbler.com/2.0",
        "https://WS.audioscrobbler.com//2.0/?format=json",
    ],
    "maloja.lan:42010": [
        "http://maloja.lan:42010",
        "http://maloja.lan:42010/apis/listenbrainz/1",
        "http://maloja.lan:42010/apis/mlj_1/",
        "http://maloja.lan:42010/apis/audioscrobbler/2.0/",
        "http://user:secret@maloja.lan:42010/",
    ],
    "nas.lan/koito": ["http://nas.lan/koito/apis/listenbrainz/1", "http://nas.lan:80/koito/"],
    "nas.lan/multi": ["http://nas.lan/multi/api/listenbrainz/1", "http://nas.lan/multi"],
}


@pytest.mark.parametrize(
    ("server", "url"), [(server, url) for server, urls in SPELLINGS.items() for url in urls]
)
def test_one_server_has_many_spellings(server: str, url: str):
    assert server_of(url) == server


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://nas.lan/koito", "http://nas.lan/maloja"),
        ("http://nas.lan:4110", "http://nas.lan:4111"),
        ("https://libre.fm/2.0/", "https://libre.example/2.0/"),
        ("http://nas.lan/api/listenbrainz/desk", "http://nas.lan/api/listenbrainz/phone"),
    ],
)
def test_other_servers_are_others(one: str, other: str):
    assert server_of(one) != server_of(other)


@pytest.mark.parametrize("url", ["", "nonsense", "file:///home/x/log", "http://[::1", "http://a:b"])
def test_what_leads_to_no_server_is_none(url: str):
    assert server_of(url) == ""
