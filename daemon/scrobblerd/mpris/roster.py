"""Who is on the bus, and which of them are followed. Pure.

A name too many is left out until another one goes: a signal of an owner with a thousand names would
be a thousand events.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

MAX_NAMES_PER_OWNER = 4
"""Names of one connection that are followed; no player of docs/players.md has more than two."""

MAX_PLAYERS = 256
"""Players that are followed. If there are more, the program that has the most of them loses one."""

MAX_LEFT_OUT = 1000
"""Names that are remembered because they may be followed when others have gone."""


@dataclass(slots=True)
class Player:
    """A player that is followed: its owner and process (0 = unknown), and how far it was read."""

    owner: str
    process: int = 0
    known: bool = False  # a first reading has succeeded
    failures: int = 0  # of the first reading
    collected: dict[str, object] | None = None  # what a reading one by one has got so far
    missing: int = 0  # answers of that reading that are still to come


class Roster:
    """The names of players, without the prefix."""

    def __init__(self) -> None:
        self.players: dict[str, Player] = {}
        """Those that are followed, in the order in which they came."""
        self.left_out: dict[str, str] = {}
        """The owners of the others."""
        self._names: dict[str, list[str]] = {}  # of players, by their owner

    def owned(self, owner: str) -> list[str]:
        """Returns the players that one connection has."""
        return list(self._names.get(owner, ()))

    def follows(self, owner: str) -> bool:
        """Whether a connection has a player."""
        return owner in self._names

    def add(self, name: str, owner: str) -> Player | None:
        """Follows a name, or leaves it out and returns None."""
        names = self._names.setdefault(owner, [])
        if len(names) >= MAX_NAMES_PER_OWNER:
            self._leave_out(name, owner)
            return None
        names.append(name)
        self.players[name] = player = Player(owner)
        return player

    def remove(self, name: str) -> bool:
        """Forgets a name. Returns whether it was followed."""
        self.left_out.pop(name, None)
        player = self.players.pop(name, None)
        if player is None:
            return False
        self._names[player.owner].remove(name)
        if not self._names[player.owner]:
            del self._names[player.owner]
        return True

    def next_left_out(self) -> tuple[str, str] | None:
        """Returns the first name that need not be left out any more, and its owner."""
        if len(self.players) >= MAX_PLAYERS:
            return None
        waiting = self.left_out.items()
        return next((each for each in waiting if self._has_room(each[1])), None)

    def leave_out_surplus(self) -> str | None:
        """Leaves out the newest player of the program that has the most, if there are too many.
        Returns it."""
        if len(self.players) <= MAX_PLAYERS:
            return None
        counts = Counter(player.process for player in self.players.values())
        most = max(counts.values())
        name = [name for name, each in self.players.items() if counts[each.process] == most][-1]
        owner = self.players[name].owner
        self.remove(name)
        self._leave_out(name, owner)
        return name

    def keep_listed(self, listed: Iterable[str]) -> None:
        """Forgets the names that were left out and are not on the bus any more."""
        for gone in self.left_out.keys() - set(listed):
            del self.left_out[gone]

    def _has_room(self, owner: str) -> bool:
        return len(self._names.get(owner, ())) < MAX_NAMES_PER_OWNER

    def _leave_out(self, name: str, owner: str) -> None:
        if len(self.left_out) < MAX_LEFT_OUT:
            self.left_out[name] = owner
