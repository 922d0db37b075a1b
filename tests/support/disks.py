"""File systems that tests mount, fill, and take away again, rubbish over pages of files, and a
locked database."""

import os
import sqlite3
import subprocess
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from lab.daemon import Daemon
from tests.conftest import require


class SmallDisk:
    """A file system of its own at `folder`, which can be filled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, room: int = 0) -> None:
        """From now on not more than `room` bytes fit on it."""
        with self._filler.open("wb", buffering=0) as file:
            for size in (65536, 4096, 1):
                while True:
                    try:
                        file.write(b"x" * size)
                    except OSError:
                        break
            file.truncate(max(0, file.tell() - room))

    def make_room(self) -> None:
        """Take the filling away."""
        self._filler.unlink()


def mount(*arguments: str | Path) -> bool:
    """Whether that could be mounted."""
    done = subprocess.run(["mount", *arguments], capture_output=True, check=False)
    return done.returncode == 0


@contextmanager
def mounted(place: Path, *how: str | Path) -> Generator[None]:
    """Something mounted at `place`, for one block."""
    require(os.geteuid() == 0 and mount(*how, place), "mounting takes root, and a mount(8)")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


PAGE = 4096
"""Bytes of a page of SQLite's."""


def overwrite(path: Path, first: int, last: int) -> None:
    """Put rubbish over pages of a file."""
    with path.open("r+b") as file:
        file.seek(first * PAGE)
        file.write(b"\xa5" * PAGE * (last - first))


@contextmanager
def locked(daemon: Daemon) -> Generator[None]:
    """Within the block another program has locked the database."""
    with closing(sqlite3.connect(daemon.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
