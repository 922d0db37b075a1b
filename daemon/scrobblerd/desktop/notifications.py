"""Says how each kind of alert looks on the desktop, and what a click on it opens. Pure.

It sends nothing: `notifier` decides what is told, `notification_server` shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ..core import LASTFM
from ..core.model import Scrobble
from ..core.publisher import Alert, AlertKind
from ..core.text import for_people, track_named

BURST_SECONDS = 25.0
"""Scrobbles sent closer together are a backlog: a track that counts lasts longer than this."""

MAX_REASON_CHARACTERS = 100
MAX_TRACK_CHARACTERS = 60
"""In the notification of a Digest, which has room for 300."""

SHOW_SETTINGS = ("off", "errors", "all")
"""The values of [notifications] show. Each one shows what those before it do."""


class ClickAction(StrEnum):
    """What a click on a notification opens; the value is the label of the action."""

    NOTHING = ""
    LOGIN = "Log in"
    KEYRING = "Unlock the keyring"
    LIBRARY = "Open your Last.fm library"
    API_ACCOUNT = "Get an API key"
    STATE_FOLDER = "Open the folder"
    LEAVE_OUT = "Leave out"


class Slot(StrEnum):
    """A place on the desktop. Of the notifications of one slot only the newest is shown."""

    KEYRING = "keyring"
    LOGIN = "login"
    ACCOUNT_LOGIN = "account login"
    SERVICE = "service"
    FAULT = "fault"
    LOVES = "loves"
    DATABASE = "database"
    SALVAGED = "salvaged"
    EXPIRING = "expiring"
    REJECTED = "rejected"
    LIMIT = "limit"
    SCROBBLED = "scrobbled"
    NEW_PLAYER = "new player"
    LOVED = "loved"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class NotificationStyle:
    """How a kind of alert is shown.

    `show`: the lowest setting that shows it. `lasting`: it is still worth showing when a
    notification server comes later. `transient`: of low urgency, and not kept in the server's list.
    `key`: how the server calls the click: on a button, or `default`, which is anywhere.
    """

    slot: Slot
    click: ClickAction = ClickAction.NOTHING
    show: str = "errors"
    lasting: bool = False
    transient: bool = False
    key: str = "default"


STYLES: Mapping[AlertKind, NotificationStyle] = {
    AlertKind.KEYRING: NotificationStyle(Slot.KEYRING, ClickAction.KEYRING, lasting=True),
    AlertKind.LOGIN_EXPIRED: NotificationStyle(Slot.LOGIN, ClickAction.LOGIN, lasting=True),
    AlertKind.LOGIN_FAILED: NotificationStyle(Slot.LOGIN, ClickAction.LOGIN),
    AlertKind.LOGIN_DONE: NotificationStyle(Slot.LOGIN),
    AlertKind.LOGGED_IN: NotificationStyle(Slot.LOGIN, show="all"),
    AlertKind.ACCOUNT_LOGIN: NotificationStyle(Slot.ACCOUNT_LOGIN, lasting=True),
    AlertKind.KEY_FAULT: NotificationStyle(Slot.SERVICE, ClickAction.API_ACCOUNT, lasting=True),
    AlertKind.FAULT: NotificationStyle(Slot.FAULT),
    AlertKind.LOVES: NotificationStyle(Slot.LOVES),
    AlertKind.BLOCKED: NotificationStyle(Slot.SERVICE),
    AlertKind.EXPIRING: NotificationStyle(Slot.EXPIRING, ClickAction.LIBRARY),
    AlertKind.UNSENT: NotificationStyle(Slot.EXPIRING, ClickAction.LOGIN),
    AlertKind.DATABASE: NotificationStyle(Slot.DATABASE, ClickAction.STATE_FOLDER),
    AlertKind.SALVAGED: NotificationStyle(Slot.SALVAGED, ClickAction.STATE_FOLDER),
    AlertKind.REJECTED: NotificationStyle(Slot.REJECTED, ClickAction.LIBRARY, lasting=True),
    AlertKind.DAILY_LIMIT: NotificationStyle(Slot.LIMIT, ClickAction.LIBRARY),
    AlertKind.SCROBBLED: NotificationStyle(Slot.SCROBBLED, show="all", transient=True),
    AlertKind.NEW_PLAYER: NotificationStyle(
        Slot.NEW_PLAYER, ClickAction.LEAVE_OUT, lasting=True, key="leave-out"
    ),
    AlertKind.PLAYER_LEFT_OUT: NotificationStyle(Slot.NEW_PLAYER),
    AlertKind.LOVED: NotificationStyle(Slot.LOVED, show="all", transient=True),
    AlertKind.SKIPPED: NotificationStyle(Slot.SKIPPED, show="all", transient=True),
}

GOOD_NEWS = frozenset(
    {
        *(AlertKind.LOGIN_DONE, AlertKind.LOGGED_IN, AlertKind.SCROBBLED),
        *(AlertKind.LOVED, AlertKind.SKIPPED),
        AlertKind.PLAYER_LEFT_OUT,
    }
)


def style_of(alert: Alert) -> NotificationStyle:
    """Returns how an alert is shown. What a click opens are pages and the login of Last.fm, so
    there is none for other accounts: the words say which command to run."""
    style = STYLES[alert.kind]
    return style if alert.account == LASTFM else replace(style, click=ClickAction.NOTHING)


def words_of(alert: Alert, clickable: bool = False) -> str:
    """Returns what is told; if nothing can be clicked, with the command that does the same."""
    if clickable or not alert.player:
        return alert.words
    return f"{alert.words}; to leave it out: scrobblerctl players --ignore {alert.player}"


def merged(alerts: Sequence[Alert]) -> Alert:
    """Returns one alert for those of several accounts, of which the last is the newest."""
    newest = alerts[-1]
    name = "" if newest.account == LASTFM else f"{newest.account}: "
    if len(alerts) == 1:
        return replace(newest, words=f"{name}{newest.words}")
    names = ", ".join(alert.account for alert in alerts)
    words = f"{len(alerts)} accounts have trouble ({names}), the last one: {name}{newest.words}"
    return replace(newest, words=words)


def is_shown(alert: Alert, show: str) -> bool:
    """Decides whether an alert is shown under this setting."""
    return SHOW_SETTINGS.index(show) >= SHOW_SETTINGS.index(style_of(alert).show)


@dataclass(slots=True)
class Digest:
    """Scrobbles that are told of in one notification: what was sent, or what was rejected."""

    kind: AlertKind  # SCROBBLED or REJECTED
    count: int = 0
    last: Scrobble | None = None
    message: str = ""  # about the last one
    account: str = LASTFM  # to which the last one was to go
    at: float = 0.0  # when the last one came: seconds of CLOCK_MONOTONIC

    def add(self, scrobble: Scrobble, message: str, at: float, *, account: str = LASTFM) -> None:
        """Counts one more."""
        self.count += 1
        self.last, self.message, self.at = scrobble, message, at
        self.account = account

    def is_over(self, now: float, stands: bool, burst_seconds: float = BURST_SECONDS) -> bool:
        """Decides whether the next scrobble begins another digest. Rejected ones are counted for
        as long as their notification `stands`."""
        return now - self.at > burst_seconds if self.kind is AlertKind.SCROBBLED else not stands

    def alert(self) -> Alert:
        """Says all of them in a few words."""
        track, is_one = self._last_track(), self.count == 1
        if self.kind is AlertKind.SCROBBLED:
            text = f"Scrobbled: {track}" if is_one else f"Scrobbled {self.count} plays"
        else:
            several = f"{self.count} plays were not scrobbled, the last one: "
            begin = "Not scrobbled: " if is_one else several
            name = "" if self.account == LASTFM else f"{self.account}: "
            text = f"{begin}{track} ({name}{for_people(self.message, MAX_REASON_CHARACTERS)})"
        return Alert(self.kind, text, self.account)

    def _last_track(self) -> str:
        if self.last is None:
            return "nothing"
        return track_named(self.last.track, self.last.artist, MAX_TRACK_CHARACTERS)
