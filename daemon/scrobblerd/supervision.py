"""How the daemon's tasks live and end, and the folder that is its alone."""

import asyncio
import fcntl
import logging
import os
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dbus_next.aio.message_bus import MessageBus

from .errors import AlreadyRunning, BusLost, StoreFailed

log = logging.getLogger(__name__)


class StopAsked(Exception):
    """SIGTERM or SIGINT came; all is well."""


async def supervise(asked: asyncio.Event, tasks: list[Coroutine[Any, Any, None]]) -> None:
    """Run all tasks until somebody asks to stop, or one of them fails."""
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_until(asked))
            for task in tasks:
                group.create_task(task)
    except* StopAsked:
        log.info("stopping")


@contextmanager
def state_folder(folder: Path) -> Generator[None]:
    """The state folder, 0700, held by this process alone. Raises AlreadyRunning, StoreFailed."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreFailed(f"{folder} can't be used: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise AlreadyRunning(f"another scrobblerd uses {folder} already") from error
    else:
        yield
    finally:
        os.close(lock)


async def _until(asked: asyncio.Event) -> None:
    await asked.wait()
    raise StopAsked


async def until_lost(bus: MessageBus) -> None:
    """Returns never; raises BusLost."""
    try:
        await bus.wait_for_disconnect()
    except (EOFError, OSError) as error:
        raise BusLost("the session bus has gone") from error
