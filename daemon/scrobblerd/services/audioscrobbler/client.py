"""Asks a service that speaks the protocol: sends signed requests, logs in, scrobbles, loves."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from ...core import FROM_PACKAGE, LASTFM
from ...core.errors import AuthPending, LogIn, NotConfigured, ServiceFailed, Unreachable
from ...core.model import ApiAccess, Loved, Scrobble, Session
from ...core.submission import LoveRequest, QueueRow
from ...core.text import discreet
from ...core.values import as_dict, as_list
from ..base import (
    KEY_FAULTS,
    Fault,
    Listen,
    ListensPage,
    LoginFlow,
    LoginKind,
    LovedPage,
    Remedy,
    Reply,
    not_deleted,
)
from ..http import MAX_BODY_BYTES, HttpClient
from ..paging import Walk, listens_of
from .answers import classify, loved_page, loved_track, submitted, text_of
from .listens import entries_in, has_more, listen_of
from .protocol import Profile, RequestKind
from .signing import now_playing_params, scrobble_params, signed_form, without_short_duration

log = logging.getLogger(__name__)

MAX_WORD_CHARACTERS = 255
"""Longer names, tokens and session keys are taken for none."""

MAX_ANSWER_BYTES = 2**20
"""The answer to 50 scrobbles is 30 KB; only lists of tracks are longer than this."""

TRACKS_BEFORE_PAUSE = 200
"""Tracks of a page that are read before others may work."""

MAX_PAGE_LISTENS = 200
"""What user.getRecentTracks gives at once (last.fm/api/show/user.getRecentTracks)."""

NOTHING_THERE = 7
"""The error by which GNU FM says that there is no such play; at Last.fm it is a failure."""

SCROBBLE = "track.scrobble"
"""The method whose requests go before all others."""


class ApiClient:
    """The API of one server. `access` returns the key and the address that are in force; `label`
    is what people call the service."""

    def __init__(
        self, access: Callable[[], ApiAccess], http: HttpClient, label: str, key_page: str = ""
    ) -> None:
        """`key_page`: where to get an API key."""
        self._access = access
        self._http = http
        self._label = label
        self._key_page = key_page

    @property
    def access(self) -> ApiAccess:
        """The API key, and where requests go."""
        return self._access()

    async def call(
        self,
        method: str,
        params: Mapping[str, object],
        *,
        kind: RequestKind,
        expected: str = "",
        session_key: str = "",
        most: int = MAX_ANSWER_BYTES,
        read: Callable[[Reply], Reply] = lambda reply: reply,
    ) -> Reply:
        """Sends one request. `expected` is the key of a good answer's body ("" = any), of which
        `most` bytes are read; `read` makes the reply of a good answer. What the server repeats of
        our secrets is hidden."""
        await self._http.wait_for_turn(goes_first=method == SCROBBLE)
        access = self.access
        form = signed_form(method, params, access, session_key)
        answer = await self._http.post_form(access.api_url, form, most)
        reply = classify(kind, answer, expected, self._label, url_option=access.url_option)
        if reply.fault in KEY_FAULTS and access.key_from == FROM_PACKAGE:
            reply = replace(reply, message=f"{reply.message}; {self._key_of_ones_own()}")
        secrets = {access.secret, *(form.get(name, "") for name in ("sk", "token", "api_sig"))}
        reply = _discreet(read(reply) if reply.ok else reply, secrets - {""})
        quiet = reply.ok or reply.remedy is Remedy.POLL  # asked every 5 s while a login waits
        level = logging.DEBUG if quiet else logging.INFO
        log.log(level, "%s: HTTP %s, %s", method, answer.status or "-", reply.message or "ok")
        return reply

    def _key_of_ones_own(self) -> str:
        return (
            "the API key is that of the package: scrobblerctl login --new-key asks for one of your"
            f" own, which you get at {self._key_page}"
        )


def _discreet(reply: Reply, secrets: Collection[str]) -> Reply:
    """Hides secrets in all words of the server's."""
    if not reply.message and not any(outcome.message for outcome in reply.outcomes):
        return reply
    outcomes = (
        replace(outcome, message=discreet(outcome.message, secrets)) for outcome in reply.outcomes
    )
    return replace(reply, message=discreet(reply.message, secrets), outcomes=tuple(outcomes))


class TokenLogin:
    """The `LoginFlow` of the protocol: a token that the user approves in a browser, and then a
    session (last.fm/api/desktopauth)."""

    kind = LoginKind.BROWSER
    token_lifetime = 3600.0  # last.fm/api/desktopauth

    def __init__(self, api: ApiClient, profile: Profile) -> None:
        self._api = api
        self._profile = profile

    @property
    def access(self) -> ApiAccess:
        """The API key, and where requests go."""
        return self._api.access

    def check_configured(self) -> None:
        """Raises NotConfigured if there is no API key."""
        if not self.access.configured:
            fault = f" ({self.access.key_fault})" if self.access.key_fault else ""
            raise NotConfigured(
                f"there is no {self._profile.label} API key{fault}: get one at"
                f" {self._profile.pages.api_account}"
                " and put api_key and api_secret into lastfm.toml beside config.toml"
            )

    async def token(self) -> str:
        """Returns a fresh token (`auth.getToken`). Raises as `_raise_for` says."""
        self.check_configured()
        reply = await self._api.call("auth.getToken", {}, kind=RequestKind.AUTH, expected="token")
        _raise_for(reply, self.access)
        token = _word(reply.body.get("token"))
        if not token:
            raise ServiceFailed(f"{self._profile.label}'s answer has no token in it; try again")
        return token

    def approval_url(self, token: str) -> str:
        """Returns the page on which the user approves the token."""
        query = urlencode({"api_key": self.access.key, "token": token})
        return f"{self.access.auth_url}?{query}"

    async def session(self, token: str) -> Session:
        """Returns the session of an approved token (`auth.getSession`).

        Raises as `_raise_for` says.
        """
        self.check_configured()
        reply = await self._api.call(
            "auth.getSession", {"token": token}, kind=RequestKind.AUTH, expected="session"
        )
        _raise_for(reply, self.access)
        answer = as_dict(reply.body.get("session"))
        session = Session(_word(answer.get("name")), _word(answer.get("key")))
        if not (session.username and session.key):
            raise ServiceFailed(f"{self._profile.label}'s answer has no session in it; try again")
        return session


KEY_CHECKS = {
    Fault.KEY: ": check api_key and api_secret",
    Fault.SIGNATURE: ": the API key is right, but not its secret: check api_secret",
}
"""What is to be looked at if the service refuses the user's own API key."""


def _raise_for(reply: Reply, access: ApiAccess) -> None:
    """Raises AuthPending, LogIn, NotConfigured, ServiceFailed or Unreachable if it failed."""
    if reply.ok:
        return
    if reply.remedy is Remedy.POLL:
        raise AuthPending(
            "not approved yet: open the URL of this login, allow access there, and try again"
        )
    if reply.remedy is Remedy.RESTART:
        raise LogIn(f"{reply.message}: the login has to begin again")
    if reply.fault in KEY_FAULTS:
        is_own = access.key_from != FROM_PACKAGE  # else the message says what to do
        check = KEY_CHECKS.get(reply.fault, "") if is_own else ""
        raise NotConfigured(f"{reply.message}{check}")
    if reply.unreachable:
        raise Unreachable(f"{reply.message}; try again later")
    raise ServiceFailed(f"{reply.message}; try again later")


def _word(value: object) -> str:
    """A word of the server's that is stored, shown and sent as it is; "" if it can't be."""
    word = text_of(value)
    return word if word.isprintable() and len(word) <= MAX_WORD_CHARACTERS else ""


class AudioscrobblerService:
    """The `Service` that a profile describes. `access` returns the API key and the addresses that
    are in force."""

    def __init__(self, profile: Profile, access: Callable[[], ApiAccess], http: HttpClient) -> None:
        self.kind, self.label = profile.kind, profile.label
        self.can, self.pages = profile.can, profile.pages
        key_page = profile.pages.api_account
        self.api = ApiClient(lambda: profile.access(access()), http, profile.label, key_page)
        self.login: LoginFlow = TokenLogin(self.api, profile)
        self._profile = profile

    @property
    def address(self) -> str:
        """Where requests go."""
        return self.api.access.api_url

    async def now_playing(self, session: Session, scrobble: Scrobble) -> Reply:
        """Announces what plays now: `track.updateNowPlaying`."""
        return await self.api.call(
            "track.updateNowPlaying",
            now_playing_params(self._as_taken(scrobble)),
            kind=RequestKind.WRITE,
            expected="nowplaying",
            session_key=session.key,
        )

    async def submit(self, session: Session, rows: Sequence[QueueRow]) -> Reply:
        """Sends rows: `track.scrobble`. An answer that does not fit them is no answer."""
        return await self.api.call(
            SCROBBLE,
            scrobble_params([self._as_taken(row.scrobble) for row in rows]),
            kind=RequestKind.WRITE,
            expected="scrobbles",
            session_key=session.key,
            read=lambda reply: submitted(reply, rows, self._profile),
        )

    def _as_taken(self, scrobble: Scrobble) -> Scrobble:
        return without_short_duration(scrobble, self._profile.least_duration)

    async def love(self, session: Session, request: LoveRequest) -> Reply:
        """Loves a track, or takes that back: `track.love`, `track.unlove`."""
        reply = await self.api.call(
            "track.love" if request.loved else "track.unlove",
            {"artist": request.artist, "track": request.title},
            kind=RequestKind.WRITE,
            session_key=session.key,
        )
        if reply.code in self._profile.loves.done:
            return Reply(Remedy.DONE, status=reply.status)
        return reply

    async def loved_page(self, session: Session, page: int) -> LovedPage | Reply:
        """Returns a page of the tracks that the user loves: `user.getLovedTracks`."""
        params = {"user": session.username, "limit": self._profile.loves.page_tracks, "page": page}
        reply = await self._read(session, "user.getLovedTracks", params, expected="lovedtracks")
        if not reply.ok:
            return reply
        loved_tracks = as_dict(reply.body.get("lovedtracks"))
        tracks: list[Loved] = []
        for number, entry in enumerate(as_list(loved_tracks.get("track"))):
            if number % TRACKS_BEFORE_PAUSE == 0:
                await asyncio.sleep(0)
            if track := loved_track(entry):
                tracks.append(track)
        return loved_page(loved_tracks, tracks)

    async def _read(
        self, session: Session, method: str, params: Mapping[str, object], *, expected: str
    ) -> Reply:
        """Reads a list. A private profile is read with its own login."""

        async def read(session_key: str) -> Reply:
            return await self.api.call(
                method,
                params,
                kind=RequestKind.READ,
                expected=expected,
                session_key=session_key,
                most=MAX_BODY_BYTES,
            )

        reply = await read("")
        return await read(session.key) if reply.fault is Fault.PRIVATE else reply

    async def listens(
        self, session: Session, since: int, until: int, cursor: str = ""
    ) -> ListensPage | Reply:
        """Returns a page of listens, from the newest on: `user.getRecentTracks`."""
        walk = Walk(self.label, max(since, 0), until)
        if walk.since > walk.until:
            return ListensPage()
        position = walk.position(cursor)
        page = position.repeats + 1
        reply = await self._recent_tracks(session, walk.since, position.second, page)
        if reply.code == NOTHING_THERE and self.kind != LASTFM:
            return ListensPage()
        if not reply.ok:
            return reply
        entries = entries_in(reply.body)
        if entries is None:
            words = f"{self.label}'s answer has no list of plays in it"
            return Reply(Remedy.RETRY, status=reply.status, message=words, fault=Fault.UNREACHED)
        listens = await listens_of(entries, listen_of)
        more = has_more(reply.body, page, len(entries), MAX_PAGE_LISTENS)
        return walk.page(position, listens, has_more=more)

    async def _recent_tracks(self, session: Session, since: int, until: int, page: int) -> Reply:
        """Reads plays. The bounds are a second wider, for they may be exclusive."""
        params: dict[str, object] = {
            "user": session.username,
            "from": max(since - 1, 0),
            "to": until + 1,
            "limit": MAX_PAGE_LISTENS,
            "page": page,
        }
        return await self._read(session, "user.getRecentTracks", params, expected="recenttracks")

    async def delete_listen(self, session: Session, listen: Listen) -> Reply:
        """Deletes a listen: `library.removeScrobble`, which GNU FM alone has."""
        if not self.can.delete:
            return not_deleted(self.label)
        reply = await self.api.call(
            "library.removeScrobble",
            {"artist": listen.artist, "track": listen.track, "timestamp": listen.listened_at},
            kind=RequestKind.WRITE,
            session_key=session.key,
        )
        if reply.code != NOTHING_THERE:
            return reply
        # It is gone, or its names are not quite those that are shown.
        left = await self.listens(session, listen.listened_at, listen.listened_at)
        if isinstance(left, Reply):
            return left
        if listen in left.listens:
            words = f"{self.label} does not know the play by the names that it shows"
            return Reply(Remedy.NOTHING, code=reply.code, status=reply.status, message=words)
        return Reply(Remedy.DONE, status=reply.status)

    async def check(self, session: Session | None) -> Reply:
        """Asks for the login's own user, or for one whom everybody may ask for: `user.getInfo`."""
        by_key = session is not None and self.can.check_proves_login
        user = session.username if session else self._profile.public_user
        return await self.api.call(
            "user.getInfo",
            {} if by_key else {"user": user},
            kind=RequestKind.READ,
            expected="user",
            session_key=session.key if session and by_key else "",
        )
