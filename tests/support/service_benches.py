"""Every service beside its stand-in, for the tests of what all services must do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Self

from lab.lastfm import API_SECRET, Behaviour, StandIn
from scrobblerd.core.model import Session
from scrobblerd.services.base import Service
from scrobblerd.services.http import HttpClient, Timeouts
from tests.support.lastfm_service import SONG, lastfm_service

Play = tuple[str, str, int]
"""Artist, title and start of what a server stored."""


class ServiceBench(ABC):
    """A service that speaks to its stand-in over HTTP, and a login that is good."""

    service: Service
    session: Session
    server: StandIn

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        self.http = HttpClient(timeouts=Timeouts(read=0.5))
        self._stack.push_async_callback(self.http.close)
        self.start()
        self._stack.callback(self.server.stop)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @abstractmethod
    def start(self) -> None:
        """Starts the stand-in, and sets `server`, `service` and `session`."""

    @abstractmethod
    def stored(self) -> list[Play]:
        """Returns what was scrobbled, in its order."""

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

    def fail(self, *how: Behaviour) -> None:
        """Scripts what becomes of the next requests."""
        self.server.misbehave(*how)


class LastfmBench(ServiceBench):
    """Last.fm."""

    def start(self) -> None:
        """Starts a server at whose wall clock SONG has just been played."""
        self.server = StandIn(clock=lambda: SONG.timestamp + 300.0)
        self.server.start()
        self.service = lastfm_service(self.http, self.server)
        self.session = Session("quiet_otter", self.server.login("quiet_otter"))

    def stored(self) -> list[Play]:
        """Returns what was scrobbled."""
        return [(each.artist, each.track, each.timestamp) for each in self.server.scrobbles]

    def announced(self) -> list[str]:
        """Returns what was announced."""
        return [each.track for each in self.server.now_playing]

    def loved(self) -> list[str]:
        """Returns what quiet_otter loves."""
        return [each.track for each in self.server.loved_by("quiet_otter")]

    def approve(self, token: str) -> None:
        """Approves a token."""
        self.server.approve(token, "quiet_otter")

    def revoke(self) -> None:
        """Takes the session key back."""
        self.server.revoke(self.session.key)

    def secrets(self) -> set[str]:
        """Returns the shared secret, and all tokens, session keys and signatures so far."""
        signatures = {request.params["api_sig"] for request in self.server.requests}
        return {API_SECRET, *self.server.tokens, *self.server.sessions, *signatures}


BENCHES: Mapping[str, type[ServiceBench]] = {"lastfm": LastfmBench}
"""All services, by their kind."""
