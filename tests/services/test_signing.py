"""Requests to Last.fm: their parameters, and the signature, by recorded vectors."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from scrobblerd.core.model import ApiAccess, Scrobble
from scrobblerd.services.audioscrobbler.signing import (
    now_playing_params,
    scrobble_params,
    sign,
    signed_form,
)
from tests.support.lastfm_service import SONG

VECTORS = Path(__file__).parent / "signature_vectors.json"
KEY, SECRET, SK = "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "5e1f0c2a9b7d46388f10aa4c3d2b6e97", "Zq7_kP2-"
ACCESS = ApiAccess(KEY, SECRET)

FULL = replace(SONG, artist="The Paper Lanterns", track="Slow Harbour")


@dataclass(frozen=True)
class Vector:
    """A request, its signature, and the signatures that common mistakes would make of it."""

    id: str
    description: str
    secret: str
    params: Mapping[str, str]
    signed_order: list[str]
    base_string: str
    expected_md5: str
    must_not_equal: Mapping[str, str] = field(default_factory=dict[str, str])

    def own(self) -> dict[str, object]:
        """The parameters that are neither every request's nor the session's."""
        common = ("method", "api_key", "sk", "format")
        return {name: value for name, value in self.params.items() if name not in common}

    def built(self, params: Mapping[str, object]) -> dict[str, str]:
        """What we would send for it."""
        known = self.params
        return signed_form(
            known["method"], params, ApiAccess(known["api_key"], self.secret), known.get("sk", "")
        )

    def scrobbles(self) -> list[Scrobble]:
        """The plays of a batch."""
        plays: dict[int, dict[str, Any]] = {}
        for name, value in self.own().items():
            found = re.fullmatch(r"(\w+)\[(\d+)\]", name)
            assert found is not None
            plays.setdefault(int(found[2]), {})[found[1]] = value
        return [
            Scrobble(
                artist=play["artist"],
                track=play["track"],
                timestamp=int(play["timestamp"]),
                album=play.get("album", ""),
                album_artist=play.get("albumArtist", ""),
            )
            for _, play in sorted(plays.items())
        ]


def vectors() -> list[Vector]:
    """All that are recorded."""
    return [Vector(**one) for one in json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"]]


ALL = pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector.id)
BATCHES = [vector for vector in vectors() if "batch" in vector.id]


# The signature


@ALL
def test_signature_is_the_recorded_one(vector: Vector):
    assert sign(vector.params, vector.secret) == vector.expected_md5


@ALL
def test_signature_is_none_of_the_known_mistakes(vector: Vector):
    assert sign(vector.params, vector.secret) not in vector.must_not_equal.values()


@ALL
def test_order_of_the_parameters_does_not_matter(vector: Vector):
    backwards = {name: vector.params[name] for name in reversed(list(vector.params))}
    assert sign(backwards, vector.secret) == vector.expected_md5


@ALL
def test_request_is_built_as_recorded(vector: Vector):
    form = vector.built(vector.own())
    assert form == {**vector.params, "format": "json", "api_sig": vector.expected_md5}


@pytest.mark.parametrize("vector", BATCHES, ids=lambda vector: vector.id)
def test_batch_is_built_as_recorded(vector: Vector):
    form = vector.built(scrobble_params(vector.scrobbles()))
    assert form == {**vector.params, "api_sig": vector.expected_md5}


def test_batches_of_12_and_of_50_are_among_the_vectors():
    assert [len(vector.scrobbles()) for vector in BATCHES] == [12, 50]


def test_documentations_own_example_is_signed_as_it_says():
    params = {"api_key": "xxxxxxxxxx", "method": "auth.getSession", "token": "yyyyyy"}
    assert sign(params, "ilovecher") == "b87d61da3cda91a8b6746c4aef55d6f8"


# The request


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("Fern", "Fern"),
        (" + & % = \n", " + & % = \n"),
        ("夜🌊", "夜🌊"),
        ("Cafe\u0301", "Cafe\u0301"),
        ("\ud83dFern\udc00", "Fern"),
        (7, "7"),
        (0, "0"),
        (True, "1"),
        (False, "0"),
    ],
    ids=repr,
)
def test_value_is_sent_and_signed_as_the_same_text(value: object, sent: str):
    form = signed_form("track.love", {"track": value}, ACCESS, SK)
    assert form["track"] == sent
    assert form["api_sig"] == sign(form, SECRET)


@pytest.mark.parametrize("value", [None, ""])
def test_empty_values_are_neither_sent_nor_signed(value: object):
    params = {"artist": "Mira Holt", "album": value}
    assert signed_form("track.love", params, ACCESS) == signed_form(
        "track.love", {"artist": "Mira Holt"}, ACCESS
    )


def test_request_without_a_login_carries_no_session_key():
    form = signed_form("auth.getToken", {}, ACCESS)
    assert sorted(form) == ["api_key", "api_sig", "format", "method"]


def test_secret_itself_is_never_sent():
    assert SECRET not in str(signed_form("track.scrobble", scrobble_params([FULL]), ACCESS, SK))


def test_one_scrobble_is_sent_in_array_notation():
    form = signed_form("track.scrobble", scrobble_params([FULL]), ACCESS, SK)
    assert {name: value for name, value in form.items() if name.endswith("[0]")} == {
        "artist[0]": "The Paper Lanterns",
        "track[0]": "Slow Harbour",
        "timestamp[0]": "1790000000",
        "album[0]": "Tidewater",
        "albumArtist[0]": "Various Keepers",
        "trackNumber[0]": "3",
        "mbid[0]": "11111111-2222-4333-8444-555555555555",
        "duration[0]": "241",
    }
    assert len(form) == 8 + 5


def test_unknown_fields_of_a_scrobble_are_left_out():
    bare = Scrobble("Mira Holt", "Fern", 1_790_000_000)
    form = signed_form("track.scrobble", scrobble_params([bare, FULL]), ACCESS, SK)
    assert sorted(name for name in form if name.endswith("[0]")) == [
        "artist[0]",
        "timestamp[0]",
        "track[0]",
    ]
    assert form["duration[1]"] == "241"


def test_now_playing_has_no_timestamp_and_no_index():
    form = signed_form("track.updateNowPlaying", now_playing_params(FULL), ACCESS, SK)
    own = {name: form[name] for name in form.keys() - {"method", "api_key", "sk", "api_sig"}}
    assert own == {
        "artist": "The Paper Lanterns",
        "track": "Slow Harbour",
        "album": "Tidewater",
        "albumArtist": "Various Keepers",
        "trackNumber": "3",
        "mbid": "11111111-2222-4333-8444-555555555555",
        "duration": "241",
        "format": "json",
    }
