"""The heart: player events in, effects out. Decides what was heard and what counts.

Pure: it has no clock (every event and every wake carries its moment), no bus, no log. Its state is
one value that JSON can hold: `dump` it at every Journal effect, and `restore` it after a restart.
Call `wake(at)` when `next_wake()` has come; that is its only timer.
"""

from dataclasses import dataclass
from typing import Any

from ..core.codec import dump, load
from ..core.events import Changed, Current, Effect, Event, Identified, Journal, Seen, Snapshot
from ..core.model import Moment, PlayReason, Reason, Verdict
from ..core.rules import Rules, only_announced, player_rejection
from .deadlines import NEVER, soonest
from .duplicates import Counted
from .play_lifecycle import House, Passes
from .player_machine import GRACE, Hearing
from .player_state import Player
from .verdicts import current

NAP = 2.0
"""Seconds: the clocks are never read at quite the same moment, and a suspend takes longer."""


@dataclass(slots=True)
class _Kept:
    """What a restart needs of the state."""

    boot_id: str
    players: list[Player]
    counted: list[Counted]


class Tracker:
    """Every player's plays."""

    def __init__(self, rules: Rules, boot_id: str = "") -> None:
        self._house = House(rules, {}, [])
        self._boot_id = boot_id
        self._asleep: float | None = None  # seconds that CLOCK_MONOTONIC stood still since the boot

    @property
    def rules(self) -> Rules:
        """What the user set; may be replaced at any time. What is decided stays so."""
        return self._house.rules

    @rules.setter
    def rules(self, rules: Rules) -> None:
        self._house.rules = rules

    def handle(self, event: Event) -> list[Effect]:
        """What one event leads to."""
        player = self._house.players.get(event.player)
        if player is None:
            if not isinstance(event, Identified | Changed | Snapshot):
                return []
            player = self._house.players[event.player] = Player(event.player, event.at)
        player.advance(event.at)
        hearing = Hearing(self._house, player)
        hearing.handle(event)
        hearing.look()
        self._notice_sleep(event.at)
        return self._taken()

    def wake(self, at: Moment) -> list[Effect]:
        """What the passing of time leads to."""
        for player in list(self._house.players.values()):
            player.advance(at)
            Hearing(self._house, player).look()
        self._notice_sleep(at)
        return self._taken()

    def _notice_sleep(self, at: Moment) -> None:
        """After a suspend nothing is certain: every player is read again."""
        before, self._asleep = self._asleep, at.boot - at.mono
        if before is not None and self._asleep - before > NAP:
            for player in self._house.players.values():
                Hearing(self._house, player).read_again()

    def announce_again(self) -> None:
        """Somebody new listens to announcements: what plays is announced at the next `wake`."""
        for player in self._house.players.values():
            if player.play is not None:
                player.play.announced = False

    def next_wake(self) -> float | None:
        """CLOCK_MONOTONIC seconds at which to call `wake`, None while nothing is waited for."""
        players = self._house.players.values()
        first = min((soonest(self.rules, player) for player in players), default=NEVER)
        return None if first == NEVER else first

    def current(self) -> list[Current]:
        """What every player that is listened to is at."""
        players = self._house.players.values()
        wanted = (player for player in players if Passes(self._house, player).wanted)
        found = (current(self.rules, player) for player in wanted)
        return [each for each in found if each is not None]

    def seen(self) -> list[Seen]:
        """Every player on the bus, listened to or not."""
        return [_seen(self._house, player) for player in self._house.players.values()]

    def skip(self, name: str) -> list[str]:
        """Let the play of a player not count, by any name that rules may call it; "" = of all that
        play. The titles, which are in the journal after the next `wake`."""
        skipped: list[str] = []
        for player in self._house.players.values():
            play = player.play
            asked = name in player.names if name else player.speed
            if asked and play is not None and not play.decided:
                play.verdict, play.reason = Verdict.UNWANTED, Reason(PlayReason.SKIPPED)
                self._house.effects.append(Journal())
                skipped.append(play.track.title)
        return list(dict.fromkeys(skipped))  # players that have two names

    def dump(self) -> dict[str, Any]:
        """The whole state as values that JSON can hold."""
        players = list(self._house.players.values())
        return dump(_Kept(self._boot_id, players, self._house.counted))

    def restore(self, state: object, at: Moment) -> list[Effect]:
        """Take up what `dump` gave before a restart; call before the first event.

        Plays of another boot end. Others go on if their player is found, within GRACE, at the same
        track. Raises StateError if `state` is not what `dump` gives.
        """
        kept = load(_Kept, state)
        same_boot = kept.boot_id == self._boot_id
        if same_boot:
            self._house.counted = kept.counted
        for player in kept.players:
            player.read = player.question = None
            if player.gone is None:
                player.away = player.as_of.mono if player.speed else None
                player.gone = player.mark()
            player.until = at.mono + GRACE
            self._house.players[player.name] = player
            if not same_boot:
                Hearing(self._house, player).close()
        return self._taken()

    def _taken(self) -> list[Effect]:
        effects, self._house.effects = self._house.effects, []
        if Journal() in effects:  # one is enough, and last: it holds what the others did
            effects = [effect for effect in effects if not isinstance(effect, Journal)]
            return [*effects, Journal()]
        return effects


def _seen(house: House, player: Player) -> Seen:
    refusal = player_rejection(house.rules, player.names)
    only = "[players] announce_only" if only_announced(house.rules, player.names) else ""
    status = "" if player.gone else str(player.status)
    who = (player.name, player.identity, player.desktop_entry)
    return Seen(*who, status, not refusal, refusal or only)
