"""The whole state of the tracker, as it is kept over a restart."""

from dataclasses import dataclass, field

from ..core.codec import StateError
from .duplicates import CountedPlay
from .player_state import PlayerState


@dataclass(slots=True)
class TrackerState:
    """Every player by its name, and the plays that counted lately. Its times hold in one boot.

    Raises StateError if a player is kept under another name than its own.
    """

    boot_id: str
    players: dict[str, PlayerState] = field(default_factory=dict[str, PlayerState])
    counted: list[CountedPlay] = field(default_factory=list[CountedPlay])

    def __post_init__(self) -> None:
        for name, player in self.players.items():
            if name != player.name:
                raise StateError(f"TrackerState.players.{name:.40} is called {player.name!r:.40}")
