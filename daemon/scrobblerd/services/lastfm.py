"""Edge out: Last.fm over HTTP. Owns httpx; what to send and what answers mean is audioscrobbler's.

One client, one awaiting method (`call`), which raises for nothing that a server or a network can
do. Parameters, keys and URLs never reach a log line or an exception text.
"""

import asyncio
import contextlib
import importlib
import logging
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote_plus, urlencode

import httpx

from .. import __version__
from ..core.errors import (
    AuthPending,
    LogIn,
    NotConfigured,
    ServiceFailed,
    Unreachable,
)
from ..core.model import Scrobble, Session
from ..core.submission import QueueRow
from ..core.text import discreet
from ..core.values import as_dict
from .audioscrobbler import (
    Kind,
    Raw,
    Transport,
    build,
    classify,
    now_playing_params,
    scrobble_params,
    verdicts,
    wait_asked,
)
from .base import KEY_CODES, Remedy, Reply
from .payload import BoundedBody, text_of

log = logging.getLogger(__name__)

HOMEPAGE = "https://github.com/scrobblerd/scrobblerd"
USER_AGENT = f"scrobblerd/{__version__} ( {HOMEPAGE} )"

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
WHOLE_TIMEOUT = 60.0
"""Seconds for a whole request: a body that drips in byte by byte never trips the read time-out."""

LARGEST_BODY = 16 * 2**20
"""Bytes; a page of 1,000 loved tracks is about 1 MB."""

BATCH = 50
"""Scrobbles a request, by last.fm/api/show/track.scrobble."""

_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
    "Accept-Encoding": "gzip",  # what `BoundedBody` unpacks
}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_HANDSHAKE = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER")
"""What OpenSSL finds wrong before anything of ours is sent."""
_UNSENT_TOO = (httpx.UnsupportedProtocol, httpx.InvalidURL)


class LastFm:
    """The service. `pace` gives the seconds to wait before a request may start; `key_from` = what
    the key is handed over in, where only a restart can change it."""

    name = "lastfm"
    batch = BATCH

    def __init__(
        self,
        api_key: str,
        secret: str,
        api_url: str,
        auth_url: str,
        key_from: str = "",
        pace: Callable[[float], float] = lambda mono: 0.0,
    ) -> None:
        self.use(api_key, secret, api_url, auth_url, key_from)
        self._pace = pace
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()

    def use(self, api_key: str, secret: str, api_url: str, auth_url: str, key_from: str) -> None:
        """Another key, or another place, from the next request on."""
        self._key, self._secret, self.key_from = api_key, secret, key_from
        self._api_url, self._auth_url = api_url, auth_url

    @property
    def configured(self) -> bool:
        """Whether there is an API key and its secret."""
        return bool(self._key and self._secret)

    def check_configured(self) -> None:
        """Raises NotConfigured where there is no API key."""
        if not self.configured:
            raise NotConfigured(
                "there is no Last.fm API key: get one at https://www.last.fm/api/account/create"
                " and put api_key and api_secret into lastfm.toml beside config.toml"
            )

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    # -- the Service ------------------------------------------------------------------------

    async def now_playing(self, session: Session, scrobble: Scrobble) -> Reply:
        """`track.updateNowPlaying`."""
        params = now_playing_params(scrobble)
        return await self.call(
            "track.updateNowPlaying", params, Kind.WRITE, "nowplaying", session.key
        )

    async def submit(self, session: Session, rows: Sequence[QueueRow]) -> Reply:
        """`track.scrobble`, at most BATCH rows. An answer that does not fit them is no answer."""
        params = scrobble_params([row.scrobble for row in rows])
        reply = await self.call("track.scrobble", params, Kind.WRITE, "scrobbles", session.key)
        if not reply.ok:
            return reply
        found = verdicts(reply.body, rows)
        if found is None:
            words = "Last.fm's answer does not fit what was sent"
            return Reply(Remedy.RETRY, status=reply.status, message=words)
        sent = {"sk": session.key}
        found = tuple(replace(one, message=self._discreet(one.message, sent)) for one in found)
        if any(verdict.code == 5 for verdict in found):
            words = "Last.fm's daily limit of scrobbles"
            return Reply(Remedy.HOLD, 5, reply.status, words, verdicts=found)
        return Reply(Remedy.DONE, status=reply.status, verdicts=found)

    async def healthy(self, session: Session) -> bool:
        """Whether `user.getInfo` tells of the session's own user."""
        reply = await self.call("user.getInfo", {}, Kind.READ, "user", session.key)
        return reply.ok

    async def love(self, session: Session, artist: str, title: str, loved: bool) -> Reply:
        """`track.love` or `track.unlove`."""
        method = "track.love" if loved else "track.unlove"
        params = {"artist": artist, "track": title}
        return await self.call(method, params, Kind.WRITE, "", session.key)

    # -- login ------------------------------------------------------------------------------

    async def token(self) -> str:
        """A fresh token (`auth.getToken`), good for 60 minutes. Raises as `_raise_for` says."""
        self.check_configured()
        reply = await self.call("auth.getToken", {}, Kind.AUTH, "token")
        self._raise_for(reply)
        token = _word(reply.body.get("token"))
        if not token:
            raise ServiceFailed("Last.fm's answer has no token in it; try again")
        return token

    def approval_url(self, token: str) -> str:
        """Where the user approves the token in a browser."""
        return f"{self._auth_url}?{urlencode({'api_key': self._key, 'token': token})}"

    async def session(self, token: str) -> Session:
        """The session of an approved token (`auth.getSession`). Raises as `_raise_for` says."""
        self.check_configured()
        reply = await self.call("auth.getSession", {"token": token}, Kind.AUTH, "session")
        self._raise_for(reply)
        found = as_dict(reply.body.get("session"))
        session = Session(_word(found.get("name")), _word(found.get("key")))
        if not (session.username and session.key):
            raise ServiceFailed("Last.fm's answer has no session in it; try again")
        return session

    def _raise_for(self, reply: Reply) -> None:
        """AuthPending, LogIn, NotConfigured, ServiceFailed or Unreachable, where it failed."""
        if reply.ok:
            return
        if reply.remedy is Remedy.POLL:
            raise AuthPending(
                "not approved yet: open the URL that GetAuthUrl gave, allow access there, and"
                " call CompleteAuth again"
            )
        if reply.remedy is Remedy.RESTART:
            raise LogIn(f"{reply.message}: the login has to begin again, call GetAuthUrl")
        if reply.code in KEY_CODES:
            raise NotConfigured(f"{reply.message}: check api_key and api_secret")
        if reply.remedy in (Remedy.RETRY, Remedy.BLOCKED) and not reply.code:
            raise Unreachable(f"{reply.message}; try again later")
        raise ServiceFailed(f"{reply.message}; try again later")

    # -- the wire ---------------------------------------------------------------------------

    async def call(
        self,
        method: str,
        params: Mapping[str, object],
        kind: Kind,
        expected: str,
        session_key: str = "",
    ) -> Reply:
        """One request, signed. `expected` is the key of a good answer's body ("" = any)."""
        await asyncio.sleep(self._pace(time.monotonic()))
        form = build(method, params, self._key, self._secret, session_key)
        raw = await self._send(form)
        reply = classify(kind, raw, expected)
        reply = replace(reply, message=self._discreet(reply.message, form))
        quiet = reply.ok or reply.remedy is Remedy.POLL  # asked every 5 s while a login waits
        level = logging.DEBUG if quiet else logging.INFO
        words = reply.message or "ok"
        log.log(level, "%s: HTTP %s, %s", method, raw.status or "-", words)
        return reply

    def _discreet(self, words: str, form: Mapping[str, str]) -> str:
        """The server's words without our secrets, should it repeat one."""
        secrets = self._secret, *(form.get(name, "") for name in ("sk", "token", "api_sig"))
        return discreet(words, filter(None, secrets))

    async def _open(self) -> httpx.AsyncClient:
        async with self._opening:
            if self._client is None:  # reading the CA store takes longer than the loop may be held
                self._client = await asyncio.to_thread(_client)
            return self._client

    async def _send(self, form: dict[str, str]) -> Raw:
        client = await self._open()
        try:
            async with asyncio.timeout(WHOLE_TIMEOUT):
                async with client.stream(
                    "POST", self._api_url, content=_encoded(form), headers=_FORM
                ) as response:
                    body = await _body(response)
        except (*_UNSENT, *_UNSENT_TOO, UnicodeError, OverflowError) as error:
            return Raw(Transport.UNSENT, said=_said(error))
        except ssl.SSLError as error:  # which httpcore lets through before 0.17
            unsent = error.reason in _HANDSHAKE
            return Raw(Transport.UNSENT if unsent else Transport.UNKNOWN, said=_said(error))
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            return Raw(Transport.UNKNOWN, said=_said(error))
        wait = wait_asked(str(response.headers.get("Retry-After", "")), time.time())
        return Raw(Transport.ANSWERED, response.status_code, body, wait)


def _client() -> httpx.AsyncClient:
    with contextlib.suppress(ImportError):  # else httpx does it at the first request, on the loop
        importlib.import_module("anyio._backends._asyncio")
    timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
    return httpx.AsyncClient(
        headers=_HEADERS,
        timeout=timeout,
        verify=ssl.create_default_context(),  # the system's CA store
        follow_redirects=False,
    )


def _encoded(form: Mapping[str, str]) -> bytes:
    """A form as the wire has it; httpx takes ten times as long over names such as artist[0]."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in form.items()).encode()


_quoted = lru_cache(1024)(quote_plus)


async def _body(response: httpx.Response) -> bytes:
    """The body, as far as LARGEST_BODY. Unpacked by ourselves: httpx unpacks all that is in it at
    once, and as many times as the server says that it was packed."""
    gathered = BoundedBody(str(response.headers.get("Content-Encoding", "")), LARGEST_BODY)
    async for chunk in response.aiter_raw():
        try:
            gathered.add(chunk)
        except ValueError as error:
            raise httpx.DecodingError(str(error)) from error
        if gathered.full:
            break
    return bytes(gathered.body)


def _said(error: Exception) -> str:
    """The transport's words; httpx never puts the form in them, and the URL holds no secret."""
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__


def _word(value: object) -> str:
    """A word of the server's that is stored, shown and sent as it is; "" where it can't be."""
    word = text_of(value)
    return word if word.isprintable() and len(word) <= 255 else ""
