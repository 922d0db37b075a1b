"""Pure: what the user is told on the desktop, from which setting on, and what a click on it opens.

Nothing here is sent anywhere: `notifier` decides that something is told, `notification_server`
shows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..core.model import Scrobble
from ..core.reports import Alert, AlertKind
from ..core.text import for_people, track_named

BURST = 25.0
"""Seconds: what is sent closer together is a backlog; tracks that count last longer than this."""


SHOWS = ("off", "errors", "all")
"""The settings of [notifications] show; each one shows what those before it do."""


class ClickAction(StrEnum):
    """What a click on a notification opens."""

    NOTHING = ""
    APPROVAL = "Log in"
    KEYRING = "Unlock the keyring"
    LIBRARY = "Open your Last.fm library"
    API_ACCOUNT = "Get an API key"
    STATE_FOLDER = "Open the folder"


@dataclass(frozen=True, slots=True)
class NotificationStyle:
    """How a kind of notice is shown. Of one `place` only the newest notice stands.

    `show`: the setting from which on it is shown. `lasting`: worth showing when a notification
    server comes later. `passing`: of low urgency, and not kept in the server's list.
    """

    place: str
    opens: ClickAction = ClickAction.NOTHING
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

STYLES: Mapping[AlertKind, NotificationStyle] = {
    AlertKind.KEYRING: NotificationStyle(KEYRING, ClickAction.KEYRING, lasting=True),
    AlertKind.LOGIN_EXPIRED: NotificationStyle(LOGIN, ClickAction.APPROVAL, lasting=True),
    AlertKind.LOGIN_FAILED: NotificationStyle(LOGIN, ClickAction.APPROVAL),
    AlertKind.LOGIN_DONE: NotificationStyle(LOGIN),
    AlertKind.LOGGED_IN: NotificationStyle(LOGIN, show="all"),
    AlertKind.KEY_FAULT: NotificationStyle(SERVICE, ClickAction.API_ACCOUNT, lasting=True),
    AlertKind.FAULT: NotificationStyle(FAULT),
    AlertKind.LOVES: NotificationStyle(LOVES),
    AlertKind.BLOCKED: NotificationStyle(SERVICE),
    AlertKind.EXPIRING: NotificationStyle(EXPIRING, ClickAction.LIBRARY),
    AlertKind.UNSENT: NotificationStyle(EXPIRING, ClickAction.APPROVAL),
    AlertKind.DATABASE: NotificationStyle(DATABASE, ClickAction.STATE_FOLDER),
    AlertKind.SALVAGED: NotificationStyle("salvaged", ClickAction.STATE_FOLDER),
    AlertKind.REJECTED: NotificationStyle("rejected", ClickAction.LIBRARY, lasting=True),
    AlertKind.DAILY_LIMIT: NotificationStyle("limit", ClickAction.LIBRARY),
    AlertKind.SCROBBLED: NotificationStyle("scrobbled", show="all", passing=True),
}

GOOD_NEWS = frozenset({AlertKind.LOGIN_DONE, AlertKind.LOGGED_IN, AlertKind.SCROBBLED})


def style_of(alert: Alert) -> NotificationStyle:
    """How an alert is shown."""
    return STYLES[alert.kind]


def is_shown(alert: Alert, show: str) -> bool:
    """Whether it is, under this setting."""
    return SHOWS.index(show) >= SHOWS.index(style_of(alert).show)


@dataclass(slots=True)
class Digest:
    """Scrobbles of one fate, which are told of together: SCROBBLED or REJECTED."""

    kind: AlertKind
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
        return now - self.at > BURST if self.kind is AlertKind.SCROBBLED else not stands

    def alert(self) -> Alert:
        """All of them in a few words."""
        last, many = self._last(), self.count > 1
        if self.kind is AlertKind.SCROBBLED:
            words = f"Scrobbled {self.count} plays" if many else f"Scrobbled: {last}"
        else:
            why = for_people(self.message, 100)
            first = (
                f"{self.count} plays were not scrobbled, the last one: "
                if many
                else "Not scrobbled: "
            )
            words = f"{first}{last} ({why})"
        return Alert(self.kind, words)

    def _last(self) -> str:
        if self.last is None:
            return "nothing"
        return track_named(self.last.track, self.last.artist, 60)
