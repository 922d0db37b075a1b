"""The servers that speak the API as data, and how they are told apart. Pure.

docs/protocol.md §12 has the evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ...core.submission import Limits
from ..base import Capabilities, Pages
from ..http import HttpAnswer

LIMITS = Limits(requests_per_day=0, scrobbles_per_day=0)
"""Of these servers none counts days. How fast is said by their headers."""

ONE_BY_ONE = Capabilities(batch=1, oldest=None, love=False, limits=LIMITS)
"""What any server can do that takes listens at all."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of server. In `pages` {server} stands for its address without a path, {url} for the
    user's; `host` is the host of its API if it has only one, and `site` what {server} is then.
    `duration` is the key of the length: "duration" is in seconds. `all_artists`: whether it reads
    the artists one by one."""

    kind: str
    label: str
    can: Capabilities
    pages: Pages
    host: str = ""
    site: str = ""
    duration: str = "duration_ms"
    all_artists: bool = False

    def pages_at(self, url: str) -> Pages:
        """Returns the pages of the server at `url`."""
        parts = urlsplit(url)
        server = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        if self.site and parts.hostname == self.host:
            server = self.site
        path = parts.path.rstrip("/")

        def at(page: str) -> str:
            return page.replace("{server}", server).replace("{url}", server + path)

        pages = self.pages
        return Pages(at(pages.home), at(pages.library), at(pages.api_account), at(pages.day))


LISTENBRAINZ = Profile(
    kind="listenbrainz",
    label="ListenBrainz",
    can=Capabilities(  # it takes 1,000, and cuts them so
        batch=100, oldest=None, length_tells_apart=True, read=True, delete=True, limits=LIMITS
    ),
    pages=Pages("{server}", "{server}/user/{user}/", "{server}/settings/"),
    host="api.listenbrainz.org",
    site="https://listenbrainz.org",
)

KOITO = Profile(
    kind="koito",
    label="Koito",
    can=replace(ONE_BY_ONE, read=True, delete=True),
    # an import that fails in the middle stores a part of it
    pages=Pages("{server}", "{server}/", "{server}/"),
    all_artists=True,
)

MULTI_SCROBBLER = Profile(
    kind="multi-scrobbler",
    label="multi-scrobbler",
    can=replace(
        ONE_BY_ONE,
        check_proves_login=False,  # each token is "valid" there
        sent_is_stored=False,  # it tells nothing of what becomes of a play
    ),
    pages=Pages("{server}", "{server}/", "{server}/"),
)

ROCKSKY = Profile(
    kind="rocksky",
    label="Rocksky",
    can=replace(  # it answers "ok" to an import, and stores nothing
        ONE_BY_ONE,
        sent_is_stored=False,  # it works on after its answer
    ),
    pages=Pages(
        home="https://rocksky.app",
        library="https://rocksky.app/profile/{user}",
        api_account="https://rocksky.app/apikeys",
    ),
    host="audioscrobbler.rocksky.app",
)

MALOJA = Profile(
    kind="maloja",
    label="Maloja",
    can=replace(ONE_BY_ONE, now_playing=False, one_a_second=True, read=True),
    # a batch loses plays behind one that is stored already
    pages=Pages("{url}", "{url}/", "{url}/admin_apikeys", "{url}/scrobbles?in={day:%Y/%m/%d}"),
    duration="duration",
)

OTHER = Profile(
    kind="listenbrainz",
    label="ListenBrainz",
    can=ONE_BY_ONE,
    pages=LISTENBRAINZ.pages,
)
"""A server that is none of these: asked for nothing that some can't do."""

UNKNOWN = replace(OTHER, can=replace(ONE_BY_ONE, is_known=False))
"""A server that has not answered yet."""

PROFILES: Mapping[str, Profile] = {
    profile.kind: profile for profile in (LISTENBRAINZ, KOITO, MULTI_SCROBBLER, ROCKSKY, MALOJA)
}
"""All kinds of servers, by the word for them."""


def profile_at(url: str) -> Profile | None:
    """Returns the profile of a server that has one address; None if it is not known by that."""
    host = urlsplit(url).hostname
    return next((each for each in PROFILES.values() if each.host and each.host == host), None)


def recognised(root: str, answer: HttpAnswer, body: Mapping[str, Any]) -> Profile:
    """Returns the profile of the server that answered to validate-token below `root`."""
    if root.endswith("/apis/listenbrainz/1"):
        return KOITO if answer.content_type.startswith("text/plain") else MALOJA
    if "/api/listenbrainz" in root or body.get("user_name") == "Multi-Scrobbler":
        return MULTI_SCROBBLER
    if answer.requests_left is not None:  # ListenBrainz alone tells of its limit
        return LISTENBRAINZ
    return OTHER
