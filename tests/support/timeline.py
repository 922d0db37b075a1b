"""A player and its listener on virtual time: steps in, the whole outcome compared."""

import heapq
import itertools
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from scrobblerd.core.events import (
    Changed,
    Due,
    Effect,
    Ended,
    Event,
    Identified,
    Journal,
    NowPlaying,
    Read,
    ReadFailed,
    Seeked,
    Snapshot,
    Vanished,
)
from scrobblerd.core.model import Moment, Play, Status, Track
from scrobblerd.core.rules import Rules
from scrobblerd.mpris.private_mode import PrivateMode
from scrobblerd.tracking.tracker import Tracker

PLAYING, PAUSED, STOPPED = Status.PLAYING, Status.PAUSED, Status.STOPPED
WALL = 1_790_000_000.0
"""The wall clock at second 0 of every timeline."""

MONO = 1000.0
"""CLOCK_MONOTONIC at second 0 of every timeline."""

SONG = Track(title="Slow Harbour", artist="The Paper Lanterns", album="Tidewater", length=200.0)
OTHER = Track(title="Fern", artist="Mira Holt", album="Understorey", length=180.0)

NEVER = float("inf")


def moment(t: float, wall_jump: float = 0.0, slept: float = 0.0) -> Moment:
    """Second `t` of the timeline."""
    return Moment(MONO + t, MONO + t + slept, WALL + t + slept + wall_jump)


def long(seconds: float | None, track: Track = SONG) -> Track:
    """`track` with another length."""
    return replace(track, length=seconds)


@dataclass
class Timeline:
    """Drives a Tracker. Times are seconds from the beginning of the timeline.

    A Read is answered after `delay` with the player's truth, or never where `answers` is false.
    `position` gives the Position that is read at a second of the timeline.
    """

    rules: Rules = field(default_factory=Rules)
    player: str = "mpv"
    truth: dict[str, tuple[Status, Track | None]] = field(
        default_factory=dict[str, tuple[Status, Track | None]]
    )
    position: Callable[[float], float | None] = lambda t: None
    loop: str | None = None
    answers: bool = True
    delay: float = 0.0
    t: float = 0.0
    wall_jump: float = 0.0
    slept: float = 0.0
    announced: list[tuple[float, Play]] = field(default_factory=list[tuple[float, Play]])
    due: list[tuple[float, Play]] = field(default_factory=list[tuple[float, Play]])
    ended: list[Play] = field(default_factory=list[Play])
    reads: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    rates: dict[str, float] = field(default_factory=dict[str, float])
    private_since: float = 0.0
    wakes: int = 0
    journal: str = ""

    def __post_init__(self) -> None:
        self.tracker = Tracker(self.rules, "boot-1")
        self.private = PrivateMode(self.rules.private)
        self._later: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()

    @property
    def now(self) -> Moment:
        return moment(self.t, self.wall_jump, self.slept)

    # -- time -----------------------------------------------------------------------------

    def at(self, t: float) -> Self:
        """Let time pass until second `t`."""
        while (when := min(self._wake_at(), self._later_at())) <= t:
            self.t = max(self.t, when)
            if self._later_at() <= when:
                heapq.heappop(self._later)[2]()
                continue
            assert self.wakes < 1000, "the tracker wakes for nothing"
            self.wakes += 1
            self.take(self.tracker.wake(self.now))
        self.t = max(self.t, t)
        return self

    def sleeps(self, seconds: float) -> Self:
        """A suspend: CLOCK_MONOTONIC stands still."""
        self.slept += seconds
        return self

    def sets_clock(self, seconds: float) -> Self:
        """The wall clock jumps."""
        self.wall_jump += seconds
        return self

    def restarts(self, after: float = 0.0, boot: str = "boot-1", killed: bool = False) -> Self:
        """The daemon ends, and begins again `after` seconds: with the exact figures, or, where it
        was killed, with what its last Journal held."""
        if not killed:
            self.take([*self.tracker.wake(self.now), Journal()])
        self.t += after
        self.tracker = Tracker(self.rules, boot)
        self.private = PrivateMode(self.rules.private)
        self.take(self.tracker.restore(json.loads(self.journal), self.now))
        return self

    def _wake_at(self) -> float:
        wake = self.tracker.next_wake()
        return NEVER if wake is None else wake - MONO

    def _later_at(self) -> float:
        return self._later[0][0] if self._later else NEVER

    def do_at(self, t: float, action: Callable[[], object]) -> None:
        """Let something happen at second `t`."""
        heapq.heappush(self._later, (t, next(self._numbers), action))

    # -- private mode ---------------------------------------------------------------------

    def goes_private(self) -> Self:
        """Private mode begins, as in the pipeline."""
        self.rules = self.tracker.rules = replace(self.rules, private=True, enabled=False)
        self.private.begin()
        self.private_since = self.t
        self.take(self.tracker.forget(self.now))
        return self

    def ends_private(self) -> Self:
        """Private mode ends."""
        self.rules = self.tracker.rules = replace(self.rules, private=False, enabled=True)
        self.private.end()
        return self

    # -- what the player does -------------------------------------------------------------

    def starts(self, player: str = "", owner: str = ":1.5", process: int = 0) -> Self:
        """The player's name appears."""
        return self.tell(Identified(player or self.player, self.now, owner, process))

    def says(
        self,
        status: Status | None = None,
        track: Track | None = None,
        rate: float | None = None,
        loop: str | None = None,
        player: str = "",
    ) -> Self:
        """A PropertiesChanged."""
        name = player or self.player
        self.becomes(status, track, name)
        if rate is not None:
            self.rates[name] = rate
        return self.tell(Changed(name, self.now, status, track, rate, loop))

    def becomes(
        self, status: Status | None = None, track: Track | None = None, player: str = ""
    ) -> Self:
        """A change without a word."""
        name = player or self.player
        before = self.truth.get(name, (STOPPED, None))
        self.truth[name] = (status or before[0], track or before[1])
        return self

    def seeks(self, player: str = "") -> Self:
        """A Seeked."""
        return self.tell(Seeked(player or self.player, self.now))

    def vanishes(self, player: str = "") -> Self:
        """The name has no owner any more."""
        return self.tell(Vanished(player or self.player, self.now))

    def is_read(self, player: str = "") -> Self:
        """A reading that nobody waited for (the first one, after a name appeared)."""
        return self.tell(self._snapshot(player or self.player))

    def tell(self, event: Event) -> Self:
        """Hand an event to the tracker, and answer what it asks."""
        self.take(self.tracker.handle(self.private.filtered(event)))
        return self

    # -- what came of it ------------------------------------------------------------------

    @property
    def scrobbled(self) -> list[tuple[str, float]]:
        """Title and second of the start of each play that counted."""
        return [(play.track.title, round(play.start.wall - WALL, 1)) for _, play in self.due]

    @property
    def due_at(self) -> list[float]:
        """When each play counted."""
        return [round(t, 1) for t, _ in self.due]

    @property
    def announcements(self) -> list[tuple[float, str]]:
        """When which title was announced as playing now."""
        return [(round(t, 1), play.track.title) for t, play in self.announced]

    @property
    def history(self) -> list[tuple[str, float, str]]:
        """Title, seconds heard and verdict of each play that ended."""
        return [(p.track.title, round(p.heard, 1), str(p.verdict)) for p in self.ended]

    # -- the other side -------------------------------------------------------------------

    def read(self, player: str) -> None:
        """The tracker wants to know how the player is."""
        if self.answers:
            self.do_at(self.t + self.delay, lambda: self.tell(self._snapshot(player)))

    def take(self, effects: Iterable[Effect]) -> None:
        """What the tracker decided."""
        for effect in effects:
            match effect:
                case NowPlaying(play):
                    self.announced.append((self.t, play))
                case Due(play):
                    self.due.append((self.t, play))
                case Ended(play):  # what is said last of a play counts
                    self.ended = [other for other in self.ended if other.key != play.key]
                    self.ended.append(play)
                case Read(player, why):
                    self.reads.append((self.t, why))
                    assert len(self.reads) < 1000, "the tracker reads for nothing"
                    self.read(player)
                case _:
                    self.journal = json.dumps(self.tracker.dump())

    def _snapshot(self, player: str) -> Snapshot | ReadFailed:
        if player not in self.truth:
            return ReadFailed(player, self.now)
        status, track = self.truth[player]
        position = self.position(self.t)
        rate = self.rates.get(player)
        return Snapshot(player, self.now, status, track, rate, self.loop, position)
