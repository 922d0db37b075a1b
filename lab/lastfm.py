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
import itertools
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from lab.lastfm_answers import ApiError, Reply, error_reply, html_reply, json_reply, xml_reply
from lab.lastfm_behaviour import Behaviour, Ending
from lab.lastfm_methods import METHODS
from lab.lastfm_server import Server
from lab.lastfm_service import API_KEY, API_SECRET, LastFm

__all__ = ["API_KEY", "API_SECRET", "Behaviour", "Request", "StandIn"]

API_PATH = "/2.0/"
AUTH_PATH = "/api/auth/"
AS_ASKED = Behaviour("")


@dataclass(frozen=True, slots=True)
class Request:
    """A request that arrived whole, at `at` (monotonic seconds).

    `method` is Last.fm's, "" for the approval page. Header names are lower case. `answered` is
    "ok", "error 9", "page 200" and so on, with the names of scripted behaviours. It is "" while a
    scripted pause holds the request back.
    """

    at: float
    http_method: str
    path: str
    method: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    answered: str = ""


class StandIn(LastFm):
    """Last.fm's state, switches and server. It starts as a context manager, or by `start`.

    An answer is in `requests`, and all callers of `wait_for` know of it, before its first byte is
    sent. `stop` keeps state and port, so a later `start` is the end of an outage.
    """

    def __init__(
        self,
        *,
        api_key: str = API_KEY,
        secret: str = API_SECRET,
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(api_key, secret, clock, METHODS)
        self.requests: list[Request] = []
        self.connections = 0  # how many were ever opened: kept alive, it stays at 1
        self.most_at_once = 0  # requests in hand at the same time, at worst
        self.browser_user = "quiet_otter"  # who is logged in where the approval page is opened
        self.outage: Behaviour | None = None  # answers every request the script leaves over
        self.poison: dict[str, Behaviour] = {}  # answers every request that has this text in it
        self._script: list[tuple[str, Behaviour]] = []
        self._port = port
        self._server: Server | None = None
        self._in_hand = 0
        self._releases = 0

    @property
    def api_url(self) -> str:
        """Returns the API root, once started."""
        return f"http://127.0.0.1:{self._port}{API_PATH}"

    @property
    def auth_url(self) -> str:
        """Returns the page where a browser approves a token, once started."""
        return f"http://127.0.0.1:{self._port}{AUTH_PATH}"

    def start(self) -> None:
        """Listens, on the same port as before if it ran before."""
        self._server = Server(self._port, self._opened, self.receive)
        self._port = self._server.server_port
        self._server.start()

    def stop(self) -> None:
        """Refuses new connections, drops the open ones, and waits until they are gone."""
        server, self._server = self._server, None
        self.release()
        if server is not None:
            server.hang_up()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def misbehave(self, *behaviours: Behaviour, method: str | None = None) -> None:
        """Sets the answers to the next requests (of this Last.fm method), first in first out."""
        with self.changed:
            self._script += [((method or "").lower(), behaviour) for behaviour in behaviours]

    def release(self) -> None:
        """Ends every scripted pause that has begun."""
        with self.changed:
            self._releases += 1
            self.changed.notify_all()

    def wait_for(
        self, predicate: Callable[["StandIn"], bool], timeout: float | None = 10.0
    ) -> bool:
        """Waits until the predicate holds, or for `timeout` seconds. Returns whether it holds."""
        with self.changed:
            return self.changed.wait_for(lambda: predicate(self), timeout)

    def _opened(self) -> None:
        with self.changed:
            self.connections += 1

    def receive(
        self, http_method: str, target: str, form: str, headers: Mapping[str, str]
    ) -> tuple[Reply, Ending | None]:
        """Records and answers one request. Holds the lock, except in scripted pauses."""
        path, query = urlsplit(target).path, urlsplit(target).query
        # A broken byte becomes U+FFFD, which then fails the signature, as it would out there.
        pairs = [pair for text in (query, form) for pair in parse_qsl(text, True)]
        params = dict(pairs)
        request = Request(
            time.monotonic(), http_method, path, params.get("method", ""), params, headers
        )
        with self.changed:
            self._in_hand += 1
            self.most_at_once = max(self.most_at_once, self._in_hand)
            try:
                return self._answer(request, len(pairs) != len(params))
            finally:
                self._in_hand -= 1

    def _answer(self, request: Request, repeated: bool) -> tuple[Reply, Ending | None]:
        place = len(self.requests)
        self.requests.append(request)
        behaviour = self._next_behaviour(request)
        self._pause(behaviour.pause_before)
        reply, verdict = behaviour.instead, ""
        if reply is None:
            reply, verdict = self._judge(request, repeated, behaviour)
        for wrap in behaviour.wraps:
            reply = wrap(reply)
        answered = ", ".join(filter(None, (verdict, behaviour.name)))
        self.requests[place] = replace(request, answered=answered)
        self.changed.notify_all()
        self._pause(behaviour.pause_after)
        return reply, behaviour.ending

    def _next_behaviour(self, request: Request) -> Behaviour:
        if request.path != API_PATH:
            return AS_ASKED
        for text, behaviour in self.poison.items():
            if text in request.params.values():
                return behaviour
        for place, (method, behaviour) in enumerate(self._script):
            if method in {"", request.method.lower()}:
                del self._script[place]
                return behaviour
        return self.outage or AS_ASKED

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self.changed.notify_all()
            begun = self._releases
            self.changed.wait_for(lambda: self._releases > begun, seconds)
            if self._server is None:
                raise ConnectionAbortedError("stopped while a request was held back")

    def _judge(self, request: Request, repeated: bool, behaviour: Behaviour) -> tuple[Reply, str]:
        if request.path != API_PATH:
            reply = self._approval(request) if request.path == AUTH_PATH else html_reply(404)
            return reply, f"page {reply.status}"
        as_json = request.params.get("format") == "json"
        try:
            if repeated:
                raise ApiError(6, "Invalid parameters - One name came twice")
            tree = self.perform(request.http_method, request.params, behaviour.ignored)
        except ApiError as error:
            return error_reply(error, "json" if as_json else "xml"), f"error {error.code}"
        for change in behaviour.changes:
            tree = change(tree)
        return (json_reply if as_json else xml_reply)(tree), "ok"

    def _approval(self, request: Request) -> Reply:
        """Returns the page that a browser opens. To open it approves the token at once."""
        callback = request.params.get("cb", "")
        token = request.params.get("token") or (self.issue_token() if callback else "")
        if request.params.get("api_key") != self.api_key or token not in self.tokens:
            return html_reply(403, "Unknown API key or token.")
        self.approve(token, self.browser_user)
        if not callback:
            return html_reply(200, f"Approved by {self.browser_user}. Return to your application.")
        joint = "&" if urlsplit(callback).query else "?"
        location = f"{callback}{joint}{urlencode({'token': token})}"
        return Reply(302, b"", {"Location": location})


def line(request: Request) -> str:
    """Returns the request as one line for people, without secrets."""
    secret = {"method", "api_key", "api_sig", "sk", "token", "format"}
    shown = " ".join(f"{n}={v!r}" for n, v in request.params.items() if n not in secret)
    what = request.method if request.path == API_PATH else request.path
    clock = time.strftime("%H:%M:%S")
    return f"{clock} {request.http_method} {what!r} -> {request.answered}  {shown}".rstrip()


def print_requests(lastfm: StandIn) -> None:
    """Prints a line for each request, and never returns."""
    for printed in itertools.count():
        lastfm.wait_for(lambda seen, n=printed: len(seen.requests) > n, timeout=None)
        print(line(lastfm.requests[printed]), flush=True)


def main() -> None:
    """Serve in the foreground until Ctrl-C, with a line for each request."""
    parser = argparse.ArgumentParser(prog="python -m lab.lastfm", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    port: int = parser.parse_args().port
    # Blocked in every thread and waited for in one: no interrupt can hit someone holding a lock.
    enough = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, enough)
    with StandIn(port=port) as lastfm:
        print(f"api_url = {lastfm.api_url}")
        print(f"auth_url = {lastfm.auth_url}")
        print(f"api_key = {lastfm.api_key}")
        print(f"api_secret = {lastfm.secret}", flush=True)
        threading.Thread(target=print_requests, args=(lastfm,), daemon=True).start()
        signal.sigwait(enough)


if __name__ == "__main__":
    main()
