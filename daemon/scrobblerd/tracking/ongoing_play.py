"""A play that goes on, and how much of it was heard. Pure.

Heard time is a counter per player (seconds of track time) that runs at the player's rate while it
plays, and only forwards. A play is a stretch of that counter, and a `Mark` is a place on it, so
that a play can be cut afterwards at the moment at which a change turns out to have begun.
"""

from dataclasses import dataclass, replace

from ..core.model import Moment, Reason, Track, Verdict

PAST_END_SECONDS = 1.0
"""How long after its expected end a play is looked at, to see whether the player plays on."""

LIVE_AFTER_GROWTHS = 3
"""So many small growths of the length, as fast as the clock, mean a live stream (mpv 0.35: one a
second)."""

MAX_LIVE_GROWTH_SECONDS = 10.0
"""A length that grows by more was wrong before; the track is not live."""

GROWTHS_COMPARED = 10
"""So many growths are compared with the clock. Pages that say what is buffered for the length let
it grow several times as fast."""

GROWTH_TOLERANCE = 0.25
"""The part by which a live length may grow faster or slower than the clock, and never less than
MIN_GROWTH_TOLERANCE_SECONDS."""

MIN_GROWTH_TOLERANCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment, and the number that the player's counter had then."""

    at: Moment
    clock: float


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict that was given before the play ended, and stands.

    `needed`: the seconds that were enough then. `reason`: set if another play or a rule decided.
    """

    verdict: Verdict
    needed: float | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class LengthSaid:
    """A length in seconds, and when it was said (CLOCK_MONOTONIC seconds)."""

    at: float
    length: float


@dataclass(frozen=True, slots=True)
class CarryOver:
    """The Position at which the track before was left, in seconds; it may run on in this one (web
    players without gaps). `is_expected`: it did in the track before. `is_proved`: it does.
    `in_length`: this track's length counts on, too."""

    position: float
    is_expected: bool = False
    is_proved: bool = False
    in_length: bool = False


@dataclass(frozen=True, slots=True)
class Lengths:
    """How a player says the length of its track. `said`: the last ones that were a little longer
    than the one before. `is_live`: they grow as fast as the clock, so the track has no length."""

    said: tuple[LengthSaid, ...] = ()
    is_live: bool = False
    carry: CarryOver | None = None

    def then(self, before: float, after: float, at: float) -> "Lengths":
        """Returns what is known after the length became another."""
        if not 0 < after - before < MAX_LIVE_GROWTH_SECONDS:
            return self
        said = (*self.said, LengthSaid(at, after))[-GROWTHS_COMPARED:]
        grown, passed = said[-1].length - said[0].length, said[-1].at - said[0].at
        tolerance = max(MIN_GROWTH_TOLERANCE_SECONDS, GROWTH_TOLERANCE * passed)
        is_live = abs(grown - passed) <= tolerance
        return replace(
            self, said=said, is_live=self.is_live if len(said) < LIVE_AFTER_GROWTHS else is_live
        )

    def own(self, length: float | None) -> float | None:
        """Returns a length that was said without what belongs to the tracks before."""
        if length is None or self.carry is None or not self.carry.in_length:
            return length
        own = length - self.carry.position
        return own if own > 0 else length


@dataclass(slots=True)
class OngoingPlay:
    """A play that goes on.

    `seen`: its beginning was seen; the player was not met half-way. `silent`: another name of the
    same player reports it. `announced`: now-playing was told. `lengths`: how its length
    is said. `end`: the counter at which to look whether the track is over; None = not any more.
    `last_end_position`: the position at the last such look. `break_at`: the counter at which an
    advertisement under the tags of the track interrupted it; None = none does.
    """

    track: Track
    begin: Mark
    seen: bool
    silent: bool = False
    announced: bool = False
    decision: Decision | None = None
    lengths: Lengths = Lengths()
    end: float | None = None
    last_end_position: float | None = None
    break_at: float | None = None

    @property
    def length(self) -> float | None:
        """Seconds; None if unknown or live."""
        return None if self.lengths.is_live else self.track.length

    @property
    def offset(self) -> float:
        """The seconds of Position that belong to the tracks before."""
        carry = self.lengths.carry
        return carry.position if carry and carry.is_proved else 0.0

    @property
    def verdict(self) -> Verdict:
        """The verdict that stands; LISTENING while it is open."""
        return self.decision.verdict if self.decision else Verdict.LISTENING

    def update(self, track: Track, at: Moment) -> None:
        """Takes newer tags, or a newer length, of the same track.

        A length that is known is kept: Firefox ESR 153 and Chromium 156 leave it out for a moment
        before the next track.
        """
        before, after = self.track.length, self.lengths.own(track.length)
        if after is None:
            after = before
        if before is not None and after is not None:  # radio in mpv 0.35 and mpc-qt
            self.lengths = self.lengths.then(before, after, at.mono)
        self.track = replace(track, length=after)
        if before != after:
            self.last_end_position = None
            self.expect_end()

    def settle_carry(self, carry: CarryOver | None, said: float | None) -> None:
        """Takes what is known now of the tracks before. `said`: the length that the player says."""
        self.lengths = replace(self.lengths, carry=carry)
        length = self.lengths.own(said)
        if length != self.track.length:
            self.track = replace(self.track, length=length)
            self.expect_end()

    def drop_carry(self) -> None:
        """Nothing runs on from the track before, as far as was seen."""
        carry = self.lengths.carry
        if carry is not None and not carry.is_proved:
            self.lengths = replace(self.lengths, carry=None)

    def expect_end(self) -> None:
        """Plans a look after the length that is known now."""
        length = self.length
        self.end = None if length is None else self.begin.clock + length + PAST_END_SECONDS

    def heard(self, clock: float) -> float:
        """Returns the seconds of track time heard up to `clock`, at most one length."""
        until = clock if self.break_at is None else self.break_at
        raw = max(0.0, until - self.begin.clock)
        return raw if self.length is None else min(raw, self.length)

    def end_break(self, clock: float) -> None:
        """The advertisement is over; its time is not the track's."""
        if self.break_at is not None:
            self.hear_less(clock - self.break_at)
            self.break_at = None
            self.expect_end()

    def hear_less(self, seconds: float) -> None:
        """Takes `seconds` off what was heard; the start stays, and the end comes later."""
        self.begin = Mark(self.begin.at, self.begin.clock + seconds)
        if self.end is not None:
            self.end += seconds


@dataclass(frozen=True, slots=True)
class InterruptedPlay:
    """A play that another track interrupted. It goes on if the interruption is short."""

    play: OngoingPlay
    end: Mark


@dataclass(frozen=True, slots=True)
class StoppedPlay:
    """A play that a Stopped ended, or whose player left the bus. It goes on if the track does, from
    where it was left. `player`: without its instance; `place`: seconds in the track; `at_boot`:
    CLOCK_BOOTTIME seconds; `is_vouched`: Position was a witness of it."""

    player: str
    play: OngoingPlay
    heard: float
    place: float
    at_boot: float
    is_vouched: bool
