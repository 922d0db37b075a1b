"""A day of listening in virtual time, by the real code into a real database: no memory is kept."""

import gc
import tracemalloc
from dataclasses import dataclass, field
from pathlib import Path

from scrobblerd.core import PREFIX
from scrobblerd.core.events import Due, Effect, Ended, Journal, Read
from scrobblerd.core.model import Moment, Play
from scrobblerd.core.rules import Rules
from scrobblerd.dbus.names import DBUS, PROPERTIES
from scrobblerd.mpris.watcher import PLAYER, Call, Signal, Watcher, WatcherOutput
from scrobblerd.storage.database import Database
from scrobblerd.storage.plays import PlayStore
from scrobblerd.tracking.tracker import Tracker
from tests.support.storage_samples import to

HOUR = 3600.0
WARM = 40
"""Hours until all caches are as full as they get."""

NOISE = 48 * 2**10
"""Bytes: so a leak of fifty bytes a play is found."""

SONG = 400.0


@dataclass
class House:
    """Players on a bus, the watcher and the tracker at its other end, and a database."""

    store: PlayStore
    t: float = 0.0
    properties: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])
    effects: list[Effect] = field(default_factory=list[Effect])
    counted: int = 0
    ended: int = 0

    def __post_init__(self) -> None:
        self.watcher = Watcher()
        self.tracker = Tracker(Rules(), "boot-1")

    @property
    def now(self) -> Moment:
        return Moment(1000 + self.t, 1000 + self.t, 1_790_000_000 + self.t)

    # -- the bus --------------------------------------------------------------------------------

    def owns(self, name: str, before: str, owner: str) -> None:
        """A name gets an owner, another one, or none."""
        self.hears(DBUS, DBUS, "NameOwnerChanged", PREFIX + name, before, owner)

    def says(self, owner: str, **properties: object) -> None:
        """A PropertiesChanged."""
        self.properties.setdefault(owner, {}).update(properties)
        self.hears(owner, PROPERTIES, "PropertiesChanged", PLAYER, properties, [])

    def hears(self, sender: str, interface: str, member: str, *body: object) -> None:
        """Any signal."""
        signal = Signal(sender, interface, member, list(body))
        self._carry(self.watcher.handle_signal(signal, self.now))

    def _carry(self, news: WatcherOutput) -> None:
        for event in news.events:
            self._take(self.tracker.handle(event))
        for call in news.calls:
            answer = self._answer(call)
            self._carry(self.watcher.handle_reply(call, answer, self.now))

    def _answer(self, call: Call) -> list[object] | None:
        if call.member == "GetConnectionUnixProcessID":
            return [7]
        if call.destination == ":mute":
            return None
        position = {"Position": int(self.t % SONG * 1e6)}
        return [{**self.properties.get(call.destination, {}), **position}]

    # -- the tracker ----------------------------------------------------------------------------

    def _take(self, effects: list[Effect]) -> None:
        self.effects += effects
        for effect in effects:
            if isinstance(effect, Read):
                self._carry(self.watcher.read(effect.player))

    async def passes(self, seconds: float) -> None:
        """Time passes; what is decided meanwhile is written down."""
        until = self.t + seconds
        while (wake := self.tracker.next_wake()) is not None and wake - 1000 <= until:
            self.t = max(self.t, wake - 1000)
            self._take(self.tracker.wake(self.now))
        self.t = until
        await self._record()

    async def _record(self) -> None:
        effects, self.effects = self.effects, []
        due: list[Play] = [effect.play for effect in effects if isinstance(effect, Due)]
        ended: list[Play] = [effect.play for effect in effects if isinstance(effect, Ended)]
        self.counted, self.ended = self.counted + len(due), self.ended + len(ended)
        if due or ended or any(isinstance(effect, Journal) for effect in effects):
            now, state = self.now, self.tracker.dump()
            await self.store.record(
                due,
                ended,
                recipients=to("quiet_otter"),
                now=now.wall,
                boot=now.boot,
                tracker=state,
            )


def _tags(who: str, number: int) -> dict[str, object]:
    return {
        "xesam:title": f"{who} {number}",
        "xesam:artist": ["Mira Holt", f"Guest {number}"],
        "xesam:url": f"file:///{who}/{number}",
        "mpris:trackid": f"/{number}",
        "mpris:length": int(SONG * 1e6),
    }


async def _hour(house: House, hour: int) -> None:
    """An album in one player, a stream in another, tabs that come and go, a player that never
    answers, seeks, pauses, and words that mean nothing."""
    for song in range(int(HOUR / SONG)):
        number = hour * 100 + song
        house.says(":1.1", PlaybackStatus="Playing", Metadata=_tags("Fern", number))
        house.says(":mute", PlaybackStatus="Playing", Metadata=_tags("Mute", number))
        house.says(":1.2", PlaybackStatus="Playing", Metadata={"xesam:title": f"Live {number}"})
        tab = f"firefox.instance_{number}"
        house.owns(tab, "", f":2.{number}")
        house.says(f":2.{number}", PlaybackStatus="Playing", Metadata=_tags("Fern", number))
        house.says(f":3.{number}", PlaybackStatus="Playing", Metadata=_tags("Nobody", number))
        await house.passes(40)
        house.hears(":1.1", PLAYER, "Seeked", 1_000_000)
        house.owns(tab, f":2.{number}", "")
        house.properties.pop(f":2.{number}")
        house.properties.pop(f":3.{number}")
        house.says(":1.1", PlaybackStatus="Paused")
        await house.passes(1)
        house.says(":1.1", PlaybackStatus="Playing", Volume=float(song % 2))
        await house.passes(SONG - 41)


async def test_a_day_of_listening_leaves_no_memory_behind(tmp_path: Path) -> None:
    tracemalloc.start()
    database = await Database.open(tmp_path / "scrobblerd.db")
    try:
        house = House(PlayStore(database, "boot-1"))
        for name, owner in (("mpv", ":1.1"), ("radio", ":1.2"), ("mute", ":mute")):
            house.owns(name, "", owner)
        for hour in range(WARM):
            await _hour(house, hour)
        before = _traced()
        for hour in range(WARM, WARM + 24):
            await _hour(house, hour)
        grown = _traced().compare_to(before, "lineno")
        rows = await database.select("SELECT count(*) FROM scrobble_queue")
    finally:
        tracemalloc.stop()
        await database.close()
    assert sum(each.size_diff for each in grown) < NOISE, "\n".join(map(str, grown[:12]))
    assert (house.counted > 500, house.ended > 900) == (True, True)
    assert rows == [(house.counted,)]
    assert len(house.tracker.dump()["players"]) == 3


def _traced() -> tracemalloc.Snapshot:
    gc.collect()
    snapshot = tracemalloc.take_snapshot()
    ours = (tracemalloc.Filter(inclusive=False, filename_pattern=tracemalloc.__file__),)
    return snapshot.filter_traces(ours)
