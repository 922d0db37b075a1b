"""Who has the machine: several processes share the tests, but what is installed into this very
system is there for all of them.

    with alone():
        ...  # no other test runs
"""

import fcntl
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

DOOR, ROOM = Path(__file__), Path(__file__).with_name("sharing.py")
"""Files that are locked, and not changed. Who waits for the room to be empty holds the door."""


@contextmanager
def together() -> Generator[None]:
    """Within the block nobody is alone."""
    with ExitStack() as stack:
        with _held(DOOR, fcntl.LOCK_EX):
            stack.enter_context(_held(ROOM, fcntl.LOCK_SH))
        yield


@contextmanager
def alone() -> Generator[None]:
    """Waits until the tests that run have ended; within the block no other begins."""
    with _held(DOOR, fcntl.LOCK_EX), _held(ROOM, fcntl.LOCK_EX):
        yield


@contextmanager
def _held(path: Path, how: int) -> Generator[None]:
    with path.open() as file:  # closing it unlocks it
        fcntl.flock(file, how)
        yield
