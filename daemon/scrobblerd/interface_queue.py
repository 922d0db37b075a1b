"""The members of our interface that are about the queue.

This file must not have postponed annotations, see `wire`.
"""

from typing import Any, cast

from dbus_next.service import ServiceInterface

from .queue_operations import QueueOperations
from .wire import Dict, Dicts, FourStrs, Int64, Str, UInt32, method, signal, variants


class QueueMembers(ServiceInterface):
    """How the queue stands, to send now, and single rows."""

    _queue: QueueOperations

    @method()
    async def GetQueueStatus(self) -> Dict:
        """What waits, why, and what is left of the day's limits."""
        return variants(await self._queue.get_queue_status())

    @method()
    async def RetryQueue(self) -> Dict:
        """Send now: submitted, failed, remaining, status."""
        return variants(await self._queue.retry_queue())

    @method()
    async def ListQueue(self, state: Str, limit: UInt32, before_id: Int64) -> Dicts:
        """The newest rows in a state ("" = all), older than row before_id (0 = all)."""
        rows = await self._queue.list_queue(state, limit, before_id)
        return [variants(row) for row in rows]

    @method()
    async def RetryItem(self, item: Int64) -> None:
        """Send one row again, whatever was said of it."""
        await self._queue.retry_item(item)

    @method()
    async def DropItem(self, item: Int64) -> None:
        """Take one row out of the queue for good."""
        await self._queue.drop_item(item)

    @method()
    async def EditItem(self, item: Int64, tags: Dict) -> None:
        """Send a rejected row with other tags: artist, track, album, album_artist."""
        plain = {name: cast("Any", value).value for name, value in tags.items()}
        await self._queue.edit_item(item, plain)

    @method()
    async def ClaimQueue(self, from_account: Str) -> UInt32:
        """Send what waits for another account to this one: how many rows."""
        return await self._queue.claim_queue(from_account)

    # -- signals ------------------------------------------------------------------------------

    @signal()
    def ScrobbleStatus(self, status: Str, artist: Str, track: Str, message: Str) -> FourStrs:
        """queued, sent, ignored, held, expired or rejected."""
        return [status, artist, track, message]

    @signal()
    def QueueUpdated(self, queued: UInt32) -> UInt32:
        """How many scrobbles wait."""
        return queued
