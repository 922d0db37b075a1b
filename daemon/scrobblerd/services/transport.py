"""Carries requests over httpx's transport: its connections, time-outs, TLS and proxies. The only
module that imports httpx.

httpx's client is left out: of its cookies, redirects, logins and hooks nothing is of use here, and
they cost half as much again. `http` imports this module at the first request, in a thread: it takes
8 MB and 0.2 s.

httpx reads no variable of the environment and no ~/.netrc here.
"""

import base64
import contextlib
import importlib
import ssl
import zlib
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import httpx

MAX_ERROR_BODY_BYTES = 64 * 2**10
"""An error is a line; pages of front ends are a few KB. The rest is not read."""

MAX_URLS_REMEMBERED = 16
"""An account asks few addresses, and httpx takes long to parse one."""

UNSENT = (
    *(httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError),
    *(httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError, OverflowError),
)
"""What is raised before anything of ours is sent."""

HANDSHAKE = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER")
"""What OpenSSL finds wrong before anything of ours is sent."""


class HttpTransport:
    """Connections to servers, by way of a proxy ("" = none). `connect`, `read`: seconds that a
    connection, and each piece of an answer, may take."""

    def __init__(self, connect: float, read: float, proxy: str) -> None:
        with contextlib.suppress(ImportError):  # else httpx does it at the first request
            importlib.import_module("anyio._backends._asyncio")
        # ssl.create_default_context would write all keys of a session to the file in SSLKEYLOGFILE.
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.load_default_certs()  # the system's CA store
        self._timeout = httpx.Timeout(read, connect=connect).as_dict()
        self._transport = httpx.AsyncHTTPTransport(
            verify=tls, trust_env=False, proxy=httpx.Proxy(proxy) if proxy else None
        )

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], *, content: bytes, most: int
    ) -> tuple[int, dict[str, str], bytes]:
        """Sends one request. Returns the status, the headers by their names in lower case, and
        `most` bytes of the body, of an error MAX_ERROR_BODY_BYTES.

        Raises what `failure` understands.
        """
        target, login = _target(url)
        request = httpx.Request(
            method,
            target,
            headers={**headers, **login},
            content=content or None,
            extensions={"timeout": self._timeout},
        )
        response = await self._transport.handle_async_request(request)
        try:
            fields = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers.raw
            }
            return response.status_code, fields, await _body(response, fields, most)
        finally:
            await response.aclose()

    def failure(self, error: Exception) -> tuple[bool, str]:
        """Returns whether an error of `send` came before anything was sent, and its words. httpx
        never puts what is sent in them."""
        if isinstance(error, ssl.SSLError):  # which httpcore lets through before 0.17
            return error.reason in HANDSHAKE, str(error)
        if isinstance(error, httpx.TimeoutException | TimeoutError):
            return isinstance(error, UNSENT), "no answer in time"
        return isinstance(error, UNSENT), str(error) or type(error).__name__

    async def close(self) -> None:
        """Closes the connections."""
        await self._transport.aclose()


@lru_cache(MAX_URLS_REMEMBERED)
def _target(url: str) -> tuple[httpx.URL, Mapping[str, str]]:
    """Returns an address, and the header with the login that stands in it: for a server behind one
    that asks for a password."""
    parts = urlsplit(url)
    if not parts.username:
        return httpx.URL(url), {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return httpx.URL(url), {"Authorization": f"Basic {base64.b64encode(login).decode()}"}


async def _body(response: httpx.Response, headers: Mapping[str, str], most: int) -> bytes:
    """Reads the body. We unpack it ourselves: httpx unpacks all that is in it at once, and as many
    times as the server says that it was packed."""
    most = most if response.status_code < 400 else min(most, MAX_ERROR_BODY_BYTES)
    bounded = BoundedBody(headers.get("content-encoding", ""), most)
    async for chunk in response.aiter_raw():
        bounded.add(chunk)
        if bounded.full:
            break
    return bytes(bounded.body)


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
