"""Waits for the disk at the start, runs the daemon's tasks until a stop is asked for, and tells
systemd how the daemon is."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import sdnotify

from ..core.errors import StoreFailed
from ..core.text import for_people
from ..core.values import as_int

MARGIN_SECONDS = 30.0
"""Seconds that a start may take longer than was said."""

START_RETRY_SECONDS = 2.0
"""Seconds between two tries to use the state folder and the database at the start."""

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class StopRequested(Exception):
    """SIGTERM or SIGINT came. It ends the group of tasks, and is no failure."""


async def supervise(stop: asyncio.Event, tasks: list[Coroutine[Any, Any, None]]) -> None:
    """Runs all tasks until `stop` is set. Raises what a task raises, in an ExceptionGroup."""
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_until(stop))
            for task in tasks:
                group.create_task(task)
    except* StopRequested:
        log.info("stopping")


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()
    raise StopRequested


class SystemdNotifier:
    """Tells READY, STATUS, STOPPING and the watchdog's ping, if $NOTIFY_SOCKET names a socket."""

    def __init__(self) -> None:
        self._notifier = sdnotify.SystemdNotifier() if os.environ.get("NOTIFY_SOCKET") else None
        if self._notifier and self._notifier.socket:
            self._notifier.socket.setblocking(False)  # nobody may read it: then a word is dropped
        self._status = ""

    def ready(self) -> None:
        """Tells that the service works from now on."""
        self._send("READY=1")

    def waits(self, why: str, seconds: float) -> None:
        """Tells why the service has not started yet, and that it will for `seconds` more."""
        self._send(f"EXTEND_TIMEOUT_USEC={(seconds + MARGIN_SECONDS) * 1e6:.0f}")
        self.status(f"Waiting: {why}")

    def stopping(self) -> None:
        """Tells that the service has begun to stop."""
        self._send("STOPPING=1\nSTATUS=Stopping")

    def status(self, text: str) -> None:
        """Sends the line for `systemctl status`, if it has changed."""
        if text != self._status:
            self._status = text
            self._send(f"STATUS={for_people(text)}")

    async def watchdog(self) -> None:
        """Pings twice in the time that systemd allows. Returns if it wants no ping."""
        microseconds = as_int(os.environ.get("WATCHDOG_USEC"))
        if microseconds <= 0:
            return
        while True:
            self._send("WATCHDOG=1")
            await asyncio.sleep(microseconds / 2e6)

    def close(self) -> None:
        """Closes the socket. What is told afterwards is dropped."""
        if self._notifier and self._notifier.socket:
            self._notifier.socket.close()

    def _send(self, message: str) -> None:
        if self._notifier is None:
            return
        # sdnotify encodes as Latin-1, and drops without a word what does not fit, such as 夜. These
        # are the bytes of UTF-8 as Latin-1 text.
        self._notifier.notify(message.encode().decode("latin-1"))


async def when_the_disk_works(
    attempt: Callable[[], Awaitable[Result]],
    systemd: SystemdNotifier,
    told: Callable[[str], None],
) -> Result:
    """Returns what `attempt` gives. As long as the disk refuses, waits, and tells why."""
    before = ""
    while True:
        try:
            result = await attempt()
        except StoreFailed as error:
            why = str(error)
        else:
            if before:
                log.info("the disk works; going on")
                told("")
            return result
        if why != before:
            told(f"{why}; waiting until it works")
        before = why
        systemd.waits(why, START_RETRY_SECONDS)
        await asyncio.sleep(START_RETRY_SECONDS)
