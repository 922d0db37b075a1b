"""Pure: how plays begin, are announced, fall due and end, and whose plays are kept quiet."""

from dataclasses import dataclass, field, replace

from ..core.events import Due, Effect, Ended, Journal, NowPlaying
from ..core.model import PlayReason, Reason, Track, Verdict
from ..core.rules import Rules, only_announced, wants_player
from .duplicates import (
    REMEMBERED,
    Counted,
    already_counted,
    is_same_player,
    reporting,
    richest,
)
from .identity import same_track
from .player_state import Listening, Mark, Parked, Player
from .verdicts import ONLY_ANNOUNCED, can_count, frozen, judge, need

FLICKER = 3.0
"""Seconds: a play interrupted for less by another track goes on, and so may end twice; its key is
the same, and the last word counts."""


@dataclass(slots=True)
class House:
    """What all players share: the rules, every player's state, the plays that counted lately, and
    the effects so far."""

    rules: Rules
    players: dict[str, Player]
    effects: list[Effect]
    counted: list[Counted] = field(default_factory=list[Counted])


class Passes:
    """One player's plays, one after the other."""

    def __init__(self, house: House, player: Player) -> None:
        self.house = house
        self.player = player

    def begin(self, mark: Mark, track: Track, seen: bool) -> None:
        """A play of `track` began at `mark`; `seen`: we saw it begin."""
        player = self.player
        player.accepted = track
        player.play = play = Listening(track, mark, seen)
        if seen:
            player.position, player.position_clock = 0.0, mark.clock
        play.expect_end()
        self._choose_speaker()
        self.announce()
        self.journal()

    def replace(self, over: Mark, mark: Mark) -> None:
        """The newest track took the place of the one before at `mark`; that one was over at `over`.
        Where it only flickered (two tabs of one browser), the play before that goes on."""
        player, track = self.player, self.player.track
        assert track is not None
        before, player.parked = player.parked, None
        if play := player.play:
            parked = Parked(replace(play), over)
            self.end(over, replaced=True)
            player.parked = parked if play.verdict is Verdict.NOT_HEARD else None
        self.begin(mark, track, player.edge_seen)
        if before and same_track(before.play.track, track):
            self._resume(before, mark)

    def _resume(self, before: Parked, mark: Mark) -> None:
        play = before.play
        if mark.at.mono - before.end.at.mono <= FLICKER and not play.decided:
            play.begin = Mark(play.begin.at, mark.clock - (before.end.clock - play.begin.clock))
            play.expect_end()
            self.player.play = play

    def _choose_speaker(self) -> None:
        """One name speaks for a player that has several: the shortest, "vlc" for "vlc.instance7".
        What another player has announced is not announced again."""
        player, play = self.player, self.player.play
        assert play is not None
        others = reporting(self.house.players.values(), player)
        play.announced = any(other.speed for other in others)
        for other in self._speakers():
            assert other.play is not None
            if not other.play.decided and len(player.name) < len(other.name):
                other.play.silent = True
            else:
                play.silent = True

    def announce(self) -> None:
        """Say that the play is on now, if nobody has and it is one that could count."""
        player, play, rules = self.player, self.player.play, self.house.rules
        if play is None or play.announced or not player.speed or not rules.enabled:
            return
        if can_count(rules, play) and not self._muted():
            play.announced = True
            value = frozen(
                rules, player.name, play, player.mark(), play.verdict, Reason(PlayReason.OPEN)
            )
            self.house.effects.append(NowPlaying(value))

    def due(self) -> None:
        """Enough was heard: decide."""
        player, play, rules = self.player, self.player.play, self.house.rules
        assert play is not None
        verdict, reason = self._judge(player.mark(), False)
        if verdict is Verdict.NOT_HEARD:
            return  # the reading brought a longer length
        play.verdict, play.needed = verdict, need(rules, play)
        if verdict in (Verdict.DUPLICATE, Verdict.UNWANTED):
            play.reason = reason
        if verdict is Verdict.COUNTED and not self._muted():
            self._count(player.mark(), reason)

    def again(self, mark: Mark) -> None:
        """The same track began again at `mark`."""
        player, play = self.player, self.player.play
        assert play is not None
        self.end(mark, replaced=True)
        if player.speed:  # else it is a new play when it plays
            self.begin(mark, play.track, seen=True)

    def end(self, mark: Mark, replaced: bool = False) -> None:
        """The play ended at `mark`; `replaced` = by another track, or by itself."""
        player, play, rules = self.player, self.player.play, self.house.rules
        assert play is not None
        decided = play.decided
        verdict, reason = self._judge(mark, replaced)
        player.parked = None
        play.verdict = verdict
        if not self._muted():
            if verdict is Verdict.COUNTED and not decided:
                self._count(mark, reason)
            value = frozen(rules, player.name, play, mark, verdict, reason)
            self.house.effects.append(Ended(value))
        for counted in self.house.counted:
            if counted.player == player.name and counted.end is None:
                counted.end = mark.at.mono
        player.play = player.question = None
        self.journal()

    def journal(self) -> None:
        """A restart must know of this."""
        self.house.effects.append(Journal())

    @property
    def wanted(self) -> bool:
        """Whether the user wants this player to be listened to."""
        return wants_player(self.house.rules, self.player.names)

    def _judge(self, mark: Mark, replaced: bool) -> tuple[Verdict, Reason]:
        """The verdict on the play, others' plays considered."""
        player, play = self.player, self.player.play
        assert play is not None
        verdict, reason = judge(self.house.rules, player, play, mark, replaced)
        if play.decided or verdict is not Verdict.COUNTED:
            return verdict, reason
        if only_announced(self.house.rules, player.names):
            return Verdict.UNWANTED, ONLY_ANNOUNCED
        other = already_counted(self.house.counted, self.house.players, player)
        if other is None:
            play.silent = play.silent and bool(self._speakers())
            return verdict, reason
        return Verdict.DUPLICATE, Reason(PlayReason.DUPLICATE, other.player)

    def _count(self, mark: Mark, reason: Reason) -> None:
        player, play, house = self.player, self.player.play, self.house
        assert play is not None
        others = reporting(house.players.values(), player)
        tracks = [play.track, *(other.play.track for other in others if other.play)]
        play.track = replace(richest(tracks), length=play.track.length)
        value = frozen(house.rules, player.name, play, mark, Verdict.COUNTED, reason)
        house.effects.append(Due(value))
        house.counted.append(Counted(player.name, play.track, play.begin.at.mono))
        del house.counted[:-REMEMBERED]

    def _speakers(self) -> list[Player]:
        """The other names of this player that speak for the same play."""
        others = reporting(self.house.players.values(), self.player)
        return [other for other in others if is_same_player(self.player, other)]

    def _muted(self) -> bool:
        return (self.player.play is not None and self.player.play.silent) or not self.wanted
