"""Decides what a Position proves: is it a witness, does it stand, what was heard? Pure.

A Position is a witness if, within the play, it advanced in step with the counted time from one
reading to another. The start of a play that was seen is a reading of 0. It is no witness if it
stands, jumps without a Seeked, or runs at another scale (mpc-qt says milliseconds).

A reading that contradicts the counted time is not enough: 2 s later the player is read again. A
Position that stands then vouches only for what it has advanced, and no time is counted until it
runs again; one that runs was moved by hand.
"""

from dataclasses import replace

from ..core.rules import END_TOLERANCE_SECONDS, Rules
from .ongoing_play import CarryOver
from .player_state import (
    MIN_MOVE_SECONDS,
    TIMER_TOLERANCE_SECONDS,
    Doubt,
    PlayerState,
    RepeatSuspicion,
)
from .verdicts import length_without_carry

RECHECK_SECONDS = 2.0
"""Seconds of track time between two readings that tell whether Position stands. mpDris2 0.9 repeats
a value for so long."""

MIN_CARRY_SECONDS = 2 * END_TOLERANCE_SECONDS
"""So late in a track it shows whether Position counts on from the track before. Rhythmbox 3.4 says
the Position of the track before for a second."""

MIN_SCALE = 0.002
"""A Position that advances by a smaller part of the counted time runs at another scale:
milliseconds do by 0.001."""

SCALE_TOLERANCE = 0.1
"""The part by which the speed of a Position at another scale may differ between two readings."""


def take(player: PlayerState, position: float | None) -> None:
    """Takes a position that was read, if it can be this play's."""
    player.position.note(position, player.counter.clock)
    if position is not None and _believes(player, position):
        player.position.set(position, player.counter.clock)


def _believes(player: PlayerState, position: float) -> bool:
    play, clock = player.play, player.counter.clock
    if play is None:
        return True
    if play.length is not None and position > play.length + END_TOLERANCE_SECONDS:
        return False  # Audacious 4.2 runs past the length after a seek
    if play.seen and clock - play.begin.clock <= END_TOLERANCE_SECONDS:
        # Rhythmbox 3.4 counts on in the track before.
        return position <= 2 * END_TOLERANCE_SECONDS
    # A value near zero may mean nothing yet: spot says 0 all the time.
    believed = player.position.moves or abs(position) > END_TOLERANCE_SECONDS
    return believed or player.place(clock) <= END_TOLERANCE_SECONDS


def look_again(player: PlayerState, position: float | None) -> None:
    """Position stood when it was read before. If it runs again, what it has advanced since then was
    heard."""
    witness, now = player.position, player.counter.as_of.mono
    if witness.stall is None or position is None:
        return
    if witness.is_unmoved(position):
        witness.stall = replace(witness.stall, looked_at=now)
        return
    catch_up(player, now - witness.stall.looked_at, position)
    witness.stall = None
    witness.rebase(position, player.counter.clock)


def catch_up(player: PlayerState, seconds: float, position: float) -> None:
    """Counts what was played while nobody listened: at most the advance of Position."""
    advance = position - player.place(player.counter.clock)
    player.counter.clock += max(0.0, min(seconds * player.counter.rate, advance))


def fall_back(player: PlayerState, position: float | None) -> None:
    """It stopped without a signal, at `position`: what it did not play was not heard."""
    behind = lag(player, position)
    if player.play is not None and position is not None and behind is not None:
        player.play.hear_less(behind)
        player.position.rebase(position, player.counter.clock)


def in_track(rules: Rules, player: PlayerState, position: float | None) -> float | None:
    """Returns where in its own track the player is. Position may count on through changes of track:
    what it had at the change belongs to the tracks before."""
    play, clock = player.play, player.counter.clock
    if play is None or position is None:
        return position
    carry, passed = play.lengths.carry, clock - play.begin.clock
    is_late = passed + TIMER_TOLERANCE_SECONDS >= MIN_CARRY_SECONDS
    if carry is not None and not carry.is_proved and is_late:
        play.settle_carry(_proved(rules, player, position), _said_length(player))
    return position - play.offset


def _proved(rules: Rules, player: PlayerState, position: float) -> CarryOver | None:
    """Returns what runs on in this track, now that Position was read; None if nothing does."""
    play = player.play
    carry, own = (play.lengths.carry, length_without_carry(rules, play)) if play else (None, None)
    if play is None or carry is None:
        return None
    expected = carry.position + player.counter.clock - play.begin.clock
    was_sought = carry.is_expected and position >= carry.position
    if abs(position - expected) > END_TOLERANCE_SECONDS and not was_sought:
        return None
    said = _said_length(player)
    within = own is not None and said is not None and position <= said + END_TOLERANCE_SECONDS
    return replace(carry, is_proved=True, in_length=within)


def _said_length(player: PlayerState) -> float | None:
    return player.tags.newest.length if player.tags.newest else None


def unvouched(player: PlayerState, position: float) -> float | None:
    """Returns how many of the counted seconds were not heard if Position stands now; None if it
    does not contradict them."""
    behind = lag(player, position)
    return _waits_since(player, position) if behind is None else behind


def lag(player: PlayerState, position: float | None) -> float | None:
    """Returns by how many seconds a Position that vouches for the play is behind the counted time;
    None if it is not, or vouches for nothing."""
    witness, clock = player.position, player.counter.clock
    if witness.base is None or position is None or not _vouches(player, position):
        return None
    behind = witness.base + clock - witness.base_clock - position
    return behind if behind > END_TOLERANCE_SECONDS else None


def _vouches(player: PlayerState, position: float) -> bool:
    """Whether this reading tells how far the track was played: Position was in step before, came so
    far by itself, or stands at the end of the track since an earlier reading of this play."""
    play, witness = player.play, player.position
    if play is None or witness.base is None or position < -END_TOLERANCE_SECONDS:
        return False  # before the track: what it had at the change is not its own any more
    if witness.trusted:
        return True
    if witness.is_unmoved(position):
        # Chromium 156 stays there, and says Playing, after a seek past the end.
        return is_at_end(player, position) and witness.base_clock > play.begin.clock
    passed = player.counter.clock - witness.base_clock
    return position - witness.base > max(MIN_MOVE_SECONDS, passed * MIN_SCALE)


def _waits_since(player: PlayerState, position: float) -> float | None:
    """Returns the seconds since the last reading if Position is at the end of the track too early:
    it was moved there without a signal, and may stand since."""
    witness, clock = player.position, player.counter.clock
    if witness.base is None or not came_to_end(player, position):
        return None
    passed = clock - witness.base_clock
    return passed if position - witness.base > passed + END_TOLERANCE_SECONDS else None


def came_to_end(player: PlayerState, position: float) -> bool:
    """Whether Position is at the end of the track, and was not there at the reading before."""
    return is_at_end(player, position) and not player.position.is_unmoved(position)


def is_at_end(player: PlayerState, position: float) -> bool:
    """Whether this Position is at the end of the track."""
    length = player.play.length if player.play else None
    return length is not None and abs(length - position) <= END_TOLERANCE_SECONDS


def tells(player: PlayerState, doubt: Doubt, position: float | None) -> bool:
    """Whether a second reading is late enough to tell whether Position stands, or failed."""
    return position is None or player.counter.clock - doubt.clock >= RECHECK_SECONDS / 2


def stands(player: PlayerState, doubt: Doubt, position: float) -> bool:
    """Whether Position hardly advanced since the reading that raised the doubt."""
    passed = player.counter.clock - doubt.clock
    return position - doubt.position < passed / 2


def is_scaled(player: PlayerState, doubt: Doubt, position: float) -> bool:
    """Whether Position runs on as slowly as before the reading that raised the doubt, and was never
    in step: it runs at another scale."""
    witness = player.position
    if witness.base is None or witness.trusted:
        return False
    before = (doubt.position - witness.base) / (doubt.clock - witness.base_clock)
    now = (position - doubt.position) / (player.counter.clock - doubt.clock)
    return now > 0 and abs(now - before) <= SCALE_TOLERANCE * before


def is_in_step(player: PlayerState, suspicion: RepeatSuspicion, position: float) -> bool:
    """Whether Position is where the stopped play should be if it went on since then."""
    stopped, mark = suspicion.stopped, suspicion.suspected_at
    if stopped is None:
        return False
    expected = stopped.place + player.counter.clock - mark.clock
    return abs(position - expected) <= END_TOLERANCE_SECONDS


def runs_from(player: PlayerState, position: float, clock: float) -> bool:
    """Whether Position shows by itself that the track began when the counter was at `clock`."""
    passed = player.counter.clock - clock
    return passed >= RECHECK_SECONDS / 4 and position >= passed / 2
