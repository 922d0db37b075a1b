"""Pure: all that is remembered of one player and its play, and the arithmetic of heard time.

Heard time is a counter per player (`clock`, seconds of track time) that runs at the player's rate
while it plays and only forwards. A play is a stretch of that counter, and a `Mark` is a place on
it, so that a play can be cut afterwards at the moment a change turns out to have begun.
"""

from dataclasses import dataclass, replace

from ..core.events import Changed, Identified, Snapshot
from ..core.model import Moment, Reason, Status, Track, Verdict
from ..core.rules import END_TOLERANCE

HAIR = 0.001
"""Seconds: a timer set for a deadline may wake this much before it."""

PAST_END = 1.0
"""Seconds after the expected end at which a player is read, to see whether it plays on."""

FLASH = 0.15
"""Seconds: at a change of track, players still say Playing for so long with the next one's tags."""

FASTEST = 100.0
"""Times the normal rate; mpv goes no faster. A counter that ran at 1e18 for a moment would be too
far to notice another second."""

GROWTHS = 3
"""So many small growths of the length within a play mean a live stream (mpv: one a second)."""

GROWTH = 10.0
"""Seconds: a length that grows by more was wrong before, not live."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment, and what the player's counter stood at then."""

    at: Moment
    clock: float


@dataclass(slots=True)
class Listening:
    """A play that is going on.

    `seen`: its beginning was seen, not met half-way. `silent`: another name of the same player
    reports it. `announced`: now-playing has heard of it. `end`: the counter at which to look
    whether it is over; None = no more.
    """

    track: Track
    begin: Mark
    seen: bool
    silent: bool = False
    announced: bool = False
    verdict: Verdict = Verdict.LISTENING
    reason: Reason | None = None  # if another play, or a rule, decided it
    needed: float | None = None  # seconds of track time, once it was decided by them
    growths: int = 0
    end: float | None = None
    stood: float | None = None  # the position at the last look at the end

    @property
    def length(self) -> float | None:
        """Seconds, None where unknown or live."""
        return None if self.growths >= GROWTHS else self.track.length

    @property
    def decided(self) -> bool:
        """Whether the verdict will not change any more."""
        return self.verdict is not Verdict.LISTENING

    def told(self, track: Track) -> None:
        """Take newer tags, or a newer length, of the same track. A length once known is not lost:
        Firefox and Chromium leave it out for a moment before the next track."""
        before, after = self.track.length, track.length
        if after is None:
            track, after = replace(track, length=before), before
        if before is not None and after is not None and 0 < after - before < GROWTH:
            self.growths += 1
        self.track = track
        if before != after:
            self.stood = None
            self.expect_end()

    def expect_end(self) -> None:
        """Look again after the length that is known now."""
        length = self.length
        self.end = None if length is None else self.begin.clock + length + PAST_END

    def heard(self, clock: float) -> float:
        """Seconds of track time up to `clock`, never more than one length."""
        raw = max(0.0, clock - self.begin.clock)
        return raw if self.length is None else min(raw, self.length)


@dataclass(slots=True)
class Parked:
    """A play that another track interrupted, perhaps only for a moment, and its end."""

    play: Listening
    end: Mark


@dataclass(slots=True)
class Player:
    """All that is remembered of one player. `as_of` is the moment up to which `clock` counts."""

    name: str
    as_of: Moment
    owner: str = ""
    process: int = 0
    identity: str = ""
    desktop_entry: str = ""
    status: Status = Status.STOPPED
    rate: float = 1.0
    loop: str = ""
    muted: bool = False  # its volume is 0, and the user does not count that
    clock: float = 0.0
    track: Track | None = None  # the newest Metadata, accepted or not
    accepted: Track | None = None  # the track of the last play
    edge: Mark | None = None  # since when the newest tags wait to be accepted
    edge_seen: bool = False
    over: Mark | None = None  # since when the accepted track is not on any more
    quiet: float = 0.0  # CLOCK_MONOTONIC of the tags' last change
    left: tuple[Track, Mark] | None = None  # a whole track that was skipped before it was accepted
    stop: Mark | None = None  # a Stopped not yet believed
    paused: float | None = None  # CLOCK_MONOTONIC
    gone: Mark | None = None  # its name has no owner
    until: float = 0.0  # CLOCK_MONOTONIC: how long a player that was gone may take to go on
    away: float | None = None  # CLOCK_MONOTONIC of the journal it was restored from
    asked: float = 0.0  # CLOCK_MONOTONIC of the last reading for a question
    parked: Parked | None = None  # the play before this one, if it may go on
    question: Mark | None = None  # since when a replay is suspected
    evidence: bool = False  # something stronger than Seeked raised the question
    read: float | None = None  # CLOCK_MONOTONIC of a reading not yet answered
    reading: str = ""
    position: float | None = None
    position_clock: float = 0.0
    position_read: float | None = None
    moves: bool = False  # its Position was seen to move, so it is a witness
    play: Listening | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What rules may call it; firefox.instance_1_4 is firefox."""
        return self.name, self.name.partition(".instance")[0], self.identity, self.desktop_entry

    @property
    def speed(self) -> float:
        """Seconds of track time a second."""
        playing = self.status is Status.PLAYING and self.gone is None
        return self.rate if playing and not self.muted else 0.0

    def advance(self, at: Moment) -> None:
        """Let the counter run up to `at`."""
        passed = at.mono - self.as_of.mono
        if passed > 0:
            self.clock += passed * self.speed
            self.as_of = at

    def told_speed(self, event: Changed | Snapshot, count_muted: bool) -> None:
        """Take how fast it plays, whether it loops, and whether anything is to be heard of it."""
        if event.loop is not None:
            self.loop = event.loop
        if event.rate is not None:
            self.rate = min(max(0.0, event.rate), FASTEST)
        if event.volume is not None:
            self.muted = event.volume <= 0 and not count_muted

    def identified(self, event: Identified) -> None:
        """Take who it is. Another owner's Position proves nothing of this one's."""
        if self.owner != event.owner:
            self.moves, self.position_read, self.away = False, None, None
        self.owner, self.process = event.owner, event.process
        self.identity = event.identity or self.identity
        self.desktop_entry = event.desktop_entry or self.desktop_entry

    def catch_up(self, seconds: float, position: float) -> None:
        """Count what was played while nobody listened: at most the advance of Position."""
        advance = position - self.place(self.clock)
        self.clock += max(0.0, min(seconds * self.rate, advance))

    def fall_back(self, position: float | None) -> None:
        """It stopped playing without a word, at `position`: what it did not play was not heard."""
        self.saw_position(position)
        if self.play is None or position is None or not self.moves:
            return
        behind = self.place(self.clock) - position
        if behind > END_TOLERANCE:
            self.play.begin = Mark(self.play.begin.at, self.play.begin.clock + behind)

    def has_heard(self, since: Mark) -> bool:
        """Whether anything to speak of was heard since then."""
        return self.clock - since.clock > FLASH

    def mark(self) -> Mark:
        """This moment."""
        return Mark(self.as_of, self.clock)

    def mark_at(self, clock: float) -> Mark:
        """The moment at which the counter stood at `clock`, if the speed was the same since."""
        ago = (self.clock - clock) / self.speed if self.speed else 0.0
        return Mark(self.as_of.moved(-ago), clock)

    def place(self, clock: float) -> float:
        """Where in the track the player should be when the counter stands at `clock`."""
        if self.position is not None:
            return self.position + clock - self.position_clock
        return clock - self.play.begin.clock if self.play else 0.0

    def near_end(self, clock: float) -> bool:
        """Whether the player should be within END_TOLERANCE of the track's end at `clock`. Far
        beyond it, Position is of another track, or the length is wrong."""
        length = self.play.length if self.play else None
        return length is not None and abs(self.place(clock) - length) <= END_TOLERANCE

    def saw_position(self, position: float | None) -> None:
        """Note whether Position moves; where the player is, `told_position` takes."""
        if position is None:
            return
        if self.position_read is not None and abs(position - self.position_read) > 0.5:
            self.moves = True
        self.position_read = position

    def told_position(self, position: float | None) -> None:
        """Take a position that was read."""
        self.saw_position(position)
        if position is not None and self._believes(position):
            self.position, self.position_clock = position, self.clock

    def _believes(self, position: float) -> bool:
        """Whether a position can be this play's: not beyond its track's end, not still the one of
        the track before, and not near zero where that means nothing yet."""
        play, now = self.play, self.place(self.clock)
        if play is None:
            return True
        if play.length is not None and position > play.length + END_TOLERANCE:
            return False
        if play.seen and self.clock - play.begin.clock <= END_TOLERANCE:
            return position <= 2 * END_TOLERANCE
        return self.moves or abs(position) > END_TOLERANCE or now <= END_TOLERANCE

    def wake_after(self, target: float) -> float:
        """CLOCK_MONOTONIC when the counter will stand at `target`."""
        if not self.speed:
            return float("inf")
        return self.as_of.mono + max(0.0, target - self.clock) / self.speed
