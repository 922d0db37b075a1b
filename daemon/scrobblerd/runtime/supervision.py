"""How the daemon's tasks live and end."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

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


async def _until(asked: asyncio.Event) -> None:
    await asked.wait()
    raise StopAsked
