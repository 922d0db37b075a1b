"""Decides what the answer to a reading means for the play that goes on. Pure.

A reading was made because the play is due, its track should be over, or it may have begun again. A
Position that contradicts the counted time raises a `Doubt`: the player is read once more.
"""

from dataclasses import replace

from ..core.rules import Rules
from . import position
from .play_lifecycle import PlayLifecycle
from .player_state import (
    TIMER_TOLERANCE_SECONDS,
    Doubt,
    PlayerState,
    ReadReason,
    RepeatSuspicion,
    Stall,
    Suspected,
)
from .replays import confirmed, has_wrong_length, may_go_on_yet, next_end, tells_of, wrapped_at

EXPECTED = (ReadReason.DUE, ReadReason.END)
"""Readings at a deadline of the play: what they find had no signal."""


class Answers:
    """The answers of one player."""

    def __init__(self, rules: Rules, player: PlayerState, plays: PlayLifecycle) -> None:
        self._rules = rules
        self._player = player
        self._plays = plays

    def take(self, where: float | None) -> None:
        """A reading was answered, or failed: decides what waited for it. `where`: its Position in
        seconds."""
        player = self._player
        reading, player.reading = player.reading, None
        player.playback.repeated_at = None
        if reading is None or player.play is None or player.tags.settling is not None:
            return
        position.look_again(player, where)
        if reading.why is ReadReason.STATUS:
            return  # too early to tell a replay: that has a reading of its own
        is_answer, doubt = self._is_repeat_ripe(), player.position.doubt
        if doubt and not position.tells(player, doubt, where):
            return
        if doubt:
            self._resolve(doubt, where)
        elif not self._raise_doubt(reading.why, where):
            self._decide(reading.why, where)
        if player.position.doubt is None:  # else the place before is still needed
            position.take(player, where)
        if is_answer:
            self._drop_suspicion()
        self._plays.journal()

    def _is_repeat_ripe(self) -> bool:
        """Whether a no to the suspicion is an answer: Position may lag behind the signal that
        raised it (mpDris2 0.9: up to 2 s)."""
        repeat, now = self._player.repeat, self._player.counter.as_of.mono + TIMER_TOLERANCE_SECONDS
        return repeat is None or now >= repeat.suspected_at.at.mono + self._rules.settle

    def _drop_suspicion(self) -> None:
        player = self._player
        if player.repeat and not player.position.doubt:
            self._plays.not_again(player.repeat)

    # -- the first reading --------------------------------------------------------------------

    def _raise_doubt(self, why: ReadReason, where: float | None) -> bool:
        """Returns whether the player has to be read again to know what its Position means."""
        player, clock = self._player, self._player.counter.clock
        if where is None:
            return False
        player.position.compare(where)
        doubt: Doubt | None = None
        is_hint = confirmed(self._rules, player, where) or may_go_on_yet(player, where)
        if player.repeat and is_hint:
            if self._needs_proof(player.repeat, where):
                doubt = Doubt(why, where, clock, suspicion=player.repeat)
        elif why in EXPECTED and wrapped_at(self._rules, player, where):
            if player.position.moves:
                doubt = Doubt(why, where, clock)
        elif why in EXPECTED and (behind := position.unvouched(player, where)):
            doubt = Doubt(why, where, clock, behind=behind)
        player.position.doubt = doubt
        return doubt is not None

    def _needs_proof(self, suspicion: RepeatSuspicion, where: float) -> bool:
        """Whether Position has yet to show that it runs."""
        player, mark = self._player, suspicion.suspected_at
        if suspicion.what is Suspected.CONTINUATION:
            vouched = suspicion.stopped is not None and suspicion.stopped.is_vouched
            is_proved = vouched or position.is_in_step(player, suspicion, where)
            return may_go_on_yet(player, where) or not is_proved
        if player.position.trusted and position.runs_from(player, where, mark.clock):
            return False
        return tells_of(player, suspicion) and player.speed > 0

    def _decide(self, why: ReadReason, where: float | None) -> None:
        player = self._player
        if player.repeat and confirmed(self._rules, player, where):
            self._plays.confirm(player.repeat)
            return
        mark = wrapped_at(self._rules, player, where) if why in EXPECTED else None
        if mark is not None:
            self._plays.again(mark)
        else:
            self._conclude(why, where)

    # -- the second ---------------------------------------------------------------------------

    def _resolve(self, doubt: Doubt, where: float | None) -> None:
        """Decides what the first of two readings meant."""
        player, witness = self._player, self._player.position
        witness.doubt = None
        if where is None and doubt.suspicion and doubt.suspicion.stopped is None:
            self._plays.confirm(doubt.suspicion)  # nothing speaks against the hint
        elif where is None:
            self._conclude(doubt.why, None)
        elif doubt.behind is None:
            self._resolve_replay(doubt, where)
        else:
            if not position.is_scaled(player, doubt, where):
                self._resolve_lag(doubt, doubt.behind, where)
            self._conclude(doubt.why, where)

    def _resolve_lag(self, doubt: Doubt, behind: float, where: float) -> None:
        """Position was `behind` by so many seconds: was it moved by hand, or does it stand?"""
        player, witness, clock = self._player, self._player.position, self._player.counter.clock
        if player.play and position.stands(player, doubt, where):
            player.play.hear_less(behind + (clock - doubt.clock) - (where - doubt.position))
            now = player.counter.as_of.mono
            witness.stall = Stall(now, now)
        witness.rebase(where, clock)

    def _resolve_replay(self, doubt: Doubt, where: float) -> None:
        player, suspicion = self._player, doubt.suspicion
        goes_on = suspicion is not None and suspicion.stopped is not None
        if goes_on and not confirmed(self._rules, player, where):
            self._conclude(doubt.why, where)
        elif position.stands(player, doubt, where):
            self._conclude(doubt.why, None)
            if doubt.why is ReadReason.END and player.play:
                player.play.end = None
        elif suspicion:
            self._plays.confirm(suspicion)
        else:
            self._plays.again(player.mark_at(player.counter.clock - max(0.0, where)))

    def _conclude(self, why: ReadReason, where: float | None) -> None:
        """The track did not begin again: decides what else the reading was for."""
        player = self._player
        if why is ReadReason.DUE and player.play:
            player.play.drop_carry()
            self._plays.due()
        elif why is ReadReason.END and (play := player.play):
            if has_wrong_length(player, where):
                play.lengths = replace(play.lengths, is_live=True)
            play.end, play.last_end_position = next_end(player, where), where
