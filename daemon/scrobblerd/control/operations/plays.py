"""What can be asked about plays: the history, what became of one, figures."""

from collections.abc import Callable
from dataclasses import asdict

from ...core import wording
from ...core.errors import InvalidArgument
from ...core.submission import PlayRecord
from ...runtime.clock import now
from ...storage.history import History
from ..answers import PlayEntry, Statistics

MAX_STAMP = 2**53
"""UNIX seconds: what a number of JSON can hold."""


class PlaysOperations:
    """Plays. Every method raises only errors of `errors`."""

    def __init__(self, history: History, why_waiting: Callable[[], str]) -> None:
        """`why_waiting` says what all rows that are pending wait for."""
        self._history = history
        self._why_waiting = why_waiting

    async def get_history(self, limit: int, before_id: int) -> list[PlayEntry]:
        """Returns the newest plays; `before_id` 0 = from the newest on."""
        return [_shown(play) for play in await self._history.newest(limit, before_id)]

    async def explain(self, play_id: int) -> str:
        """Returns what became of a play, in words."""
        return await self._history.explain(play_id, self._why_waiting(), now().wall)

    async def get_stats(self, since: int) -> Statistics:
        """Returns figures of the plays since a moment (UNIX seconds; 0 = all)."""
        if not 0 <= since < MAX_STAMP:
            raise InvalidArgument("since: must be UNIX seconds, or 0")
        return Statistics(**await self._history.statistics(since))


def _shown(play: PlayRecord) -> PlayEntry:
    values = asdict(play)
    del values["outcomes"]
    values |= {**asdict(play.reason), "reason": wording.of_history(play)}
    return PlayEntry(**values)
