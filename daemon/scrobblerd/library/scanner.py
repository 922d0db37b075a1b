"""Music folders, brought into the local library by a process of its own (`scan`).

What it read is written down batch by batch, so a scan that was broken off has not to be done again:
files that have not changed are not read again.
"""

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument, ServiceFailed
from ..runtime.child_process import started
from ..runtime.optional import how_to_install
from ..storage.library import Files, LibraryStore

log = logging.getLogger(__name__)

LISTED = 100
"""Unreadable files that are told by name."""

LONGEST_LINE = 64 * 2**20
"""Bytes of one line of the scanning process."""

Progress = Callable[[int, int], Awaitable[None]]


@dataclass(slots=True)
class Scanned:
    """What a scan came to; the figures of the D-Bus answer."""

    files: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    untagged: int = 0
    unreadable: int = 0
    unreadable_files: list[str] = field(default_factory=list[str])

    def take(self, batch: Files) -> None:
        """Add what a batch came to."""
        for part in fields(batch):
            setattr(self, part.name, getattr(self, part.name) + getattr(batch, part.name))

    def failed(self, errors: Sequence[dict[str, Any]]) -> None:
        """List what could not be read."""
        room = LISTED - len(self.unreadable_files)
        self.unreadable_files += [f"{one['url']}: {one['error']}" for one in errors[:room]]


def as_path(folder: str) -> str:
    """A folder of config.toml, with "~" replaced where there is such a user."""
    return os.path.expanduser(folder)  # noqa: PTH111 # pathlib raises where there is none


class Scanner:
    """`progress` is awaited with how many files were looked at, and of how many."""

    def __init__(
        self,
        shelf: LibraryStore,
        database: Path,
        folders: Sequence[str],
        progress: Progress,
        finished: Callable[[Scanned], Awaitable[None]],
    ) -> None:
        self._shelf = shelf
        self._database = database
        self.use(folders)
        self._progress = progress
        self._finished = finished
        self._scan: asyncio.Task[Scanned] | None = None

    def use(self, folders: Sequence[str]) -> None:
        """Other folders, from the next scan on."""
        self._folders = [as_path(folder) for folder in folders]

    async def scan(self) -> Scanned:
        """Look through the music folders. A second call joins the one under way. Raises
        InvalidArgument where there are none, ServiceFailed where it can't be done."""
        if not self._folders:
            raise InvalidArgument(
                "there are no music folders: name them in config.toml, [library] folders"
            )
        if self._scan is None or self._scan.done():
            self._scan = asyncio.create_task(self._run())
        return await asyncio.shield(self._scan)

    async def stop(self) -> None:
        """Leave off; what was read stays."""
        if self._scan is not None:
            self._scan.cancel()
            await asyncio.gather(self._scan, return_exceptions=True)

    async def _run(self) -> Scanned:
        process = await _started()
        try:
            scanned = await self._read(process)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            raise
        finally:
            await process.wait()
        log.info("music folders: %d files, %d added", scanned.files, scanned.added)
        await self._finished(scanned)
        return scanned

    async def _read(self, process: asyncio.subprocess.Process) -> Scanned:
        assert process.stdin and process.stdout and process.stderr
        asked = {"folders": self._folders, "database": str(self._database)}
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        scanned, complete = Scanned(), False
        while words := await _words(process.stdout):
            await self._take(words, scanned)
            complete = complete or "errors" in words
        if not complete:
            said = (await process.stderr.read()).decode(errors="replace").strip()
            last = said.rpartition("\n")[2] or "it ended early"
            missing = "mutagen" in last
            hint = how_to_install("mutagen") if missing else "call ScanLibrary again"
            raise ServiceFailed(f"the music folders can't be read ({last}); {hint}")
        return scanned

    async def _take(self, words: dict[str, Any], scanned: Scanned) -> None:
        if "total" in words:
            scanned.files, scanned.unchanged = words["total"], words["kept"]
        elif "files" in words:
            scanned.take(await self._shelf.scanned(words["files"]))
            scanned.failed([file for file in words["files"] if "error" in file])
        elif "gone" in words:
            scanned.removed += await self._shelf.gone(words["gone"])
        else:
            scanned.untagged = await self._shelf.untagged()
            scanned.failed(words["errors"])
            scanned.unreadable += len(words["errors"])
        done = scanned.unchanged + scanned.added + scanned.changed
        await self._progress(min(done, scanned.files), scanned.files)


async def _words(said: asyncio.StreamReader) -> dict[str, Any]:
    """The next line of the scanning process; nothing where it ended, in the middle of one too."""
    try:
        return json.loads(await said.readline() or "{}")
    except ValueError:
        return {}


async def _started() -> asyncio.subprocess.Process:
    try:
        return await started("library.scan_process", LONGEST_LINE)
    except OSError as error:
        raise ServiceFailed(f"the music folders can't be read ({error.strerror})") from error
