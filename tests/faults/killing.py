"""What tests share that kill a daemon while players play."""

import asyncio
import os
import select
from collections.abc import Iterable

from dbus_next.message import Message


class Queued:
    """Which of `titles` are known to be queued: the daemon said so, or its database did."""

    def __init__(self, titles: Iterable[str]) -> None:
        self.titles: set[str] = set()
        self._known = {title: asyncio.Event() for title in titles}

    def receive(self, message: Message) -> None:
        """Take a signal of the daemon's."""
        if message.member == "AccountStatus" and message.body[1] == "queued":
            self.add([message.body[3]])

    def add(self, titles: Iterable[str]) -> None:
        """These are, and whoever plays them may go on."""
        for title in titles:
            if title in self._known:
                self.titles.add(title)
                self._known[title].set()

    async def wait(self, titles: Iterable[str]) -> None:
        """Return when all of them are."""
        for title in titles:
            await self._known[title].wait()


def lives(pid: int, seconds: float) -> bool:
    """Whether a process is still there after so long."""
    process = os.pidfd_open(pid)
    try:
        return not select.select([process], [], [], seconds)[0]
    finally:
        os.close(process)
