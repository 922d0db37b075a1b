"""The players of the property Current: how much was heard up to now, and which of them is meant."""

import time
from collections.abc import Sequence
from typing import Any

Player = dict[str, Any]
"""A player as Current has it."""


def heard_now(player: Player) -> Player:
    """Returns a player with its heard time as of now."""
    since = max(0.0, time.monotonic() - player["as_of"] / 1e6)
    heard = player["heard"] + since * player["rate"]
    if player["length"]:
        heard = min(heard, max(player["length"], player["heard"]))
    shown = {name: value for name, value in player.items() if name != "as_of"}
    return shown | {"heard": round(heard, 1)}


def foremost(players: Sequence[Player]) -> Player | None:
    """Returns the one that began last of those that play, or else of those that paused; None if
    there are none."""
    return max(players, key=lambda player: (bool(player["rate"]), player["start"]), default=None)
