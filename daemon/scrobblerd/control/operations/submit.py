"""What can be asked of the daemon, in Python's terms: what a caller passes is checked, then done.

What is wrong is InvalidArgument, naming the field, and changes nothing.
"""

import asyncio
import math
from collections.abc import Mapping
from typing import Any

from ...accounts.account import Account
from ...config.runtime_settings import Preferences
from ...core.errors import InvalidArgument
from ...core.model import Scrobble
from ...core.publisher import Publisher
from ...core.rules import EXPIRY, duration_to_send, is_too_short, needed
from ...core.submission import RowState, ScrobbleStatus
from ...core.text import for_wire
from ...runtime.clock import now
from ...scrobbling.announcer import Announcer
from ...scrobbling.budget import Budget
from ...scrobbling.submitter import Submitter
from ...storage.history import History
from ...storage.queue import ScrobbleQueue
from .queue import QueueOperations

SCROBBLE_PATIENCE = 10.0
"""Seconds that a caller waits for the server at most."""

FUTURE_SLACK = 60
"""Seconds that a caller's clock may be ahead of ours."""


class Operations:
    """What can be asked of the daemon, but for its queue and its library. Every method raises only
    errors of `errors`."""

    def __init__(
        self,
        account: Account,
        preferences: Preferences,
        queue: ScrobbleQueue,
        rows: QueueOperations,
        submitter: Submitter,
        announcer: Announcer,
        budget: Budget,
        publisher: Publisher,
    ) -> None:
        self._account = account
        self._preferences = preferences
        self._submitter = submitter
        self._announcer = announcer
        self._budget = budget
        self._publisher = publisher
        self._queue = queue
        self._rows = rows
        self._history = History(queue.database)

    # -- login ------------------------------------------------------------------------------

    async def get_auth_url(self) -> tuple[str, str]:
        """The URL to approve at, and its token."""
        return await self._account.auth_url()

    async def complete_auth(self, token: str) -> str:
        """The user's name, once the token was approved; "" = the pending token."""
        return await self._account.complete(token.strip())

    async def cancel_auth(self) -> None:
        """Forget a login that was begun; what was there before stays."""
        await self._account.cancel()

    async def disconnect(self) -> None:
        """Forget the session and switch off; the queue stays."""
        await self._account.disconnect()

    # -- settings ---------------------------------------------------------------------------

    async def get_settings(self) -> dict[str, Any]:
        """The answer of GetSettings, by name."""
        rules = self._preferences.rules
        odd = {"waits_for": self._account.waits_for, "key_from": self._account.key_from}
        return {
            "enabled": rules.enabled,
            "username": self._account.username,
            "authenticated": self._account.session is not None,
            "configured": self._account.configured,
            "scrobble_threshold": rules.scrobble_threshold,
            "paused_until": _whole(self._preferences.paused_until),
            **{name: words for name, words in odd.items() if words},
        }

    async def update_settings(self, wanted: Mapping[str, object]) -> list[str]:
        """Change settings, all or none; the names of those that were given."""
        values: dict[str, Any] = {}
        for name, value in wanted.items():
            if name not in ("enabled", "scrobble_threshold"):
                raise InvalidArgument(
                    f"{name}: not a setting; settings are enabled and scrobble_threshold"
                )
            kind, words = (bool, "a boolean") if name == "enabled" else (int, "a whole number")
            if type(value) is not kind:
                raise InvalidArgument(f"{name}: must be {words}")
            values[name] = value
        if values:
            await self._preferences.change(**values)
        return list(values)

    # -- playing and scrobbling -------------------------------------------------------------

    async def now_playing(
        self, artist: str, track: str, album: str, duration: int
    ) -> tuple[str, str]:
        """Announce what another program plays: status and message."""
        scrobble = _scrobble(artist, track, album, 0, duration)
        if not self._preferences.rules.enabled:
            return "disabled", "scrobbling is switched off"
        session = self._account.session
        if session is None:
            nobody = "nobody is logged in; call GetAuthUrl"
            return "not_authenticated", self._account.waits_for or nobody
        if not self._budget.may_announce(now().wall):
            return "error", "what is left of the day's requests is kept for scrobbles"
        reply = await self._announcer.send(session, scrobble)
        return ("success", "") if reply.ok else ("error", reply.message)

    async def scrobble(
        self, artist: str, track: str, album: str, timestamp: int, duration: int, played_time: int
    ) -> tuple[str, str]:
        """Scrobble what another program played: status and message. `timestamp` is the start in
        UNIX seconds, the others are seconds; `duration` 0 = unknown."""
        scrobble = _scrobble(artist, track, album, timestamp, duration)
        _check_start(timestamp, now().wall)
        rules = self._preferences.rules
        if not rules.enabled:
            return "disabled", "scrobbling is switched off"
        length = float(duration) if duration else None
        if is_too_short(rules, length):
            shortest = f"{rules.minimum_track_seconds:.0f}"
            return "threshold_not_met", f"duration: tracks shorter than {shortest} s do not count"
        wanted = needed(rules, length)
        if played_time < wanted:
            return "threshold_not_met", f"heard {played_time} s, needed {wanted:.0f} s"
        verdict = await self._queue.enqueue(scrobble, self._account.username, now().wall)
        if verdict.state is RowState.PENDING:
            fate, _ = await asyncio.gather(  # who waits is there before it is sent
                self._submitter.fate(verdict.row, SCROBBLE_PATIENCE),
                self._publisher.scrobble_changed(ScrobbleStatus.QUEUED, scrobble, ""),
            )
            verdict = fate or verdict
        if verdict.state is RowState.SENT:
            return "success", ""
        if verdict.state is RowState.PENDING:
            return "queued", self._rows.why_waiting()
        return "rejected", verdict.message

    # -- history ----------------------------------------------------------------------------

    async def get_history(self, limit: int, before_id: int) -> list[dict[str, Any]]:
        """The newest plays, by name; `before_id` 0 = from the newest on."""
        return await self._history.newest(limit, before_id)

    async def explain(self, play_id: int) -> str:
        """What became of a play, in words."""
        return await self._history.explain(play_id, self._rows.why_waiting())


def _scrobble(artist: str, track: str, album: str, timestamp: int, duration: int) -> Scrobble:
    scrobble = Scrobble(
        artist=for_wire(artist),
        track=for_wire(track),
        timestamp=timestamp,
        album=for_wire(album),
        duration=duration_to_send(float(duration)),
    )
    for field, value in (("artist", scrobble.artist), ("track", scrobble.track)):
        if not value:
            raise InvalidArgument(f"{field}: must not be empty")
    return scrobble


def _whole(until: float) -> int:
    """UNIX seconds, -1 where it is for ever."""
    return -1 if math.isinf(until) else int(until)


def _check_start(timestamp: int, wall: float) -> None:
    if timestamp <= 0:
        raise InvalidArgument("timestamp: must be UNIX seconds, greater than 0")
    if timestamp > wall + FUTURE_SLACK:
        raise InvalidArgument("timestamp: lies in the future; it is when the play started")
    if timestamp < wall - EXPIRY:
        raise InvalidArgument("timestamp: older than 13.5 days, which Last.fm does not take")
