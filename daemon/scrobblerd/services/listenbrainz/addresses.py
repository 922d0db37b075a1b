"""Which of the addresses that people type is the API's. Pure.

Each is asked for `validate-token` (docs/protocol.md §12.9).
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from ..base import Fault, Remedy, Reply
from ..bodies import json_object
from ..http import HttpAnswer, Transport
from .answers import classify, error_of
from .profiles import Profile, profile_at, recognised

ENTRANCE = "/apis/listenbrainz/1"
"""Where Maloja and Koito have the API, beside one of their own."""

_PATHS = ("/1", "", ENTRANCE, "/api/listenbrainz/1", "/api/listenbrainz")
"""What may be missing at the end of an address, the likeliest first."""

_METHODS = ("/submit-listens", "/validate-token")
"""What is one path too many."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an API was found. `root`: its address without a slash at the end; `server`: what
    answers there."""

    root: str
    server: Profile

    def url_of(self, path: str) -> str:
        """Returns the address of `path` below the root, or below the server's own address if it
        begins with a slash.

        >>> Place("https://music.example/apis/listenbrainz/1", KOITO).url_of("/apis/web/v1/listens")
        'https://music.example/apis/web/v1/listens'
        """
        if path.startswith("/"):
            return self.root.removesuffix(ENTRANCE) + path
        return f"{self.root}/{path}"


def known_place(url: str) -> Place | None:
    """Returns the place of a server whose address is known; None if it has to be looked for."""
    server = profile_at(url)
    return Place(_candidates(url)[0], server) if server else None


def candidates(url: str) -> tuple[str, ...]:
    """Returns the roots at which an API may be, in the order in which to ask."""
    return tuple(dict.fromkeys(_candidates(url)))


def _candidates(url: str) -> tuple[str, ...]:
    parts = urlsplit(url.strip())
    base = parts._replace(query="", fragment="").geturl().rstrip("/")
    for method in _METHODS:
        base = base.removesuffix(method).rstrip("/")
    roots = [base + path for path in _PATHS]
    return (base, *roots) if base.endswith("/1") else tuple(roots)


def is_there(answer: HttpAnswer) -> bool:
    """Whether an API answered to validate-token, with any token or none."""
    body = json_object(answer.body)
    if answer.transport is not Transport.ANSWERED or body is None:
        return False
    if answer.status == 200:
        return isinstance(body.get("valid"), bool)
    return answer.status in (400, 401) and bool(error_of(body))


def is_valid(answer: HttpAnswer) -> bool:
    """Whether an API answered to validate-token that the token is good."""
    return (json_object(answer.body) or {}).get("valid") is True


def place_of(root: str, answer: HttpAnswer, asked: Profile | None) -> Place:
    """Returns the place of an API that answered. `asked`: what the user says that it is."""
    return Place(root, asked or recognised(root, answer, json_object(answer.body) or {}))


def nowhere(url: str, answers: list[HttpAnswer], label: str) -> Reply:
    """Returns what to do if no API answered: try again if one of the answers may pass."""
    replies = [classify(answer, label) for answer in answers]
    passing = (Remedy.RETRY, Remedy.BLOCKED)
    if reply := next((reply for reply in replies if reply.remedy in passing), None):
        return reply
    tried = ", ".join(urlsplit(root).path or "/" for root in candidates(url))
    words = f"there is no {label} API at {urlsplit(url).netloc}; tried were {tried}"
    return Reply(Remedy.STOP, status=answers[-1].status, message=words, fault=Fault.ADDRESS)
