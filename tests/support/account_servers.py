"""A stand-in for each service that an account of a real daemon can be at: a service joins by a line
in SERVERS."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self

import tomli_w

from lab import gnufm, lastfm, lastfm_service, listenbrainz_profiles, listenbrainz_service
from lab.behaviour import Behaviour
from lab.daemon import Daemon
from lab.lastfm import API_KEY, API_SECRET, StandIn
from lab.listenbrainz import ListenBrainz
from lab.stand_in import Request, StandInServer
from tests.support.daemon_bench import USER

Play = tuple[str, str, int]
"""Artist, title and start."""


class AccountServer(ABC):
    """A server that runs, and a login there. `kind` is the service in config.toml, `writes` the
    method that scrobbles, `refuses` the answer by which it says that a row is bad."""

    writes: str
    refuses: Behaviour

    def __init__(self, kind: str, server: StandInServer, user: str = USER) -> None:
        self.kind = kind
        self.server = server
        self.user = user

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.stop()

    @property
    def table(self) -> dict[str, object]:
        """Returns the table [accounts.NAME], once the server runs."""
        return {"service": self.kind, "requests_per_second": 0} | self._address()

    def log_in(self, daemon: Daemon, name: str) -> str:
        """Makes this the login of account `name` before the daemon starts. Returns its key."""
        key = self.issue_key()
        daemon.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        login = tomli_w.dumps({"username": self.user, "session_key": key})
        (daemon.state / f"login-{name}.toml").write_text(login, encoding="utf-8")
        return key

    @property
    def plays(self) -> list[Play]:
        """Returns what it has stored, in its order."""
        with self.server.changed:
            return self._stored()

    @property
    def submissions(self) -> list[tuple[str, dict[Play, str]]]:
        """Returns the requests that scrobble: the body, and what it says of each play."""
        with self.server.changed:
            requests = [each for each in self.server.requests if each.method == self.writes]
        sent = [(request.body, self._plays_in(request)) for request in requests]
        return [(body, plays) for body, plays in sent if plays]

    @abstractmethod
    def set_clock(self, clock: Callable[[], float]) -> None:
        """Sets what the server takes for the time, in UNIX seconds."""

    @abstractmethod
    def issue_key(self) -> str:
        """Returns the key of a new login of `user`."""

    @abstractmethod
    def revoke(self, key: str) -> None:
        """Takes a key back."""

    @abstractmethod
    def restore(self, key: str) -> None:
        """Takes a key again that was taken back."""

    @abstractmethod
    def _address(self) -> dict[str, object]:
        """Returns the options that say where the server is."""

    @abstractmethod
    def _stored(self) -> list[Play]:
        """Returns what is stored."""

    @abstractmethod
    def _plays_in(self, request: Request) -> dict[Play, str]:
        """Returns what a request says of each play; {} if it scrobbles none."""


class AudioscrobblerServer(AccountServer):
    """One that speaks Last.fm's protocol."""

    writes = "track.scrobble"
    refuses = Behaviour.error(6)

    def __init__(self, kind: str, profile: lastfm_service.Profile, user: str = USER) -> None:
        self.stand_in = StandIn(profile=profile)
        super().__init__(kind, self.stand_in, user)

    def set_clock(self, clock: Callable[[], float]) -> None:
        """Sets its time."""
        self.stand_in.clock = clock

    def issue_key(self) -> str:
        """Returns a session key."""
        return self.stand_in.login(self.user)

    def revoke(self, key: str) -> None:
        """The user takes the access back."""
        self.stand_in.revoke(key)

    def restore(self, key: str) -> None:
        """The user gives it again."""
        self.stand_in.login(self.user, key)

    def _address(self) -> dict[str, object]:
        url: dict[str, object] = {"url": self.stand_in.api_url}
        key = {"api_key": API_KEY, "api_secret": API_SECRET} if self.kind != "librefm" else {}
        page = {"auth_url": self.stand_in.auth_url} if self.kind == "audioscrobbler" else {}
        return url | key | page

    def _stored(self) -> list[Play]:
        return [(each.artist, each.track, each.timestamp) for each in self.stand_in.scrobbles]

    def _plays_in(self, request: Request) -> dict[Play, str]:
        items: dict[str, dict[str, str]] = {}
        for parameter, value in request.params.items():
            name, bracket, index = parameter.partition("[")
            if bracket:
                items.setdefault(index, {})[name] = value
        return {
            (item["artist"], item["track"], int(item["timestamp"])): repr(item)
            for item in items.values()
        }


class ListenBrainzServer(AccountServer):
    """One that speaks ListenBrainz's API."""

    writes = "submit-listens"
    refuses = Behaviour.raw(b'{"code": 400, "error": "JSON document is invalid."}', 400)

    def __init__(self, kind: str, profile: listenbrainz_service.Profile, user: str = USER) -> None:
        self.listens = ListenBrainz(profile=profile)
        self.listens.requests_per_window = self.listens.requests_left = 10_000
        super().__init__(kind, self.listens, user)

    def set_clock(self, clock: Callable[[], float]) -> None:
        """Sets its time."""
        self.listens.clock = clock

    def issue_key(self) -> str:
        """Returns a token."""
        return self.listens.login(self.user)

    def revoke(self, key: str) -> None:
        """The user makes another token."""
        del self.listens.tokens[key]

    def restore(self, key: str) -> None:
        """It was a mistake of the server's."""
        self.listens.login(self.user, key)

    def _address(self) -> dict[str, object]:
        return {"url": self.listens.api_url}

    def _stored(self) -> list[Play]:
        return [(*each.name, each.listened_at) for each in self.listens.listens]

    def _plays_in(self, request: Request) -> dict[Play, str]:
        document: dict[str, Any] = json.loads(request.body)
        if document["listen_type"] == "playing_now":
            return {}
        sent = [(each, each["track_metadata"]) for each in document["payload"]]
        return {
            (names["artist_name"], names["track_name"], each["listened_at"]): json.dumps(each)
            for each, names in sent
        }


class MalojaServer(ListenBrainzServer):
    """Maloja by its own API."""

    writes = "newscrobble"
    refuses = Behaviour.raw(
        b'{"status": "failure", "error": {"type": "missing_scrobble_data", "value": []}}', 400
    )

    def _address(self) -> dict[str, object]:
        return {"url": self.listens.root_url}

    def _plays_in(self, request: Request) -> dict[Play, str]:
        document: dict[str, Any] = json.loads(request.body)
        play = (", ".join(document["artists"]), document["title"], document["time"])
        return {play: request.body}


SERVERS: Mapping[str, Callable[[], AccountServer]] = {
    "lastfm": lambda: AudioscrobblerServer("lastfm", lastfm.LASTFM),
    "librefm": lambda: AudioscrobblerServer("librefm", gnufm.LIBREFM),
    "audioscrobbler": lambda: AudioscrobblerServer("audioscrobbler", lastfm.LASTFM),
    **{
        kind: lambda kind=kind, profile=profile: ListenBrainzServer(kind, profile)
        for kind, profile in listenbrainz_profiles.PROFILES.items()
    },
    "maloja": lambda: MalojaServer("maloja", listenbrainz_profiles.MALOJA),
}
"""All services, by their kind."""
