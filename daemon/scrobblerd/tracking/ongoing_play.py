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
"""So many small growths of the length within a play mean a live stream (mpv 0.35: one a second)."""

MAX_LIVE_GROWTH_SECONDS = 10.0
"""A length that grows by more was wrong before; the track is not live."""


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


@dataclass(slots=True)
class OngoingPlay:
    """A play that goes on.

    `seen`: its beginning was seen; the player was not met half-way. `silent`: another name of the
    same player reports it. `announced`: now-playing was told. `growths`: how often the length grew
    a little. `end`: the counter at which to look whether the track is over; None = not any more.
    `last_end_position`: the position at the last such look.
    """

    track: Track
    begin: Mark
    seen: bool
    silent: bool = False
    announced: bool = False
    decision: Decision | None = None
    growths: int = 0
    end: float | None = None
    last_end_position: float | None = None

    @property
    def length(self) -> float | None:
        """Seconds; None if unknown or live."""
        return None if self.growths >= LIVE_AFTER_GROWTHS else self.track.length

    @property
    def verdict(self) -> Verdict:
        """The verdict that stands; LISTENING while it is open."""
        return self.decision.verdict if self.decision else Verdict.LISTENING

    def update(self, track: Track) -> None:
        """Takes newer tags, or a newer length, of the same track.

        A length that is known is kept: Firefox ESR 153 and Chromium 156 leave it out for a moment
        before the next track.
        """
        before, after = self.track.length, track.length
        if after is None:
            track, after = replace(track, length=before), before
        growth = after - before if before is not None and after is not None else 0.0
        if 0 < growth < MAX_LIVE_GROWTH_SECONDS:  # radio in mpv 0.35 and mpc-qt
            self.growths += 1
        self.track = track
        if before != after:
            self.last_end_position = None
            self.expect_end()

    def expect_end(self) -> None:
        """Plans a look after the length that is known now."""
        length = self.length
        self.end = None if length is None else self.begin.clock + length + PAST_END_SECONDS

    def heard(self, clock: float) -> float:
        """Returns the seconds of track time heard up to `clock`, at most one length."""
        raw = max(0.0, clock - self.begin.clock)
        return raw if self.length is None else min(raw, self.length)

    def hear_less(self, seconds: float) -> None:
        """Takes `seconds` off what was heard; the start stays."""
        self.begin = Mark(self.begin.at, self.begin.clock + seconds)


@dataclass(frozen=True, slots=True)
class InterruptedPlay:
    """A play that another track interrupted. It goes on if the interruption is short."""

    play: OngoingPlay
    end: Mark
