"""Pure: what the user is told on the desktop, from which setting on, and what a click on it opens.

Nothing here is sent anywhere: `herald` decides that something is told, `desktop` shows it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .model import Scrobble
from .services import KEY_CODES, Remedy, Reply
from .text import for_people, track_named

DAY = 86400.0

BURST = 25.0
"""Seconds: what is sent closer together is a backlog; tracks that count last longer than this."""

LIMIT_CODES = frozenset({5, 29})
"""Last.fm's daily limit: on one scrobble of a batch, and on the request as a whole."""

SHOWS = ("off", "errors", "all")
"""The settings of [notifications] show; each one shows what those before it do."""


class Opens(StrEnum):
    """What a click on a notification opens."""

    NOTHING = ""
    APPROVAL = "Log in"
    KEYRING = "Unlock the keyring"
    LIBRARY = "Open your Last.fm library"
    API_ACCOUNT = "Get an API key"
    STATE_FOLDER = "Open the folder"


class Kind(StrEnum):
    """What a notice is about."""

    KEYRING = "keyring"
    LOGIN_EXPIRED = "login expired"
    LOGIN_FAILED = "login failed"
    LOGIN_DONE = "login done"  # one that a click has begun
    LOGGED_IN = "logged in"
    KEY_FAULT = "key fault"
    FAULT = "fault"
    LOVES = "loves"
    BLOCKED = "blocked"
    EXPIRING = "expiring"
    UNSENT = "unsent"  # likewise, and nobody is logged in
    DATABASE = "database"
    SALVAGED = "salvaged"  # from a database that was broken
    REJECTED = "rejected"
    DAILY_LIMIT = "daily limit"
    SCROBBLED = "scrobbled"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a kind of notice is shown. Of one `place` only the newest notice stands.

    `show`: the setting from which on it is shown. `lasting`: worth showing when a notification
    server comes later. `passing`: of low urgency, and not kept in the server's list.
    """

    place: str
    opens: Opens = Opens.NOTHING
    show: str = "errors"
    lasting: bool = False
    passing: bool = False


KEYRING = "keyring"
LOGIN = "login"
SERVICE = "service"
FAULT = "fault"
LOVES = "loves"
DATABASE = "database"
EXPIRING = "expiring"

MANNERS: Mapping[Kind, Manner] = {
    Kind.KEYRING: Manner(KEYRING, Opens.KEYRING, lasting=True),
    Kind.LOGIN_EXPIRED: Manner(LOGIN, Opens.APPROVAL, lasting=True),
    Kind.LOGIN_FAILED: Manner(LOGIN, Opens.APPROVAL),
    Kind.LOGIN_DONE: Manner(LOGIN),
    Kind.LOGGED_IN: Manner(LOGIN, show="all"),
    Kind.KEY_FAULT: Manner(SERVICE, Opens.API_ACCOUNT, lasting=True),
    Kind.FAULT: Manner(FAULT),
    Kind.LOVES: Manner(LOVES),
    Kind.BLOCKED: Manner(SERVICE),
    Kind.EXPIRING: Manner(EXPIRING, Opens.LIBRARY),
    Kind.UNSENT: Manner(EXPIRING, Opens.APPROVAL),
    Kind.DATABASE: Manner(DATABASE, Opens.STATE_FOLDER),
    Kind.SALVAGED: Manner("salvaged", Opens.STATE_FOLDER),
    Kind.REJECTED: Manner("rejected", Opens.LIBRARY, lasting=True),
    Kind.DAILY_LIMIT: Manner("limit", Opens.LIBRARY),
    Kind.SCROBBLED: Manner("scrobbled", show="all", passing=True),
}

GOOD_NEWS = frozenset({Kind.LOGIN_DONE, Kind.LOGGED_IN, Kind.SCROBBLED})


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the user should see even if he never asks; `words` are for people."""

    kind: Kind
    words: str

    @property
    def manner(self) -> Manner:
        """How it is shown."""
        return MANNERS[self.kind]

    def is_shown(self, show: str) -> bool:
        """Whether it is, under this setting."""
        return SHOWS.index(show) >= SHOWS.index(self.manner.show)


Alert = Callable[[Notice], None]


def waiting(what: str, reply: Reply, kind: Kind = Kind.FAULT) -> Notice:
    """`what` is not sent, for a reason that waiting alone will hardly mend; `kind` where it is
    neither a block nor a fault of the key."""
    if reply.remedy is Remedy.BLOCKED:
        kind = Kind.BLOCKED
    elif reply.code in KEY_CODES:
        kind = Kind.KEY_FAULT
    return Notice(kind, f"{what} wait: {reply.message}")


def is_daily_limit(reply: Reply) -> bool:
    """Whether this is Last.fm's limit of scrobbles a day."""
    return reply.remedy is Remedy.HOLD and reply.code in LIMIT_CODES


def expiring(number: int, why: str) -> Notice:
    """Scrobbles will be too old soon; `why` they have not gone out, "" = nobody is logged in."""
    words = (
        f"{number} scrobble(s) will be too old for Last.fm within a day"
        f" ({why or 'nobody is logged in'}); scrobblerctl status tells more"
    )
    return Notice(Kind.EXPIRING if why else Kind.UNSENT, words)


def day_is_full(why: str) -> Notice:
    """A limit of the day is reached, Last.fm's or our own."""
    return Notice(Kind.DAILY_LIMIT, f"Scrobbles wait: {why}")


@dataclass(slots=True)
class Tally:
    """Scrobbles of one fate, which are told of together: SCROBBLED or REJECTED."""

    kind: Kind
    count: int = 0
    last: Scrobble | None = None
    message: str = ""
    at: float = 0.0  # when the last one came, in seconds of a clock that does not jump

    def add(self, scrobble: Scrobble, message: str, at: float) -> None:
        """One more."""
        self.count += 1
        self.last, self.message, self.at = scrobble, message, at

    def is_over(self, now: float, stands: bool) -> bool:
        """Whether the next one begins another story. What could not be sent counts for as long as
        its notification `stands`."""
        return now - self.at > BURST if self.kind is Kind.SCROBBLED else not stands

    def notice(self) -> Notice:
        """All of them in a few words."""
        last, many = self._last(), self.count > 1
        if self.kind is Kind.SCROBBLED:
            words = f"Scrobbled {self.count} plays" if many else f"Scrobbled: {last}"
        else:
            why = for_people(self.message, 100)
            first = (
                f"{self.count} plays were not scrobbled, the last one: "
                if many
                else "Not scrobbled: "
            )
            words = f"{first}{last} ({why})"
        return Notice(self.kind, words)

    def _last(self) -> str:
        if self.last is None:
            return "nothing"
        return track_named(self.last.track, self.last.artist, 60)


@dataclass(slots=True)
class OnceADay:
    """Tells the user some things at most once a day, over restarts too. `told` = when, by place,
    in UNIX seconds."""

    alert: Alert
    told: dict[str, float] = field(default_factory=dict[str, float])

    def is_due(self, place: str, wall: float) -> bool:
        """Whether the last time is a day ago; a clock that was set back does not prolong it."""
        return not abs(wall - self.told.get(place, 0.0)) < DAY  # NaN is due too

    def tell(self, notice: Notice, wall: float) -> None:
        """Tell it, if it is due."""
        if self.is_due(notice.manner.place, wall):
            self.told[notice.manner.place] = wall
            self.alert(notice)

    def dump(self) -> dict[str, float]:
        """What a restart must know."""
        return dict(self.told)

    def restore(self, state: Any) -> None:
        """Take up what `dump` gave; anything else is as if nothing had been told."""
        try:
            self.told = {str(place): float(wall) for place, wall in state.items()}
        except (AttributeError, TypeError, ValueError, OverflowError):
            self.told = {}
