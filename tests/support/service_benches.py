"""Every service beside its stand-in, for the tests of what all services must do."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self
from uuid import uuid4

from lab import gnufm, lastfm, lastfm_service, listenbrainz_profiles
from lab.behaviour import Behaviour
from lab.lastfm import API_KEY, API_SECRET, StandIn
from lab.listenbrainz import ListenBrainz
from lab.listenbrainz_service import Listen
from lab.maloja import ENTRANCE
from lab.stand_in import StandInServer
from scrobblerd.core.errors import AuthPending, LogIn
from scrobblerd.core.model import NOBODY, ApiAccess, Scrobble, Session
from scrobblerd.history_files.formats import SCROBBLER_LOG
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.base import LoginKind, Service
from scrobblerd.services.compatible import AUDIOSCROBBLER
from scrobblerd.services.file.file_service import FileService
from scrobblerd.services.http import HttpClient, Timeouts
from scrobblerd.services.kinds import service_of
from scrobblerd.services.lastfm import LASTFM
from scrobblerd.services.librefm import LIBREFM
from scrobblerd.services.listenbrainz import profiles
from tests.support.lastfm_service import SONG

Play = tuple[str, str, int]
"""Artist, title and start of what a server stored."""


class Bench(ABC):
    """A service, a login that is good, and what was stored by it."""

    service: Service
    session: Session

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @abstractmethod
    def start(self) -> None:
        """Sets `service` and `session`, and starts what they need."""

    @abstractmethod
    def stored(self) -> list[Play]:
        """Returns what was scrobbled, in its order."""

    @abstractmethod
    def has(self, plays: Iterable[Play]) -> None:
        """Puts plays there that somebody else has sent."""


class FileBench(Bench):
    """A file."""

    def start(self) -> None:
        """Makes a folder for it."""
        self._path = Path(self._stack.enter_context(TemporaryDirectory())) / ".scrobbler.log"
        access = ApiAccess(api_url=str(self._path), format="scrobbler-log")
        self.service = FileService(lambda: access)
        self.session = NOBODY

    def stored(self) -> list[Play]:
        """Returns the plays in the file."""
        lines = self._path.read_text(encoding="utf-8").split("\n")[:-1]
        plays = [line.split("\t") for line in lines if not line.startswith("#")]
        return [(fields[0], fields[2], int(fields[6])) for fields in plays]

    def has(self, plays: Iterable[Play]) -> None:
        """Writes plays into the file."""
        scrobbles = [Scrobble(artist, track, second) for artist, track, second in plays]
        lines = [f"{SCROBBLER_LOG.line(scrobble)}\n" for scrobble in scrobbles]
        self._path.write_text(SCROBBLER_LOG.header + "".join(lines), encoding="utf-8")


class ServiceBench(Bench):
    """A service that speaks to its stand-in over HTTP."""

    server: StandInServer
    login_kind = LoginKind.BROWSER
    used_token: type[Exception] = LogIn
    """What a token raises that was used already."""
    loves = True
    announces = True
    requests_of_a_row = 1
    """How many requests it takes to send one, if the server is known."""
    gap_seconds = 0.0
    """Between two requests."""
    _free_at = 0.0

    async def __aenter__(self) -> Self:
        self.http = HttpClient(self._pace, Timeouts(read=0.5))
        await super().__aenter__()
        self._stack.push_async_callback(self.http.close)
        self._stack.callback(self.server.stop)
        return self

    def _pace(self, mono: float) -> float:
        self._free_at = max(mono, self._free_at + self.gap_seconds)
        return self._free_at - mono

    @abstractmethod
    def announced(self) -> list[str]:
        """Returns the titles that were announced."""

    @abstractmethod
    def loved(self) -> list[str]:
        """Returns the titles that the user loves."""

    @abstractmethod
    def approve(self, token: str) -> None:
        """Approves a login as its user does in a browser."""

    @abstractmethod
    def revoke(self) -> None:
        """Makes the login one that is dead."""

    @abstractmethod
    def secrets(self) -> set[str]:
        """Returns what must not be told."""

    @abstractmethod
    def double(self, title: str) -> None:
        """Shows the plays of a title again, a second later."""

    def fail(self, *how: Behaviour) -> None:
        """Scripts what becomes of the next requests."""
        self.server.misbehave(*how)


class LastfmBench(ServiceBench):
    """Last.fm."""

    profile = LASTFM
    stand_in = lastfm.LASTFM

    def start(self) -> None:
        """Starts a server at whose wall clock SONG has just been played."""
        self.lastfm = StandIn(profile=self.stand_in, clock=lambda: SONG.timestamp + 300.0)
        self.server = self.lastfm
        self.lastfm.start()
        access = ApiAccess(API_KEY, API_SECRET, self.lastfm.api_url, self.lastfm.auth_url)
        self.service = AudioscrobblerService(self.profile, lambda: access, self.http)
        self.session = Session("quiet_otter", self.lastfm.login("quiet_otter"))

    def stored(self) -> list[Play]:
        """Returns what was scrobbled."""
        return [(each.artist, each.track, each.timestamp) for each in self.lastfm.scrobbles]

    def has(self, plays: Iterable[Play]) -> None:
        """Stores plays."""
        for play in plays:
            self.lastfm.store(lastfm_service.Scrobble("quiet_otter", *play))

    def double(self, title: str) -> None:
        """Shows a play twice."""
        self.lastfm.double(title, seconds=1)

    def announced(self) -> list[str]:
        """Returns what was announced."""
        return [each.track for each in self.lastfm.now_playing]

    def loved(self) -> list[str]:
        """Returns what quiet_otter loves."""
        return [each.track for each in self.lastfm.loved_by("quiet_otter")]

    def approve(self, token: str) -> None:
        """Approves a token."""
        self.lastfm.approve(token, "quiet_otter")

    def revoke(self) -> None:
        """Takes the session key back."""
        self.lastfm.revoke(self.session.key)

    def secrets(self) -> set[str]:
        """Returns the shared secret, and all tokens, session keys and signatures so far."""
        signatures = {request.params["api_sig"] for request in self.lastfm.requests}
        return {API_SECRET, *self.lastfm.tokens, *self.lastfm.sessions, *signatures}


class LibrefmBench(LastfmBench):
    """Libre.fm."""

    profile = LIBREFM
    stand_in = gnufm.LIBREFM
    used_token = AuthPending  # it says of any token that it is not approved


class AudioscrobblerBench(LastfmBench):
    """A server of which only the address is known, and which is as Last.fm."""

    profile = AUDIOSCROBBLER


class ListenBrainzBench(ServiceBench):
    """ListenBrainz."""

    login_kind = LoginKind.TOKEN
    profile = profiles.LISTENBRAINZ
    stand_in = listenbrainz_profiles.LISTENBRAINZ

    def start(self) -> None:
        """Starts a server at whose wall clock SONG has just been played."""
        self.listens = ListenBrainz(profile=self.stand_in, clock=lambda: SONG.timestamp + 300.0)
        self.server = self.listens
        self.listens.start()
        self.listens.requests_per_window = self.listens.requests_left = 1000
        self.listens.deleting_lag = 0.0
        access = ApiAccess(api_url=self.listens.api_url)
        self.service = service_of(self.profile.kind, lambda: access, self.http)
        self.session = Session("quiet_otter", self.listens.login("quiet_otter"))

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        await self.service.check(self.session)  # which finds out what answers there
        self.listens.requests.clear()
        return self

    def stored(self) -> list[Play]:
        """Returns what was scrobbled."""
        return [(*each.name, each.listened_at) for each in self.listens.listens]

    def has(self, plays: Iterable[Play]) -> None:
        """Stores plays."""
        for artist, track, second in plays:
            names = {"artist_name": artist, "track_name": track}
            self.listens.store(Listen("quiet_otter", second, names, str(uuid4())))

    def double(self, title: str) -> None:
        """Shows a play twice."""
        self.listens.double(title, seconds=1)

    def announced(self) -> list[str]:
        """Returns what was announced."""
        return [each.metadata["track_name"] for each in self.listens.now_playing]

    def loved(self) -> list[str]:
        """Returns what quiet_otter loves."""
        titles = {each.msid: each.name[1] for each in self.listens.listens}
        return [titles[each.msid or ""] for each in self.listens.feedback if each.score == 1]

    def approve(self, token: str) -> None:
        """There is nothing to approve."""

    def revoke(self) -> None:
        """The user makes another token."""
        del self.listens.tokens[self.session.key]

    def secrets(self) -> set[str]:
        """Returns all tokens, and the beginning of ours."""
        return {*self.listens.tokens, self.session.key, self.session.key[:8]}


class KoitoBench(ListenBrainzBench):
    """Koito."""

    profile = profiles.KOITO
    stand_in = listenbrainz_profiles.KOITO
    loves = False


class MultiScrobblerBench(ListenBrainzBench):
    """multi-scrobbler as a server."""

    profile = profiles.MULTI_SCROBBLER
    stand_in = listenbrainz_profiles.MULTI_SCROBBLER
    loves = False


class RockskyBench(ListenBrainzBench):
    """Rocksky."""

    profile = profiles.ROCKSKY
    stand_in = listenbrainz_profiles.ROCKSKY
    loves = False


class MalojaBench(ListenBrainzBench):
    """Maloja by its own API."""

    profile = profiles.MALOJA
    stand_in = listenbrainz_profiles.MALOJA
    loves = False
    announces = False
    requests_of_a_row = 2  # it looks before it sends

    def fail(self, *how: Behaviour) -> None:
        """What the next plays are answered."""
        self.server.misbehave(*how, method="newscrobble")


class MalojaBehindAProxyBench(MalojaBench):
    """Maloja, of which a proxy shows only the entrance for clients of ListenBrainz."""

    stand_in = replace(listenbrainz_profiles.MALOJA, roots=(ENTRANCE,))
    requests_of_a_row = 1

    def fail(self, *how: Behaviour) -> None:
        """What the next requests are answered."""
        self.server.misbehave(*how)


BENCHES: Mapping[str, type[ServiceBench]] = {
    "lastfm": LastfmBench,
    "librefm": LibrefmBench,
    "audioscrobbler": AudioscrobblerBench,
    "listenbrainz": ListenBrainzBench,
    "koito": KoitoBench,
    "multi-scrobbler": MultiScrobblerBench,
    "rocksky": RockskyBench,
    "maloja": MalojaBench,
    "maloja behind a proxy": MalojaBehindAProxyBench,
}
"""All services that have a server, by their kind."""

ALL_BENCHES: Mapping[str, type[Bench]] = {**BENCHES, FileService.kind: FileBench}
"""All services, by their kind."""
