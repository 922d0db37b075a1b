"""What differs between the services that speak the protocol, as data. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..base import Capabilities, Pages


class Ignored(StrEnum):
    """Why a scrobble was ignored (`ignoredMessage`), in words for people."""

    ARTIST = "artist filtered"
    TRACK = "track filtered"
    TOO_OLD = "too old"
    IN_FUTURE = "in the future"
    DAILY_LIMIT = "daily limit reached"


@dataclass(frozen=True, slots=True)
class Profile:
    """One service. `ignored`: what its codes of ignored scrobbles mean; `loved_page_tracks`: the
    most tracks that a page of user.getLovedTracks holds; `token_lifetime`: seconds for which a
    token can be approved; `public_user`: somebody whom everybody may ask for."""

    kind: str
    label: str
    can: Capabilities
    pages: Pages
    ignored: Mapping[int, Ignored]
    loved_page_tracks: int
    token_lifetime: float
    public_user: str
