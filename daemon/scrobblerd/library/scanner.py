"""Music folders, brought into the local library by a process of its own (`scan`).

What it read is written down batch by batch, so a scan that was broken off has not to be done again:
files that have not changed are not read again.
"""

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..core.errors import InvalidArgument, ServiceFailed
from ..core.publisher import Publisher
from ..core.reports import ScanResult
from ..runtime.child_process import started
from ..runtime.optional import how_to_install
from ..storage.library import LibraryStore

log = logging.getLogger(__name__)

LONGEST_LINE = 64 * 2**20
"""Bytes of one line of the scanning process."""


def as_path(folder: str) -> str:
    """A folder of config.toml, with "~" replaced where there is such a user."""
    return os.path.expanduser(folder)  # noqa: PTH111 # pathlib raises where there is none


class Scanner:
    """Scans music folders, and publishes how far it is."""

    def __init__(
        self,
        shelf: LibraryStore,
        database: Path,
        folders: Sequence[str],
        publisher: Publisher,
    ) -> None:
        self._shelf = shelf
        self._database = database
        self.use(folders)
        self._publisher = publisher
        self._scan: asyncio.Task[ScanResult] | None = None

    def use(self, folders: Sequence[str]) -> None:
        """Other folders, from the next scan on."""
        self._folders = [as_path(folder) for folder in folders]

    async def scan(self) -> ScanResult:
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

    async def _run(self) -> ScanResult:
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
        self._publisher.scan_finished(scanned)
        return scanned

    async def _read(self, process: asyncio.subprocess.Process) -> ScanResult:
        assert process.stdin and process.stdout and process.stderr
        asked = {"folders": self._folders, "database": str(self._database)}
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        scanned, complete = ScanResult(), False
        while words := await _words(process.stdout):
            await self._take(words, scanned)
            complete = complete or "errors" in words
        if not complete:
            said = (await process.stderr.read()).decode(errors="replace").strip()
            last = said.rpartition("\n")[2] or "it ended early"
            missing = "mutagen" in last
            hint = how_to_install("mutagen") if missing else "scan them again"
            raise ServiceFailed(f"the music folders can't be read ({last}); {hint}")
        return scanned

    async def _take(self, words: dict[str, Any], scanned: ScanResult) -> None:
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
        self._publisher.scan_progress(min(done, scanned.files), scanned.files)


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
