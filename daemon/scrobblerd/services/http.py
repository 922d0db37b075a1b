"""Sends HTTP requests: the only module that knows httpx.

One pool of connections for all that is asked of one server. Nothing raises for what a server, a
network or the environment can do. Forms, keys and URLs never reach a log line or an exception text.

httpx reads no variable of the environment and no ~/.netrc here: which proxy is used is decided by
`proxy_for`, and what can't be used is an answer.
"""

import asyncio
import contextlib
import importlib
import ssl
import time
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote_plus, urljoin

import httpx

from .. import __version__
from ..core.values import as_int, number
from .proxy import SYSTEM, proxy_for

HOMEPAGE = "https://github.com/scrobblerd/scrobblerd"
USER_AGENT = f"scrobblerd/{__version__} ( {HOMEPAGE} )"

MAX_BODY_BYTES = 4 * 2**20
"""A page of 1,000 loved tracks is about 1 MB. What is read stays in memory for a while."""

MAX_ERROR_BODY_BYTES = 64 * 2**10
"""An error is a line; pages of front ends are a few KB. The rest is not read."""

MAX_RETRY_AFTER_SECONDS = 86400.0
"""Seconds for which a server may ask to be left alone."""

_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
    "Accept-Encoding": "gzip",  # what `BoundedBody` unpacks
}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}

_UNSENT = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError),
    *(httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError, OverflowError),
)
"""What is raised before anything of ours is sent."""
_HANDSHAKE = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER")
"""What OpenSSL finds wrong before anything of ours is sent."""


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
        self._clients: dict[str, httpx.AsyncClient] = {}  # by the address of the proxy, "" = none
        self._opening = asyncio.Lock()
        self._others = asyncio.Lock()  # of requests that do not go first one has a place

    def sharing(self, pace: Callable[[float], float]) -> "HttpClient":
        """Returns a client with a pace of its own that shares the connections of this one: each
        pool costs a TLS context of 0.8 MB."""
        other = HttpClient(pace, self._timeouts, self._proxy)
        other._clients, other._opening = self._clients, self._opening
        return other

    async def close(self) -> None:
        """Closes the connections."""
        for client in self._clients.values():
            await client.aclose()

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
        self, url: str, document: bytes, authorization: str, most: int = MAX_BODY_BYTES
    ) -> HttpAnswer:
        """Sends JSON by POST; `authorization` is the header of that name."""
        headers = {**_JSON, "Authorization": authorization}
        return await self._send("POST", url, most, content=document, headers=headers)

    async def get(
        self, url: str, authorization: str = "", most: int = MAX_BODY_BYTES
    ) -> HttpAnswer:
        """Reads an address; `authorization` is the header of that name, "" = none."""
        headers = {"Authorization": authorization} if authorization else {}
        return await self._send("GET", url, most, content=b"", headers=headers)

    async def _send(
        self, method: str, url: str, most: int, *, content: bytes, headers: Mapping[str, str]
    ) -> HttpAnswer:
        try:
            client = await self._open(url)
        except Exception as error:  # noqa: BLE001 # OpenSSL and httpx read files and settings
            words = f"nothing was sent, because {_words_of(error)}"
            return HttpAnswer(Transport.UNSENT, error=words, url=url)
        try:
            async with asyncio.timeout(self._timeouts.whole):
                async with client.stream(
                    method, url, content=content or None, headers=headers
                ) as response:
                    body = await _body(response, most)
        except _UNSENT as error:
            return HttpAnswer(Transport.UNSENT, error=_words_of(error), url=url)
        except ssl.SSLError as error:  # which httpcore lets through before 0.17
            unsent = error.reason in _HANDSHAKE
            transport = Transport.UNSENT if unsent else Transport.UNKNOWN
            return HttpAnswer(transport, error=_words_of(error), url=url)
        except Exception as error:  # noqa: BLE001 # a library's fault must not end the daemon
            return HttpAnswer(Transport.UNKNOWN, error=_words_of(error), url=url)
        return _answer(url, response, body)

    async def _open(self, url: str) -> httpx.AsyncClient:
        proxy = proxy_for(url, self._proxy())
        async with self._opening:
            if proxy not in self._clients:  # the CA store takes longer than the loop may be held
                client = await asyncio.to_thread(_client, self._timeouts, proxy)
                self._clients[proxy] = client
            return self._clients[proxy]


def _answer(url: str, response: httpx.Response, body: bytes) -> HttpAnswer:
    headers = response.headers
    left = as_int(headers.get("X-RateLimit-Remaining"), -1)
    reset_in = number(headers.get("X-RateLimit-Reset-In")) or 0.0
    return HttpAnswer(
        Transport.ANSWERED,
        status=response.status_code,
        body=body,
        retry_after=retry_after_seconds(str(headers.get("Retry-After", "")), time.time()),
        url=url,
        location=_location(url, response),
        content_type=str(headers.get("Content-Type", "")),
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
            seconds = parsedate_to_datetime(header).timestamp() - now
        except (ValueError, OverflowError):
            return 0.0
    return max(0.0, min(seconds, MAX_RETRY_AFTER_SECONDS))


def _client(timeouts: Timeouts, proxy: str) -> httpx.AsyncClient:
    with contextlib.suppress(ImportError):  # else httpx does it at the first request, on the loop
        importlib.import_module("anyio._backends._asyncio")
    # ssl.create_default_context would write all keys of a session to the file in SSLKEYLOGFILE.
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.load_default_certs()  # the system's CA store
    transport = httpx.AsyncHTTPTransport(
        verify=tls, trust_env=False, proxy=httpx.Proxy(proxy) if proxy else None
    )
    return httpx.AsyncClient(
        headers=_HEADERS,
        timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect),
        transport=transport,
        trust_env=False,  # httpx 0.23 sends the logins of ~/.netrc to any server
        follow_redirects=False,
    )


def _location(url: str, response: httpx.Response) -> str:
    """Returns where a redirect leads to, "" = this is none, or to nowhere."""
    try:
        return urljoin(url, response.headers.get("Location", "")) if response.is_redirect else ""
    except ValueError:
        return ""


def _encoded(form: Mapping[str, str]) -> bytes:
    """A form as the wire has it; httpx takes ten times as long over names such as artist[0]."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in form.items()).encode()


_quoted = lru_cache(1024)(quote_plus)


async def _body(response: httpx.Response, most: int) -> bytes:
    """Reads the body, as far as `most` bytes, or MAX_ERROR_BODY_BYTES of an error.

    We unpack it ourselves: httpx unpacks all that is in it at once, and as many times as the server
    says that it was packed."""
    most = most if response.status_code < 400 else min(most, MAX_ERROR_BODY_BYTES)
    bounded = BoundedBody(str(response.headers.get("Content-Encoding", "")), most)
    async for chunk in response.aiter_raw():
        try:
            bounded.add(chunk)
        except ValueError as error:
            raise httpx.DecodingError(str(error)) from error
        if bounded.full:
            break
    return bytes(bounded.body)


def _words_of(error: Exception) -> str:
    """The transport's words; httpx never puts the form in them, and the URL holds no secret."""
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__


class BoundedBody:
    """A body that comes piece by piece, unpacked as far as `most` bytes and never further."""

    def __init__(self, encoding: str, most: int) -> None:
        packed = encoding.lower() in ("gzip", "x-gzip", "deflate")
        self.body = bytearray()
        self._most = most
        self._after = 0  # bytes that came after the end of what was packed
        self._unpacker = zlib.decompressobj(wbits=47) if packed else None  # 47: by its own head

    @property
    def full(self) -> bool:
        """Whether there is more than anybody reads."""
        return max(len(self.body), self._after) > self._most

    def add(self, piece: bytes) -> None:
        """The next piece. Raises ValueError where it can't be unpacked."""
        if self._unpacker is None:
            self.body += piece
            return
        if self._unpacker.eof:  # which would keep it all
            self._after += len(piece)
            return
        try:
            self.body += self._unpacker.decompress(piece, self._most + 1 - len(self.body))
        except zlib.error as error:
            raise ValueError(f"the answer can't be unpacked: {error}") from error
