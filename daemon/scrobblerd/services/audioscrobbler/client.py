"""Sends signed requests, and returns what their answers ask for."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from ...core.model import ApiAccess
from ...core.text import discreet
from ..base import Remedy, Reply
from ..http import HttpClient
from .answers import classify
from .errors import RequestKind
from .signing import signed_form

log = logging.getLogger(__name__)


class ApiClient:
    """The API of one server. `access` returns the key and the address that are in force; `label`
    is what people call the service."""

    def __init__(self, access: Callable[[], ApiAccess], http: HttpClient, label: str) -> None:
        self._access = access
        self._http = http
        self.label = label

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
    ) -> Reply:
        """Sends one request. `expected` is the key of a good answer's body ("" = any)."""
        await self._http.wait_for_turn()
        access = self.access
        form = signed_form(method, params, access, session_key)
        answer = await self._http.post_form(access.api_url, form)
        reply = self._discreet(classify(kind, answer, expected, self.label), form)
        quiet = reply.ok or reply.remedy is Remedy.POLL  # asked every 5 s while a login waits
        level = logging.DEBUG if quiet else logging.INFO
        log.log(level, "%s: HTTP %s, %s", method, answer.status or "-", reply.message or "ok")
        return reply

    def discreet(self, words: str, session_key: str) -> str:
        """Returns the server's words without our secrets, should it repeat one."""
        return discreet(words, filter(None, (self.access.secret, session_key)))

    def _discreet(self, reply: Reply, form: Mapping[str, str]) -> Reply:
        secrets = [form[name] for name in ("sk", "token", "api_sig") if name in form]
        words = discreet(reply.message, filter(None, (self.access.secret, *secrets)))
        return replace(reply, message=words)
