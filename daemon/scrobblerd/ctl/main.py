"""The command: arguments → the function behind the command → exit status."""

import asyncio
import importlib
import io
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable, Sequence

from .arguments import parser
from .failures import Exit, Failure
from .screen import Screen

INTERRUPTED, TERMINATED = 130, 143
"""What shells say of a command that Ctrl-C or SIGTERM ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a ? is better than no answer
    whole = parser()
    options = whole.parse_args(arguments)
    if options.command is None:
        whole.print_help(sys.stderr)
        return Exit.USAGE
    try:
        return asyncio.run(_run(options))
    except Failure as failure:
        Screen().note(f"scrobblerctl: {failure}")
        return failure.status
    except KeyboardInterrupt:
        return Exit.FINE if getattr(options, "endless", False) else INTERRUPTED
    except asyncio.CancelledError:
        return TERMINATED
    except BrokenPipeError:  # who read along has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILED


async def _run(options: Namespace) -> int:
    module, _, function = options.run.partition(":")
    command: Callable[..., Awaitable[int | None]]
    command = getattr(importlib.import_module(f".{module}", __package__), function)
    screen, task = Screen(), asyncio.current_task()
    if task:  # so that the terminal is put right before the end
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    if not options.daemon:
        return await command(options, screen) or Exit.FINE
    from .client import Client  # noqa: PLC0415 # the bus costs time, and not all need it

    async with Client.connected() as client:
        return await command(client, options, screen) or Exit.FINE
