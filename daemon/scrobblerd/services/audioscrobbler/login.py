"""The login: a token that the user approves in a browser, and then a session
(last.fm/api/desktopauth)."""

from urllib.parse import urlencode

from ...core.errors import AuthPending, LogIn, NotConfigured, ServiceFailed, Unreachable
from ...core.model import Session
from ...core.values import as_dict
from ..base import KEY_FAULTS, Remedy, Reply
from ..payload import text_of
from .client import ApiClient
from .errors import RequestKind
from .profile import Profile

MAX_WORD_CHARACTERS = 255
"""Longer names, tokens and session keys are taken for none."""


class TokenLogin:
    """The `LoginFlow` of the protocol."""

    def __init__(self, api: ApiClient, profile: Profile) -> None:
        self._api = api
        self._profile = profile

    @property
    def token_lifetime(self) -> float:
        """Seconds for which a token can be approved."""
        return self._profile.token_lifetime

    @property
    def configured(self) -> bool:
        """Whether there is an API key and its secret."""
        return self._api.access.configured

    @property
    def key_from(self) -> str:
        """What the API key is handed over in, if only a restart can change it; else ""."""
        return self._api.access.key_from

    def check_configured(self) -> None:
        """Raises NotConfigured if there is no API key."""
        if not self.configured:
            raise NotConfigured(
                f"there is no {self._profile.label} API key: get one at"
                f" {self._profile.pages.api_account}"
                " and put api_key and api_secret into lastfm.toml beside config.toml"
            )

    async def token(self) -> str:
        """Returns a fresh token (`auth.getToken`). Raises as `_raise_for` says."""
        self.check_configured()
        reply = await self._api.call("auth.getToken", {}, kind=RequestKind.AUTH, expected="token")
        _raise_for(reply)
        token = _word(reply.body.get("token"))
        if not token:
            raise ServiceFailed(f"{self._profile.label}'s answer has no token in it; try again")
        return token

    def approval_url(self, token: str) -> str:
        """Returns the page on which the user approves the token."""
        access = self._api.access
        return f"{access.auth_url}?{urlencode({'api_key': access.key, 'token': token})}"

    async def session(self, token: str) -> Session:
        """Returns the session of an approved token (`auth.getSession`).

        Raises as `_raise_for` says.
        """
        self.check_configured()
        reply = await self._api.call(
            "auth.getSession", {"token": token}, kind=RequestKind.AUTH, expected="session"
        )
        _raise_for(reply)
        answer = as_dict(reply.body.get("session"))
        session = Session(_word(answer.get("name")), _word(answer.get("key")))
        if not (session.username and session.key):
            raise ServiceFailed(f"{self._profile.label}'s answer has no session in it; try again")
        return session


def _raise_for(reply: Reply) -> None:
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
        raise NotConfigured(f"{reply.message}: check api_key and api_secret")
    if reply.unreachable:
        raise Unreachable(f"{reply.message}; try again later")
    raise ServiceFailed(f"{reply.message}; try again later")


def _word(value: object) -> str:
    """A word of the server's that is stored, shown and sent as it is; "" if it can't be."""
    word = text_of(value)
    return word if word.isprintable() and len(word) <= MAX_WORD_CHARACTERS else ""
