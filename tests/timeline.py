"""A player and its listener on virtual time: steps in, the whole outcome compared."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from scrobblerd.model import (
    Changed,
    Due,
    Effect,
    Ended,
    Event,
    Identified,
    Moment,
    NowPlaying,
    Play,
    Read,
    ReadFailed,
    Seeked,
    Snapshot,
    Status,
    Track,
    Vanished,
)
from scrobblerd.rules import Rules
from scrobblerd.tracker import Tracker

PLAYING, PAUSED, STOPPED = Status.PLAYING, Status.PAUSED, Status.STOPPED
WALL = 1_790_000_000.0
"""The wall clock at second 0 of every timeline."""

SONG = Track(title="Slow Harbour", artist="The Paper Lanterns", album="Tidewater", length=200.0)
OTHER = Track(title="Fern", artist="Mira Holt", album="Understorey", length=180.0)


def moment(t: float, wall_jump: float = 0.0, slept: float = 0.0) -> Moment:
    """Second `t` of the timeline."""
    return Moment(1000.0 + t, 1000.0 + t + slept, WALL + t + slept + wall_jump)


@dataclass
class Timeline:
    """Drives a Tracker. Times are seconds from the beginning of the timeline.

    A Read is answered at once with the player's truth: `answers` may replace it.
    """

    rules: Rules = field(default_factory=Rules)
    player: str = "mpv"
    truth: dict[str, tuple[Status, Track | None]] = field(
        default_factory=dict[str, tuple[Status, Track | None]]
    )
    position: Callable[[float], float | None] = lambda t: None
    loop: str | None = None
    answers: bool = True
    t: float = 0.0
    wall_jump: float = 0.0
    slept: float = 0.0
    announced: list[tuple[float, Play]] = field(default_factory=list[tuple[float, Play]])
    due: list[tuple[float, Play]] = field(default_factory=list[tuple[float, Play]])
    ended: list[Play] = field(default_factory=list[Play])
    reads: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    wakes: int = 0

    def __post_init__(self) -> None:
        self.tracker = Tracker(self.rules, "boot-1")

    @property
    def now(self) -> Moment:
        return moment(self.t, self.wall_jump, self.slept)

    # -- what the player does -------------------------------------------------------------

    def at(self, t: float) -> "Timeline":
        """Let time pass until second `t`."""
        while (wake := self.tracker.next_wake()) is not None and wake - 1000.0 <= t:
            assert self.wakes < 10_000, "the tracker wakes for nothing"
            self.wakes += 1
            self.t = max(self.t, wake - 1000.0)
            self._take(self.tracker.wake(self.now))
        self.t = t
        return self

    def starts(self, player: str = "", owner: str = ":1.5", process: int = 0) -> "Timeline":
        """The player's name appears."""
        return self.tell(Identified(player or self.player, self.now, owner, process))

    def says(
        self,
        status: Status | None = None,
        track: Track | None = None,
        rate: float | None = None,
        loop: str | None = None,
        player: str = "",
    ) -> "Timeline":
        """A PropertiesChanged."""
        name = player or self.player
        before = self.truth.get(name, (STOPPED, None))
        self.truth[name] = (status or before[0], track or before[1])
        return self.tell(Changed(name, self.now, status, track, rate, loop))

    def seeks(self, player: str = "") -> "Timeline":
        """A Seeked."""
        return self.tell(Seeked(player or self.player, self.now))

    def vanishes(self, player: str = "") -> "Timeline":
        """The name has no owner any more."""
        return self.tell(Vanished(player or self.player, self.now))

    def is_read(self, player: str = "") -> "Timeline":
        """A reading that nobody waited for (the first one, after a name appeared)."""
        return self.tell(self._snapshot(player or self.player))

    def tell(self, event: Event) -> "Timeline":
        """Hand an event to the tracker, and answer what it asks."""
        self._take(self.tracker.handle(event))
        return self

    # -- what came of it ------------------------------------------------------------------

    @property
    def scrobbled(self) -> list[tuple[str, float]]:
        """Title and second of the start of each play that counted."""
        return [(play.track.title, round(play.start.wall - WALL, 1)) for _, play in self.due]

    @property
    def history(self) -> list[tuple[str, float, str]]:
        """Title, seconds heard and verdict of each play that ended."""
        return [(p.track.title, round(p.heard, 1), str(p.verdict)) for p in self.ended]

    def _take(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case NowPlaying(play):
                    self.announced.append((self.t, play))
                case Due(play):
                    self.due.append((self.t, play))
                case Ended(play):
                    self.ended.append(play)
                case Read(player, why):
                    self.reads.append((self.t, why))
                    if self.answers:
                        self.tell(self._snapshot(player))
                case _:
                    pass

    def _snapshot(self, player: str) -> Snapshot | ReadFailed:
        if player not in self.truth:
            return ReadFailed(player, self.now)
        status, track = self.truth[player]
        position = self.position(self.t)
        return Snapshot(player, self.now, status, track, None, self.loop, position)


def long(seconds: float | None, track: Track = SONG) -> Track:
    """`track` with another length."""
    return replace(track, length=seconds)
