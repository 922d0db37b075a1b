"""For how long callbacks of an event loop hold it, in seconds of its thread's CPU: other programs
of the machine do not count.

    python -m benchmarks.holds FILE python -m scrobblerd

runs the daemon, and adds a line to FILE for each callback that takes LONG_SECONDS or more. It is
a wrapper of `lab.daemon.Daemon`, which names the program; the words after FILE are left out.
"""

import asyncio
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path

LONG_SECONDS = 0.002
"""What is shorter is no hold that is worth a line."""


def watch(told: Callable[[float, str], None]) -> None:
    """From now on, calls `told` with each callback of any event loop: its seconds, and its name."""
    run = vars(asyncio.Handle)["_run"]

    def measured(handle: asyncio.Handle) -> None:
        begun = time.thread_time()
        run(handle)
        told(time.thread_time() - begun, repr(handle))

    setattr(asyncio.Handle, "_run", measured)  # noqa: B010 # it is a name of asyncio's own


def worst(path: Path) -> float:
    """The longest of the callbacks in a file, which is emptied."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    path.write_text("", encoding="utf-8")
    return max((float(line.split()[0]) for line in lines), default=0.0)


def main(path: Path) -> None:
    """Runs the daemon."""

    def told(seconds: float, name: str) -> None:
        if seconds >= LONG_SECONDS:
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{seconds:.4f} {name}\n")

    watch(told)
    sys.argv = ["scrobblerd"]
    runpy.run_module("scrobblerd", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
