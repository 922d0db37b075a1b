"""The folder of the daemon's state: the user's alone, and held by one process."""

import fcntl
import logging
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import AlreadyRunning, FixTheFile, StoreFailed

log = logging.getLogger(__name__)


@contextmanager
def state_folder(folder: Path) -> Generator[None]:
    """The state folder, 0700, held by this process alone. Raises AlreadyRunning, FixTheFile,
    StoreFailed."""
    try:
        opened = _made(folder)
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
        raise AlreadyRunning(f"another scrobblerd uses {folder} already") from error
    else:
        yield
    finally:
        os.close(lock)


def _made(folder: Path) -> int:
    """The folder itself, opened; what is missing above it is made for the user alone too, by the
    XDG base directory specification."""
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
    """Only its owner, who is us, may look into it."""
    found = os.fstat(opened)
    if found.st_uid != os.geteuid():
        raise FixTheFile(f"{folder} belongs to another user: give it to yours, or move it away")
    if found.st_mode & 0o777 != 0o700:
        mode = stat.S_IMODE(found.st_mode)
        log.warning("%s had the mode %o: nobody else can look into it any more", folder, mode)
        Path(f"/proc/self/fd/{opened}").chmod(0o700)
