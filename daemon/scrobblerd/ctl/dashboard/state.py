"""Holds what is on the page of the dashboard: what the daemon told, and what the keys have made of
it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text

from ..commands.status import Document
from ..playing import foremost, heard_now

Chosen = tuple[str, object]
"""What the arrows have chosen: ("player", its name) or ("play", its number)."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the daemon told, and when: what `status` shows, and plays, the newest first. `at` is in
    microseconds of CLOCK_MONOTONIC."""

    document: Document
    plays: list[dict[str, Any]]
    at: float

    @property
    def players(self) -> list[dict[str, Any]]:
        """The players, with what was heard up to now."""
        return [heard_now(player | {"as_of": self.at}) for player in self.document["players"]]

    @property
    def plays_now(self) -> bool:
        """Whether the bar of a player moves."""
        return any(player["rate"] for player in self.document["players"])


@dataclass(slots=True)
class State:
    """What is on the page. `look` is None while the daemon does not run, `message` what the last
    key did, `panel` an answer or the help, which stands before the plays. `loves` has what was
    loved (true) or unloved here, by artist and title: the history does not tell."""

    look: Look | None = None
    chosen: Chosen | None = None
    message: list[Text] = field(default_factory=list[Text])
    panel: list[Text] = field(default_factory=list[Text])
    loves: dict[tuple[str, str], bool] = field(default_factory=dict[tuple[str, str], bool])

    def is_loved(self, track: Mapping[str, Any]) -> bool:
        """Whether a track is loved, as far as it is known here: that of a player, one of the same
        name that plays now, or one that was loved here."""
        names = track["artist"], track["title"]
        for player in [track, *(self.look.players if self.look else [])]:
            if "loved" in player and (player["artist"], player["title"]) == names:
                return player["loved"]
        return self.loves.get(names, False)

    def _choices(self) -> list[Chosen]:
        """Returns what can be chosen, from the top."""
        if not self.look:
            return []
        players: list[Chosen] = [("player", player["player"]) for player in self.look.players]
        return [*players, *(("play", play["id"]) for play in self.look.plays)]

    def choose(self, step: int) -> None:
        """Chooses the next row (1), or the one before (-1)."""
        choices = self._choices()
        if not choices:
            return
        now = choices.index(self.chosen) if self.chosen in choices else (-1 if step > 0 else 0)
        self.chosen = choices[min(max(now + step, 0), len(choices) - 1)]

    def player(self) -> dict[str, Any] | None:
        """Returns the player that is chosen. If no row is, it is the one that began last of those
        that play, or else of those that paused."""
        players = self.look.players if self.look else []
        if self.chosen:
            return next(
                (each for each in players if self.chosen == ("player", each["player"])), None
            )
        named = [player for player in players if player["title"] or player["artist"]]
        return foremost(named)

    def play(self) -> dict[str, Any] | None:
        """Returns the play that is chosen."""
        plays = self.look.plays if self.look else []
        return next((each for each in plays if self.chosen == ("play", each["id"])), None)
