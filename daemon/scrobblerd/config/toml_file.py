"""Reads small TOML files, and writes the daemon's own: whole or not at all, with mode 0600."""

import os
import stat
import tomllib
from pathlib import Path
from typing import Any, cast

import tomli_w

from ..core.errors import FixTheFile, StoreFailed

MAX_DEPTH = 16
"""Levels of tables within tables. Our files have three."""

MAX_FILE_BYTES = 256 * 1024
"""Bytes of a file. No list of rules is as long."""


def read(path: Path) -> dict[str, Any]:
    """Returns the content of the file, empty if there is no such file. Raises FixTheFile."""
    try:
        content = tomllib.loads(read_bytes(path).decode("utf-8-sig"))  # editors may write a BOM
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, numbers of 5,000 digits
        raise FixTheFile(f"{path}: {error}; mend or remove it") from error
    except OSError as error:
        raise FixTheFile(
            f"{path}: can't be read ({error.strerror}); mend its permissions"
        ) from error
    if fault := _fault(content):
        raise FixTheFile(f"{path}: {fault}; mend or remove it")
    return content


def read_bytes(path: Path) -> bytes:
    """Returns the bytes of a regular file. Raises OSError, and FixTheFile for pipes and devices:
    they may hang or never end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FixTheFile(f"{path}: must be a file")
        content = os.read(descriptor, MAX_FILE_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > MAX_FILE_BYTES:
        raise FixTheFile(f"{path}: is larger than {MAX_FILE_BYTES // 1024} KB; mend or remove it")
    return content


def _fault(content: object) -> str:
    """Names what TOML does not allow but tomllib reads; "" if there is no such thing."""
    level = [content]
    for _ in range(MAX_DEPTH):
        if any(isinstance(value, int) and not -(2**63) <= value < 2**63 for value in level):
            return "holds a number of more than 64 bits"
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return ""
    return "has tables within tables within tables, too many"


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(cast("dict[str, object]", value).values())
    return cast("list[object]", value) if isinstance(value, list) else []


def write(path: Path, values: dict[str, Any]) -> None:
    """Replaces the file's content; see `replace`. Raises StoreFailed."""
    replace(path, tomli_w.dumps(values).encode())


def replace(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replaces the file's content; a crash leaves the old or the new. Raises StoreFailed.

    The new file is made with this mode beside the old one and renamed over it. It survives a loss
    of power once this has returned.
    """
    beside = path.with_name(path.name + ".new")
    try:
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise StoreFailed(f"{path}: can't be written ({error.strerror})") from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
