"""A stand-in for Last.fm: a real HTTP server on loopback, for tests, benchmarks and the demo.

    with StandIn() as lastfm:
        session_key = lastfm.login("quiet_otter")
        lastfm.misbehave(Behaviour.error(8), method="track.scrobble")
        ...
        assert lastfm.wait_for(lambda seen: len(seen.scrobbles) == 3)

`python -m lab.lastfm` runs it in the foreground. It knows invented accounts only and reaches no
other machine.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit

from lab.behaviour import Behaviour
from lab.lastfm_answers import ApiError, xml_reply
from lab.lastfm_methods import METHODS
from lab.lastfm_service import API_KEY, API_SECRET, LastFm, Profile
from lab.reply import HTML_TYPE, Reply, html_reply, json_reply
from lab.stand_in import Request, StandInServer, serve

__all__ = ["API_KEY", "API_SECRET", "Behaviour", "Request", "StandIn"]

API_PATH = "/2.0/"
AUTH_PATH = "/api/auth/"
LASTFM = Profile(METHODS)


class StandIn(StandInServer, LastFm):
    """Last.fm's state, switches and server."""

    def __init__(
        self,
        *,
        api_key: str = API_KEY,
        secret: str = API_SECRET,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        profile: Profile = LASTFM,
    ) -> None:
        StandInServer.__init__(self, port)
        LastFm.__init__(self, api_key, secret, clock, profile, self.changed)
        self.browser_user = "quiet_otter"  # who is logged in where the approval page is opened

    @property
    def api_url(self) -> str:
        """Returns the API root, once started."""
        return self.root_url + API_PATH

    @property
    def auth_url(self) -> str:
        """Returns the page where a browser approves a token, once started."""
        return self.root_url + AUTH_PATH

    def is_scripted(self, path: str) -> bool:
        """Returns whether the path is the API's."""
        return path == API_PATH

    def method_of(self, path: str, params: Mapping[str, str]) -> str:
        """Returns Last.fm's method, "" for the approval page."""
        return params.get("method", "")

    def judge(self, request: Request, behaviour: Behaviour) -> tuple[Reply, str]:
        """Carries a request out. Returns the answer, and what `Request.answered` says of it."""
        if request.path != API_PATH:
            reply = self._page(request)
            return reply, f"page {reply.status}"
        as_json = request.params.get("format") == "json"
        try:
            if request.repeated:
                raise ApiError(6, "Invalid parameters - One name came twice")
            tree = self.perform(request.http_method, request.params, behaviour.ignored)
        except ApiError as error:
            return self.profile.error(error, as_json), f"error {error.code}"
        for change in behaviour.changes:
            tree = change(tree)
        json_type = self.profile.json_type
        return json_reply(tree, content_type=json_type) if as_json else xml_reply(tree), "ok"

    def _page(self, request: Request) -> Reply:
        if request.path == self.profile.moved:
            return Reply(301, b"", {"Location": API_PATH, "Content-Type": HTML_TYPE})
        return self._approval(request) if request.path == AUTH_PATH else html_reply(404)

    def _approval(self, request: Request) -> Reply:
        """Returns the page that a browser opens. To open it approves the token at once."""
        callback = request.params.get("cb", "")
        token = request.params.get("token") or (self.issue_token() if callback else "")
        known = not self.profile.checks_key or request.params.get("api_key") == self.api_key
        if not known or token not in self.tokens:
            return html_reply(403, "Unknown API key or token.")
        self.approve(token, self.browser_user)
        if not callback:
            return html_reply(200, f"Approved by {self.browser_user}. Return to your application.")
        joint = "&" if urlsplit(callback).query else "?"
        location = f"{callback}{joint}{urlencode({'token': token})}"
        return Reply(302, b"", {"Location": location})


def main() -> None:
    """Serve in the foreground until Ctrl-C, with a line for each request."""
    parser = argparse.ArgumentParser(prog="python -m lab.lastfm", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    port: int = parser.parse_args().port
    lastfm = StandIn(port=port)
    serve(
        lastfm,
        lambda: {
            "api_url": lastfm.api_url,
            "auth_url": lastfm.auth_url,
            "api_key": lastfm.api_key,
            "api_secret": lastfm.secret,
        },
    )


if __name__ == "__main__":
    main()
