"""Runs the daemon's tasks until a stop is asked for, or one of them fails."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


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
