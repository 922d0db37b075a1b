"""Opens the folder of the daemon's state, for this user and this process alone."""

import contextlib
import fcntl
import logging
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import AlreadyRunning, FixTheFile, StoreFailed
from ..core.model import Holder

log = logging.getLogger(__name__)

MAX_LOCK_BYTES = 4096
"""Bytes of a lock that are read: the address of a bus has a hundred."""


class Lock:
    """The lock on a state folder. It says who holds it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.tell("")

    def tell(self, address: str) -> None:
        """Writes down on which bus we are, for whoever finds the folder taken."""
        self._write(Holder(os.getpid(), address).dump())

    def clear(self) -> None:
        """Writes down that nobody holds it."""
        self._write("")

    def _write(self, content: str) -> None:
        with contextlib.suppress(OSError):  # such as a full disk: it is a lock all the same
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, content.encode(errors="surrogateescape"), 0)


@contextmanager
def state_folder(folder: Path) -> Generator[Lock]:
    """Makes the folder if it is missing, sets its mode to 0700, and holds a lock on it.

    Raises AlreadyRunning if another process holds it, FixTheFile if it is a link, a file or another
    user's, and StoreFailed if the system refuses.
    """
    try:
        opened = _open(folder)
        try:
            _protect(folder, opened)
            flags = os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
            lock = os.open("lock", flags, 0o600, dir_fd=opened)
        finally:
            os.close(opened)
    except OSError as error:
        raise StoreFailed(f"{folder} can't be used: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise AlreadyRunning(_taken(folder, lock)) from error
    else:
        held = Lock(lock)
        yield held
        held.clear()
    finally:
        os.close(lock)


def _taken(folder: Path, lock: int) -> str:
    """Says who uses the folder, and how to end it."""
    holder = Holder.load(os.pread(lock, MAX_LOCK_BYTES, 0).decode(errors="surrogateescape"))
    if holder is None:
        return f"another scrobblerd uses {folder} already"
    return f"another scrobblerd ({holder}) uses {folder} already; end it first: kill {holder.pid}"


def _open(folder: Path) -> int:
    """Opens the folder. Makes what is missing on the way with the mode 0700, as the XDG base
    directory specification wants it. Raises FixTheFile, OSError."""
    for missing in reversed([path for path in (folder, *folder.parents) if not _is_there(path)]):
        missing.mkdir(mode=0o700, exist_ok=True)
    try:
        return os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except NotADirectoryError as error:
        raise FixTheFile(
            f"{folder} must be a folder, not a link or a file: move it away"
        ) from error


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)


def _protect(folder: Path, opened: int) -> None:
    """Lets nobody else look into it. Raises FixTheFile if it belongs to another user."""
    status = os.fstat(opened)
    if status.st_uid != os.geteuid():
        raise FixTheFile(f"{folder} belongs to another user: give it to yours, or move it away")
    if status.st_mode & 0o777 != 0o700:
        mode = stat.S_IMODE(status.st_mode)
        log.warning("%s had the mode %o: nobody else can look into it any more", folder, mode)
        Path(f"/proc/self/fd/{opened}").chmod(0o700)
