"""What the submitter knows of a scrobbling service; Last.fm is the only one that is built."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from ..core.model import Scrobble, Session
from ..core.submission import QueueRow, RowOutcome

KEY_CODES = frozenset({10, 13, 26})
"""Last.fm's errors that another API key or secret mends."""


class Remedy(StrEnum):
    """What an answer, or the lack of one, asks for."""

    DONE = "done"
    DROP = "drop"  # these items will never be taken
    RETRY = "retry"  # the same again later
    RETRY_FEW = "retry_few"  # likewise, but only a few times
    BLOCKED = "blocked"  # the front end turns us away: leave it alone for long
    REAUTH = "reauth"  # the login is dead: stop writing, keep everything, ask the user
    STOP = "stop"  # the program or its API key is at fault: hold everything, tell the user
    HOLD = "hold"  # the account's limit: hold scrobbles, probe now and then
    HALVE = "halve"  # the request was too large
    POLL = "poll"  # the user has not approved yet
    RESTART = "restart"  # the token is no good: begin the login again
    NOTHING = "nothing"  # there is nothing there


@dataclass(frozen=True, slots=True)
class Reply:
    """How one request went.

    `code` is the service's error code (0 = none), `status` HTTP's; `message` is for people and
    holds no secret. `reached`: the server has, or may have, acted on it, so only the identical
    request may be sent again. `wait`: seconds that the server wants to be left alone.
    `verdicts`: one per row, in the order sent, where the remedy is DONE or HOLD.
    """

    remedy: Remedy
    code: int = 0
    status: int = 0
    message: str = ""
    reached: bool = True
    wait: float = 0.0
    body: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    verdicts: tuple[RowOutcome, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.remedy is Remedy.DONE


class Service(Protocol):
    """A place that takes scrobbles. No method raises for what a server or a network can do."""

    name: str
    batch: int
    """How many rows `submit` takes at once."""

    async def now_playing(self, session: Session, scrobble: Scrobble) -> Reply:
        """Announce what plays now; never sent again when it fails."""
        ...

    async def submit(self, session: Session, rows: Sequence[QueueRow]) -> Reply:
        """Send rows; the reply has a verdict per row where the service gave one."""
        ...

    async def healthy(self, session: Session) -> bool:
        """Whether the service answers other requests of this login well."""
        ...

    async def love(self, session: Session, artist: str, title: str, loved: bool) -> Reply:
        """Love a track, or take that back; the last wish wins."""
        ...
