"""Starts a module of this package as a process of its own, with which the daemon speaks by pipes.

A library that may hang or crash runs there, and can be killed. Only some users need such a library,
so it may not be installed.
"""

import asyncio
import contextlib
import importlib.util
import os
import signal
import sys
from collections.abc import Mapping

MAX_LINE_BYTES = 2**16
"""Of a line that the process may say: a longer one is an error for the reader."""

END_SECONDS = 0.3
"""Seconds for a process that was killed to go; it takes milliseconds."""


async def started(
    module: str,
    max_line_bytes: int = MAX_LINE_BYTES,
    environment: Mapping[str, str] | None = None,
) -> asyncio.subprocess.Process:
    """Starts `python -m scrobblerd.MODULE`, with more in its environment. Raises OSError."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # import nothing from the current folder
        "-m",
        f"scrobblerd.{module}",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=max_line_bytes,
        env={**os.environ, **(environment or {})},
    )


async def end(process: asyncio.subprocess.Process) -> None:
    """Kills a process, and waits until it has gone. One that waits for a disk that never answers
    can't be killed: it is left."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)  # process.kill() may take the status from asyncio
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_SECONDS):
            await process.wait()


def is_installed(name: str) -> bool:
    """Decides whether the Python that runs has the library."""
    return importlib.util.find_spec(name) is not None
