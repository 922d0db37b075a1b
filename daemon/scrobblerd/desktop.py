"""Words on the user's desktop, by org.freedesktop.Notifications. Where there is none, nobody minds.

Specification: specifications.freedesktop.org/notification-spec, version 1.2.
"""

import asyncio
import html
import logging

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from .text import for_people

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds: the bus may have to start the server first."""

LONGEST = 300
"""Characters of a notification."""


class Desktop:
    """Shows notifications, one after the other; nobody waits for them."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._tasks: set[asyncio.Task[None]] = set()

    def alert(self, words: str) -> None:
        """Words that the user should see even if he never asks: into the log too."""
        log.warning("%s", words)
        task = asyncio.create_task(self._notify(for_people(words, LONGEST)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _notify(self, words: str) -> None:
        body = html.escape(words, quote=False)  # servers may take it for markup
        hints = {"urgency": Variant("y", 1), "desktop-entry": Variant("s", "scrobblerd")}
        message = Message(
            destination="org.freedesktop.Notifications",
            path="/org/freedesktop/Notifications",
            interface="org.freedesktop.Notifications",
            member="Notify",
            signature="susssasa{sv}i",
            body=["scrobblerd", 0, "audio-x-generic", "Scrobbling", body, [], hints, -1],
        )
        try:
            async with asyncio.timeout(PATIENCE):
                reply = await self._bus.call(message)
        except (OSError, EOFError, TimeoutError) as error:
            log.debug("no notification: %s", error)
            return
        if reply is not None and reply.message_type is MessageType.ERROR:
            log.debug("no notification: %s", reply.error_name)
