"""What all stand-ins of servers share: they record requests, follow a script, start and stop.

Who derives from it says in `judge` what the server answers.
"""

import itertools
import re
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.message import Message
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from lab.behaviour import Behaviour, Ending
from lab.http_server import Server
from lab.reply import Reply

FORM_TYPE = "application/x-www-form-urlencoded"
AS_ASKED = Behaviour("")


@dataclass(frozen=True, slots=True)
class Request:
    """A request that arrived whole, at `at` (monotonic seconds).

    `method` names what is asked for: Last.fm's method, or the end of the path. `params` has the
    query and a form; `repeated` says that a name came twice. Header names are lower case.
    `answered` is "ok", "error 9", "page 200" and so on, with the names of scripted behaviours. It
    is "" while a scripted pause holds the request back.
    """

    at: float
    http_method: str
    path: str
    method: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: str = ""
    repeated: bool = False
    answered: str = ""

    def holds(self, text: str) -> bool:
        """Returns whether the text is the value of a parameter, or of a key in a JSON body."""
        return text in self.params.values() or f'"{text}"' in self.body


class StandInServer(ABC):
    """A server on loopback. It starts as a context manager, or by `start`.

    An answer is in `requests`, and all callers of `wait_for` know of it, before its first byte is
    sent. `stop` keeps state and port, so a later `start` is the end of an outage. Hold `changed` to
    read more than one thing at once.
    """

    def __init__(self, port: int) -> None:
        self.changed = threading.Condition()
        self.requests: list[Request] = []
        self.connections = 0  # how many were ever opened: kept alive, it stays at 1
        self.most_at_once = 0  # requests in hand at the same time, at worst
        self.outage: Behaviour | None = None  # answers every request the script leaves over
        self.poison: dict[str, Behaviour] = {}  # answers every request that has this text in it
        self._script: list[tuple[str, Behaviour]] = []
        self._port = port
        self._server: Server | None = None
        self._in_hand = 0
        self._releases = 0

    @abstractmethod
    def judge(self, request: Request, behaviour: Behaviour) -> tuple[Reply, str]:
        """Carries a request out. Returns the answer, and what `Request.answered` says of it."""

    @abstractmethod
    def method_of(self, path: str, params: Mapping[str, str]) -> str:
        """Returns what a request asks for."""

    def is_scripted(self, _path: str) -> bool:
        """Returns whether the script answers requests to this path."""
        return True

    @property
    def root_url(self) -> str:
        """Returns the address without a path, once started."""
        return f"http://127.0.0.1:{self._port}"

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
        """Sets the answers to the next requests (for this method), first in first out."""
        with self.changed:
            self._script += [((method or "").lower(), behaviour) for behaviour in behaviours]

    def behave(self) -> None:
        """Forgets what is left of the script."""
        with self.changed:
            self._script.clear()

    def release(self) -> None:
        """Ends every scripted pause that has begun."""
        with self.changed:
            self._releases += 1
            self.changed.notify_all()

    def wait_for(self, predicate: Callable[[Self], bool], timeout: float | None = 10.0) -> bool:
        """Waits until the predicate holds, or for `timeout` seconds. Returns whether it holds."""
        with self.changed:
            return self.changed.wait_for(lambda: predicate(self), timeout)

    def _opened(self) -> None:
        with self.changed:
            self.connections += 1

    def receive(
        self, http_method: str, target: str, body: str, headers: Mapping[str, str]
    ) -> tuple[Reply, Ending | None]:
        """Records and answers one request. Holds the lock, except in scripted pauses."""
        path, query = urlsplit(target).path, urlsplit(target).query
        # As a web framework would: a body of another type holds no parameters.
        form = body if _content_type(headers) == FORM_TYPE else ""
        pairs = [pair for text in (query, form) for pair in parse_qsl(text, True)]
        params = dict(pairs)
        request = Request(
            at=time.monotonic(),
            http_method=http_method,
            path=path,
            method=self.method_of(path, params),
            params=params,
            headers=headers,
            body=body,
            repeated=len(pairs) != len(params),
        )
        with self.changed:
            self._in_hand += 1
            self.most_at_once = max(self.most_at_once, self._in_hand)
            try:
                return self.answer(request)
            finally:
                self._in_hand -= 1

    def answer(self, request: Request) -> tuple[Reply, Ending | None]:
        """Records a request, and answers it as the script says, or else as the server would."""
        place = len(self.requests)
        self.requests.append(request)
        behaviour = self._next_behaviour(request)
        self._pause(behaviour.pause_before)
        reply, verdict = behaviour.instead, ""
        if reply is None:
            reply, verdict = self.judge(request, behaviour)
        for wrap in behaviour.wraps:
            reply = wrap(reply)
        answered = ", ".join(filter(None, (verdict, behaviour.name)))
        self.requests[place] = replace(request, answered=answered)
        self.changed.notify_all()
        self._pause(behaviour.pause_after)
        return reply, behaviour.ending

    def _next_behaviour(self, request: Request) -> Behaviour:
        if not self.is_scripted(request.path):
            return AS_ASKED
        for text, behaviour in self.poison.items():
            if request.holds(text):
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


def _content_type(headers: Mapping[str, str]) -> str:
    message = Message()
    message["Content-Type"] = headers.get("content-type", "")
    return message.get_content_type()


SECRET = {"method", "api_key", "api_sig", "sk", "token", "key", "format"}
"""Parameters that a line does not show."""


def line(request: Request) -> str:
    """Returns the request as one line for people, without secrets."""
    titles = re.findall(r'"(?:track_name|title)": ?"([^"]*)"', request.body)
    shown = [f"{n}={v!r}" for n, v in request.params.items() if n not in SECRET]
    what = request.method or request.path
    told = f"{time.strftime('%H:%M:%S')} {request.http_method} {what!r} -> {request.answered}"
    return f"{told}  {' '.join([*shown, *map(repr, titles)])}".rstrip()


def serve(server: StandInServer, about: Callable[[], Mapping[str, str]]) -> None:
    """Serves in the foreground until Ctrl-C, with what is said about it, and a line a request."""
    # Blocked in every thread and waited for in one: no interrupt can hit someone holding a lock.
    enough = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, enough)
    with server:
        for name, value in about().items():
            print(f"{name} = {value}", flush=True)
        threading.Thread(target=_print_requests, args=(server,), daemon=True).start()
        signal.sigwait(enough)


def _print_requests(server: StandInServer) -> None:
    for printed in itertools.count():
        server.wait_for(lambda seen, n=printed: len(seen.requests) > n, timeout=None)
        print(line(server.requests[printed]), flush=True)
