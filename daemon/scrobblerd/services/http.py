"""Sends HTTP requests, by `transport`.

One pool of connections for all that is asked of one server. Nothing raises for what a server, a
network or the environment can do. Forms, keys and URLs never reach a log line or an exception text.

Which proxy is used is decided by `proxy_for`; what can't be used is an answer.
"""

import asyncio
import contextlib
import importlib
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote_plus, urljoin, urlsplit

from .. import __version__
from ..core.values import as_int, number
from .proxy import SYSTEM, proxy_for

if TYPE_CHECKING:
    from .transport import HttpTransport

HOMEPAGE = "https://github.com/scrobblerd/scrobblerd"
USER_AGENT = f"scrobblerd/{__version__} ( {HOMEPAGE} )"

MAX_BODY_BYTES = 4 * 2**20
"""A page of 1,000 loved tracks is about 1 MB. What is read stays in memory for a while."""

MAX_RETRY_AFTER_SECONDS = 86400.0
"""Seconds for which a server may ask to be left alone."""

_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
    "Accept-Encoding": "gzip",  # what `transport.BoundedBody` unpacks
}
_FORM = {**_HEADERS, "Content-Type": "application/x-www-form-urlencoded"}
_JSON = {**_HEADERS, "Content-Type": "application/json"}

_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds."""

    connect: float = 10.0
    read: float = 30.0
    whole: float = 60.0
    """For a whole request: a body that drips in byte by byte never trips the read time-out."""


class Transport(StrEnum):
    """How far a request came."""

    ANSWERED = "answered"
    UNSENT = "unsent"  # certainly not stored: DNS, connect, TLS
    UNKNOWN = "unknown"  # a time-out or a reset after bytes were sent: maybe stored


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back: HTTP status and body, Retry-After in seconds (0 = none). `error` says for
    people what went wrong if nothing came back; `url` is what was asked, and `location` where a
    redirect leads to. `requests_left`: how many the server takes in this window (None = it does not
    say), `reset_in`: seconds until the next window."""

    transport: Transport
    status: int = 0
    body: bytes = field(default=b"", repr=False)
    retry_after: float = 0.0
    error: str = ""
    url: str = field(default="", repr=False)
    location: str = field(default="", repr=False)
    content_type: str = ""
    requests_left: int | None = None
    reset_in: float = 0.0


@dataclass(slots=True)
class ServerDate:
    """The header Date of the last answer of any server, and when that came, in UNIX seconds."""

    header: str = ""
    received: float = 0.0

    def clock_ahead(self) -> float:
        """Returns the seconds by which the clock here was ahead of the server's; 0 = it was not, or
        that is not known."""
        with contextlib.suppress(ValueError, OverflowError):
            return self.received - _unix_time(self.header)
        return 0.0


class Pace:
    """Gives each request its place. `limit` returns how many a second may hold, 0 = any number."""

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._recent: deque[float] = deque()

    def wait(self, mono: float) -> float:
        """Takes the next place: returns seconds to wait before it comes. `mono` is
        CLOCK_MONOTONIC."""
        limit = self._limit()
        if not limit:
            return 0.0
        at = mono
        while len(self._recent) > limit:  # it was higher
            self._recent.popleft()
        if len(self._recent) == limit:
            at = max(mono, self._recent.popleft() + 1.0)
        self._recent.append(at)
        return at - mono


class HttpClient:
    """Sends requests to one server. `pace` gives the seconds to wait before the next may start,
    from CLOCK_MONOTONIC; `proxy` is what `[network] proxy` says."""

    def __init__(
        self,
        pace: Callable[[float], float] = lambda mono: 0.0,
        timeouts: Timeouts | None = None,
        proxy: Callable[[], str] = lambda: SYSTEM,
    ) -> None:
        self._pace = pace
        self._timeouts = timeouts or Timeouts()
        self._proxy = proxy
        self._transports: dict[str, HttpTransport] = {}  # by the proxy's address, "" = none
        self._proxies: dict[tuple[str, str, str], str] = {}  # by server, and what the user set
        self.server_date = ServerDate()
        self._opening = asyncio.Lock()
        self._others = asyncio.Lock()  # of requests that do not go first one has a place

    def sharing(self, pace: Callable[[float], float]) -> "HttpClient":
        """Returns a client with a pace of its own that shares the connections of this one: each
        pool costs a TLS context of 0.8 MB."""
        other = HttpClient(pace, self._timeouts, self._proxy)
        other._transports, other._opening = self._transports, self._opening
        other.server_date = self.server_date
        return other

    async def close(self) -> None:
        """Closes the connections."""
        for transport in self._transports.values():
            await transport.close()

    async def wait_for_turn(self, *, goes_first: bool = False) -> None:
        """Waits until the pace lets a request start. One that goes first waits for one other at
        most, however many there are."""
        async with contextlib.nullcontext() if goes_first else self._others:
            await asyncio.sleep(self._pace(time.monotonic()))

    async def post_form(
        self, url: str, form: Mapping[str, str], most: int = MAX_BODY_BYTES
    ) -> HttpAnswer:
        """Sends a form by POST. Of a good answer `most` bytes are read, and a bit of any other."""
        return await self._send("POST", url, most, content=_encoded(form), headers=_FORM)

    async def post_json(
        self, url: str, document: bytes, authorization: str = "", most: int = MAX_BODY_BYTES
    ) -> HttpAnswer:
        """Sends JSON by POST; `authorization` is the header of that name, "" = none."""
        headers = {**_JSON, **_authorized(authorization)}
        return await self._send("POST", url, most, content=document, headers=headers)

    async def get(
        self, url: str, authorization: str = "", most: int = MAX_BODY_BYTES
    ) -> HttpAnswer:
        """Reads an address; `authorization` is the header of that name, "" = none."""
        headers = {**_HEADERS, **_authorized(authorization)}
        return await self._send("GET", url, most, content=b"", headers=headers)

    async def delete(
        self, url: str, authorization: str = "", most: int = MAX_BODY_BYTES
    ) -> HttpAnswer:
        """Deletes what an address names; `authorization` is the header of that name, "" = none."""
        headers = {**_HEADERS, **_authorized(authorization)}
        return await self._send("DELETE", url, most, content=b"", headers=headers)

    async def _send(
        self, method: str, url: str, most: int, *, content: bytes, headers: Mapping[str, str]
    ) -> HttpAnswer:
        try:
            transport = await self._open(url)
        except Exception as error:  # noqa: BLE001 # OpenSSL and httpx read files and settings
            words = f"nothing was sent, because {error or type(error).__name__}"
            return HttpAnswer(Transport.UNSENT, error=words, url=url)
        try:
            async with asyncio.timeout(self._timeouts.whole):
                status, fields, body = await transport.send(
                    method, url, headers, content=content, most=most
                )
        except Exception as error:  # noqa: BLE001 # a library's fault must not end the daemon
            unsent, words = transport.failure(error)
            outcome = Transport.UNSENT if unsent else Transport.UNKNOWN
            return HttpAnswer(outcome, error=words, url=url)
        if "age" not in fields:  # else a cache answers, with a Date of long ago
            self.server_date.header, self.server_date.received = fields.get("date", ""), time.time()
        return _answer(url, status, fields, body)

    async def _open(self, url: str) -> "HttpTransport":
        proxy = self._proxy_of(url)
        async with self._opening:
            if proxy not in self._transports:  # longer than the loop may be held
                self._transports[proxy] = await asyncio.to_thread(_open, self._timeouts, proxy)
            return self._transports[proxy]

    def _proxy_of(self, url: str) -> str:
        """The environment has dozens of variables, and none changes."""
        server = (*urlsplit(url)[:2], self._proxy())
        if server not in self._proxies:
            self._proxies[server] = proxy_for(url, self._proxy())
        return self._proxies[server]


def _open(timeouts: Timeouts, proxy: str) -> "HttpTransport":
    # If click is there, httpx imports its command line with rich and pygments: 6 MB.
    sys.modules.setdefault("click", cast("Any", None))
    try:
        module = importlib.import_module(".transport", __package__)
    finally:
        if sys.modules["click"] is cast("Any", None):
            del sys.modules["click"]
    return module.HttpTransport(timeouts.connect, timeouts.read, proxy)


def _authorized(authorization: str) -> Mapping[str, str]:
    return {"Authorization": authorization} if authorization else {}


def _answer(url: str, status: int, fields: Mapping[str, str], body: bytes) -> HttpAnswer:
    left = as_int(fields.get("x-ratelimit-remaining"), -1)
    reset_in = number(fields.get("x-ratelimit-reset-in")) or 0.0
    return HttpAnswer(
        Transport.ANSWERED,
        status=status,
        body=body,
        retry_after=retry_after_seconds(fields.get("retry-after", ""), time.time()),
        url=url,
        location=_location(url, status, fields.get("location", "")),
        content_type=fields.get("content-type", ""),
        requests_left=left if left >= 0 else None,
        reset_in=max(0.0, min(reset_in, MAX_RETRY_AFTER_SECONDS)),
    )


def retry_after_seconds(header: str, now: float) -> float:
    """Returns the seconds that a Retry-After asks for, which gives them as such or as a date
    (RFC 9110 §10.2.3); 0 = none. `now` is UNIX seconds."""
    if header.isascii() and header.isdigit():
        seconds = float(header)
    else:
        try:
            seconds = _unix_time(header) - now
        except (ValueError, OverflowError):
            return 0.0
    return max(0.0, min(seconds, MAX_RETRY_AFTER_SECONDS))


def _unix_time(date: str) -> float:
    """Returns a date of HTTP in UNIX seconds. Raises ValueError, OverflowError."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 # few ever need it

    return parsedate_to_datetime(date).timestamp()


def _location(url: str, status: int, location: str) -> str:
    """Returns where a redirect leads to, "" = this is none, or to nowhere."""
    try:
        return urljoin(url, location) if location and status in _REDIRECTS else ""
    except ValueError:
        return ""


def _encoded(form: Mapping[str, str]) -> bytes:
    """A form as the wire has it."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in form.items()).encode()


_quoted = lru_cache(1024)(quote_plus)
