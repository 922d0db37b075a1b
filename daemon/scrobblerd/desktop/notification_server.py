"""Notices on the desktop, by org.freedesktop.Notifications. Where there is none, nobody minds.

One call to the server is under way at a time, and of what waits for it only the newest notice of
each place is kept: a server that hangs costs nothing. Ids belong to the server that gave them.

Specification: specifications.freedesktop.org/notification-spec, version 1.3.
"""

import asyncio
import html
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from ..core.reports import Alert, AlertKind
from ..core.text import for_people
from ..dbus.calls import answer, ask, ask_bus
from ..dbus.names import DBUS
from .notifications import DATABASE, GOOD_NEWS, ClickAction, is_shown, style_of
from .opener import Opener

log = logging.getLogger(__name__)

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
LONGEST = 300
"""Characters of a notification."""

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


@dataclass(frozen=True, slots=True)
class _Server:
    """Who owns the name, and what he can do; None = he does not say."""

    owner: str
    capabilities: frozenset[str] | None

    def can(self, what: str, otherwise: bool) -> bool:
        return otherwise if self.capabilities is None else what in self.capabilities

    def text(self, notice: Alert) -> list[str]:
        """Summary and body; where it is not known whether the body is markup, better safe."""
        words = for_people(notice.words, LONGEST)
        if not self.can("body", otherwise=True):
            return [words, ""]
        markup = self.can("body-markup", otherwise=True)
        return ["Scrobbling", html.escape(words, quote=False) if markup else words]


@dataclass(slots=True)
class _Shown:
    """A notification that stands, as far as is known. `token`: to be handed on with the click."""

    owner: str
    id: int
    notice: Alert
    clickable: bool
    token: str = ""


class NotificationServer:
    """Shows notices; nobody waits for them. `show` is the setting of [notifications]; `clicked` is
    called with the kind of a notice and an activation token, "" = none."""

    def __init__(self, bus: MessageBus, show: str = "errors") -> None:
        self.show = show
        self.opener = Opener(bus)
        self.clicked: Callable[[AlertKind, str], None] = lambda kind, token: None
        self._bus = bus
        self._server: _Server | None = None
        self._listening = False
        self._waiting: dict[str, Alert | None] = {}  # by place; None = take away what stands there
        self._missed: dict[str, Alert] = {}  # likewise: what no server was there for
        self._shown: dict[str, _Shown] = {}  # likewise
        self._at = ""  # the place of what is under way
        self._worker: asyncio.Task[None] | None = None

    def alert(self, notice: Alert) -> None:
        """Tell the user, as the setting wants it, and the log anyhow."""
        place = style_of(notice).place
        if not style_of(notice).passing:
            level = logging.INFO if notice.kind in GOOD_NEWS else logging.WARNING
            log.log(level, "%s", notice.words)
        self._missed.pop(place, None)
        if is_shown(notice, self.show):
            self._enqueue(place, notice)

    def salvaged(self, words: str) -> None:
        """The database was broken, and a new one begun."""
        self.alert(Alert(AlertKind.SALVAGED, words))

    def database_fails(self, words: str) -> None:
        """Nothing can be kept, and why; "" = it can again."""
        if words:
            self.alert(Alert(AlertKind.DATABASE, words))
        else:
            self.withdraw(DATABASE)

    def withdraw(self, place: str) -> None:
        """What was told there is no longer so."""
        if self.stands(place):
            self._missed.pop(place, None)
            self._enqueue(place, None)

    def stands(self, place: str) -> bool:
        """Whether a notice stands there, or will."""
        waits = self._waiting.get(place) is not None or place in self._missed
        return waits or place == self._at or place in self._shown

    async def done(self) -> None:
        """Wait until the server has had all that was told, or nobody is there to have it."""
        if self._worker is not None:
            await asyncio.wait({self._worker})

    async def stop(self) -> None:
        """Give up what is under way."""
        self._bus.remove_message_handler(self._handle)
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    # -- to the server ----------------------------------------------------------------------

    def _enqueue(self, place: str, notice: Alert | None) -> None:
        self._waiting[place] = notice
        self._work()

    def _work(self) -> None:
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._waiting:
            self._at = next(iter(self._waiting))
            await self._perform(self._at, self._waiting.pop(self._at))
        self._at = ""

    async def _perform(self, place: str, notice: Alert | None) -> None:
        if notice is None:
            await self._close(place)
        elif is_shown(notice, self.show) and not await self._notify(notice):
            log.debug("there is no notification server")
            if style_of(notice).lasting:
                self._missed[place] = notice

    async def _notify(self, notice: Alert) -> bool:
        """Show it; False where there is no server."""
        server = await self._meet()
        if server is None:
            return False
        clickable = await self._is_clickable(server, style_of(notice).opens)
        actions = ["default", str(style_of(notice).opens)] if clickable else []
        before = self._shown.get(style_of(notice).place)
        replaced = before.id if before and before.owner == server.owner else 0
        text, hints = server.text(notice), _hints(notice)
        body = ["scrobblerd", replaced, "audio-x-generic", *text, actions, hints, -1]
        reply = await ask(self._bus, _call("Notify", "susssasa{sv}i", body))
        if reply is None or reply.sender != server.owner:
            self._server = None
        found = answer(reply, "u")
        if reply and found and found[0]:
            shown = _Shown(reply.sender, found[0], notice, clickable)
            self._shown[style_of(notice).place] = shown
        return not _is_missing(reply)

    async def _is_clickable(self, server: _Server, opens: ClickAction) -> bool:
        if not opens or not server.can("actions", otherwise=False):
            return False
        if opens is ClickAction.KEYRING:  # nobody else has to do with it
            return True
        return await self.opener.can_open(folder=opens is ClickAction.STATE_FOLDER)

    async def _close(self, place: str) -> None:
        self._missed.pop(place, None)
        shown = self._shown.pop(place, None)
        if shown and self._server and shown.owner == self._server.owner:
            await ask(self._bus, _call("CloseNotification", "u", [shown.id]))

    async def _meet(self) -> _Server | None:
        """The server, which may have to be started; None where there is none."""
        if not self._listening:
            self._listening = True
            self._bus.add_message_handler(self._handle)
            for rule in MATCH_RULES:
                await ask_bus(self._bus, "AddMatch", rule)
        if self._server is None:
            reply = await ask(self._bus, _call("GetCapabilities", "", []))
            if reply is None or not (reply.sender or "").startswith(":"):
                return None
            found = answer(reply, "as")
            self._server = _Server(reply.sender, frozenset(found[0]) if found else None)
        return self._server

    # -- from the server --------------------------------------------------------------------

    # Whatever comes is looked at in the next turn of the loop, after whoever waits for an answer
    # that came before it: a click may follow on the heels of the id.

    def _handle(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if SIGNATURES.get(message.member) == message.signature:
            seen = message.sender, message.interface, message.member, message.body
            asyncio.get_running_loop().call_soon(self._receive, *seen)

    def _receive(self, sender: str, interface: str, member: str, body: list[Any]) -> None:
        if (sender, interface, body[0]) == (DBUS, DBUS, NAME):
            self._owner_changed(body[2])
        for place, shown in list(self._shown.items()):
            if interface == NAME and (shown.owner, shown.id) == (sender, body[0]):
                self._heard(place, shown, member, body[1])

    def _owner_changed(self, new: str) -> None:
        """Another server, or none: what the last one was told has gone with it."""
        self._server = None
        self._shown.clear()
        if new and self._missed:
            self._waiting = {**self._missed, **self._waiting}
            self._missed = {}
            self._work()

    def _heard(self, place: str, shown: _Shown, member: str, said: Any) -> None:
        if member == "NotificationClosed":
            del self._shown[place]
        elif member == "ActivationToken":
            shown.token = said
        elif said == "default" and shown.clickable:
            shown.clickable = False  # servers take it away; one that does not is heard once
            self.clicked(shown.notice.kind, shown.token)


def _call(member: str, signature: str, body: list[Any]) -> Message:
    return Message(NAME, PATH, NAME, member, signature=signature, body=body)


def _is_missing(reply: Message | None) -> bool:
    """Whether the bus says that there is nobody of that name."""
    return reply is not None and reply.error_name == f"{DBUS}.Error.ServiceUnknown"


def _hints(notice: Alert) -> dict[str, Variant]:
    hints = {
        "urgency": Variant("y", 0 if style_of(notice).passing else 1),
        "desktop-entry": Variant("s", "scrobblerd"),
    }
    if style_of(notice).passing:
        hints["transient"] = Variant("b", True)
    return hints
