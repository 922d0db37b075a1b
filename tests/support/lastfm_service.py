"""The real client of Last.fm, made for a stand-in."""

from lab.lastfm import API_KEY, API_SECRET, StandIn
from scrobblerd.core.model import ApiAccess
from scrobblerd.services.audioscrobbler.service import AudioscrobblerService
from scrobblerd.services.http import HttpClient
from scrobblerd.services.lastfm import LASTFM


def lastfm_service(http: HttpClient, server: StandIn) -> AudioscrobblerService:
    """Returns the service that speaks to a stand-in; who opened `http` closes it."""
    return service_at(http, server.api_url, server.auth_url)


def service_at(
    http: HttpClient, api_url: str, auth_url: str = "", key: str = API_KEY, secret: str = API_SECRET
) -> AudioscrobblerService:
    """Returns the service that speaks to any address."""
    access = ApiAccess(key, secret, api_url, auth_url)
    return AudioscrobblerService(LASTFM, lambda: access, http)
