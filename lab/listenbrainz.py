"""A stand-in for ListenBrainz, and for other servers that speak its API: `PROFILES` has them.

    with ListenBrainz(profile=KOITO) as koito:
        token = koito.login("quiet_otter")
        koito.misbehave(Behaviour.html(502), method="submit-listens")
        ...
        assert koito.wait_for(lambda seen: seen.titles() == ["Fern"])

`python -m lab.listenbrainz` runs it in the foreground. It knows invented accounts only and reaches
no other machine.
"""

import argparse
import re
import time
from collections.abc import Callable, Mapping

from lab.behaviour import Behaviour
from lab.listenbrainz_profiles import LISTENBRAINZ, PROFILES
from lab.listenbrainz_service import Call, Endpoint, ListenBrainzService, Profile, Refused, refused
from lab.reply import HTML_TYPE, Reply, json_reply
from lab.stand_in import Request, StandInServer, serve

WINDOW_SECONDS = 10
TOO_MANY = (
    "You have exceeded your rate limit. See the X-RateLimit-* response headers for more "
    "information on your current rate limit."
)
NOT_ALLOWED = b"<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n"


class ListenBrainz(StandInServer, ListenBrainzService):
    """State, switches and server."""

    def __init__(
        self,
        *,
        profile: Profile = LISTENBRAINZ,
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        StandInServer.__init__(self, port)
        ListenBrainzService.__init__(self, profile, clock, self.changed)

    @property
    def api_url(self) -> str:
        """Returns the address below which the endpoints are, without a slash at its end."""
        return self.root_url + self.profile.roots[0].rstrip("/")

    def method_of(self, path: str, params: Mapping[str, str]) -> str:
        """Returns what comes after the root, such as `submit-listens`."""
        return self._inside(path) or path

    def _inside(self, path: str) -> str:
        roots = (root for root in self.profile.roots if path.startswith(root))
        return path.removeprefix(max(roots, key=len, default=path))

    def judge(self, request: Request, behaviour: Behaviour) -> tuple[Reply, str]:
        """Carries a request out. Returns the answer, and what `Request.answered` says of it."""
        reply = self._reply(request, behaviour)
        return reply, "ok" if reply.status in (200, 204) else f"refused {reply.status}"

    def _reply(self, request: Request, behaviour: Behaviour) -> Reply:
        found = self._endpoint(request)
        if found is None:
            return self.profile.unknown(request.http_method, request.path)
        endpoint, user = found
        if endpoint.http_method not in {"", request.http_method}:
            return Reply(405, NOT_ALLOWED, {"Content-Type": HTML_TYPE, "Allow": "OPTIONS, POST"})
        call = Call(
            params=request.params,
            authorization=request.headers.get("authorization", ""),
            body=request.body,
            user=user,
            lost=frozenset(behaviour.ignored),
            doubled=behaviour.doubled,
        )
        headers = self._counted()
        try:
            if headers.pop("refuse", ""):
                raise refused(429, TOO_MANY)
            tree = endpoint.run(self, call)
            for change in behaviour.changes:
                tree = change(tree)
            reply = json_reply(tree, 200, self.profile.json_type)
        except Refused as refusal:
            reply = refusal.reply
        except (AttributeError, LookupError, TypeError, ValueError):
            return self.profile.broken
        return Reply(reply.status, reply.body, {**reply.headers, **headers})

    def _endpoint(self, request: Request) -> tuple[Endpoint, str] | None:
        """Returns the endpoint, and the user whom the path names."""
        matches = [
            (endpoint, match.groupdict().get("user", ""))
            for path, endpoint in self.profile.endpoints.items()
            if (match := re.fullmatch(path, self._inside(request.path)))
        ]
        exact = [found for found in matches if found[0].http_method == request.http_method]
        return next(iter(exact or matches), None)

    def _counted(self) -> dict[str, str]:
        """Counts a request. Returns the headers that tell of the limit."""
        if not self.profile.counts_requests:
            return {}
        now = self.now()
        if now >= self.window_ends:
            self.window_ends = (now // WINDOW_SECONDS + 1) * WINDOW_SECONDS
            self.requests_left = self.requests_per_window
        refuse = {} if self.requests_left else {"refuse": "yes"}
        self.requests_left = max(self.requests_left - 1, 0)
        numbers = {
            "Limit": self.requests_per_window,
            "Remaining": self.requests_left,
            "Reset": self.window_ends,
            "Reset-In": self.window_ends - now,
        }
        return {f"X-RateLimit-{name}": str(value) for name, value in numbers.items()} | refuse


def main() -> None:
    """Serve in the foreground until Ctrl-C, with a line for each request."""
    parser = argparse.ArgumentParser(prog="python -m lab.listenbrainz", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--profile", choices=PROFILES, default="listenbrainz")
    options = parser.parse_args()
    server = ListenBrainz(profile=PROFILES[options.profile], port=options.port)
    token = server.login()
    serve(server, lambda: {"api_url": server.api_url, "token": token})


if __name__ == "__main__":
    main()
