"""The stand-in as GNU FM and Libre.fm: what no transcript shows."""

from collections.abc import Iterator

import httpx
import pytest

from lab.gnufm import GNUFM, LIBREFM
from lab.lastfm import Behaviour
from tests.support.lastfm_calls import Caller, calling, play

FERN = {"artist": "Mira Holt", "track": "Fern"}


@pytest.fixture
def gnufm() -> Iterator[Caller]:
    """A client of GNU FM."""
    with calling(profile=GNUFM) as caller:
        yield caller


def loved(caller: Caller) -> object:
    return caller.call("user.getLovedTracks", user="quiet_otter").json()["lovedtracks"].get("track")


def test_a_track_that_is_loved_twice_answers_7(gnufm: Caller) -> None:
    gnufm.scrobble({**play(gnufm.lastfm), **FERN})
    assert gnufm.call("track.love", **FERN).json() == {}
    again = gnufm.call("track.love", **FERN)
    assert (again.status_code, again.json()["error"]["code"]) == (200, "7")


def test_a_single_loved_track_is_an_object(gnufm: Caller) -> None:
    gnufm.scrobble({**play(gnufm.lastfm), **FERN})
    gnufm.call("track.love", **FERN)
    track = loved(gnufm)
    assert isinstance(track, dict)
    assert track["name"] == "Fern"
    assert gnufm.call("track.unlove", **FERN).json() == {}
    assert loved(gnufm) is None


def test_scripts_work(gnufm: Caller) -> None:
    gnufm.lastfm.misbehave(Behaviour.ignores({0: (2, "Track was ignored")}), Behaviour.html(502))
    refused = gnufm.scrobble(play(gnufm.lastfm)).json()["scrobbles"]
    assert refused["@attr"] == {"accepted": "0", "ignored": "1"}
    assert gnufm.scrobble(play(gnufm.lastfm)).status_code == 502
    assert gnufm.lastfm.scrobbles == []


def test_any_key_is_approved_on_the_page(gnufm: Caller) -> None:
    token = gnufm.call("auth.getToken").json()["token"]
    page = httpx.get(gnufm.lastfm.auth_url, params={"api_key": "x", "token": token}, timeout=5)
    assert page.status_code == 200
    session = gnufm.call("auth.getSession", token=token).json()["session"]
    assert session["name"] == "quiet_otter"


def test_libre_fm_calls_its_json_plain_text() -> None:
    with calling(profile=LIBREFM) as caller:
        answer = caller.call("auth.getToken")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert "token" in answer.json()
