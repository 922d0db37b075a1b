"""Asks a server that speaks the API, wherever it is below the user's address, within its limits."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from ...core.model import ApiAccess
from ...core.text import discreet
from ..answer_rules import RATE_WAIT_SECONDS
from ..base import Fault, Remedy, Reply
from ..http import MAX_BODY_BYTES, HttpAnswer, HttpClient
from .addresses import Place, candidates, is_there, is_valid, known_place, nowhere, place_of
from .answers import Good, classify, is_ok
from .profiles import LISTENBRAINZ, UNKNOWN, Profile

log = logging.getLogger(__name__)

MAX_WAIT_SECONDS = 30.0
"""A limit that passes sooner is waited for; a later one is an answer of its own."""


MAX_ANSWER_BYTES = 2**20
"""Only lists are longer than this."""


SUBMIT = "submit-listens"


VALIDATE = "validate-token"


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
        """Reads a list from `path` below the root, or below the server's own address if `path`
        begins with a slash. `good` knows a good answer."""
        return await self._call(path, token, None, good)

    async def post(self, path: str, token: str, document: bytes) -> Reply:
        """Sends a document to `path` below the root."""
        return await self._call(path, token, document, is_ok)

    async def delete(self, path: str, token: str) -> Reply:
        """Deletes what `path` names, which is as `get` has it. A good answer has nothing in it."""
        return await self._call(path, token, None, lambda _: False, http_method="DELETE")

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

    async def _call(
        self, path: str, token: str, document: bytes | None, good: Good, http_method: str = ""
    ) -> Reply:
        place = self.place or await self._find(token)
        if isinstance(place, Reply):
            return self._discreet(place, token)
        answer = await self._ask(place.url_of(path), token, document, http_method)
        if isinstance(answer, Reply):
            return answer
        reply = classify(answer, place.server.label, good)
        if http_method and answer.status == 204:
            reply = Reply(Remedy.DONE, status=answer.status)
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

    async def _ask(
        self, url: str, token: str, document: bytes | None = None, http_method: str = ""
    ) -> HttpAnswer | Reply:
        """Sends one request when the server takes it; a Reply if that is too long to wait."""
        wait = self._window.wait(time.monotonic())
        if wait > MAX_WAIT_SECONDS:
            words = f"{self.server.label} takes no more requests for {wait:.0f} s"
            return Reply(Remedy.RETRY, message=words, fault=Fault.RATE, reached=False, wait=wait)
        await asyncio.sleep(wait)
        await self._http.wait_for_turn(goes_first=url.endswith(SUBMIT))
        authorization = f"Token {token}" if token else ""
        if http_method == "DELETE":
            answer = await self._http.delete(url, authorization, MAX_ANSWER_BYTES)
        elif document is None:
            most = MAX_ANSWER_BYTES if url.endswith(VALIDATE) else MAX_BODY_BYTES
            answer = await self._http.get(url, authorization, most)
        else:
            answer = await self._http.post_json(url, document, authorization, MAX_ANSWER_BYTES)
        self._window.told(answer, time.monotonic())
        return answer
