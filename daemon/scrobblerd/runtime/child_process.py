"""Starts a module of this package as a process of its own, with which the daemon speaks by pipes.

A library that may hang or crash runs there, and can be killed.
"""

import asyncio
import sys

MAX_LINE_BYTES = 2**16
"""Of a line that the process may say: a longer one is an error for the reader."""


async def started(module: str, max_line_bytes: int = MAX_LINE_BYTES) -> asyncio.subprocess.Process:
    """Starts `python -m scrobblerd.MODULE`. Raises OSError."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # import nothing from the current folder
        "-m",
        f"scrobblerd.{module}",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=max_line_bytes,
    )
