"""Small TOML files of the daemon's own: read forgivingly, written whole or not at all, 0600."""

import os
import stat
import tomllib
from pathlib import Path
from typing import Any, cast

import tomli_w

from ..core.errors import FixTheFile, StoreFailed

DEEPEST = 16
"""Tables within tables; our files have three."""

LARGEST = 256 * 1024
"""Bytes of a file; nobody writes so many rules."""


def read(path: Path) -> dict[str, Any]:
    """What the file holds, nothing where there is no such file. Raises FixTheFile."""
    try:
        found = tomllib.loads(_content(path).decode())
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, numbers of 5,000 digits
        raise FixTheFile(f"{path}: {error}; mend or remove it") from error
    except OSError as error:
        raise FixTheFile(
            f"{path}: can't be read ({error.strerror}); mend its permissions"
        ) from error
    if fault := _fault(found):
        raise FixTheFile(f"{path}: {fault}; mend or remove it")
    return found


def _content(path: Path) -> bytes:
    """Raises FixTheFile for what would hang, or has no end: pipes, devices."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FixTheFile(f"{path}: must be a file")
        content = os.read(descriptor, LARGEST + 1)
    finally:
        os.close(descriptor)
    if len(content) > LARGEST:
        raise FixTheFile(f"{path}: is larger than {LARGEST // 1024} KB; mend or remove it")
    return content


def _fault(found: object) -> str:
    """What TOML does not allow, and tomllib reads all the same; "" where there is nothing."""
    level = [found]
    for _ in range(DEEPEST):
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
    """Replace the file's content; see `replace`. Raises StoreFailed."""
    replace(path, tomli_w.dumps(values).encode())


def replace(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace the file's content; a crash leaves the old or the new. Raises StoreFailed.

    The file is made with this mode beside the old one and renamed over it; when this returns, it
    survives a loss of power.
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
