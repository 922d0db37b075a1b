"""The whole state of the tracker, as it is kept over a restart."""

from dataclasses import dataclass, field

from .duplicates import CountedPlay
from .player_state import PlayerState


@dataclass(slots=True)
class TrackerState:
    """Every player by its name, and the plays that counted lately. Its times hold in one boot."""

    boot_id: str
    players: dict[str, PlayerState] = field(default_factory=dict[str, PlayerState])
    counted: list[CountedPlay] = field(default_factory=list[CountedPlay])
