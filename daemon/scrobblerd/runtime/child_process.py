"""Starts a module of ours in a process of its own, with which one speaks over its pipes."""

import asyncio
import sys

LINE = 2**16
"""Bytes of the longest line that it may say."""


async def started(module: str, longest_line: int = LINE) -> asyncio.subprocess.Process:
    """`python -m scrobblerd.MODULE`. Raises OSError."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", f"scrobblerd.{module}"),  # -P: not what lies in the folder
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=longest_line,
    )
