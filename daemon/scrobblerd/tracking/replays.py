"""Decides whether a player began its track again. Pure.

A replay needs two witnesses: a Position near zero that runs, and enough heard or the end near
before it. If Position tells nothing: a whole length heard, and a hint of the player (the same
Metadata or Playing said again, LoopStatus Track). A Position that was never seen to move is no
witness; one that went to zero has to run from there (MPRISBee leaves it at 0 when all is over).
"""

from ..core.rules import END_TOLERANCE_SECONDS, Rules
from .ongoing_play import PAST_END_SECONDS, Mark
from .player_state import TIMER_TOLERANCE_SECONDS, PlayerState, RepeatSuspicion, Suspected
from .verdicts import can_count, need


def possible(rules: Rules, player: PlayerState, mark: Mark) -> bool:
    """Whether the track may have begun again at `mark`, so that it is worth a reading."""
    play = player.play
    if play is None or play.length is None or play.break_at is not None:
        return False
    if mark.clock - play.begin.clock < rules.settle:
        return False  # what began just now did not begin again
    met = play.heard(mark.clock) + TIMER_TOLERANCE_SECONDS >= need(rules, play)
    return (met or player.near_end(mark.clock)) and can_count(rules, play)


def confirmed(rules: Rules, player: PlayerState, position: float | None) -> bool:
    """Whether the suspected replay is one, now that `position` (seconds) was read, if it runs."""
    play, suspicion, clock = player.play, player.repeat, player.counter.clock
    if play is None or suspicion is None:
        return False
    mark, what = suspicion.suspected_at, suspicion.what
    if what is Suspected.CONTINUATION:
        return _goes_on(player, suspicion, position)
    if what is Suspected.REPLAY and not possible(rules, player, mark):
        return False
    if position is not None and tells_of(player, suspicion):
        then = position - (clock - mark.clock)  # mpv 0.35: -0.35 s around a wrap
        fell = player.place(mark.clock) - then
        if what is Suspected.RETURN and not (player.speed and fell > 2 * END_TOLERANCE_SECONDS):
            return False
        return fell > PAST_END_SECONDS and abs(then) <= END_TOLERANCE_SECONDS
    return suspicion.strong_hint and _was_whole(player, mark)


def tells_of(player: PlayerState, suspicion: RepeatSuspicion) -> bool:
    """Whether Position may tell that the track began again. If nothing else does, one that was not
    seen to move is asked too."""
    if player.position.moves:
        return not (suspicion.what is Suspected.REPLAY and _stood_at_zero(player))
    if suspicion.what is Suspected.NAMESAKE:
        return not _was_whole(player, suspicion.suspected_at)
    return suspicion.what is not Suspected.REPLAY


def _stood_at_zero(player: PlayerState) -> bool:
    """Whether Position was near zero at the last reading of the play, though it played on: it can't
    have gone back there."""
    play, witness = player.play, player.position
    if play is None or witness.base is None or witness.trusted:
        return False
    was_late = witness.base_clock - play.begin.clock > END_TOLERANCE_SECONDS
    return was_late and abs(witness.base) <= END_TOLERANCE_SECONDS


def _was_whole(player: PlayerState, mark: Mark) -> bool:
    play = player.play
    if play is None or play.length is None:
        return False
    return mark.clock - play.begin.clock >= play.length - PAST_END_SECONDS


def _goes_on(player: PlayerState, suspicion: RepeatSuspicion, position: float | None) -> bool:
    """Whether the track goes on where a play of it was stopped, or further: never near zero, where
    a new play begins."""
    stopped, play, near_zero = suspicion.stopped, player.play, 2 * END_TOLERANCE_SECONDS
    if position is None or stopped is None or play is None:
        return False
    if min(position, stopped.place) <= near_zero:
        return False
    if play.length is not None and position > play.length + END_TOLERANCE_SECONDS:
        return False
    passed = player.counter.clock - suspicion.suspected_at.clock
    return position >= stopped.place + passed - END_TOLERANCE_SECONDS


def may_go_on_yet(player: PlayerState, position: float) -> bool:
    """Whether a play that was stopped may go on though Position is near zero: players say 0 for a
    second before they say where they are."""
    suspicion, near_zero = player.repeat, 2 * END_TOLERANCE_SECONDS
    stopped = suspicion.stopped if suspicion else None
    return stopped is not None and abs(position) <= near_zero < stopped.place


def wrapped_at(rules: Rules, player: PlayerState, position: float | None) -> Mark | None:
    """Returns where the next play began, if a reading after a whole length finds a silent loop.

    Firefox ESR 153 loops without a signal. Without a trusted Position, LoopStatus decides.
    """
    play, clock = player.play, player.counter.clock
    if play is None or play.length is None:
        return None
    if clock - play.begin.clock + TIMER_TOLERANCE_SECONDS < play.length:
        return None
    if not can_count(rules, play):
        return None
    if position is None or not player.position.moves:
        looping = player.playback.loop == "Track"
        return player.mark_at(play.begin.clock + play.length) if looping else None
    near_zero = abs(position) <= END_TOLERANCE_SECONDS + PAST_END_SECONDS
    if near_zero and player.place(clock) >= play.length:
        return player.mark_at(clock - max(0.0, position))
    return None


def has_wrong_length(player: PlayerState, position: float | None) -> bool:
    """Whether the player plays on beyond the length: it was said in ms or s instead of µs (gelly).
    A play that could not count by such a length must not be lost."""
    play = player.play
    if play is None or play.length is None or position is None or play.decision is not None:
        return False
    return position > play.length + PAST_END_SECONDS / 2


def next_end(player: PlayerState, position: float | None) -> float | None:
    """Returns the counter at which to look for the end once more, if the player is behind; None if
    it stands still (Chromium 156 says Playing after a seek to the end)."""
    play = player.play
    if play is None or play.length is None or position is None:
        return None
    if position == play.last_end_position:
        return None
    left = play.length - position
    return player.counter.clock + left + PAST_END_SECONDS if left > END_TOLERANCE_SECONDS else None
