"""The heart: player events in, effects out. Decides what was heard and what counts.

Pure: it has no clock (every event and every wake carries its moment), no bus, no log. Its state is
one value that JSON can hold: `dump` it at every Journal effect, and `restore` it after a restart.
Call `wake(at)` when `next_wake()` has come; that is its only timer.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..core import codec
from ..core.events import (
    Changed,
    Current,
    Effect,
    Event,
    Identified,
    Journal,
    Seen,
    Snapshot,
)
from ..core.model import Moment, PlayReason, Reason, Track, Verdict
from ..core.rules import Rules, player_rule, rules_of, wants_player
from .deadlines import next_due
from .duplicates import is_other_name
from .ongoing_play import Decision, OngoingPlay
from .player_machine import RETURN_SECONDS, PlayerMachine
from .player_state import Absence, Counter, Identity, Playback, PlayerState, TrackerState
from .settling import Tags
from .verdicts import can_count, current

MIN_SUSPEND_SECONDS = 2.0
"""A suspend takes longer. The two clocks are not read at quite the same moment."""

SKIPPED = Reason(PlayReason.SKIPPED)

MAX_NAMES_REMEMBERED = 512
"""Players whose rules are remembered; a flood of names makes them be found anew."""


class Tracker:
    """Every player's plays."""

    def __init__(self, rules: Rules, boot_id: str = "") -> None:
        self._rules = rules
        self._rules_by_names: dict[tuple[str, ...], Rules] = {}
        self._state = TrackerState(boot_id)
        self._effects: list[Effect] = []
        self._suspended: float | None = None  # seconds for which CLOCK_MONOTONIC stood still
        self._shown: tuple[object, ...] = ()

    @property
    def rules(self) -> Rules:
        """What the user set; may be replaced at any time. What is decided stays so."""
        return self._rules

    @rules.setter
    def rules(self, rules: Rules) -> None:
        self._rules = rules
        self._rules_by_names.clear()

    def _rules_of(self, player: PlayerState) -> Rules:
        """Returns the rules for a player, which are found once for its names."""
        if not self._rules.players:
            return self._rules
        names, known = player.identity.names, self._rules_by_names
        if names not in known:
            if len(known) >= MAX_NAMES_REMEMBERED:
                known.clear()
            known[names] = rules_of(self._rules, names)
        return known[names]

    def handle(self, event: Event) -> list[Effect]:
        """Returns what one event leads to."""
        player = self._state.players.get(event.player)
        if player is None:
            if not isinstance(event, Identified | Changed | Snapshot):
                return []
            player = PlayerState(Identity(event.player), Counter(event.at))
            self._state.players[event.player] = player
        self._machine(player).handle(event)
        self._read_after_suspend(event.at)
        return self._taken()

    def wake(self, at: Moment) -> list[Effect]:
        """Returns what the passing of time leads to."""
        for player in list(self._state.players.values()):
            self._machine(player).wake(at)
        self._read_after_suspend(at)
        return self._taken()

    def next_wake(self) -> float | None:
        """Returns when to call `wake` (CLOCK_MONOTONIC seconds); None while nothing is waited
        for."""
        deadlines = [next_due(self._rules_of(each), each) for each in self._state.players.values()]
        return min((deadline.at for deadline in deadlines if deadline), default=None)

    def _machine(self, player: PlayerState) -> PlayerMachine:
        return PlayerMachine(self._state, self._rules_of(player), player, self._effects)

    def _read_after_suspend(self, at: Moment) -> None:
        """After a suspend nothing is certain: every player is read again."""
        before, self._suspended = self._suspended, at.boot - at.mono
        if before is not None and self._suspended - before > MIN_SUSPEND_SECONDS:
            for player in self._state.players.values():
                self._machine(player).read_again()

    def _taken(self) -> list[Effect]:
        effects = self._effects[:]
        self._effects.clear()
        if Journal() in effects:  # one is enough, and last: it holds what the others did
            effects = [effect for effect in effects if not isinstance(effect, Journal)]
            return [*effects, Journal()]
        return effects

    # -- what is shown ------------------------------------------------------------------------

    def current(self) -> list[Current]:
        """Returns what every player that is listened to is at."""
        shown = (current(self._rules_of(player), player) for player in self._wanted())
        return [each for each in shown if each is not None]

    def shows_news(self) -> bool:
        """Whether `current` shows something else than at the last call, heard time aside."""
        before, self._shown = self._shown, tuple(self._visible())
        return self._shown != before

    def _visible(self) -> Iterator[object]:
        """All that `current` depends on, but for heard time: much cheaper than `current`."""
        yield self.rules
        for player in self._state.players.values():
            if (play := player.play) is not None and not play.silent:
                yield player.identity, player.playback.status, player.speed, play.begin.at
                yield play.track, play.track.genres, play.length, play.decision

    def tracks(self) -> set[tuple[str, str]]:
        """Returns artist and title of what `current` shows, if it has both."""
        plays = [player.play for player in self._wanted() if player.play]
        names = {(play.track.artist, play.track.title) for play in plays if not play.silent}
        return {each for each in names if all(each)}

    def seen(self) -> list[Seen]:
        """Returns every player on the bus, listened to or not."""
        return [self._seen(player) for player in self._state.players.values()]

    def _seen(self, player: PlayerState) -> Seen:
        identity = player.identity
        return Seen(
            player=identity.name,
            identity=identity.display_name,
            desktop_entry=identity.desktop_entry,
            status="" if player.is_gone else str(player.playback.status),
            wanted=wants_player(self.rules, identity.names),
            rule=player_rule(self.rules, identity.names),
        )

    def heard(self) -> Iterator[Identity]:
        """Returns who plays something that may count."""
        for player in self._wanted():
            play = player.play if player.speed else None
            is_open = play is not None and not play.silent and play.decision is None
            if play and is_open and can_count(self._rules_of(player), play):
                yield player.identity

    def _wanted(self) -> Iterator[PlayerState]:
        players = self._state.players.values()
        return (player for player in players if wants_player(self.rules, player.identity.names))

    # -- what a person wants ------------------------------------------------------------------

    def announce_again(self) -> None:
        """Announces what plays once more at the next `wake`: there is a new listener."""
        for player in self._state.players.values():
            if player.play is not None:
                player.play.announced = False

    def skip(self, name: str) -> list[str]:
        """Lets the play of a player not count; "" = of all that play. Returns the titles, which are
        in the journal after the next `wake`."""
        return self._decide(
            [
                player.play
                for player in self._called(name)
                if (name or player.speed) and player.play and player.play.decision is None
            ],
            Decision(Verdict.UNWANTED, reason=SKIPPED),
        )

    def unskip(self, name: str) -> list[str]:
        """Takes back that a play was skipped, if it goes on: it counts as if it never was; "" = of
        all players that are there. Returns the titles as `skip` does."""
        here = [player for player in self._called(name) if name or not player.is_gone]
        plays = [player.play for player in here if player.play]
        skipped = [play for play in plays if play.decision and play.decision.reason == SKIPPED]
        return self._decide(skipped, None)

    def names_of(self, name: str) -> tuple[str, ...]:
        """Returns what rules may call the player of this name, whether it is on the bus or not."""
        player = self._state.players.get(name)
        return player.identity.names if player else Identity(name).names

    def _called(self, name: str) -> list[PlayerState]:
        """Returns the player of this name on the bus, with its other names for the same song, or
        else those that rules may call so; "" = all."""
        players = list(self._state.players.values())
        exact = self._state.players.get(name)
        if exact is None:
            return [player for player in players if not name or name in player.identity.names]
        return [player for player in players if player is exact or is_other_name(player, exact)]

    def _decide(self, plays: Sequence[OngoingPlay], decision: Decision | None) -> list[str]:
        for play in plays:
            play.decision = decision
            self._effects.append(Journal())
        return list(dict.fromkeys(play.track.title for play in plays))  # one may have two names

    def forget(self, at: Moment) -> list[Effect]:
        """Private mode begins: a play that has counted ends now, any other is as if it had never
        been. The players stay, without their tags."""
        for player in list(self._state.players.values()):
            player.advance(at)
        self._forget(self._state)
        return self._taken()

    def _forget(self, state: TrackerState) -> None:
        for name, player in list(state.players.items()):
            if player.play is not None and player.play.verdict is Verdict.COUNTED:
                PlayerMachine(state, self._rules_of(player), player, self._effects).end()
            counter = replace(player.counter, clock=0.0)
            playback = Playback(player.playback.status, player.playback.loop)
            state.players[name] = PlayerState(
                player.identity, counter, playback, Tags(newest=Track()), absence=player.absence
            )
        self._effects.append(Journal())

    # -- the journal --------------------------------------------------------------------------

    def dump(self, only: Collection[str] | None = None) -> dict[str, Any]:
        """Returns the state as values that JSON can hold: the whole of it, or with `only` these
        players and what all of them share."""
        if only is None:
            return codec.dump(self._state)
        players = self._state.players
        some = {name: players[name] for name in only if name in players}
        return codec.dump(replace(self._state, players=some))

    def restore(self, state: object, at: Moment) -> list[Effect]:
        """Takes up what `dump` gave before a restart; call it before the first event.

        Plays of another boot end. Others go on if their player is found, within RETURN_SECONDS, at
        the same track; in private mode none does. Raises StateError if `state` is not what `dump`
        gives.
        """
        kept = codec.load(TrackerState, state)
        same_boot = kept.boot_id == self._state.boot_id
        if same_boot:
            self._state = kept
        if self._rules.private:
            self._forget(kept)
        for player in list(kept.players.values()):
            _absent(player, at.mono + RETURN_SECONDS)
            if not same_boot:
                PlayerMachine(kept, self._rules_of(player), player, self._effects).close()
        return self._taken()


def _absent(player: PlayerState, return_deadline: float) -> None:
    """Lets a player that was kept be gone since the last journal, until it is seen again."""
    absence = player.absence
    if absence is None or absence.is_over:
        restored_from = player.counter.as_of.mono if player.speed else None
        player.absence = Absence(player.mark(), return_deadline, restored_from)
    else:
        player.absence = replace(absence, return_deadline=return_deadline)
    player.reading = player.repeat = player.position.doubt = None
