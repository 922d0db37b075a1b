"""Keeps what the database refused at a stop in a file, which the next start takes up.

The file is for the user alone. It is in the state folder, or in $XDG_RUNTIME_DIR if that disk takes
nothing.
"""

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...core.codec import StateError, dump, load
from ...core.errors import StoreFailed
from ...core.model import Play

log = logging.getLogger(__name__)

_NAME = "scrobblerd-unsaved"

WRITE_SECONDS = 0.25
"""Seconds for a disk to take a file of some KB: one that does not answer is left alone."""


@dataclass(frozen=True, slots=True)
class Spill:
    """What was not written: plays that are due, plays that ended, who was logged in (by the number
    of the account), and the state of the tracker as JSON. The times of the plays are those of the
    boot `boot_id`."""

    boot_id: str
    usernames: dict[str, str]
    tracker: str
    due: tuple[Play, ...] = ()
    ended: tuple[Play, ...] = ()


async def write(state_folder: Path, spill: Spill) -> Path:
    """Writes a file. Returns where it is. Raises StoreFailed if no disk takes it."""
    content = json.dumps(dump(spill)).encode()
    failures: list[str] = []
    for folder in _folders(state_folder):
        path = folder / f"{_NAME}-{time.time_ns()}.json"
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await asyncio.to_thread(_write, path, content)
        except TimeoutError:
            failures.append(f"{folder}: the disk does not answer")
        except OSError as error:
            failures.append(f"{folder}: {error.strerror}")
        else:
            return path
    raise StoreFailed("; ".join(failures))


def read(state_folder: Path) -> Iterator[tuple[Path, Spill]]:
    """Yields the files that are there, the oldest first. Odd ones are renamed, and told."""
    found = [path for folder in _folders(state_folder) for path in folder.glob(f"{_NAME}-*.json")]
    for path in sorted(found, key=lambda path: path.name):
        try:
            yield path, load(Spill, json.loads(path.read_bytes()))
        except (OSError, ValueError, RecursionError, StateError) as error:
            log.warning("%s can't be read (%s); it is left beside as .broken", path, error)
            path.replace(path.with_suffix(".broken"))


def _write(path: Path, content: bytes) -> None:
    """Writes a file, whole or not at all. Raises OSError."""
    beside = path.with_suffix(".new")
    try:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
        with os.fdopen(os.open(beside, flags, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _folders(state_folder: Path) -> list[Path]:
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    return [state_folder, *([runtime] if runtime.is_absolute() else [])]
