"""Shows alerts by org.freedesktop.Notifications. Does nothing if no notification server runs.

One call to the server is under way at a time. Only the newest alert of each slot waits for it, so
that a server that hangs costs nothing. Ids belong to the server that gave them.

Specification: specifications.freedesktop.org/notification-spec, version 1.3.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from ..core.publisher import Alert, AlertKind
from ..core.text import for_people
from ..dbus.calls import (
    CALL_TIMEOUT_SECONDS,
    body_of,
    call_if_possible,
    subscribe_unconfirmed,
)
from ..dbus.names import DBUS
from .notifications import (
    GOOD_NEWS,
    ClickAction,
    NotificationStyle,
    Slot,
    is_shown,
    style_of,
    words_of,
)
from .opener import Opener

log = logging.getLogger(__name__)

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
MAX_CHARACTERS = 300
"""Of a notification: servers show a few lines."""

OUR_ICON = "scrobblerd"
ICON_FILE = Path("icons/hicolor/scalable/apps/scrobblerd.svg")
"""Below share/, as packages and `scrobblerctl service install` put it there."""

MATCH_RULES = (
    f"type='signal',sender='{NAME}',interface='{NAME}'",
    f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{NAME}'",
)
SIGNATURES = {
    "ActionInvoked": "us",
    "ActivationToken": "us",
    "NotificationClosed": "uu",
    "NameOwnerChanged": "sss",
}


Clicked = Callable[[AlertKind, str], None]
"""Hears of a click: the kind of the alert, and the activation token of the click, "" = none."""


@dataclass(frozen=True, slots=True)
class _Server:
    """The owner of the name, and its capabilities; None if it does not say."""

    owner: str
    capabilities: frozenset[str] | None

    def can(self, what: str, otherwise: bool) -> bool:
        return otherwise if self.capabilities is None else what in self.capabilities

    def text(self, words: str) -> list[str]:
        """Returns the summary and the body, which is escaped unless it is known to be no markup."""
        text = for_people(words, MAX_CHARACTERS)
        if not self.can("body", otherwise=True):
            return [text, ""]
        if not self.can("body-markup", otherwise=True):
            return ["Scrobbling", text]
        from html import escape  # noqa: PLC0415 # half a megabyte, and few days need it

        return ["Scrobbling", escape(text, quote=False)]


@dataclass(slots=True)
class _Shown:
    """A notification that is on the desktop, as far as is known.

    `token`: the activation token, which comes before the click that it belongs to.
    """

    owner: str
    id: int
    alert: Alert
    clickable: bool
    token: str = ""


class NotificationServer:
    """Shows alerts, and nobody waits for them. `show` is the setting of [notifications]."""

    def __init__(
        self,
        bus: MessageBus,
        show: Callable[[], str] = lambda: "errors",
        timeout_seconds: float = CALL_TIMEOUT_SECONDS,
    ) -> None:
        self.show = show
        self.opener = Opener(bus, timeout_seconds)
        self._bus = bus
        self._timeout_seconds = timeout_seconds
        self._clicked: Clicked | None = None
        self._clicked_of: dict[AlertKind, Callable[[Alert], None]] = {}
        self._server: _Server | None = None
        self._listening = False
        self._waiting: dict[Slot, Alert | None] = {}  # None = close what is shown there
        self._missed: dict[Slot, Alert] = {}  # what came while no server ran
        self._shown: dict[Slot, _Shown] = {}
        self._current: Slot | None = None  # the slot of the call that is under way
        self._worker: asyncio.Task[None] | None = None

    def on_click(self, clicked: Clicked | None) -> None:
        """Calls `clicked` from now on when a notification is clicked on; None = nobody hears it."""
        self._clicked = clicked

    def on_click_of(self, kind: AlertKind, clicked: Callable[[Alert], None] | None) -> None:
        """Calls `clicked`, and nobody else, with the alert of this kind that is clicked on."""
        if clicked is None:
            self._clicked_of.pop(kind, None)
        else:
            self._clicked_of[kind] = clicked

    def alert(self, alert: Alert) -> None:
        """Tells the user, if the setting allows it, and the log in any case."""
        style = style_of(alert)
        if not style.transient:
            is_good = alert.kind in GOOD_NEWS or alert.kind is AlertKind.NEW_PLAYER
            level = logging.INFO if is_good else logging.WARNING
            log.log(level, "%s", words_of(alert))
        self._missed.pop(style.slot, None)
        if is_shown(alert, self.show()):
            self._enqueue(style.slot, alert)

    def salvaged(self, message: str) -> None:
        """Tells that the database was broken, and what became of it."""
        self.alert(Alert(AlertKind.SALVAGED, message))

    def database_fails(self, message: str) -> None:
        """Tells that nothing can be kept, and why; "" = it can be kept again."""
        if message:
            self.alert(Alert(AlertKind.DATABASE, message))
        else:
            self.withdraw(Slot.DATABASE)

    def withdraw(self, slot: Slot) -> None:
        """Closes the notification of a slot, because it is no longer true."""
        if self.stands(slot):
            self._missed.pop(slot, None)
            self._enqueue(slot, None)

    def stands(self, slot: Slot) -> bool:
        """Decides whether a notification is in the slot, or will be."""
        waits = self._waiting.get(slot) is not None or slot in self._missed
        return waits or slot == self._current or slot in self._shown

    async def done(self) -> None:
        """Waits until all was shown that can be shown."""
        if self._worker is not None:
            await asyncio.wait({self._worker})

    async def stop(self) -> None:
        """Gives up what is under way."""
        self._bus.remove_message_handler(self._handle)
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    # -- to the server ----------------------------------------------------------------------

    def _enqueue(self, slot: Slot, alert: Alert | None) -> None:
        self._waiting[slot] = alert
        self._work()

    def _work(self) -> None:
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._waiting:
            self._current = next(iter(self._waiting))
            await self._perform(self._current, self._waiting.pop(self._current))
        self._current = None

    async def _perform(self, slot: Slot, alert: Alert | None) -> None:
        if alert is None:
            await self._close(slot)
        elif is_shown(alert, self.show()) and not await self._notify(alert):
            log.debug("there is no notification server")
            if style_of(alert).lasting:
                self._missed[slot] = alert

    async def _notify(self, alert: Alert) -> bool:
        """Shows an alert. Returns False if there is no server."""
        server, style = await self._find_server(), style_of(alert)
        if server is None:
            return False
        clickable = await self._is_clickable(server, style.click)
        actions = [style.key, str(style.click)] if clickable else []
        before = self._shown.get(style.slot)
        replaced = before.id if before and before.owner == server.owner else 0
        text, hints = server.text(words_of(alert, clickable)), _hints(style)
        body = ["scrobblerd", replaced, _icon(), *text, actions, hints, -1]
        reply = await self._call("Notify", "susssasa{sv}i", body)
        if reply is None or reply.sender != server.owner:
            self._server = None
        ids = body_of(reply, "u")
        if reply and ids and ids[0]:
            self._shown[style.slot] = _Shown(reply.sender, ids[0], alert, clickable)
        return not _is_missing(reply)

    async def _is_clickable(self, server: _Server, action: ClickAction) -> bool:
        if not action or not server.can("actions", otherwise=False):
            return False
        if action in (ClickAction.KEYRING, ClickAction.LEAVE_OUT):  # no service has to open it
            return True
        return await self.opener.can_open(folder=action is ClickAction.STATE_FOLDER)

    async def _close(self, slot: Slot) -> None:
        self._missed.pop(slot, None)
        shown = self._shown.pop(slot, None)
        if shown and self._server and shown.owner == self._server.owner:
            await self._call("CloseNotification", "u", [shown.id])

    async def _find_server(self) -> _Server | None:
        """Returns the server, which the bus may have to start, or None if there is none."""
        if not self._listening:
            self._listening = True
            self._bus.add_message_handler(self._handle)
            subscribe_unconfirmed(self._bus, MATCH_RULES)
        if self._server is None:
            reply = await self._call("GetCapabilities", "", [])
            if reply is None or not (reply.sender or "").startswith(":"):
                return None
            names = body_of(reply, "as")
            self._server = _Server(reply.sender, frozenset(names[0]) if names else None)
        return self._server

    async def _call(self, member: str, signature: str, body: list[Any]) -> Message | None:
        message = Message(NAME, PATH, NAME, member, signature=signature, body=body)
        return await call_if_possible(self._bus, message, self._timeout_seconds)

    # -- from the server --------------------------------------------------------------------

    # A signal is handled in the next turn of the loop, after the task that waits for a reply that
    # came before it: a click may come right after the reply with the id.

    def _handle(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if SIGNATURES.get(message.member) == message.signature:
            parts = message.sender, message.interface, message.member, message.body
            asyncio.get_running_loop().call_soon(self._receive, *parts)

    def _receive(self, sender: str, interface: str, member: str, body: list[Any]) -> None:
        if (sender, interface, body[0]) == (DBUS, DBUS, NAME):
            self._owner_changed(body[2])
        for slot, shown in list(self._shown.items()):
            if interface == NAME and (shown.owner, shown.id) == (sender, body[0]):
                self._handle_signal(slot, shown, member, body[1])

    def _owner_changed(self, new: str) -> None:
        """Another server runs, or none. What the last one showed has gone with it."""
        self._server = None
        self._shown.clear()
        if new and self._missed:
            self._waiting = {**self._missed, **self._waiting}
            self._missed = {}
            self._work()

    def _handle_signal(self, slot: Slot, shown: _Shown, member: str, value: Any) -> None:
        if member == "NotificationClosed":
            del self._shown[slot]
        elif member == "ActivationToken":
            shown.token = value
        elif value == style_of(shown.alert).key and shown.clickable:
            shown.clickable = False  # servers close it; of one that does not, one click counts
            if clicked_of := self._clicked_of.get(shown.alert.kind):
                clicked_of(shown.alert)
            elif self._clicked is not None:
                self._clicked(shown.alert.kind, shown.token)


def _is_missing(reply: Message | None) -> bool:
    """Decides whether the bus says that no server runs."""
    return reply is not None and reply.error_name == f"{DBUS}.Error.ServiceUnknown"


def _icon() -> str:
    """Returns the name of our icon, or of one that every theme has if ours is not installed."""
    home = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    shares = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    folders = (Path(folder).expanduser() for folder in (home, *shares.split(":")))
    return OUR_ICON if any((each / ICON_FILE).exists() for each in folders) else "audio-x-generic"


def _hints(style: NotificationStyle) -> dict[str, Variant]:
    hints = {
        "urgency": Variant("y", 0 if style.transient else 1),
        "desktop-entry": Variant("s", OUR_ICON),
    }
    if style.transient:
        hints["transient"] = Variant("b", True)
    return hints
