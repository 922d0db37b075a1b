"""What can be asked of the daemon as a whole: whether all is well."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from ...core.errors import MAX_MESSAGE_CHARACTERS
from ...core.text import for_people
from ..answers import Finding


class DaemonOperations:
    """The daemon as a whole. Every method raises only errors of `errors`."""

    def __init__(self, diagnose: Callable[[], Awaitable[list[Finding]]]) -> None:
        self._diagnose = diagnose

    async def diagnose(self) -> list[Finding]:
        """Returns what was found, check by check."""
        return [
            replace(
                finding,
                message=for_people(finding.message, MAX_MESSAGE_CHARACTERS),
                remedy=for_people(finding.remedy, MAX_MESSAGE_CHARACTERS),
            )
            for finding in await self._diagnose()
        ]
