"""A small client that signs by the documentation, for the tests of the stand-in Last.fm."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import httpx

from lab.lastfm import API_KEY, API_SECRET, StandIn

WRITES = ("track.scrobble", "track.updateNowPlaying", "track.love", "track.unlove")

DOCUMENTED_BATCH = {
    "method": "track.scrobble",
    "api_key": API_KEY,
    "sk": "Zq7_kP2-vXw9LmT4sBn6RcY1hJd8FgUe",
    "format": "json",
    "artist[0]": "The Paper Lanterns",
    "albumArtist[0]": "Various Keepers",
    "album[0]": "Tidewater",
    "track[0]": "Slow Harbour",
    "trackNumber[0]": "3",
    "duration[0]": "241",
    "timestamp[0]": "1790000000",
    "chosenByUser[0]": "1",
}
"""The worked example of a scrobble; its signature is d84c4fd98ed2fb7cd4a6e2b0cde8aeba."""


class Caller:
    """Signed calls to one stand-in over one kept-alive connection, logged in as quiet_otter."""

    def __init__(self, lastfm: StandIn, http: httpx.Client) -> None:
        self.lastfm = lastfm
        self.http = http
        self.session_key = lastfm.login()

    def call(self, method: str, **params: str) -> httpx.Response:
        """One call, signed: writes by POST with the session key, reads by GET."""
        sent = self.params(method, **params)
        if method in WRITES:
            return self.send(sent)
        return self.http.get(self.lastfm.api_url, params=sent)

    def params(self, method: str, **params: str) -> dict[str, str]:
        """What `call` sends. An empty value drops the parameter."""
        sent = {"method": method, "api_key": API_KEY, "format": "json"}
        if method in WRITES:
            sent["sk"] = self.session_key
        sent = {name: value for name, value in (sent | params).items() if value}
        return {**sent, "api_sig": signed(sent)}

    def send(self, params: dict[str, str]) -> httpx.Response:
        """These parameters as they are, by POST."""
        return self.http.post(self.lastfm.api_url, data=params)

    def scrobble(self, *plays: dict[str, str], **common: str) -> httpx.Response:
        """A batch in index notation."""
        return self.send(self.form(*plays, **common))

    def form(self, *plays: dict[str, str], **common: str) -> dict[str, str]:
        """What `scrobble` sends."""
        indexed = {f"{n}[{i}]": v for i, play in enumerate(plays) for n, v in play.items()}
        return self.params("track.scrobble", **indexed, **common)

    def error(self, method: str, **params: str) -> tuple[int, int]:
        """The error code a call ends in, and the HTTP status beside it."""
        response = self.call(method, **params)
        return response.json()["error"], response.status_code

    def session_error(self, token: str) -> int:
        """The error code with which a token is refused."""
        return self.call("auth.getSession", token=token).json()["error"]


@contextmanager
def calling(**settings: Any) -> Generator[Caller]:
    """A stand-in with these settings, and a client for it."""
    lastfm = StandIn(**settings)
    with lastfm, httpx.Client(timeout=5, trust_env=False, verify=False) as http:
        yield Caller(lastfm, http)


def signed(params: dict[str, str]) -> str:
    """The documented `api_sig`."""
    names = sorted(name for name in params if name != "format")
    text = "".join(name + params[name] for name in names) + API_SECRET
    return hashlib.md5(text.encode()).hexdigest()


def play(lastfm: StandIn, age: int = 300, **fields: str) -> dict[str, str]:
    """A play that began `age` seconds ago."""
    timestamp = str(int(lastfm.now()) - age)
    return {
        "artist": "The Paper Lanterns",
        "track": "Slow Harbour",
        "timestamp": timestamp,
        **fields,
    }


def tracks(lastfm: StandIn) -> list[str]:
    """The tracks that are stored."""
    return [scrobble.track for scrobble in lastfm.scrobbles]
