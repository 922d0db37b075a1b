"""The protocol as data: what each error code asks for, and in what services differ. Pure.

The table is that of docs/protocol.md §8.2. The HTTP status beside a code is only a hint, because
Last.fm wraps transient errors in 400 and sends errors with 200.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ...core import FROM_PROGRAM
from ...core.model import ApiAccess
from ..base import Capabilities, Fault, Pages, Remedy


class RequestKind(StrEnum):
    """What a request is for; the same error asks for different things."""

    WRITE = "write"
    AUTH = "auth"
    READ = "read"


@dataclass(frozen=True, slots=True)
class ErrorMeaning:
    """What an error asks for by the kind of the request, and what is wrong."""

    write: Remedy
    auth: Remedy
    read: Remedy
    fault: Fault = Fault.UNKNOWN

    def remedy(self, kind: RequestKind) -> Remedy:
        """Returns what the error asks for."""
        match kind:
            case RequestKind.WRITE:
                return self.write
            case RequestKind.AUTH:
                return self.auth
            case RequestKind.READ:
                return self.read


def _all(remedy: Remedy, fault: Fault = Fault.UNKNOWN) -> ErrorMeaning:
    return ErrorMeaning(remedy, remedy, remedy, fault)


_LOGIN = ErrorMeaning(Remedy.REAUTH, Remedy.RESTART, Remedy.REAUTH, Fault.LOGIN)
_ITEM = ErrorMeaning(Remedy.DROP, Remedy.STOP, Remedy.NOTHING)
_RADIO = ErrorMeaning(Remedy.DROP, Remedy.STOP, Remedy.STOP)

RATE_LIMIT = 29
"""The one code with two meanings, told apart by its words: see `answers`."""

ERRORS: Mapping[int, ErrorMeaning] = {
    2: _all(Remedy.STOP),  # invalid service
    3: _all(Remedy.STOP),  # invalid method
    4: _LOGIN,  # authentication failed; token not issued
    5: _all(Remedy.STOP),  # invalid format
    6: _ITEM,  # parameter missing or bad; not found
    7: _ITEM,  # invalid resource
    8: _all(Remedy.RETRY, Fault.SERVER),  # operation failed
    9: _LOGIN,  # invalid session key
    10: _all(Remedy.STOP, Fault.KEY),  # invalid API key
    11: _all(Remedy.RETRY, Fault.UNAVAILABLE),  # service offline
    12: _all(Remedy.STOP),  # subscribers only
    13: _all(Remedy.STOP, Fault.SIGNATURE),  # invalid signature
    14: ErrorMeaning(Remedy.REAUTH, Remedy.POLL, Remedy.REAUTH, Fault.LOGIN),  # not authorised
    15: ErrorMeaning(Remedy.DROP, Remedy.RESTART, Remedy.NOTHING),  # token expired
    16: _all(Remedy.RETRY, Fault.UNAVAILABLE),  # temporarily unavailable
    17: ErrorMeaning(Remedy.REAUTH, Remedy.STOP, Remedy.REAUTH, Fault.PRIVATE),  # login required
    26: _all(Remedy.STOP, Fault.KEY),  # API key suspended
    27: _all(Remedy.STOP),  # deprecated
    RATE_LIMIT: _all(Remedy.RETRY, Fault.RATE),
} | dict.fromkeys((18, 20, 21, 22, 23, 24, 25), _RADIO)  # the dead radio's

UNDEFINED = ErrorMeaning(Remedy.RETRY_FEW, Remedy.RETRY, Remedy.RETRY)
"""What a code asks for that is not in the table."""


class Ignored(StrEnum):
    """Why a scrobble was ignored (`ignoredMessage`), in words for people."""

    ARTIST = "artist filtered"
    TRACK = "track filtered"
    TOO_OLD = "too old"
    IN_FUTURE = "in the future"
    DAILY_LIMIT = "daily limit reached"
    KNOWN = "stored already"  # by an earlier try: it is there


@dataclass(frozen=True, slots=True)
class LoveTerms:
    """How a service has loved tracks. `page_tracks`: the most that a page of user.getLovedTracks
    holds; `done`: errors by which a love is as it should be."""

    page_tracks: int = 1000
    done: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Profile:
    """One service. `ignored`: what its codes of ignored scrobbles mean; `public_user`: somebody
    whom everybody may ask for; `least_duration`: scrobbles that say fewer seconds are ignored, but
    without a duration they are taken.

    `own_key`: the API key if the user has none, where any will do; `adds_slash`: whether the
    address ends with a slash."""

    kind: str
    label: str
    can: Capabilities
    pages: Pages
    ignored: Mapping[int, Ignored]
    public_user: str
    loves: LoveTerms = LoveTerms()
    least_duration: int = 0
    own_key: str = ""
    adds_slash: bool = False

    def access(self, given: ApiAccess) -> ApiAccess:
        """Returns how the service is reached if `given` is what the user says of it."""
        has_slash = given.api_url.endswith("/") or not self.adds_slash
        url = given.api_url if has_slash else f"{given.api_url}/"
        if given.configured or not self.own_key:
            return replace(given, api_url=url)
        key = self.own_key
        return replace(given, api_url=url, key=key, secret=key, key_from=FROM_PROGRAM)


OWN_KEY = "scrobblerd-github-com-scrobblerd"
"""An API key for servers that check none. Libre.fm asks for 32 characters that tell the client's
name (web-scrobbler#1421)."""
