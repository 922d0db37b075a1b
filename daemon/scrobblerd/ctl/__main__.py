"""`python -m scrobblerd.ctl` is scrobblerctl: arguments → the function behind the command → exit
status."""

import asyncio
import io
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence

from .arguments.tree import parser
from .display.screen import Screen
from .errors import Exit, Failure

INTERRUPTED, TERMINATED = 130, 143
"""Exit statuses of a command that Ctrl-C or SIGTERM ended, as shells have them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command, and returns the exit status."""
    _prepare_outputs()
    words = sys.argv[1:] if arguments is None else arguments
    known = parser(next(iter(words), ""))
    options = known.parse_args(words)
    if options.command is None:
        known.print_help(sys.stderr)
        return Exit.USAGE
    try:
        return asyncio.run(_run(options))
    except Failure as failure:
        Screen().note(" ".join(f"scrobblerctl: {failure}".split("\n")))
        return failure.status
    except KeyboardInterrupt:
        return Exit.FINE if options.endless else INTERRUPTED
    except asyncio.CancelledError:
        return TERMINATED
    except BrokenPipeError:  # the reader of the pipe has gone
        return Exit.FAILED
    finally:
        _close_output()


def _close_output() -> None:
    """Writes out what is left, so that Python does not report an error at its end."""
    try:
        sys.stdout.flush()
    except OSError:  # reported already
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _prepare_outputs() -> None:
    """Makes writing safe: a character that can't be encoded becomes a question mark, and what goes
    to a closed output is dropped."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a ? is better than no answer


async def _run(options: Namespace) -> int:
    screen, task = Screen(), asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGHUP):
        # so that terminal and files are put right before the end; nohup is respected
        if task and signal.getsignal(number) is signal.SIG_DFL:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    if options.local:
        return await options.local(options, screen) or Exit.FINE
    from .client import Client  # noqa: PLC0415 # the bus costs time, and not all need it

    quiet = options.endless or not sys.stderr.isatty()
    async with Client.connected(None if quiet else screen.note) as client:
        return await options.run(client, options, screen) or Exit.FINE


if __name__ == "__main__":
    sys.exit(main())
