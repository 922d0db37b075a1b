"""What can be asked of the daemon as a whole: figures, a diagnosis, to read its files again."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from ...core.errors import LONGEST, InvalidArgument
from ...core.text import for_people
from ...storage.stats import Stats
from ..diagnosis import Finding


class ServiceOperations:
    """Figures, diagnosis, reload. Every method raises only errors of `errors`."""

    def __init__(
        self,
        stats: Stats,
        diagnose: Callable[[], Awaitable[list[Finding]]],
        reload: Callable[[], None],
    ) -> None:
        self._stats = stats
        self._diagnose = diagnose
        self._reload = reload

    async def get_stats(self, since: int) -> dict[str, Any]:
        """Figures of the plays since a moment (UNIX seconds; 0 = all)."""
        if not 0 <= since < 2**53:
            raise InvalidArgument("since: must be UNIX seconds, or 0")
        return await self._stats.since(since)

    async def diagnose(self) -> list[dict[str, Any]]:
        """What was found, check by check."""
        found = [asdict(finding) for finding in await self._diagnose()]
        words = ("message", "remedy")
        return [each | {name: for_people(each[name], LONGEST) for name in words} for each in found]

    async def reload(self) -> None:
        """Read config.toml again; a broken one changes nothing."""
        self._reload()
