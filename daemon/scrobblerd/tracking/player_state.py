"""What is kept over a restart: small values, each of them legal, or None, as a whole. Pure.

`TrackerState` is all of it, `PlayerState` one player, with the rules that need several of its
values. Times are CLOCK_MONOTONIC seconds unless they are a `Mark`.
"""

from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, auto
from math import inf

from ..core import program_of
from ..core.codec import StateError
from ..core.events import Changed, Identified, Snapshot
from ..core.model import Moment, Status, Track
from ..core.rules import END_TOLERANCE_SECONDS, is_browser
from .ongoing_play import InterruptedPlay, Mark, OngoingPlay, StoppedPlay
from .settling import Tags

TIMER_TOLERANCE_SECONDS = 0.001
"""A timer that was set for a deadline may wake this much before it."""

FLASH_SECONDS = 0.15
"""When they change track, players say Playing for so long with the tags of the next one."""

MAX_RATE = 100.0
"""Times the normal rate; mpv 0.35 goes no faster. A counter that ran at 1e18 for a moment would be
too far to notice another second."""

MIN_MOVE_SECONDS = 0.5
"""A Position that differs by more between two readings moves."""


class Phase(Enum):
    """What a player is at; the table is in player_machine.py."""

    GONE = auto()
    SETTLING = auto()
    LISTENING = auto()
    IDLE = auto()


class ReadReason(StrEnum):
    """Why a player is read."""

    RESUME = "resume"  # after a suspend or a muted stretch
    REPEAT = "replay"  # the track may have begun again
    STATUS = "status"  # an equal status may be all that tells of another track
    DUE = "due"  # enough was heard
    END = "end"  # the track should be over
    AGAIN = "again"  # a reading contradicted the counted time
    STALLED = "stalled"  # Position may run again


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a player is: its bus name without the prefix, owner, process (0 = unknown), the name that
    it shows to people, and its desktop entry."""

    name: str
    owner: str = ""
    process: int = 0
    display_name: str = ""
    desktop_entry: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What rules may call it: firefox.instance_1_4 is firefox, too."""
        base = program_of(self.name)
        return self.name, base, self.display_name, self.desktop_entry

    @property
    def is_browser(self) -> bool:
        """Whether it shows pages of the web."""
        return is_browser(self.names)

    def is_same_program(self, other: "Identity") -> bool:
        """Whether two names are one program (VLC 3.0 has two, on two connections)."""
        if self.process and self.process == other.process:
            return True
        return bool(self.owner) and self.owner == other.owner


@dataclass(slots=True)
class Counter:
    """Counts heard time: `clock` is seconds of track time up to the moment `as_of`. `muted`: its
    volume is 0, and the user does not count that."""

    as_of: Moment
    clock: float = 0.0
    rate: float = 1.0
    muted: bool = False

    def advance(self, at: Moment, speed: float) -> None:
        """Runs up to `at`, never backwards."""
        passed = at.mono - self.as_of.mono
        if passed > 0:
            self.clock += passed * speed
            self.as_of = at


@dataclass(slots=True)
class Playback:
    """What the player says it does. `paused_at`: since when it pauses; `stop_seen_at`: a Stopped
    that is not believed yet. `repeated_at`: when it said Playing again, and nothing else, which is
    not looked into yet; `looked_at`: when that was done last."""

    status: Status = Status.STOPPED
    loop: str = ""
    paused_at: float | None = None
    stop_seen_at: Mark | None = None
    repeated_at: Mark | None = None
    looked_at: float | None = None


class Suspected(StrEnum):
    """What may have begun."""

    REPLAY = "replay"  # the track again
    RETURN = "return"  # the track again, in a player that was gone for a moment
    NAMESAKE = "namesake"  # another track of the same title and artist
    ADVERTISEMENT = "advertisement"  # under the tags of the track; or the track after one
    CONTINUATION = "continuation"  # nothing: the play that was stopped goes on


@dataclass(frozen=True, slots=True)
class RepeatSuspicion:
    """The track may have begun again. `strong_hint`: something stronger than Seeked says so.
    `track`: what else may have begun; `stopped`: the play that may go on."""

    suspected_at: Mark
    strong_hint: bool
    what: Suspected = Suspected.REPLAY
    track: Track | None = None
    stopped: StoppedPlay | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reading, for `why`, that contradicts the counted time: `position` when the counter was at
    `clock`. Position may be `behind` by so many seconds; or, if that is None, the track may have
    begun again, as `suspicion` says or without a hint."""

    why: ReadReason
    position: float
    clock: float
    behind: float | None = None
    suspicion: RepeatSuspicion | None = None


@dataclass(frozen=True, slots=True)
class Stall:
    """Position stands though the player says Playing: since when that is known, and when it was
    looked at last (CLOCK_MONOTONIC seconds)."""

    since: float
    looked_at: float


@dataclass(slots=True)
class PositionWitness:
    """What Position tells: `value` seconds when the counter was at `at_clock`; None = not known.

    `base`, `base_clock`: the reading of this play with which the next one is compared; None after a
    Seeked. `trusted`: Position advanced in step with the counter. `stall`: it stands now.
    `last_read`: the last reading, of whatever play. `moves`: it differed between two readings.
    `asked_at`: when a suspected repeat was last asked for. `doubt`: what is read again for.
    """

    value: float | None = None
    at_clock: float = 0.0
    base: float | None = None
    base_clock: float = 0.0
    trusted: bool = False
    stall: Stall | None = None
    last_read: float | None = None
    moves: bool = False
    asked_at: float = 0.0
    doubt: Doubt | None = None

    def begin(self, value: float | None, clock: float) -> None:
        """A play begins, at `value` if that is known."""
        self.base, self.base_clock = value, clock
        self.trusted = False
        self.stall = self.doubt = None
        if value is not None:
            self.set(value, clock)

    def change_owner(self) -> None:
        """Another connection answers from now on."""
        self.moves = self.trusted = False
        self.last_read = self.base = self.stall = self.doubt = None

    def seek(self) -> None:
        """It may be anywhere now."""
        self.base = self.stall = None

    def compare(self, position: float) -> None:
        """Notes whether Position moves."""
        if self.last_read is not None and not self.is_unmoved(position):
            self.moves = True

    def note(self, position: float | None, clock: float) -> None:
        """Takes a reading, and notes whether Position moves, and in step with the counter."""
        if position is None:
            return
        self.compare(position)
        self.last_read = position
        passed = clock - self.base_clock
        if self.base is None:
            self.base, self.base_clock = position, clock
        elif passed > 2 * END_TOLERANCE_SECONDS:
            self.trusted = abs(position - self.base - passed) <= END_TOLERANCE_SECONDS
            self.base, self.base_clock = position, clock

    def rebase(self, position: float, clock: float) -> None:
        """It is at `position`, whatever was counted."""
        self.base, self.base_clock = position, clock
        self.set(position, clock)

    def is_unmoved(self, position: float) -> bool:
        """Whether it was there at the reading before."""
        return self.last_read is not None and abs(position - self.last_read) <= MIN_MOVE_SECONDS

    def set(self, value: float, clock: float) -> None:
        """Believes that the player was at `value` when the counter was at `clock`."""
        self.value, self.at_clock = value, clock


@dataclass(frozen=True, slots=True)
class Absence:
    """The last time when the player's name had no owner. Until `return_deadline` it may come back
    and go on. `restored_from`: the time of the journal that a restart took it from."""

    vanished_at: Mark
    return_deadline: float
    restored_from: float | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of the player's properties that is not answered yet."""

    asked_at: float
    why: ReadReason


@dataclass(slots=True)
class PlayerState:
    """One player. `interrupted` is the play before this one, if it may go on."""

    identity: Identity
    counter: Counter
    playback: Playback = field(default_factory=Playback)
    tags: Tags = field(default_factory=Tags)
    position: PositionWitness = field(default_factory=PositionWitness)
    absence: Absence | None = None
    reading: Reading | None = None
    repeat: RepeatSuspicion | None = None
    play: OngoingPlay | None = None
    interrupted: InterruptedPlay | None = None

    @property
    def name(self) -> str:
        """Its bus name without the prefix."""
        return self.identity.name

    @property
    def is_gone(self) -> bool:
        """Whether its name has no owner now."""
        return self.absence is not None and not self.absence.is_over

    @property
    def phase(self) -> Phase:
        """What the player is at."""
        match self.is_gone, self.tags.settling, self.play:
            case True, _, _:
                return Phase.GONE
            case False, None, None:
                return Phase.IDLE
            case False, None, _:
                return Phase.LISTENING
            case _:
                return Phase.SETTLING

    # -- time ---------------------------------------------------------------------------------

    @property
    def speed(self) -> float:
        """Seconds of track time a second; 0 if nothing is to be heard. Chromium 156 and Firefox ESR
        153 say Rate 0 while they pause."""
        plays = self.playback.status is Status.PLAYING and not self.counter.muted
        stands = self.is_gone or self.position.stall is not None
        return self.counter.rate if plays and not stands else 0.0

    def advance(self, at: Moment) -> None:
        """Lets the counter run up to `at`."""
        self.counter.advance(at, self.speed)

    def mark(self) -> Mark:
        """Returns this moment."""
        return Mark(self.counter.as_of, self.counter.clock)

    def mark_at(self, clock: float) -> Mark:
        """Returns when the counter was at `clock`, if the speed was the same since."""
        ago = (self.counter.clock - clock) / self.speed if self.speed else 0.0
        return Mark(self.counter.as_of.moved(-ago), clock)

    def wake_after(self, target: float) -> float | None:
        """Returns when the counter will be at `target`; None if it never will."""
        counter, speed = self.counter, self.speed
        left = max(0.0, target - counter.clock) / speed if speed else inf
        return counter.as_of.mono + left if left < inf else None

    def has_heard(self, since: Mark) -> bool:
        """Whether more than a flash was heard since then."""
        return self.counter.clock - since.clock > FLASH_SECONDS

    # -- what the player says -----------------------------------------------------------------

    def identify(self, event: Identified) -> None:
        """Takes who it is. Another owner's Position proves nothing of this one's."""
        if self.identity.owner != event.owner:
            self.position.change_owner()
            if self.absence:
                self.absence = replace(self.absence, restored_from=None)
        self.identity = Identity(
            name=self.name,
            owner=event.owner,
            process=event.process,
            display_name=event.identity or self.identity.display_name,
            desktop_entry=event.desktop_entry or self.identity.desktop_entry,
        )

    def vanish(self, return_deadline: float) -> None:
        """Its name has no owner any more. It may come back until `return_deadline`."""
        before = self.absence
        restored_from = before.restored_from if before else None
        self.absence = Absence(self.mark(), return_deadline, restored_from)
        self.reading = self.repeat = self.position.stall = self.position.doubt = None

    def come_back(self) -> None:
        """Something was heard of it, so it is there."""
        if self.absence is not None and not self.absence.is_over:
            self.absence = replace(self.absence, is_over=True)

    def set_speed(self, event: Changed | Snapshot, count_muted: bool) -> None:
        """Takes how fast it plays, whether it loops, and whether anything is to be heard of it."""
        if event.loop is not None:
            self.playback.loop = event.loop
        if event.rate is not None:
            self.counter.rate = min(max(0.0, event.rate), MAX_RATE)
        if event.volume is not None:
            self.counter.muted = event.volume <= 0 and not count_muted

    # -- where in the track it is -------------------------------------------------------------

    def place(self, clock: float) -> float:
        """Returns where in the track the player should be when the counter is at `clock`."""
        if self.position.value is not None:
            return self.position.value + clock - self.position.at_clock
        return clock - self.play.begin.clock if self.play else 0.0

    def near_end(self, clock: float) -> bool:
        """Whether the player should be at about the track's end at `clock`. Far beyond it, Position
        is of another track, or the length is wrong."""
        length = self.play.length if self.play else None
        return length is not None and abs(self.place(clock) - length) <= END_TOLERANCE_SECONDS


@dataclass(slots=True)
class CountedPlay:
    """A play that counted: who reported it, and its time on air (CLOCK_MONOTONIC seconds).
    `end`: None while it is on."""

    player: str
    track: Track
    begin: float
    end: float | None = None


@dataclass(slots=True)
class TrackerState:
    """Every player by its name, and the plays that counted, or were stopped, lately. Its times hold
    in one boot.

    Raises StateError if a player is kept under another name than its own.
    """

    boot_id: str
    players: dict[str, PlayerState] = field(default_factory=dict[str, PlayerState])
    counted: list[CountedPlay] = field(default_factory=list[CountedPlay])
    stopped: list[StoppedPlay] = field(default_factory=list[StoppedPlay])

    def __post_init__(self) -> None:
        for name, player in self.players.items():
            if name != player.name:
                raise StateError(f"TrackerState.players.{name:.40} is called {player.name!r:.40}")
