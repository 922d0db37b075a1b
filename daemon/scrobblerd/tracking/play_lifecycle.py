"""Begins, announces, decides and ends the plays of one player. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..core import program_of
from ..core.events import Due, Effect, Ended, Journal, NowPlaying
from ..core.model import Play, PlayReason, Reason, Track, Verdict
from ..core.rules import END_TOLERANCE_SECONDS, Rules, wants_player
from . import position
from .duplicates import (
    MAX_REMEMBERED_PLAYS,
    already_counted,
    may_be_repeated,
    richest,
    same_play,
)
from .identity import has_own_id, is_file, same_track
from .ongoing_play import CarryOver, Decision, InterruptedPlay, Mark, OngoingPlay, StoppedPlay
from .player_state import (
    CountedPlay,
    PlayerState,
    RepeatSuspicion,
    Suspected,
    TrackerState,
)
from .replays import possible
from .verdicts import can_count, frozen, judge, length_without_carry, need, only_announced

MAX_INTERRUPTION_SECONDS = 3.0
"""A play that another track interrupts for less goes on, and so may end twice. Its key is the same,
and the last end counts."""

MAX_STOPPED_SECONDS = 3600.0
"""A play that was stopped goes on for so long; real seconds, suspend counts."""

MAX_ADVERTISEMENT_SECONDS = 180.0
"""Something longer under the tags of a track is another version of it."""

MAY_GO_ON = (Verdict.COUNTED, Verdict.DUPLICATE)
"""Verdicts at the end of a play that stand if it goes on."""


class PlayLifecycle:
    """One player's plays, one after the other. What others must do is added to `effects`."""

    def __init__(
        self, state: TrackerState, rules: Rules, player: PlayerState, effects: list[Effect]
    ) -> None:
        self._state = state
        self._rules = rules
        self._player = player
        self._effects = effects

    def begin(self, mark: Mark, track: Track, seen: bool) -> None:
        """Begins a play of `track` at `mark`. `seen`: its beginning was seen."""
        player = self._player
        player.tags.accepted = track
        player.play = play = OngoingPlay(track, mark, seen)
        witness = player.position
        witness.begin(0.0 if seen else witness.value, mark.clock if seen else witness.at_clock)
        play.expect_end()
        self._expect_continuation(mark, track)
        self._choose_speaker(play)
        self.announce()
        self.journal()

    def replace(self, ended_at: Mark, mark: Mark, seen: bool) -> None:
        """The newest track took the place of the one before at `mark`; that one was over at
        `ended_at`. If it only flickered, the play before it goes on: two tabs of one browser share
        a name and speak in turns."""
        player, track = self._player, self._player.tags.newest
        assert track is not None
        before, player.interrupted = player.interrupted, None
        carry = self._carry_over(ended_at)
        if play := player.play:
            interrupted = InterruptedPlay(replace(play), ended_at)
            if self.end(ended_at, replaced=True) is Verdict.NOT_HEARD:
                player.interrupted = interrupted
        self.begin(mark, track, seen)
        if player.play is not None and carry is not None:
            player.play.settle_carry(carry, track.length)
        if before and same_track(before.play.track, track):
            self._resume(before, mark)

    def _carry_over(self, mark: Mark) -> CarryOver | None:
        """Returns the Position at which the track is left at `mark`, if one is known."""
        player, play, witness = self._player, self._player.play, self._player.position
        if play is None or witness.value is None:
            return None
        left, carry = play.offset + player.place(mark.clock), play.lengths.carry
        if carry and length_without_carry(self._rules, play):
            left += carry.position  # skipped before it was known
        elif not (witness.moves or witness.trusted):
            return None
        counted_on = carry is not None and (carry.is_proved or carry.is_expected)
        return CarryOver(left, counted_on) if left > 2 * END_TOLERANCE_SECONDS else None

    def _resume(self, before: InterruptedPlay, mark: Mark) -> None:
        play = before.play
        interruption = mark.at.mono - before.end.at.mono
        if interruption <= MAX_INTERRUPTION_SECONDS and play.decision is None:
            play.begin = Mark(play.begin.at, mark.clock - (before.end.clock - play.begin.clock))
            play.expect_end()
            self._player.play = play

    def _choose_speaker(self, play: OngoingPlay) -> None:
        """One name speaks for a player that has several: the shortest, "vlc" for "vlc.instance7".
        What another player has announced is not announced again."""
        others = same_play(self._state.players.values(), self._player)
        play.announced = any(other.speed for other in others)
        for other in self._speakers(others):
            assert other.play is not None
            if other.play.decision is None and len(self._player.name) < len(other.name):
                other.play.silent = True
            else:
                play.silent = True

    def announce(self) -> None:
        """Announces the play if it could count and nobody has announced it."""
        player, play, rules = self._player, self._player.play, self._rules
        if play is None or play.announced or not player.speed:
            return
        if not (rules.enabled and rules.now_playing):
            return
        if can_count(rules, play) and not self._is_muted(play):
            play.announced = True
            open_verdict = play.verdict, Reason(PlayReason.OPEN)
            self._effects.append(NowPlaying(self._frozen(play, player.mark(), open_verdict)))

    def due(self) -> None:
        """Decides: enough was heard."""
        player, play = self._player, self._player.play
        assert play is not None
        verdict, reason = self._judge(play, player.mark(), replaced=False)
        if verdict is Verdict.NOT_HEARD:
            return  # the reading brought a longer length
        lasting = reason if verdict in (Verdict.DUPLICATE, Verdict.UNWANTED) else None
        play.decision = Decision(verdict, need(self._rules, play), lasting)
        if verdict is Verdict.COUNTED and not self._is_muted(play):
            self._count(play, player.mark(), reason)

    def again(self, mark: Mark, track: Track | None = None) -> None:
        """The same track, or `track`, began at `mark`."""
        player, play = self._player, self._player.play
        assert play is not None
        player.position.stall = None
        kept = self._kept(play, self.end(mark, replaced=True))
        if player.speed:  # else it is a new play when it plays
            self.begin(mark, track or play.track, seen=True)
            player.repeat = None  # it began from the start
            player.interrupted = None if track else InterruptedPlay(kept, mark)

    def take_back(self, track: Track) -> bool:
        """The length of `track` tells that no replay began a moment ago, but an advertisement, or
        the track after one. Returns whether there was a replay."""
        player, play, before = self._player, self._player.play, self._player.interrupted
        if play is None or before is None or before.end.clock != play.begin.clock:
            return False
        if not same_track(before.play.track, track):
            return False
        mark, player.play, player.interrupted = play.begin, before.play, None
        player.position.set(mark.clock - before.play.begin.clock, mark.clock)
        self._is_on_again(before.play)
        self._take_turns(mark, track)
        return True

    def confirm(self, suspicion: RepeatSuspicion) -> None:
        """It is as was suspected."""
        mark, track = suspicion.suspected_at, suspicion.track
        if suspicion.stopped is not None:
            self._go_on(suspicion.stopped, mark)
        elif track is not None and suspicion.what is Suspected.ADVERTISEMENT:
            self._take_turns(mark, track)
        else:
            self.again(mark, track)

    def _take_turns(self, mark: Mark, track: Track) -> None:
        """At `mark` something of another length began under the tags of the track. The shorter of
        the two is an advertisement, unless it is too long for one."""
        player, play = self._player, self._player.play
        assert play is not None
        player.repeat = None
        before, after = play.track.length or 0.0, track.length or 0.0
        is_over = before > after and player.near_end(mark.clock)
        next_song = is_over and (is_file(track) or has_own_id(play.track, track))
        if play.break_at is None and (next_song or min(before, after) > MAX_ADVERTISEMENT_SECONDS):
            if possible(self._rules, player, mark):
                self.again(mark, track)
            else:
                play.update(track, player.counter.as_of)
            return
        if after < before:
            if play.break_at is None:
                play.break_at = mark.clock
            return
        play.break_at = None
        begun = play.begin.at if play.decision else mark.at
        play.begin = Mark(begun, mark.clock)
        play.update(track, player.counter.as_of)
        play.expect_end()
        player.position.begin(0.0, mark.clock)

    def not_again(self, suspicion: RepeatSuspicion) -> None:
        """It is not as was suspected."""
        player = self._player
        player.repeat = None
        newest = player.tags.newest
        if suspicion.track is not None and player.play is not None and newest is not None:
            player.play.update(newest, player.counter.as_of)
        if suspicion.stopped in self._state.stopped:
            self._state.stopped.remove(suspicion.stopped)

    def _expect_continuation(self, mark: Mark, track: Track) -> None:
        """The play that begins may be one that was stopped, and goes on."""
        since = mark.at.boot - MAX_STOPPED_SECONDS
        self._state.stopped = [each for each in self._state.stopped if each.at_boot >= since]
        for stopped in self._state.stopped:
            mine = stopped.player == program_of(self._player.name)
            if mine and same_track(stopped.play.track, track):
                what = Suspected.CONTINUATION
                self._player.repeat = RepeatSuspicion(mark, False, what, stopped=stopped)

    def _go_on(self, stopped: StoppedPlay, mark: Mark) -> None:
        """What began at `mark` is a play that was stopped. What is decided stays so."""
        player, begun = self._player, self._player.play
        assert begun is not None
        play = replace(stopped.play, silent=begun.silent, announced=begun.announced, break_at=None)
        play.begin = Mark(play.begin.at, mark.clock - stopped.heard)
        play.update(begun.track, player.counter.as_of)
        play.expect_end()
        player.play, player.repeat = play, None
        self._state.stopped.remove(stopped)
        self._is_on_again(play)

    def _is_on_again(self, play: OngoingPlay) -> None:
        """The play goes on: if it counted, its time on air is not over."""
        for counted in self._state.counted:
            if counted.player == self._player.name and counted.begin == play.begin.at.mono:
                counted.end = None

    def _kept(self, play: OngoingPlay, verdict: Verdict) -> OngoingPlay:
        """Returns the play as it goes on if it was not over with this verdict."""
        kept = replace(play)
        if verdict in MAY_GO_ON and play.decision is None:
            kept.decision = Decision(verdict, need(self._rules, play))
        return kept

    def end(self, mark: Mark, replaced: bool = False, stopped: bool = False) -> Verdict:
        """Ends the play at `mark`, and returns its verdict. `replaced`: by another track, or by
        itself; `stopped`: by a Stopped, or because the player left the bus."""
        self.settle_doubt(mark)
        player, play = self._player, self._player.play
        if play is None:
            return Verdict.NOT_HEARD
        verdict, reason = self._judge(play, mark, replaced)
        player.interrupted = None
        if not self._is_muted(play):
            if verdict is Verdict.COUNTED and play.decision is None:
                self._count(play, mark, reason)
            self._effects.append(Ended(self._frozen(play, mark, (verdict, reason))))
        for counted in self._state.counted:
            if counted.player == player.name and counted.end is None:
                counted.end = mark.at.mono
        if stopped and not player.near_end(mark.clock):
            self._remember(play, mark, verdict)
        player.play = player.repeat = player.position.doubt = None
        self.journal()
        return verdict

    def _remember(self, play: OngoingPlay, mark: Mark, verdict: Verdict) -> None:
        """The play may go on later, from where it is now."""
        player, witness = self._player, self._player.position
        if witness.value is None or verdict not in (*MAY_GO_ON, Verdict.NOT_HEARD):
            return
        stopped = StoppedPlay(
            player=program_of(player.name),
            play=self._kept(play, verdict),
            heard=play.heard(mark.clock),
            place=player.place(mark.clock),
            at_boot=mark.at.boot,
            is_vouched=witness.trusted,
        )
        self._state.stopped = [*self._state.stopped[1 - MAX_REMEMBERED_PLAYS :], stopped]

    def settle_doubt(self, mark: Mark) -> None:
        """The play ends, or the player goes, at `mark`, before it is known what its last Position
        meant: what Position does not vouch for was not heard, unless it had come to the end. A hint
        of a replay is believed."""
        player, doubt = self._player, self._player.position.doubt
        player.position.doubt = None
        if doubt is None or player.play is None:
            return
        hint = doubt.suspicion
        if doubt.behind is not None:
            if not position.came_to_end(
                player, doubt.position
            ):  # SMPlayer 22.7: Rate 2 is not told
                player.play.hear_less(doubt.behind)
        elif hint and hint.stopped is None and hint.suspected_at.clock < mark.clock:
            self.confirm(hint)

    def journal(self) -> None:
        """A restart must know of this."""
        self._effects.append(Journal())

    def _judge(self, play: OngoingPlay, mark: Mark, replaced: bool) -> tuple[Verdict, Reason]:
        """Returns the verdict on the play, and why. Plays of other players are considered."""
        player, state = self._player, self._state
        verdict, reason = judge(self._rules, player, play, mark, replaced)
        if play.decision or verdict is not Verdict.COUNTED:
            return verdict, reason
        if announced := only_announced(self._rules, player):
            return Verdict.UNWANTED, announced
        other = already_counted(state.counted, state.players, player)
        if other is not None:
            return Verdict.DUPLICATE, Reason(PlayReason.DUPLICATE, other.player)
        if play.silent:
            others = same_play(state.players.values(), player)
            play.silent = any(True for _ in self._speakers(others))
        return verdict, reason

    def _count(self, play: OngoingPlay, mark: Mark, reason: Reason) -> None:
        others = same_play(self._state.players.values(), self._player)
        tracks = [play.track, *(other.play.track for other in others if other.play)]
        play.track = replace(richest(tracks), length=play.track.length)
        self._effects.append(Due(self._frozen(play, mark, (Verdict.COUNTED, reason))))
        counted = CountedPlay(self._player.name, play.track, play.begin.at.mono)
        self._state.counted.append(counted)
        self._state.counted = may_be_repeated(self._state)

    def _frozen(self, play: OngoingPlay, mark: Mark, verdict: tuple[Verdict, Reason]) -> Play:
        return frozen(self._rules, self._player.identity, play, mark, *verdict)

    def _speakers(self, others: Iterable[PlayerState]) -> Iterator[PlayerState]:
        """Those that are other names of this player."""
        mine = self._player.identity
        return (other for other in others if mine.is_same_program(other.identity))

    def _is_muted(self, play: OngoingPlay) -> bool:
        """Whether nobody hears of the play: another name tells of it, or the user does not want
        this player."""
        return play.silent or not wants_player(self._rules, self._player.identity.names)
