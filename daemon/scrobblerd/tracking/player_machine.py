"""The state machine of one player: events in, effects out. Pure.

Tags count once they have come to rest, a Stopped once it has lasted, a replay once it is proved.

    phase      absence  settling  play  what ends it
    ---------  -------  --------  ----  -----------------------------------------------------------
    GONE       yes      any       any   an event → as it was before; return_deadline → closed
    SETTLING   -        yes       any   tags at rest → LISTENING (the same or a new play) or IDLE
    LISTENING  -        -         yes   other tags → SETTLING; Stopped lasts, or the track is found
                                        changed → IDLE; a proved replay → the next play
    IDLE       -        -         -     other tags, or Playing → SETTLING

In LISTENING the player is read when its play is due, at its end, and if it may have begun again.
In every phase but GONE a Stopped that lasts ends the play. `deadlines` says when.
"""

from dataclasses import replace

from ..core.events import (
    Changed,
    Effect,
    Event,
    Identified,
    Read,
    ReadFailed,
    Seeked,
    Snapshot,
)
from ..core.filters import correct_tags
from ..core.model import Moment, Status, Track, Verdict
from ..core.rules import Rules
from . import position
from .deadlines import Action, next_due
from .identity import completes, same_track
from .ongoing_play import LIVE_AFTER_GROWTHS, Decision, Mark
from .play_lifecycle import PlayLifecycle
from .player_state import (
    TIMER_TOLERANCE_SECONDS,
    Doubt,
    Phase,
    PlayerState,
    Reading,
    ReadReason,
    RepeatSuspicion,
    TrackerState,
)
from .replays import confirmed, has_wrong_length, next_end, possible, wrapped_at

RETURN_SECONDS = 10.0
"""A player that vanished may come back for so long, and go on with its play."""

LONG_PAUSE_SECONDS = 10.0
"""After a longer pause the play is announced again."""


class PlayerMachine:
    """One player's machine. All its state is in `player`; it can be made anew for each event."""

    def __init__(
        self, state: TrackerState, rules: Rules, player: PlayerState, effects: list[Effect]
    ) -> None:
        self._state = state
        self._rules = rules
        self._player = player
        self._effects = effects
        self._plays = PlayLifecycle(state, rules, player, effects)

    # -- events -------------------------------------------------------------------------------

    def handle(self, event: Event) -> None:
        """Takes one event, and does all that is due at its moment."""
        self._player.advance(event.at)
        match event:
            case Identified():
                self._player.identify(event)
            case Changed():
                self._changed(event)
            case Seeked():
                self._player.position.seek()
                self._suspect_repeat(self._player.mark(), strong_hint=False)
            case Snapshot():
                self._snapshot(event)
            case ReadFailed():
                self._answered(None)
            case _:
                self._vanished()
        self._act()

    def _changed(self, event: Changed) -> None:
        self._player.come_back()
        self._take_speed(event)
        again = event.status is not None and self._take_status(event.status, seen=True)
        if event.track is not None:
            again |= self._take_tags(event.track, seen=True)
        if again:
            self._suspect_repeat(self._player.mark(), strong_hint=True)

    def _snapshot(self, event: Snapshot) -> None:
        player = self._player
        self._catch_up(event)
        player.come_back()
        why = player.reading.why if player.reading else None
        if why in (ReadReason.DUE, ReadReason.END, ReadReason.AGAIN):
            self._find_silent_change(event)
        if why is ReadReason.DUE and event.status is not Status.PLAYING:
            position.fall_back(player, event.position)
        self._take_speed(event)
        if event.status is not None and event.status is not player.playback.status:
            self._take_status(event.status, seen=False)
        if event.track is not None:
            self._take_tags(event.track, seen=False)
        if player.play is None:
            position.take(player, event.position)
        self._answered(event.position)

    def _vanished(self) -> None:
        player = self._player
        if not player.is_gone:
            self._plays.settle_doubt(player.mark())
            player.vanish(player.counter.as_of.mono + RETURN_SECONDS)
            self._plays.journal()

    def _catch_up(self, event: Snapshot) -> None:
        """After a restart: counts what was played meanwhile, as far as Position vouches for it."""
        player, play, absence = self._player, self._player.play, self._player.absence
        if absence is None or absence.restored_from is None:
            return
        player.absence = replace(absence, restored_from=None)
        if play is None or event.position is None or event.status is not Status.PLAYING:
            return
        if event.track and same_track(play.track, self._corrected(event.track)):
            position.catch_up(player, event.at.mono - absence.restored_from, event.position)

    def _find_silent_change(self, event: Snapshot) -> None:
        """Finds a change that had no signal (gmusicbrowser, mopidy-mpris, mpdris2-rs)."""
        play = self._player.play
        if play is None or event.track is None or self._player.tags.settling is not None:
            return
        if not same_track(play.track, self._corrected(event.track)):
            if play.decision is None:
                play.decision = Decision(Verdict.UNCLEAR)
            self._plays.end(self._player.mark())

    def _corrected(self, track: Track) -> Track:
        return correct_tags(self._rules.filters, track, self._player.identity.is_browser)

    # -- what the player says -----------------------------------------------------------------

    def _take_speed(self, event: Changed | Snapshot) -> None:
        player = self._player
        speed, muted = player.speed, player.counter.muted
        player.set_speed(event, self._rules.count_muted)
        if player.speed != speed:
            self._plays.journal()
        if muted and not player.counter.muted and isinstance(event, Changed):
            self.read_again()  # its Position ran on meanwhile

    def _take_status(self, status: Status, seen: bool) -> bool:
        """Returns whether it is a Playing that may mean a new beginning."""
        player, playback = self._player, self._player.playback
        before, playback.status = playback.status, status
        if status is not before:
            self._plays.journal()
        if status is Status.PLAYING:
            return self._starts_playing(before, seen)
        if status is Status.PAUSED:
            playback.stop_seen_at = None
            if playback.paused_at is None:
                playback.paused_at = player.counter.as_of.mono
        elif before is not Status.STOPPED:
            playback.stop_seen_at = player.mark()
        return False

    def _starts_playing(self, before: Status, seen: bool) -> bool:
        """Returns whether it played already, or stopped for a moment only: Clementine 1.4 and cmus
        2.10 say Playing again at a wrap, VLC 3.0 says Stopped and Playing."""
        player, playback, settling = self._player, self._player.playback, self._player.tags.settling
        bounced = before is Status.PLAYING or playback.stop_seen_at is not None
        playback.stop_seen_at = None
        paused_at, playback.paused_at = playback.paused_at, None
        waited = settling is not None and not player.has_heard(settling.changed_at)
        if before is not Status.PLAYING and settling and waited:
            settling.restart(player.mark(), seen)
        elif before is not Status.PLAYING and player.phase is Phase.IDLE:
            player.tags.settle(player.mark(), seen)
        elif player.play and paused_at is not None:
            paused_for = player.counter.as_of.mono - paused_at
            player.play.announced &= paused_for <= LONG_PAUSE_SECONDS
        return bounced

    def _take_tags(self, track: Track, seen: bool) -> bool:
        """Returns whether they are the same as before, said again: mpDris2 0.9, Mopidy 3.4 and
        Strawberry 1.0 do so at a wrap."""
        player, play, tags = self._player, self._player.play, self._player.tags
        track = self._corrected(track)
        if play and tags.settling is None and not seen and same_track(play.track, track):
            tags.newest = track
            play.update(track)  # some tags are new at every reading
            return False
        before = tags.newest
        if tags.take(track, player.mark(), seen) or before is None:
            return False
        if play and tags.settling is None:
            play.update(track)
        return before == track or before.trackid != track.trackid

    def _suspect_repeat(self, mark: Mark, strong_hint: bool) -> None:
        """Wonders whether the track began again at `mark`. To ask costs a reading, so mere
        repetition is only looked into if a replay is possible; a seek always is."""
        player = self._player
        if player.play is None or player.tags.settling is not None:
            return
        if strong_hint and not possible(self._rules, player, mark):
            return
        if player.repeat is None:
            player.repeat = RepeatSuspicion(mark, strong_hint)
        elif strong_hint:
            player.repeat = replace(player.repeat, strong_hint=True)

    # -- readings -----------------------------------------------------------------------------

    def read_again(self) -> None:
        """Reads the player now, whatever it said last."""
        if not self._player.is_gone and self._player.reading is None:
            self._read(ReadReason.RESUME)

    def _read(self, why: ReadReason) -> None:
        player, now = self._player, self._player.counter.as_of.mono
        player.reading = Reading(now, why)
        if player.repeat is not None:
            player.position.asked_at = now
        self._effects.append(Read(player.name, why))

    def _answered(self, where: float | None) -> None:
        """A reading was answered, or failed: decides what waited for it."""
        player = self._player
        reading, player.reading = player.reading, None
        if reading is None or player.play is None or player.tags.settling is not None:
            return
        is_answer = self._is_repeat_ripe()
        if player.position.doubt and not position.tells(player, player.position.doubt, where):
            return
        if player.position.doubt:
            self._resolve(player.position.doubt, where)
        elif not self._raise_doubt(reading.why, where):
            self._decide(reading.why, where)
        if player.position.doubt is None:  # else the place before is still needed
            position.take(player, where)
        if is_answer:
            player.repeat = None
        self._plays.journal()

    def _raise_doubt(self, why: ReadReason, where: float | None) -> bool:
        """Returns whether the player has to be read again to know what its Position means."""
        player, clock = self._player, self._player.counter.clock
        if where is None:
            return False
        player.position.compare(where)
        expected = why in (ReadReason.DUE, ReadReason.END)
        doubt: Doubt | None = None
        if player.repeat and confirmed(self._rules, player, where):
            mark = player.repeat.suspected_at
            proved = player.position.trusted and position.runs_from(player, where, mark.clock)
            if player.position.moves and player.speed and not proved:
                doubt = Doubt(why, where, clock, suspicion=player.repeat)
        elif expected and wrapped_at(self._rules, player, where):
            if player.position.moves:
                doubt = Doubt(why, where, clock)
        elif expected and (behind := position.lag(player, where)):
            if player.position.stalled and player.position.is_unmoved(where):
                position.fall_back(player, where)
            else:
                doubt = Doubt(why, where, clock, behind=behind)
        player.position.doubt = doubt
        return doubt is not None

    def _resolve(self, doubt: Doubt, where: float | None) -> None:
        """Decides what the first of two readings meant."""
        player, witness = self._player, self._player.position
        witness.doubt = None
        if where is None:
            self._conclude(doubt.why, None)
        elif doubt.behind is None:
            self._resolve_replay(doubt, where)
        else:
            stands = position.stands(player, doubt, where)
            if player.play and (stands or witness.stalled):
                behind = doubt.behind + (player.counter.clock - doubt.clock)
                player.play.hear_less(behind - (where - doubt.position))
            witness.stalled |= stands
            witness.rebase(where, player.counter.clock)
            self._conclude(doubt.why, where)

    def _resolve_replay(self, doubt: Doubt, where: float) -> None:
        player = self._player
        if position.stands(player, doubt, where):
            self._conclude(doubt.why, None)
            if doubt.why is ReadReason.END and player.play:
                player.play.end = None
        elif doubt.suspicion:
            self._plays.again(doubt.suspicion.suspected_at)
        else:
            self._plays.again(player.mark_at(player.counter.clock - max(0.0, where)))

    def _decide(self, why: ReadReason, where: float | None) -> None:
        player = self._player
        expected = why in (ReadReason.DUE, ReadReason.END)
        mark = wrapped_at(self._rules, player, where) if expected else None
        if player.repeat and confirmed(self._rules, player, where):
            mark = player.repeat.suspected_at
        if mark is not None:
            self._plays.again(mark)
        else:
            self._conclude(why, where)

    def _conclude(self, why: ReadReason, where: float | None) -> None:
        """The track did not begin again: decides what else the reading was for."""
        player = self._player
        if why is ReadReason.DUE:
            self._plays.due()
        elif why is ReadReason.END and (play := player.play):
            if has_wrong_length(player, where):
                play.growths = LIVE_AFTER_GROWTHS
            play.end, play.last_end_position = next_end(player, where), where

    def _is_repeat_ripe(self) -> bool:
        """Whether a no to the suspicion is an answer: Position may lag behind the signal that
        raised it (mpDris2 0.9: up to 2 s)."""
        repeat, now = self._player.repeat, self._player.counter.as_of.mono + TIMER_TOLERANCE_SECONDS
        return repeat is None or now >= repeat.suspected_at.at.mono + self._rules.settle

    # -- deadlines ----------------------------------------------------------------------------

    def wake(self, at: Moment) -> None:
        """Does all that is due at `at`."""
        self._player.advance(at)
        self._act()

    def _act(self) -> None:
        now = self._player.counter.as_of.mono + TIMER_TOLERANCE_SECONDS
        while (due := next_due(self._rules, self._player)) is not None and due.at <= now:
            if due.action is Action.CLOSE:
                self.close()
                return
            self._do(due.action)
        if not self._player.is_gone:
            self._plays.announce()

    def _do(self, action: Action) -> None:
        match action:
            case Action.GIVE_UP_READING:
                self._answered(None)
            case Action.BELIEVE_STOP:
                self._stopped()
            case Action.ACCEPT_TAGS:
                self._accept()
            case Action.ASK_AGAIN:
                self._read(ReadReason.AGAIN)
            case Action.ASK_REPEAT:
                self._read(ReadReason.REPEAT)
            case Action.ASK_DUE:
                self._read(ReadReason.DUE)
            case _:
                self._read(ReadReason.END)

    def _accept(self) -> None:
        """The newest tags have come to rest."""
        player, play, track = self._player, self._player.play, self._player.tags.newest
        settling, player.tags.settling = player.tags.settling, None
        if settling is None or track is None:
            return
        if play and (same_track(play.track, track) or completes(play.track, track)):
            play.update(track)
            self._suspect_repeat(settling.changed_at, strong_hint=True)
            return
        status = player.playback.status
        heard = status is Status.PLAYING or player.has_heard(settling.changed_at)
        if heard and track != Track(trackid=track.trackid):
            self._plays.replace(settling.ended_at, settling.changed_at, settling.seen)
        elif play:
            self._plays.end(settling.ended_at, replaced=status is not Status.STOPPED)

    def _stopped(self) -> None:
        """A Stopped has lasted."""
        player, settling = self._player, self._player.tags.settling
        mark, player.playback.stop_seen_at = player.playback.stop_seen_at, None
        if player.play and mark:
            if settling and settling.ended_at.clock < mark.clock:
                mark = settling.ended_at
            self._plays.end(mark, replaced=player.near_end(mark.clock))

    def close(self) -> None:
        """Ends the play of a player that is gone for good, and forgets the player."""
        player, settling = self._player, self._player.tags.settling
        if player.play and player.absence:
            stop = player.playback.stop_seen_at or player.absence.vanished_at
            mark = settling.ended_at if settling else stop
            self._plays.end(mark, replaced=player.near_end(mark.clock))
        del self._state.players[player.name]
        self._plays.journal()
