"""What the daemon knows of a service that takes scrobbles: its methods, limits, answers and faults.

A service imports this module, `http` and the package of its protocol, but never another service.
Nothing outside `services` knows the numbers or words of one service.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import quote

from ..core.model import ApiAccess, Loved, Scrobble, Session
from ..core.submission import Limits, LoveRequest, QueueRow, RowOutcome, ServiceTerms


class Remedy(StrEnum):
    """What an answer, or the lack of one, asks for."""

    DONE = "done"
    DROP = "drop"  # these items will never be taken
    MOVE = "move"  # another play has that second: the same a second later
    RETRY = "retry"  # the same again later
    RETRY_FEW = "retry_few"  # the same again later, but only a few times
    BLOCKED = "blocked"  # the front end turns us away: leave it alone for long
    REAUTH = "reauth"  # the login is dead: stop writing, keep everything, ask the user
    STOP = "stop"  # the program or its API key is at fault: hold everything, tell the user
    HOLD = "hold"  # the account's limit: hold scrobbles, probe now and then
    HALVE = "halve"  # the request was too large
    POLL = "poll"  # the user has not approved yet
    RESTART = "restart"  # the token is no good: begin the login again
    NOTHING = "nothing"  # there is nothing there
    NOT_YET = "not_yet"  # the service does not know the track before it was scrobbled


class Fault(StrEnum):
    """What is wrong, in words that hold for every service."""

    NONE = ""
    KEY = "key"  # the API key is not known, or is suspended
    SIGNATURE = "signature"  # a wrong secret, or one text that was signed otherwise than sent
    LOGIN = "login"  # the login is dead
    PRIVATE = "private"  # only the user may read this
    DAILY_LIMIT = "daily_limit"  # the account's scrobbles of the day are used up
    RATE = "rate"  # too many requests in a short time
    BLOCKED = "blocked"  # the front end turns us away
    ADDRESS = "address"  # there is no such service at this address
    UNAVAILABLE = "unavailable"  # the service says that it is out of order
    SERVER = "server"  # the server failed without saying why, as front ends do for some texts
    UNREACHED = "unreached"  # nothing came back, or nothing that could be read
    UNKNOWN = "unknown"


KEY_FAULTS = frozenset({Fault.KEY, Fault.SIGNATURE})
"""The faults that another API key or secret mends."""


@dataclass(frozen=True, slots=True)
class Reply:
    """How one request went.

    `code` is the service's own error code (0 = it named none), `status` HTTP's; `message` is for
    people and holds no secret. `reached`: the server has, or may have, acted on it, so only the
    identical request may be sent again. `wait`: seconds that the server wants to be left alone.
    `outcomes`: one per row, in the order sent, if the remedy is DONE or HOLD; of the rows at fault,
    if it is DROP or MOVE and the service names them.
    """

    remedy: Remedy
    code: int = 0
    status: int = 0
    message: str = ""
    fault: Fault = Fault.NONE
    reached: bool = True
    wait: float = 0.0
    body: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    outcomes: tuple[RowOutcome, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.remedy is Remedy.DONE

    @property
    def answered(self) -> bool:
        """Whether the service itself has answered, with success or an error of its own."""
        return self.ok or self.code != 0

    @property
    def unreachable(self) -> bool:
        """Whether the service has not answered, and may do so later."""
        return self.remedy in (Remedy.RETRY, Remedy.BLOCKED) and not self.answered


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a service can do, and what it takes."""

    batch: int
    """Rows that `submit` takes at once."""
    oldest: float | None
    """Seconds since its start after which a scrobble is not sent any more; None = no limit."""
    now_playing: bool = True
    love: bool = True
    """Whether tracks can be loved, and are listed."""
    is_known: bool = True
    """Whether the server has told what it is; until then it may do more than this."""
    resend_is_recognised: bool = True
    """Whether the identical scrobble, sent again, is stored once."""
    sent_is_stored: bool = True
    """Whether a scrobble that it takes is stored; else it works on, and may leave it out."""
    one_a_second: bool = False
    """Whether two plays can't begin in the same second."""
    length_tells_apart: bool = False
    """Whether a play with its length, and the same play without it, are two."""
    check_proves_login: bool = True
    """Whether `check` fails if the login is dead; else only a request that writes can tell."""
    read: bool = False
    """Whether it shows what it has of the user's listens."""
    delete: bool = False
    """Whether a program may delete a listen."""
    limits: Limits = field(default_factory=Limits)
    """What may be spent on it if the user sets nothing else."""
    backfill_per_day: int = 0
    """Plays of the history that are sent to it in a day if the user says nothing else; 0 = as many
    as it takes."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Web pages of a service. `library` has {user} in it; `api_account` = where to get a key;
    `day` = what a user heard on a day, which has {user} and {day} in it."""

    home: str
    library: str
    api_account: str
    day: str = ""

    def library_of(self, username: str) -> str:
        """Returns the page of what a user has scrobbled."""
        return self.library.format(user=quote(username, safe=""))

    def day_of(self, username: str, day: date) -> str:
        """Returns the page of what a user heard on a day in his own time zone; that of all that he
        has scrobbled if there is no such page."""
        return (self.day or self.library).format(user=quote(username, safe=""), day=day)


@dataclass(frozen=True, slots=True)
class LovedPage:
    """A page of the tracks that a user loves. `entries`: how many the page has, also such as name
    no track. `user`: whose list it is, `total`: how many entries, `pages`: how many pages the whole
    list has; "" and None = the service does not say."""

    tracks: tuple[Loved, ...] = ()
    entries: int = 0
    user: str = ""
    total: int | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class Listen:
    """What a service shows of one play. `listened_at`: when it began, UNIX seconds; `id`: what the
    service calls it, such as ListenBrainz's `recording_msid`; `client`: the program that sent it.
    "" = the service does not say. Names may be others than those that were sent."""

    listened_at: int
    artist: str
    track: str
    album: str = ""
    id: str = ""
    client: str = ""


@dataclass(frozen=True, slots=True)
class ListensPage:
    """A page of listens, in the service's own order. `next`: where the next page begins, for
    `Service.listens` only; "" = there is none. A page may be empty and still have a next one."""

    listens: tuple[Listen, ...] = ()
    next: str = ""


class LoginKind(StrEnum):
    """How a user logs in."""

    BROWSER = "browser"  # a token of the service's is approved on its page
    TOKEN = "token"  # noqa: S105 # the user pastes one that a page of the service shows
    NONE = "none"  # there is no login


class LoginFlow(Protocol):
    """How a user logs in: a token, a page to go to, and then a session.

    With TOKEN the page shows the token to its user, and there is none to begin with. With NONE
    there is neither, and the session is always `NOBODY`.
    """

    kind: LoginKind
    token_lifetime: float
    """Seconds for which a token can be approved."""

    @property
    def access(self) -> ApiAccess:
        """The API key, and where requests go."""
        ...

    def check_configured(self) -> None:
        """Raises NotConfigured if there is no API key, or no secret."""
        ...

    async def token(self) -> str:
        """Returns a fresh token, "" if the user has it. Raises NotConfigured, TryLater."""
        ...

    def approval_url(self, token: str) -> str:
        """Returns the page on which the user approves the token, or sees his own."""
        ...

    async def session(self, token: str) -> Session:
        """Returns the session of an approved or pasted token.

        Raises AuthPending if it is not approved yet, LogIn if it is no good, NotConfigured,
        TryLater.
        """
        ...


class Service(Protocol):
    """A place that takes scrobbles. No method raises for what a server or a network can do.

    `kind` is the word for it in the database and the configuration, such as "lastfm", and `label`
    its name for people, such as "Last.fm".
    """

    kind: str
    label: str
    can: Capabilities
    pages: Pages
    login: LoginFlow

    @property
    def address(self) -> str:
        """Where requests go; "" = not known before the server was asked."""
        ...

    async def now_playing(self, session: Session, scrobble: Scrobble) -> Reply:
        """Announces what plays now; never sent again if it fails."""
        ...

    async def submit(self, session: Session, rows: Sequence[QueueRow]) -> Reply:
        """Sends rows, at most `can.batch`; the reply has an outcome per row if there was one."""
        ...

    async def love(self, session: Session, request: LoveRequest) -> Reply:
        """Loves a track, or takes that back; the last request wins.

        NOT_YET: ask again after the next scrobble of the track. If `request` names one that the
        service has, ask again a moment later.
        """
        ...

    async def loved_page(self, session: Session, page: int) -> LovedPage | Reply:
        """Returns a page of the tracks that the user loves, from 1 on; a Reply if that failed."""
        ...

    async def listens(
        self, session: Session, since: int, until: int, cursor: str = ""
    ) -> ListensPage | Reply:
        """Returns a page of the user's listens from `since` to `until`, both inclusive, in UNIX
        seconds; a Reply if that failed. `cursor`: what the page before calls `next`.

        Over all pages each listen is given once, as the service has it: a play that it shows twice
        is two listens. What plays now is none.
        """
        ...

    async def delete_listen(self, session: Session, listen: Listen) -> Reply:
        """Deletes a listen as `listens` gave it; good if it is not there any more. It may be shown
        for a while."""
        ...

    async def check(self, session: Session | None) -> Reply:
        """Asks the service something that it can always answer; `session` None = as nobody."""
        ...


def not_shown(label: str) -> Reply:
    """Returns the reply of a service that shows nobody what it has."""
    words = f"{label} does not show what it has"
    return Reply(Remedy.NOTHING, message=words, reached=False)


def not_deleted(label: str) -> Reply:
    """Returns the reply of a service at which no program deletes anything."""
    words = f"{label} lets no program delete a play"
    return Reply(Remedy.NOTHING, message=words, reached=False)


def terms_of(service: Service) -> ServiceTerms:
    """Returns what sentences say of a service."""
    return ServiceTerms(service.label, service.can.oldest)
