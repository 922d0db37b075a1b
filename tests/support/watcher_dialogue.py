"""A conversation with a watcher, message by message."""

from collections.abc import Iterable
from typing import Self

from scrobblerd.core import PREFIX
from scrobblerd.core.events import Event
from scrobblerd.core.model import Moment, Track
from scrobblerd.dbus.names import DBUS, PROPERTIES
from scrobblerd.mpris.watcher import PLAYER, ROOT, Answer, Call, Signal, Watcher, WatcherOutput
from tests.support.timeline import moment

TAGS: dict[str, object] = {"xesam:title": "Fern", "xesam:artist": ["Mira Holt"]}
FERN = Track(title="Fern", artist="Mira Holt")
NOW = moment(5.0)


class Talk:
    """A conversation with a watcher: what it wants to ask, and what came of it."""

    def __init__(self) -> None:
        self.watcher = Watcher()
        self.open: list[Call] = []
        self.events: list[Event] = []

    @property
    def now(self) -> Moment:
        """The moment it is."""
        return NOW

    def take(self, news: WatcherOutput) -> Self:
        """What a message led to."""
        self.open += news.calls
        self.events += news.events
        return self

    def signal(self, sender: str, interface: str, member: str, *body: object) -> Self:
        """A signal comes."""
        return self.take(
            self.watcher.handle_signal(Signal(sender, interface, member, list(body)), self.now)
        )

    def owner(self, name: str, old: str, new: str) -> Self:
        """A name of a player changes hands."""
        return self.signal(DBUS, DBUS, "NameOwnerChanged", PREFIX + name, old, new)

    def says(self, owner: str, changes: dict[str, object], invalidated: Iterable[str] = ()) -> Self:
        """A PropertiesChanged of the Player interface."""
        body = (PLAYER, changes, list(invalidated))
        return self.signal(owner, PROPERTIES, "PropertiesChanged", *body)

    def asked(self, member: str, *body: str) -> Call:
        """The oldest open call of this method with these last words, taken off the list."""
        found = next(
            call
            for call in self.open
            if call.member == member and call.body[len(call.body) - len(body) :] == body
        )
        self.open.remove(found)
        return found

    def answer(self, answer: Answer, member: str, *body: str) -> Self:
        """An open call is answered."""
        return self.take(self.watcher.handle_reply(self.asked(member, *body), answer, self.now))

    def news(self) -> list[Event]:
        """The events since this was asked last."""
        found, self.events = self.events, []
        return found


def known(*names: str, owner: str = ":1.5") -> Talk:
    """A talk about players whose first reading is done."""
    talk = Talk()
    for name in names or ("mpv",):
        talk.owner(name, "", owner)
        talk.answer([42], "GetConnectionUnixProcessID").answer([{}], "GetAll", ROOT)
        talk.answer([{"PlaybackStatus": "Playing", "Metadata": TAGS}], "GetAll", PLAYER)
    talk.news()
    return talk


def wanted(talk: Talk) -> list[tuple[str, str]]:
    """The open calls: method and last word."""
    return [(call.member, call.body[-1] if call.body else "") for call in talk.open]
