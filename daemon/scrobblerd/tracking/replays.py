"""Pure: did the track begin again?

A replay needs two witnesses: a Position near zero, and enough heard or the end near before it; or,
where Position tells nothing, a whole length heard and a word of the player's (the same Metadata or
Playing said again, LoopStatus Track). A Position that was never seen to move is no witness.
"""

from ..core.rules import END_TOLERANCE, Rules
from .player_state import HAIR, PAST_END, Mark, Player
from .verdicts import can_count, need


def possible(rules: Rules, player: Player, mark: Mark) -> bool:
    """Whether the play of `player` may have begun again at `mark`, so that asking is worth it."""
    play = player.play
    if play is None or play.length is None or not can_count(rules, play):
        return False
    if mark.clock - play.begin.clock < rules.settle:
        return False  # what began just now did not begin again
    met = play.heard(mark.clock) + HAIR >= need(rules, play)
    return met or player.near_end(mark.clock)


def confirmed(rules: Rules, player: Player, mark: Mark, position: float | None) -> bool:
    """Whether the play began again at `mark`, now that `position` (seconds) was read."""
    play = player.play
    if play is None or play.length is None or not possible(rules, player, mark):
        return False
    if position is not None and player.moves:
        then = position - (player.clock - mark.clock)
        fell = player.place(mark.clock) - then > PAST_END
        return fell and abs(then) <= END_TOLERANCE
    return player.evidence and mark.clock - play.begin.clock >= play.length - PAST_END


def wrapped(rules: Rules, player: Player, position: float | None) -> Mark | None:
    """Where the next pass began, when a reading after a whole length finds a silent loop; None if
    it does not. Without a trusted Position, LoopStatus decides."""
    play = player.play
    if play is None or play.length is None or not can_count(rules, play):
        return None
    if player.clock - play.begin.clock + HAIR < play.length:
        return None
    if position is None or not player.moves:
        looping = player.loop == "Track"
        return player.mark_at(play.begin.clock + play.length) if looping else None
    if player.place(player.clock) >= play.length and abs(position) <= END_TOLERANCE + PAST_END:
        return player.mark_at(player.clock - max(0.0, position))
    return None


def is_wrong_length(player: Player, position: float | None) -> bool:
    """Whether a player that has played the whole length plays on beyond it: lengths in ms or s are
    taken for µs, and a play that could not count by such a length must not be lost."""
    play = player.play
    if play is None or play.length is None or position is None or play.decided:
        return False
    return position > play.length + PAST_END / 2


def end_after(player: Player, position: float | None) -> float | None:
    """The counter at which to look for the end once more, for a player that is behind; None for
    one that stands still."""
    play = player.play
    if play is None or play.length is None or position is None or position == play.stood:
        return None
    left = play.length - position
    return player.clock + left + PAST_END if left > END_TOLERANCE else None
