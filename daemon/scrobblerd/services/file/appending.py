"""Adds plays to a file, so that each is in it once, whenever the program is killed. It may block.

A play that is in the file already is not written again: one that was tried before is looked for in
all of the file, others at its end. What was broken off at the end is cut off first, and what a full
disk has taken a part of is taken back. A file of another format is left as it is.
"""

import errno
import os
import stat
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ...core.submission import QueueRow
from ...history_files.formats import Format

MAX_LINE_BYTES = 2**17
"""Longer than any line: so much is read of either end of a file."""

NEW_FILE_MODE = 0o600
"""Of a file that is made: nobody else need know what the user hears."""

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK

_USERS_TO_MEND = {
    *(errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.EISDIR, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL),
}
"""Errors that waiting does not mend."""

_NO_SYNC_OF_FOLDERS = (errno.EINVAL, errno.EACCES, errno.EPERM, errno.ENOTSUP, errno.ENOSYS)
"""What some file systems say that know no such thing, or a folder that can't be listed."""


class NotAddedError(Exception):
    """Nothing was added, for this reason. `is_users`: only the user can mend it; `may_be_added`:
    something may be in the file all the same."""

    def __init__(self, words: str, *, is_users: bool = False, may_be_added: bool = False) -> None:
        super().__init__(words)
        self.is_users = is_users
        self.may_be_added = may_be_added


def add(path: Path, form: Format, rows: Sequence[QueueRow]) -> None:
    """Adds rows that are not there yet. When it returns, all are on disk. Raises NotAddedError."""
    with _failures_told(path), _open(path, _FLAGS | os.O_CREAT) as file:
        end = _mend_end(path, file, form)
        lines = [form.line(row.scrobble) for row in rows]
        is_resend = any(row.retry_count for row in rows)
        known = _lines_there(file, form, 0 if is_resend else max(0, end - MAX_LINE_BYTES))
        new = [line for line in lines if form.identity(line) not in known]
        text = ("" if end else form.header) + "".join(f"{line}\n" for line in new)
        _write(path, file, text.encode(), end)
        _sync_folder(path)
        if not _is_at(path, file):
            raise NotAddedError(f"{path} was moved away just now", may_be_added=True)


def look(path: Path, form: Format) -> None:
    """Finds out whether plays can be added, and changes nothing. Raises NotAddedError."""
    with _failures_told(path):
        if not path.exists():
            if not os.access(path.parent, os.W_OK | os.X_OK):
                missing = not path.parent.exists()
                raise OSError(errno.ENOENT if missing else errno.EACCES, "")
            return
        with _open(path, _FLAGS) as file:
            _check_format(path, file, form)


@contextmanager
def _open(path: Path, flags: int) -> Generator[int]:
    """Gives the descriptor of an ordinary file. Raises NotAddedError, OSError."""
    if path.exists() and not stat.S_ISREG(path.stat().st_mode):  # opening a device may do harm
        raise NotAddedError(f"{path} is no ordinary file: name another", is_users=True)
    file = os.open(path, flags, NEW_FILE_MODE)
    try:
        yield file
    finally:
        os.close(file)


@contextmanager
def _failures_told(path: Path) -> Generator[None]:
    """Raises NotAddedError for what the system refuses."""
    try:
        yield
    except OSError as error:
        raise _not_added(path, error) from error


def _not_added(path: Path, error: OSError) -> NotAddedError:
    why, remedy = os.strerror(error.errno or errno.EIO), ""
    if error.errno == errno.ENOENT:
        why, remedy = f"there is no folder {path.parent}", ": make it, or mount what it is on"
    elif error.errno == errno.EROFS:
        remedy = f"; if the service may not write there, allow it: ReadWritePaths={path.parent}"
    words = f"{path} can't be written ({why}){remedy}"
    return NotAddedError(words, is_users=error.errno in _USERS_TO_MEND)


def _check_format(path: Path, file: int, form: Format) -> None:
    head = os.pread(file, MAX_LINE_BYTES, 0).decode(errors="replace")
    if why := form.why_foreign(head):
        words = f"{path} is another file than it should be ({why}): move it away, or name another"
        raise NotAddedError(words, is_users=True)


def _mend_end(path: Path, file: int, form: Format) -> int:
    """Completes or cuts off a last line without an end. Returns the size then, 0 = it has no
    header. Raises NotAddedError if the file is none of ours."""
    _check_format(path, file, form)
    size = os.fstat(file).st_size
    if form.header.encode().startswith(os.pread(file, MAX_LINE_BYTES, 0)):
        os.ftruncate(file, 0)
        return 0
    tail = os.pread(file, MAX_LINE_BYTES, max(0, size - MAX_LINE_BYTES))
    last = tail[tail.rfind(b"\n") + 1 :]
    if len(last) == MAX_LINE_BYTES:
        words = f"{path} has a last line that is too long: move it away, or name another"
        raise NotAddedError(words, is_users=True)
    if last and form.is_whole(last.decode(errors="replace")):
        size += os.write(file, b"\n")
    elif last:
        size -= len(last)
        os.ftruncate(file, size)
    return size


def _lines_there(file: int, form: Format, start: int) -> set[str]:
    """Returns what identifies the lines from `start` on."""
    with open(file, "rb", closefd=False) as lines:
        lines.seek(start)
        return {form.identity(line.decode(errors="replace").rstrip("\n")) for line in lines}


def _write(path: Path, file: int, data: bytes, end: int) -> None:
    """Adds `data` to the `end` bytes that are there, all of it or nothing. Raises NotAddedError."""
    left = data
    try:
        while left:  # a full disk may take a part
            left = left[os.write(file, left) :]
        os.fsync(file)
    except OSError as error:
        failure = _not_added(path, error)
        try:
            os.ftruncate(file, end)
        except OSError:
            failure.may_be_added = True
        raise failure from error


def _sync_folder(path: Path) -> None:
    """Writes down that the file is there."""
    try:
        folder = os.open(path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        if error.errno not in _NO_SYNC_OF_FOLDERS:
            raise


def _is_at(path: Path, file: int) -> bool:
    """Whether the open file is still the one of this name."""
    with suppress(OSError):
        return os.path.samestat(path.stat(), os.fstat(file))
    return False
