"""What is known of one login, and what stands in its way. Pure.

The key of a login is kept, or is with a keyring, or is a token that is handed over at each start
and never kept. Services take a session with the API key only with which it was made.
"""

from dataclasses import dataclass, field

from ..config.credentials import HandedToken
from ..core.model import Session, mark_of
from .session_file import StoredLogin


@dataclass(slots=True)
class KnownLogin:
    """A login as it is `kept`, and the token that was `handed` over for it, if one was.

    `is_dead`: the service does not take it any more. `refusal`: why the token that was handed over
    is not taken, `twin`: why the login is not used because of another account; in words, "" = it
    is not so.
    """

    kept: StoredLogin
    handed: HandedToken = field(default_factory=HandedToken)
    is_dead: bool = False
    refusal: str = ""
    twin: str = ""

    @property
    def key(self) -> str:
        """The key, "" if it is not known, or does not come from where it should."""
        token = self.handed.token
        if not token or token == self.kept.key:
            return self.kept.key
        return token if self.kept.made_with == mark_of(token) else ""

    @property
    def awaits_check(self) -> bool:
        """Whether a token was handed over of which nobody knows yet whose it is."""
        return bool(self.handed.token) and not self.key

    def session(self) -> Session | None:
        """Returns the login, good or dead."""
        return Session(self.kept.username, self.key) if self.key else None

    def is_of_another_key(self, mark: str) -> bool:
        """Whether the login was made with another API key than that of `mark`, "" = with any."""
        made_with = "" if self.handed.token else self.kept.made_with
        return bool(mark and made_with) and made_with != mark

    def as_kept(self, session: Session, mark: str) -> StoredLogin:
        """Returns what is to be kept of a session that was made with the API key of `mark`. Of a
        token that is handed over only what tells it from others."""
        if self.handed.token == session.key:
            return StoredLogin(session.username, made_with=mark_of(session.key))
        return StoredLogin(session.username, session.key, made_with=mark)

    def obstacle(self, mark: str) -> str:
        """Says why the login that there is can't be used; "" = nothing is in its way, or there is
        none. `mark` is that of the API key in force."""
        if self.twin or self.refusal:
            return self.twin or self.refusal
        if self.awaits_check:
            return f"the token in {self.handed.place} was not checked yet"
        if self.key and self.is_of_another_key(mark):
            return f"the login of {self.kept.username} belongs to another API key: log in again"
        return ""
