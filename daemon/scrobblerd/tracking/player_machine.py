"""The state machine of one player: events in, effects out. Pure.

Tags count once they have come to rest, a Stopped once it has lasted, a replay once it is proved.

    phase      absence  settling  play  what ends it
    ---------  -------  --------  ----  -----------------------------------------------------------
    GONE       yes      any       any   an event → as it was before; return_deadline → closed
    SETTLING   -        yes       any   tags at rest → LISTENING (the same or a new play) or IDLE
    LISTENING  -        -         yes   other tags → SETTLING; Stopped lasts, or the track is found
                                        changed → IDLE; a proved replay → the next play
    IDLE       -        -         -     other tags, or Playing → SETTLING

In LISTENING the player is read when its play is due, at its end, and if it may have begun again;
`answers` says what that means for the play. A play that a Stopped or a return_deadline ended may
go on for an hour: the reading after its track has begun again tells.
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
from ..core.rules import END_TOLERANCE_SECONDS, Rules
from . import position
from .answers import Answers
from .deadlines import Action, next_due
from .identity import are_namesakes, completes, has_other_length, same_track
from .ongoing_play import Decision, Mark, OngoingPlay
from .play_lifecycle import PlayLifecycle
from .player_state import (
    TIMER_TOLERANCE_SECONDS,
    Phase,
    PlayerState,
    Reading,
    ReadReason,
    RepeatSuspicion,
    Stall,
    Suspected,
    TrackerState,
)
from .replays import possible

RETURN_SECONDS = 10.0
"""A player that vanished may come back for so long, and go on with its play."""

LOOK_EVERY_SECONDS = 10.0
"""A player that says an equal status more often than this tells nothing by it."""

READ_FOR = {
    Action.ASK_STATUS: ReadReason.STATUS,
    Action.ASK_AGAIN: ReadReason.AGAIN,
    Action.ASK_STALLED: ReadReason.STALLED,
    Action.ASK_REPEAT: ReadReason.REPEAT,
    Action.ASK_DUE: ReadReason.DUE,
    Action.ASK_END: ReadReason.END,
}
"""Why a player is read at a deadline."""

SILENT_CHANGES = (ReadReason.DUE, ReadReason.END, ReadReason.AGAIN, ReadReason.STALLED)
"""Readings that may find a change of track that had no signal."""

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
        self._answers = Answers(rules, player, self._plays)

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
                self._answers.take(None)
            case _:
                self._vanished()
        self._act()

    def _changed(self, event: Changed) -> None:
        self._come_back()
        self._take_speed(event)
        self._note_bare_status(event)
        again = event.status is not None and self._take_status(event.status, seen=True)
        if event.track is not None:
            again |= self._take_tags(event.track, seen=True)
        if again:
            self._suspect_repeat(self._player.mark(), strong_hint=True)

    def _note_bare_status(self, event: Changed) -> None:
        """gmusicbrowser tells a change of track by an equal PlaybackStatus alone. Players that say
        it all the time are not read all the time."""
        playback, now = self._player.playback, self._player.mark()
        is_bare = event.track is None and event.status is Status.PLAYING is playback.status
        looked_at = playback.looked_at
        is_news = looked_at is None or now.at.mono - looked_at > LOOK_EVERY_SECONDS
        if is_bare and is_news and self._player.phase is Phase.LISTENING:
            playback.repeated_at = now
        if is_bare:
            playback.looked_at = now.at.mono
        if event.track is not None or event.status not in (None, Status.PLAYING):
            playback.repeated_at = None

    def _snapshot(self, event: Snapshot) -> None:
        player = self._player
        self._catch_up(event)
        self._come_back()
        where = position.in_track(self._rules, player, event.position)
        why = player.reading.why if player.reading else None
        if why in SILENT_CHANGES:
            self._find_silent_change(event)
        if why is ReadReason.DUE and event.status is not Status.PLAYING:
            position.fall_back(player, where)
        self._take_speed(event)
        if event.status is not None and event.status is not player.playback.status:
            self._take_status(event.status, seen=False)
        if event.track is not None:
            self._take_read_tags(event.track, why)
        if player.play is None:
            position.take(player, where)
        self._answers.take(where)

    def _come_back(self) -> None:
        """Its play goes on, unless the player begins the track anew."""
        player = self._player
        if player.is_gone:
            player.come_back()
            if player.play is not None and player.tags.settling is None:
                player.repeat = RepeatSuspicion(player.mark(), False, Suspected.RETURN)

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
            now, stall = player.counter.as_of.mono, player.position.stall
            player.position.stall = stall and Stall(now, now)  # it may run again from now on
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
            self._update(play, track)  # some tags are new at every reading
            return False
        before = tags.newest
        if tags.take(track, player.mark(), seen) or before is None:
            return False
        if play and tags.settling is None:
            self._update(play, track)
        return before == track or before.trackid != track.trackid

    def _take_read_tags(self, track: Track, why: ReadReason | None) -> None:
        """Takes Metadata that was read. If an equal status told of it, it began then."""
        player, play = self._player, self._player.play
        repeated, player.playback.repeated_at = player.playback.repeated_at, None
        corrected = self._corrected(track)
        is_other = play is not None and not same_track(play.track, corrected)
        is_told = why is ReadReason.STATUS and player.phase is Phase.LISTENING
        if repeated and is_told and is_other:
            player.tags.take(corrected, repeated, seen=True)
        else:
            self._take_tags(track, seen=False)

    def _update(self, play: OngoingPlay, track: Track) -> None:
        """Newer tags of the track that plays, unless something else plays under them."""
        player, repeat, mark = self._player, self._player.repeat, self._player.mark()
        if repeat is not None and repeat.track is not None:
            return
        own = replace(track, length=play.lengths.own(track.length))
        if play.break_at is not None and not has_other_length(play.track, own):
            play.end_break(mark.clock)
            player.position.seek()
        has_position = player.position.last_read is not None
        is_early = play.heard(mark.clock) <= END_TOLERANCE_SECONDS
        at_edge = is_early or player.near_end(mark.clock)
        other = has_position and has_other_length(play.track, own, at_edge)
        if play.break_at is not None and other and (own.length or 0) < (play.track.length or 0):
            return  # the advertisement is known, or another follows it
        if other and not is_early:
            player.repeat = RepeatSuspicion(mark, False, Suspected.ADVERTISEMENT, track)
            doubt = player.position.doubt
            if doubt is not None and doubt.behind is None:
                player.position.doubt = replace(doubt, suspicion=player.repeat)
        elif not (other and self._plays.take_back(track)):
            play.update(track, mark.at)

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
                self._answers.take(None)
            case Action.BELIEVE_STOP:
                self._stopped()
            case Action.ACCEPT_TAGS:
                self._accept()
            case _:
                self._read(READ_FOR[action])

    def _accept(self) -> None:
        """The newest tags have come to rest."""
        player, play, track = self._player, self._player.play, self._player.tags.newest
        settling, player.tags.settling = player.tags.settling, None
        if settling is None or track is None:
            return
        if play and (same_track(play.track, track) or completes(play.track, track)):
            self._accept_same(play, track, settling.changed_at)
            return
        status = player.playback.status
        heard = status is Status.PLAYING or player.has_heard(settling.changed_at)
        if heard and track != Track(trackid=track.trackid):
            self._plays.replace(settling.ended_at, settling.changed_at, settling.seen)
        elif play:
            stopped = status is Status.STOPPED
            self._plays.end(settling.ended_at, replaced=not stopped, stopped=stopped)

    def _accept_same(self, play: OngoingPlay, track: Track, mark: Mark) -> None:
        """The tags that have come to rest are those of the track that plays, it seems."""
        if are_namesakes(play.track, track):
            self._player.repeat = RepeatSuspicion(mark, True, Suspected.NAMESAKE, track)
            return
        self._update(play, track)
        self._suspect_repeat(mark, strong_hint=True)

    def _stopped(self) -> None:
        """A Stopped has lasted."""
        player, settling = self._player, self._player.tags.settling
        mark, player.playback.stop_seen_at = player.playback.stop_seen_at, None
        if player.play and mark:
            if settling and settling.ended_at.clock < mark.clock:
                mark = settling.ended_at
            self._plays.end(mark, replaced=player.near_end(mark.clock), stopped=True)

    def end(self) -> None:
        """Ends the play now, for a player that is not heard any more."""
        absence = self._player.absence
        mark = absence.vanished_at if absence and self._player.is_gone else self._player.mark()
        self._plays.end(mark)

    def close(self) -> None:
        """Ends the play of a player that is gone for good, and forgets the player."""
        player, settling = self._player, self._player.tags.settling
        if player.play and player.absence:
            stop = player.playback.stop_seen_at or player.absence.vanished_at
            mark = settling.ended_at if settling else stop
            self._plays.end(mark, replaced=player.near_end(mark.clock), stopped=True)
        del self._state.players[player.name]
        self._plays.journal()
