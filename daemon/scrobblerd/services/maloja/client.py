"""Asks a Maloja: submits plays, and looks which play has a second."""

import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from ...core.model import ApiAccess, Scrobble, Session
from ...core.submission import LoveRequest, QueueRow
from ...core.text import discreet
from ..base import Fault, LovedPage, Remedy, Reply
from ..http import MAX_BODY_BYTES, HttpClient
from ..listenbrainz.client import ListenBrainzService
from ..listenbrainz.profiles import MALOJA
from .addresses import NATIVE_PATH, base_of
from .answers import TABLE, is_list, is_maloja, is_ours, is_stored, play_at, submitted
from .payload import new_scrobble

log = logging.getLogger(__name__)

MAX_PAGE_PLAYS = 5000
"""Plays that are read at once, about 1 MB."""

MAX_ZONE = timedelta(days=1)
"""No time zone is further from UTC: Maloja's days are those of its own, and nothing tells it."""

MAX_ANSWER_BYTES = 2**20
"""Only lists are longer than this."""

_PASSES = (Remedy.RETRY, Remedy.RETRY_FEW)
"""What an answer asks for that says nothing about whether Maloja is there."""

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

    async def play_at(self, second: int) -> Mapping[str, Any] | Reply:
        """Returns the play that has a second, {} if none has; a Reply if that can't be read."""
        day = datetime.fromtimestamp(second, UTC)
        first, last = (f"{each:%Y/%m/%d}" for each in (day - MAX_ZONE, day + MAX_ZONE))
        for page in itertools.count():
            query = {"from": first, "to": last, "max": MAX_PAGE_PLAYS, "page": page}
            reply = await self._get(f"scrobbles?{urlencode(query, safe='/')}", is_list)
            if not reply.ok:
                return reply
            play = play_at(reply.body, second)
            if play or len(reply.body["list"]) < MAX_PAGE_PLAYS:
                return play
        raise AssertionError

    async def _get(self, path: str, is_good: Callable[[Mapping[str, Any]], bool]) -> Reply:
        await self._http.wait_for_turn()
        answer = await self._http.get(f"{self.root}/{path}", most=MAX_BODY_BYTES)
        return _told(path, TABLE.judge(answer, MALOJA.label, is_good))


def _told(path: str, reply: Reply) -> Reply:
    level = logging.DEBUG if reply.ok else logging.INFO
    log.log(level, "%s: HTTP %s, %s", path, reply.status or "-", reply.message or "ok")
    return reply


class MalojaService(ListenBrainzService):
    """Maloja. Its entrance for clients of ListenBrainz checks logins, and takes the plays if a
    proxy lets nothing else through."""

    def __init__(self, access: Callable[[], ApiAccess], http: HttpClient) -> None:
        def at_base() -> ApiAccess:
            return replace(access(), api_url=base_of(access().api_url))

        super().__init__(MALOJA, at_base, http)
        self._native = NativeApi(access, http)
        self._is_native = False
        self._url = ""  # the user's address for which that is known

    @property
    def address(self) -> str:
        """The address that answered, "" = none was found yet."""
        return self._native.root if self._is_native else super().address

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

    async def submit(self, session: Session, rows: Sequence[QueueRow]) -> Reply:
        """Sends a row. If another play has its second, the remedy is MOVE."""
        found = await self._find()
        if not found.ok:
            return found
        if not self._is_native:
            return await super().submit(session, rows)
        (row,) = rows
        reply = await self._native.store(row.scrobble, session.key)
        if reply.remedy is Remedy.MOVE and row.retry_count:  # the answer to a try may be lost
            reply = await self._looked_up(row, reply)
        if reply.fault is Fault.ADDRESS:
            self._url = ""
        return submitted(reply, row)

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

    async def _looked_up(self, row: QueueRow, refusal: Reply) -> Reply:
        """Returns what becomes of a row that was tried before: its second may be its own."""
        stored = await self._native.play_at(row.scrobble.timestamp)
        if isinstance(stored, Reply):
            return stored
        return Reply(Remedy.DONE, status=200) if is_ours(stored, refusal) else refusal
