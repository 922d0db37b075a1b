"""Asks a server that speaks the API: submits listens, checks tokens, loves."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote, urlencode, urlsplit

from ...core.errors import LogIn, NotConfigured, ServiceFailed, Unreachable
from ...core.model import ApiAccess, Scrobble, Session
from ...core.submission import LoveRequest, QueueRow
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
from ..http import HttpClient
from .addresses import Place
from .answers import submitted
from .api import SUBMIT, ListensApi
from .feedback import MAX_PAGE_LOVES, TrackIds, ids_in, looked_up, loved_page
from .koito import KoitoReader
from .listens import ListenBrainzReader, Reader, between
from .payload import announcement, mbid_of, submission
from .profiles import KOITO, LISTENBRAINZ, Profile

MAX_TOKEN_CHARACTERS = 255
"""Of a token or a user's name; longer ones are none."""

NOT_THERE = (404, 405, 410)
"""HTTP statuses of what a server does not have."""


_TOKEN = re.compile(rf"[!-~]{{1,{MAX_TOKEN_CHARACTERS}}}", re.ASCII)
"""What can stand in a header, without a space."""


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

    def __init__(
        self,
        profile: Profile,
        access: Callable[[], ApiAccess],
        http: HttpClient,
        readers: Mapping[str, Reader] | None = None,
    ) -> None:
        """`readers`: of servers that have no listens below the same root, by their kind."""
        self.kind = profile.kind
        self.api = ListensApi(access, http, profile)
        self.login: LoginFlow = PastedToken(self.api, profile)
        self.label = profile.label
        self.can: Capabilities = self.api.server.can
        self.pages = self.api.server.pages_at(access().api_url)
        self._readers: Mapping[str, Reader] = {
            LISTENBRAINZ.kind: ListenBrainzReader(self.api),
            KOITO.kind: KoitoReader(self.api),
            **(readers or {}),
        }

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

    # -- listens ------------------------------------------------------------------------------

    async def listens(
        self, session: Session, since: int, until: int, cursor: str = ""
    ) -> ListensPage | Reply:
        """Returns a page of the user's listens, as the server that answers shows them."""
        if not (known := await self._known(session)).ok:
            return known
        if not self.can.read:
            return not_shown(self.label)
        return await self._readers[self.api.server.kind].listens(session, since, until, cursor)

    async def delete_listen(self, session: Session, listen: Listen) -> Reply:
        """Deletes a listen, where a token is enough for that."""
        if not (known := await self._known(session)).ok:
            return known
        if not self.can.delete:
            return not_deleted(self.label)
        return await self._readers[self.api.server.kind].delete_listen(session, listen)

    async def _known(self, session: Session) -> Reply:
        """Finds out what answers, unless that is known. Returns what is wrong if nothing does."""
        reply = Reply(Remedy.DONE)
        if self.api.place is None:
            reply = await self.api.validate(session.key)
        return self._learn(reply)

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
            listens = await between(self.api, session, request.heard_at - 1, request.heard_at + 1)
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
        if not (known := await self._known(session)).ok:
            return known
        return None if self.can.love else self._without_loves(known)

    def _without_loves(self, reply: Reply) -> Reply:
        return replace(reply, remedy=Remedy.NOTHING, message=f"{self.label} has no loved tracks")

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
