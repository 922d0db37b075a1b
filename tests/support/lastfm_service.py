"""The real client of Last.fm, made for a stand-in, and plays to send to it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from lab.lastfm import API_KEY, API_SECRET, StandIn
from scrobblerd.core.model import ApiAccess, Scrobble, Session
from scrobblerd.core.submission import QueueRow
from scrobblerd.services.audioscrobbler.client import AudioscrobblerService
from scrobblerd.services.http import HttpClient
from scrobblerd.services.lastfm import LASTFM

SONG = Scrobble(
    artist="Þrúður & Sól+Dur",
    track="夜の港 = 100% 🌊",
    timestamp=1_790_000_000,
    album="Tidewater",
    album_artist="Various Keepers",
    track_number=3,
    mbid="11111111-2222-4333-8444-555555555555",
    duration=241,
)


def rows(count: int) -> list[QueueRow]:
    """So many plays, a minute apart."""
    first = SONG.timestamp - count * 60
    return [
        QueueRow(n, "quiet_otter", Scrobble("Mira Holt", f"Fern {n}", first + n * 60))
        for n in range(count)
    ]


def lastfm_service(http: HttpClient, server: StandIn) -> AudioscrobblerService:
    """Returns the service that speaks to a stand-in; who opened `http` closes it."""
    return service_at(http, server.api_url, server.auth_url)


def service_at(
    http: HttpClient, api_url: str, auth_url: str = "", key: str = API_KEY, secret: str = API_SECRET
) -> AudioscrobblerService:
    """Returns the service that speaks to any address."""
    access = ApiAccess(key, secret, api_url, auth_url)
    return AudioscrobblerService(LASTFM, lambda: access, http)


# -- fixtures -------------------------------------------------------------------------------------


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """A Last.fm at whose wall clock SONG has just been played."""
    with StandIn(clock=lambda: SONG.timestamp + 300.0) as started:
        yield started


@pytest.fixture
async def client(standin: StandIn) -> AsyncIterator[AudioscrobblerService]:
    """The client, speaking to it."""
    http = HttpClient()
    yield lastfm_service(http, standin)
    await http.close()


@pytest.fixture
def session(standin: StandIn) -> Session:
    """A login that is good."""
    return Session("quiet_otter", standin.login("quiet_otter"))
