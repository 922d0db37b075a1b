"""Asks a Maloja: submits plays, and looks which play has a second."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...core.model import ApiAccess, Scrobble, Session
from ...core.submission import LoveRequest, QueueRow
from ...core.text import discreet
from ..base import (
    Fault,
    Listen,
    ListensPage,
    LoginFlow,
    LovedPage,
    Remedy,
    Reply,
    not_deleted,
    not_shown,
)
from ..http import MAX_BODY_BYTES, HttpClient
from ..listenbrainz.api import ListensApi
from ..listenbrainz.client import ListenBrainzService, PastedToken
from ..listenbrainz.profiles import MALOJA
from .addresses import NATIVE_PATH, base_of
from .answers import TABLE, is_list, is_maloja, is_stored, submitted
from .listens import MalojaReader
from .payload import new_scrobble
from .seconds import Seconds, StoredPlay, origin_of_refused

log = logging.getLogger(__name__)

MAX_ANSWER_BYTES = 2**20
"""Only lists are longer than this."""

_PASSES = (Remedy.RETRY, Remedy.RETRY_FEW)
"""What an answer asks for that says nothing about whether Maloja is there."""

_TAKEN = "another play has that second at Maloja"

_NOT_DONE = Reply(Remedy.NOTHING, message="Maloja knows no such thing", reached=False)


class NativeApi:
    """Maloja's own API at the user's address."""

    def __init__(self, access: Callable[[], ApiAccess], http: HttpClient) -> None:
        self._access = access
        self._http = http

    @property
    def root(self) -> str:
        """Its address, without a slash at the end."""
        return base_of(self._access().api_url) + NATIVE_PATH

    async def find(self) -> Reply:
        """Asks whether it is there, which needs no key."""
        await self._http.wait_for_turn()
        return await self._get("serverinfo", is_maloja)

    async def store(self, scrobble: Scrobble, key: str) -> Reply:
        """Sends a play. The key stands in the body alone."""
        await self._http.wait_for_turn(goes_first=True)
        answer = await self._http.post_json(
            f"{self.root}/newscrobble", new_scrobble(scrobble, key), most=MAX_ANSWER_BYTES
        )
        reply = TABLE.judge(answer, MALOJA.label, is_stored)
        reply = replace(reply, message=discreet(reply.message, [key]))
        return _told("newscrobble", reply)

    async def scrobbles(self, query: str, *, goes_first: bool = False) -> Reply:
        """Reads a page of plays, which needs no key. `goes_first`: it belongs to sending one."""
        await self._http.wait_for_turn(goes_first=goes_first)
        return await self._get(f"scrobbles?{query}", is_list)

    async def _get(self, path: str, is_good: Callable[[Mapping[str, Any]], bool]) -> Reply:
        answer = await self._http.get(f"{self.root}/{path}", most=MAX_BODY_BYTES)
        return _told(path, TABLE.judge(answer, MALOJA.label, is_good))


def _told(path: str, reply: Reply) -> Reply:
    level = logging.DEBUG if reply.ok else logging.INFO
    log.log(level, "%s: HTTP %s, %s", path, reply.status or "-", reply.message or "ok")
    return reply


class MalojaLogin(PastedToken):
    """A login whose address is known afterwards. `find` looks which API answers."""

    def __init__(self, api: ListensApi, find: Callable[[], Awaitable[Reply]]) -> None:
        super().__init__(api, MALOJA)
        self._find = find

    async def session(self, token: str) -> Session:
        """Returns the session of a pasted token, and raises as PastedToken does."""
        session = await super().session(token)
        await self._find()
        return session


class MalojaService(ListenBrainzService):
    """Maloja. Its entrance for clients of ListenBrainz checks logins, and takes the plays if a
    proxy lets nothing else through."""

    def __init__(self, access: Callable[[], ApiAccess], http: HttpClient) -> None:
        def at_base() -> ApiAccess:
            return replace(access(), api_url=base_of(access().api_url))

        super().__init__(MALOJA, at_base, http)
        self.login: LoginFlow = MalojaLogin(self.api, self._find)
        self._native = NativeApi(access, http)
        self._seconds = Seconds(partial(self._native.scrobbles, goes_first=True))
        self._reader = MalojaReader(self._native.scrobbles)
        self._is_native = False
        self._url = ""  # the user's address for which that is known
        self._origin = ""  # who we are to it, "" = not known
        self._sent = 0  # the second of the play that was stored last

    @property
    def address(self) -> str:
        """The address that answered, "" = none was found yet."""
        return self._native.root if self._is_native else super().address

    def _learn(self, reply: Reply) -> Reply:
        super()._learn(reply)
        if self._url and not self._is_native:
            self.can = replace(self.can, read=False)
        return reply

    async def check(self, session: Session | None) -> Reply:
        """Asks whether the token is good, or as nobody whether Maloja answers."""
        found = await self._find()
        return await super().check(session) if found.ok else found

    async def now_playing(self, session: Session, scrobble: Scrobble) -> Reply:
        """Maloja does not show what plays now."""
        return _NOT_DONE

    async def love(self, session: Session, request: LoveRequest) -> Reply:
        """Maloja has no loved tracks."""
        return _NOT_DONE

    async def loved_page(self, session: Session, page: int) -> LovedPage | Reply:
        """Maloja has no loved tracks."""
        return _NOT_DONE

    async def listens(
        self, session: Session, since: int, until: int, cursor: str = ""
    ) -> ListensPage | Reply:
        """Returns a page of plays by Maloja's own API: no other has them."""
        found = await self._find()
        if not found.ok:
            return found
        if not self._is_native:
            return not_shown(self.label)
        return await self._reader.listens(session, since, until, cursor)

    async def delete_listen(self, session: Session, listen: Listen) -> Reply:
        """Maloja lets only those delete who are logged in on its pages."""
        return not_deleted(self.label)

    async def submit(self, session: Session, rows: Sequence[QueueRow]) -> Reply:
        """Sends a row. If another play has its second, the remedy is MOVE."""
        found = await self._find()
        if not found.ok:
            return found
        if not self._is_native:
            return await super().submit(session, rows)
        (row,) = rows
        reply = await self._store(row, session.key)
        if reply.fault is Fault.ADDRESS:
            self._url = ""
        return submitted(reply, row)

    async def _store(self, row: QueueRow, key: str) -> Reply:
        """Sends a row, unless it is clear before what would come of it."""
        second = row.scrobble.timestamp
        stored = await self._seconds.play_at(second)
        self._origin = self._seconds.origin_of(self._sent) or self._origin
        if isinstance(stored, Reply) and stored.fault is Fault.UNREACHED:
            return replace(stored, reached=False)
        if isinstance(stored, StoredPlay):
            is_ours = self._is_ours(row, stored)
            if is_ours is not None:
                return Reply(Remedy.DONE if is_ours else Remedy.MOVE, message=_TAKEN, reached=False)
        reply = await self._native.store(row.scrobble, key)
        if reply.ok:
            self._sent = second
        if reply.remedy is not Remedy.MOVE:
            return reply
        self._origin = origin_of_refused(reply.body)
        stored = await self._seconds.play_at(second, again=True) if row.retry_count else None
        if isinstance(stored, Reply):
            return stored
        is_ours = stored is not None and stored.origin == self._origin
        return Reply(Remedy.DONE, status=200) if is_ours else reply

    def _is_ours(self, row: QueueRow, stored: StoredPlay) -> bool | None:
        """Whether the play that has the second of a row is the row itself, as it may be if the
        answer to a try got lost, whatever its user calls it by now; None if only Maloja can say."""
        if stored.is_of(row.scrobble):
            return None
        if not row.retry_count:
            return False
        if self._origin:
            return stored.origin == self._origin
        return True if stored.resembles(row.scrobble) else None

    async def _find(self) -> Reply:
        """Looks which API answers, unless that is known. Returns what is wrong if none does."""
        url = self.api.access.api_url
        if self._url == url:
            return Reply(Remedy.DONE)
        reply = await self._native.find()
        if reply.remedy in _PASSES:
            return reply
        self._is_native = reply.ok
        if not reply.ok:
            reply = await super().check(None)
        if self.address:
            self._url = url
            log.info("Maloja answers at %s", self.address)
        return reply
