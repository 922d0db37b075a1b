"""Makes the service of an account by the kind that the configuration names."""

from collections.abc import Callable, Mapping

from ..core.model import ApiAccess
from .audioscrobbler.client import AudioscrobblerService
from .audioscrobbler.protocol import Profile
from .base import Service
from .compatible import AUDIOSCROBBLER
from .file.file_service import FileService
from .http import HttpClient
from .lastfm import LASTFM
from .librefm import LIBREFM
from .listenbrainz.client import ListenBrainzService
from .listenbrainz.profiles import MALOJA, PROFILES
from .maloja.client import MalojaService, NativeApi
from .maloja.listens import MalojaReader

SPEAK_AUDIOSCROBBLER: Mapping[str, Profile] = {
    profile.kind: profile for profile in (LASTFM, LIBREFM, AUDIOSCROBBLER)
}
"""The services that speak Last.fm's protocol. Of the others one has its own, one is a file, and all
others speak ListenBrainz's."""


def service_of(kind: str, access: Callable[[], ApiAccess], http: HttpClient) -> Service:
    """Returns a service. `access` returns its address and API key that are in force."""
    if kind == FileService.kind:
        return FileService(access)
    if kind in SPEAK_AUDIOSCROBBLER:
        return AudioscrobblerService(SPEAK_AUDIOSCROBBLER[kind], access, http)
    if kind == MALOJA.kind:
        return MalojaService(access, http)
    readers = {MALOJA.kind: MalojaReader(NativeApi(access, http).scrobbles)}  # if it is one
    return ListenBrainzService(PROFILES[kind], access, http, readers)
