"""Asks a server that speaks the API: submits listens, checks tokens, loves."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import quote, urlencode, urlsplit

from ...core.errors import LogIn, NotConfigured, ServiceFailed, Unreachable
from ...core.model import ApiAccess, Scrobble, Session
from ...core.submission import LoveRequest, QueueRow
from ...core.text import discreet
from ..answer_rules import RATE_WAIT_SECONDS
from ..base import (
    Capabilities,
    Fault,
    Listen,
    ListensPage,
    LoginFlow,
    LoginKind,
    LovedPage,
    Remedy,
    Reply,
    not_deleted,
    not_shown,
)
from ..bodies import as_json
from ..http import MAX_BODY_BYTES, HttpAnswer, HttpClient
from .addresses import Place, candidates, is_there, is_valid, known_place, nowhere, place_of
from .answers import Good, classify, is_ok, submitted
from .feedback import MAX_PAGE_LOVES, TrackIds, ids_in, looked_up, loved_page
from .payload import announcement, mbid_of, submission
from .profiles import LISTENBRAINZ, UNKNOWN, Profile

log = logging.getLogger(__name__)

MAX_WAIT_SECONDS = 30.0
"""A limit that passes sooner is waited for; a later one is an answer of its own."""

MAX_ANSWER_BYTES = 2**20
"""Only lists are longer than this."""

MAX_TOKEN_CHARACTERS = 255
"""Of a token or a user's name; longer ones are none."""

NOT_THERE = (404, 405, 410)
"""HTTP statuses of what a server does not have."""

SUBMIT = "submit-listens"
VALIDATE = "validate-token"

_TOKEN = re.compile(rf"[!-~]{{1,{MAX_TOKEN_CHARACTERS}}}", re.ASCII)
"""What can stand in a header, without a space."""


class RateWindow:
    """When a server takes requests again, as its headers say. Times are CLOCK_MONOTONIC."""

    def __init__(self) -> None:
        self._opens = 0.0

    def wait(self, mono: float) -> float:
        """Returns the seconds until the next request may start."""
        return max(0.0, self._opens - mono)

    def told(self, answer: HttpAnswer, mono: float) -> None:
        """Takes in what an answer says of the limit."""
        if answer.requests_left == 0 or answer.status == 429:
            self._opens = mono + (answer.reset_in or answer.retry_after or RATE_WAIT_SECONDS)


class ListensApi:
    """The API of one server, wherever below the user's address it is. `asked`: what the user says
    that the server is; LISTENBRAINZ = any, which is found out."""

    def __init__(self, access: Callable[[], ApiAccess], http: HttpClient, asked: Profile) -> None:
        self._access = access
        self._http = http
        self._asked = None if asked is LISTENBRAINZ else asked
        self._window = RateWindow()
        self._url = ""  # the user's address, at which `_place` was found
        self._place: Place | None = None

    @property
    def access(self) -> ApiAccess:
        """Where requests go."""
        return self._access()

    @property
    def place(self) -> Place | None:
        """Where the API is; None until it was found."""
        url = self.access.api_url
        if self._url != url:
            self._url, self._place = url, None
        if self._place is None:
            self._place = known_place(url)
        return self._place

    @property
    def server(self) -> Profile:
        """What answers, as far as is known."""
        return self.place.server if self.place else self._asked or UNKNOWN

    async def get(self, path: str, token: str, good: Good) -> Reply:
        """Reads a list from `path` below the root. `good` knows a good answer."""
        return await self._call(path, token, None, good)

    async def post(self, path: str, token: str, document: bytes) -> Reply:
        """Sends a document to `path` below the root."""
        return await self._call(path, token, document, is_ok)

    async def validate(self, token: str) -> Reply:
        """Asks whether a token is good, and looks where the API is if that is not known. `token` ""
        = as nobody, whom any answer of the API's is good for."""
        place = self.place or await self._find(token)
        if isinstance(place, Reply):
            return self._discreet(place, token)
        answer = await self._ask(f"{place.root}/{VALIDATE}", token)
        if isinstance(answer, Reply):
            return answer
        reply = classify(answer, place.server.label, lambda body: "valid" in body)
        if is_there(answer) and not token:
            reply = Reply(Remedy.DONE, status=answer.status, body=reply.body)
        elif reply.ok and not is_valid(answer):
            words = f"{place.server.label} says that the token is not valid"
            reply = Reply(Remedy.REAUTH, status=answer.status, message=words, fault=Fault.LOGIN)
        return self._told(VALIDATE, reply, token)

    async def _call(self, path: str, token: str, document: bytes | None, good: Good) -> Reply:
        place = self.place or await self._find(token)
        if isinstance(place, Reply):
            return self._discreet(place, token)
        answer = await self._ask(f"{place.root}/{path}", token, document)
        if isinstance(answer, Reply):
            return answer
        reply = classify(answer, place.server.label, good)
        if reply.fault is Fault.ADDRESS and path == SUBMIT:  # others may not be there
            self._place = None
        return self._told(urlsplit(path).path, reply, token)

    def _told(self, path: str, reply: Reply, token: str) -> Reply:
        reply = self._discreet(reply, token)
        level = logging.DEBUG if reply.ok else logging.INFO
        log.log(level, "%s: HTTP %s, %s", path, reply.status or "-", reply.message or "ok")
        return reply

    def _discreet(self, reply: Reply, token: str) -> Reply:
        """Hides the token in the server's words. multi-scrobbler shows its first letters."""
        words = discreet(reply.message, [token]) if token else reply.message
        return replace(reply, message=re.sub(rf"{re.escape(token[:3])}\*+", "…", words))

    async def _find(self, token: str) -> Place | Reply:
        """Looks where the API is. One that refuses the token is taken if no other answers."""
        answers: list[HttpAnswer] = []
        refusing: Place | None = None
        for root in candidates(self.access.api_url):
            answer = await self._ask(f"{root}/{VALIDATE}", token)
            if isinstance(answer, Reply):
                return answer
            answers.append(answer)
            if not answer.status:  # the next would not be reached either
                break
            if is_there(answer):
                place = place_of(root, answer, self._asked)
                if is_valid(answer) or answer.status == 200:
                    refusing = place
                    break
                refusing = refusing or place
        if refusing is None:
            return nowhere(self.access.api_url, answers, self.server.label)
        log.info("%s answers at %s", refusing.server.label, refusing.root)
        self._place = refusing
        return refusing

    async def _ask(self, url: str, token: str, document: bytes | None = None) -> HttpAnswer | Reply:
        """Sends one request when the server takes it; a Reply if that is too long to wait."""
        wait = self._window.wait(time.monotonic())
        if wait > MAX_WAIT_SECONDS:
            words = f"{self.server.label} takes no more requests for {wait:.0f} s"
            return Reply(Remedy.RETRY, message=words, fault=Fault.RATE, reached=False, wait=wait)
        await asyncio.sleep(wait)
        await self._http.wait_for_turn(goes_first=url.endswith(SUBMIT))
        authorization = f"Token {token}" if token else ""
        if document is None:
            most = MAX_ANSWER_BYTES if url.endswith(VALIDATE) else MAX_BODY_BYTES
            answer = await self._http.get(url, authorization, most)
        else:
            answer = await self._http.post_json(url, document, authorization, MAX_ANSWER_BYTES)
        self._window.told(answer, time.monotonic())
        return answer


class PastedToken:
    """The `LoginFlow` of the API: the user pastes a token that a page of the server shows."""

    kind = LoginKind.TOKEN
    token_lifetime = 3600.0

    def __init__(self, api: ListensApi, profile: Profile) -> None:
        self._api = api
        self._profile = profile

    @property
    def access(self) -> ApiAccess:
        """Where requests go; there is no API key."""
        return self._api.access

    def check_configured(self) -> None:
        """Raises NotConfigured if there is no address."""
        if not self.access.api_url:
            raise NotConfigured(f"there is no address of {self._profile.label}: set url")

    async def token(self) -> str:
        """Returns "": the user has it."""
        return ""

    def approval_url(self, token: str) -> str:
        """Returns the page that shows the user's token."""
        known = self._api.place or Place("", self._profile)
        return known.server.pages_at(self.access.api_url).api_account

    async def session(self, token: str) -> Session:
        """Returns the session of a pasted token (`validate-token`).

        Raises LogIn, NotConfigured, ServiceFailed or Unreachable.
        """
        self.check_configured()
        token = token.strip()
        if not _TOKEN.fullmatch(token):
            raise LogIn("this is no token: copy it from the page, without a space in it")
        reply = await self._api.validate(token)
        if reply.remedy is Remedy.REAUTH:
            raise LogIn(f"{reply.message}: copy it from {self.approval_url('')}")
        if reply.fault is Fault.ADDRESS:
            raise NotConfigured(reply.message)
        if reply.unreachable:
            raise Unreachable(f"{reply.message}; try again later")
        if not reply.ok:
            raise ServiceFailed(f"{reply.message}; try again later")
        name = reply.body.get("user_name")
        if isinstance(name, str) and name.isprintable() and 0 < len(name) <= MAX_TOKEN_CHARACTERS:
            return Session(name, token)
        return Session(urlsplit(self.access.api_url).hostname or self._profile.label, token)


class ListenBrainzService:
    """The `Service` that a profile describes. `access` returns the user's address.

    What LISTENBRAINZ can do at an address of the user's own, and how it is called, is known when
    the server has answered: `can` and `label` change then.
    """

    def __init__(self, profile: Profile, access: Callable[[], ApiAccess], http: HttpClient) -> None:
        self.kind = profile.kind
        self.api = ListensApi(access, http, profile)
        self.login: LoginFlow = PastedToken(self.api, profile)
        self.label = profile.label
        self.can: Capabilities = self.api.server.can
        self.pages = self.api.server.pages_at(access().api_url)

    @property
    def address(self) -> str:
        """The address that answered, "" = none was found yet."""
        return self.api.place.root if self.api.place else ""

    def _learn(self, reply: Reply) -> Reply:
        server = self.api.server
        self.label, self.can = server.label, server.can
        self.pages = server.pages_at(self.api.access.api_url)
        return reply

    async def now_playing(self, session: Session, scrobble: Scrobble) -> Reply:
        """Announces what plays now."""
        document = announcement(scrobble, self.api.server)
        return self._learn(await self.api.post(SUBMIT, session.key, document))

    async def submit(self, session: Session, rows: Sequence[QueueRow]) -> Reply:
        """Sends rows. A row that the server refuses has its outcome with the remedy DROP."""
        self._learn(Reply(Remedy.DONE))
        if len(rows) > self.can.batch:  # another server answers than before
            return Reply(Remedy.HALVE, message=f"{self.label} takes fewer at once", reached=False)
        document = submission([row.scrobble for row in rows], self.api.server)
        reply = await self.api.post(SUBMIT, session.key, document)
        return self._learn(submitted(reply, rows, self.label))

    async def check(self, session: Session | None) -> Reply:
        """Asks whether the token is good, or as nobody whether the API answers."""
        return self._learn(await self.api.validate(session.key if session else ""))

    async def listens(
        self, session: Session, since: int, until: int, cursor: str = ""
    ) -> ListensPage | Reply:
        """Can't be read yet."""
        return not_shown(self.label)

    async def delete_listen(self, session: Session, listen: Listen) -> Reply:
        """Can't be deleted yet."""
        return not_deleted(self.label)

    # -- love ---------------------------------------------------------------------------------

    async def love(self, session: Session, request: LoveRequest) -> Reply:
        """Loves the recording of a track, or takes that back.

        There is no love by name: it hangs on the id that the server gave to a listen that was sent,
        or on a MusicBrainz id. What has no id yet gets one with the next scrobble.
        """
        if (refusal := await self._lovelessness(session)) is not None:
            return refusal
        ids = await self._ids(session, request)
        if isinstance(ids, Reply):
            return ids
        if request.loved and not ids:
            words = f"{self.label} does not know the track before it was scrobbled"
            return Reply(Remedy.NOT_YET, message=words)
        reply = Reply(Remedy.DONE)
        for each in ids:
            document = as_json({**each.wanted(request.loved), "score": int(request.loved)})
            reply = await self.api.post("feedback/recording-feedback", session.key, document)
            if reply.status in NOT_THERE:  # all else is
                return self._without_loves(reply)
            if not reply.ok:
                return reply
        return reply

    async def _ids(self, session: Session, request: LoveRequest) -> Sequence[TrackIds] | Reply:
        """Returns the ids to love a track by, the best alone, or all to take a love back from; a
        Reply if they could not be asked for, or the listen is not shown yet."""
        ids: list[TrackIds] = []
        if request.heard_at:
            listens = await self._listens_at(session, request.heard_at)
            if not listens.ok:
                return listens
            ids += ids_in(listens.body, request.artist, request.title)
            if request.loved and not ids:
                return Reply(Remedy.NOT_YET, message=f"{self.label} does not show the listen yet")
        if mbid := mbid_of(request.mbid):
            ids.append(TrackIds(mbid))
        if not request.loved:  # also such as were loved elsewhere
            page = await self._loved(session, 1)
            if not page.ok:
                return page
            ids += ids_in(page.body, request.artist, request.title)
        if ids:
            return ids[:1] if request.loved else list(dict.fromkeys(ids))
        return await self._ids_of_names(session, request)

    async def _lovelessness(self, session: Session) -> Reply | None:
        """Returns why nothing can be loved here, None = it can. Finds out what answers."""
        reply = Reply(Remedy.DONE)
        if self.api.place is None:
            reply = await self.api.validate(session.key)
        self._learn(reply)
        if not reply.ok:
            return reply
        return None if self.can.love else self._without_loves(reply)

    def _without_loves(self, reply: Reply) -> Reply:
        return replace(reply, remedy=Remedy.NOTHING, message=f"{self.label} has no loved tracks")

    async def _listens_at(self, session: Session, second: int) -> Reply:
        """Reads the listens back that began at a second. The bounds are exclusive."""
        user = quote(session.username, safe="")
        path = f"user/{user}/listens?min_ts={second - 1}&max_ts={second + 1}"
        return await self.api.get(path, session.key, lambda body: "payload" in body)

    async def _ids_of_names(self, session: Session, request: LoveRequest) -> list[TrackIds] | Reply:
        """Asks for the id that MusicBrainz has for the names of a track."""
        query = urlencode({"artist_name": request.artist, "recording_name": request.title})
        reply = await self.api.get(f"metadata/lookup/?{query}", session.key, lambda _: True)
        unknown = reply.remedy is Remedy.DROP or reply.fault is Fault.ADDRESS
        return looked_up(reply.body) if reply.ok or unknown else reply

    async def loved_page(self, session: Session, page: int) -> LovedPage | Reply:
        """Returns a page of the tracks that the user loves (`get-feedback`)."""
        if (refusal := await self._lovelessness(session)) is not None:
            return refusal
        reply = await self._loved(session, page)
        return loved_page(reply.body, session.username) if reply.ok else reply

    async def _loved(self, session: Session, page: int) -> Reply:
        query = urlencode(
            {
                "score": 1,
                "count": MAX_PAGE_LOVES,
                "offset": (page - 1) * MAX_PAGE_LOVES,
                "metadata": "true",
            }
        )
        path = f"feedback/user/{quote(session.username, safe='')}/get-feedback?{query}"
        return await self.api.get(path, session.key, lambda body: "feedback" in body)
