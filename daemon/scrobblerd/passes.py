"""Pure: how plays begin, are announced, fall due and end, and whose plays are kept quiet."""

from dataclasses import dataclass

from .model import Due, Effect, Ended, Journal, NowPlaying, Track, Verdict
from .plays import Listening, Mark, Player
from .repeats import PAST_END
from .rules import Rules, same_track, wants_player
from .verdicts import can_count, frozen, judge


@dataclass(slots=True)
class House:
    """What all players share: the rules, every player's state, and the effects so far."""

    rules: Rules
    players: dict[str, Player]
    effects: list[Effect]


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
        if track.length is not None:
            play.end = mark.clock + track.length + PAST_END
        twin = self._twin()
        if twin is None:
            self.announce()
        elif twin.play and not twin.play.decided and len(player.name) < len(twin.name):
            twin.play.silent = True  # "vlc" speaks for "vlc.instance123", announced already
        else:
            play.silent = True
        self.journal()

    def announce(self) -> None:
        """Say that the play is on now, if it is one that could count."""
        player, play, rules = self.player, self.player.play, self.house.rules
        if play is None or not rules.enabled or not can_count(rules, play):
            return
        if player.speed and not self._muted():
            value = frozen(rules, player, player.mark(), play.verdict, "")
            self.house.effects.append(NowPlaying(value))

    def due(self) -> None:
        """Enough was heard: decide."""
        player, play, rules = self.player, self.player.play, self.house.rules
        assert play is not None
        play.silent = play.silent and self._twin() is not None
        verdict, words = judge(rules, player, play, player.mark(), False)
        if verdict is Verdict.NOT_HEARD:
            return  # the reading brought a longer length
        play.verdict = verdict
        if verdict is Verdict.COUNTED and not self._muted():
            value = frozen(rules, player, player.mark(), play.verdict, words)
            self.house.effects.append(Due(value))

    def again(self, mark: Mark) -> None:
        """The same track began again at `mark`."""
        play = self.player.play
        assert play is not None
        self.end(mark, replaced=True)
        self.begin(mark, play.track, seen=True)

    def end(self, mark: Mark, replaced: bool = False) -> None:
        """The play ended at `mark`; `replaced` = by another track, or by itself."""
        player, play, rules = self.player, self.player.play, self.house.rules
        assert play is not None
        decided = play.decided
        play.verdict, words = judge(rules, player, play, mark, replaced)
        if not self._muted():
            value = frozen(rules, player, mark, play.verdict, words)
            if play.verdict is Verdict.COUNTED and not decided:
                self.house.effects.append(Due(value))
            self.house.effects.append(Ended(value))
        player.play = player.question = None
        self.journal()

    def journal(self) -> None:
        """A restart must know of this."""
        self.house.effects.append(Journal())

    @property
    def wanted(self) -> bool:
        """Whether the user wants this player to be listened to."""
        player = self.player
        names = (player.name, player.identity, player.desktop_entry)
        return wants_player(self.house.rules, names)

    def _muted(self) -> bool:
        return (self.player.play is not None and self.player.play.silent) or not self.wanted

    def _twin(self) -> Player | None:
        """Another name of the same owner or process that reports the same play (VLC has two)."""
        others = self.house.players.values()
        return next((other for other in others if _are_twins(self.player, other)), None)


def _are_twins(one: Player, other: Player) -> bool:
    if one is other or one.play is None or other.play is None or other.play.silent:
        return False
    same_process = bool(one.process) and one.process == other.process
    same = same_process or (bool(one.owner) and one.owner == other.owner)
    return same and same_track(one.play.track, other.play.track)
