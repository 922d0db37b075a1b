"""Brings music folders into the local library, through a process of its own (`scan_process`).

What the process reads is stored batch by batch. A scan that was broken off need not be done again:
files that have not changed are not read again.
"""

import asyncio
import json
import logging
import os
from typing import Any

from ..config.source import ConfigSource
from ..core.errors import InvalidArgument, ServiceFailed
from ..core.publisher import Publisher, ScanResult
from ..core.text import count
from ..installation import installation
from ..runtime.child_process import end, started
from ..storage.library import LibraryStore

log = logging.getLogger(__name__)

MAX_LINE_BYTES = 64 * 2**20
"""Bytes of one line of the scanning process: a batch of files with long names and tags."""


def as_path(folder: str) -> str:
    """Returns a folder of config.toml with "~" replaced, unchanged if there is no such user."""
    return os.path.expanduser(folder)  # noqa: PTH111 # pathlib raises if there is no such user


class Scanner:
    """Scans the music folders of the configuration, and publishes the progress."""

    def __init__(self, library: LibraryStore, source: ConfigSource, publisher: Publisher) -> None:
        self._library = library
        self._source = source
        self._publisher = publisher
        self._scan: asyncio.Task[ScanResult] | None = None

    async def scan(self) -> ScanResult:
        """Scans the music folders, or joins the scan under way.

        Raises InvalidArgument if there are no folders, ServiceFailed if they can't be scanned.
        """
        if not self._source.current.library_folders:
            raise InvalidArgument(
                "there are no music folders: name them in config.toml, [library] folders"
            )
        if self._scan is None or self._scan.done():
            self._scan = asyncio.create_task(self._run())
        return await asyncio.shield(self._scan)

    async def stop(self) -> None:
        """Breaks a scan off. What it has read stays."""
        if self._scan is not None:
            self._scan.cancel()
            await asyncio.gather(self._scan, return_exceptions=True)

    async def _run(self) -> ScanResult:
        process = await _started()
        try:
            result = await self._read(process)
        finally:
            await end(process)
        log.info("music folders: %s, %d added", count(result.files, "file"), result.added)
        self._publisher.scan_finished(result)
        return result

    async def _read(self, process: asyncio.subprocess.Process) -> ScanResult:
        assert process.stdin and process.stdout and process.stderr
        config = self._source.current
        request = {
            "folders": [as_path(folder) for folder in config.library_folders],
            "database": str(config.paths.database),
        }
        process.stdin.write(json.dumps(request).encode() + b"\n")
        result, complete = ScanResult(), False
        while message := await _next_message(process.stdout):
            if library := message.get("missing_library"):
                reason = f"the Python package {library} is missing"
                raise _failed(reason, installation().how_to_add(library))
            await self._take(message, result)
            complete = complete or "errors" in message
        if not complete:
            errors = (await process.stderr.read()).decode(errors="replace").strip()
            reason = errors.rpartition("\n")[2] or "it ended early"
            raise _failed(reason, "scan them again")
        return result

    async def _take(self, message: dict[str, Any], result: ScanResult) -> None:
        """Stores what a message of the process has, and counts it."""
        if "total" in message:
            result.files, result.unchanged = message["total"], message["kept"]
        elif "files" in message:
            result.take(await self._library.scanned(message["files"]))
            result.failed([file for file in message["files"] if "error" in file])
        elif "gone" in message:
            result.removed += await self._library.gone(message["gone"])
        else:
            result.untagged = await self._library.untagged()
            result.failed(message["errors"])
            result.unreadable += len(message["errors"])
        done = result.unchanged + result.added + result.changed
        self._publisher.scan_progress(min(done, result.files), result.files)


async def _next_message(output: asyncio.StreamReader) -> dict[str, Any]:
    """Reads a line of the process; empty if it ended, even in the middle of a line."""
    try:
        return json.loads(await output.readline() or "{}")
    except ValueError:
        return {}


async def _started() -> asyncio.subprocess.Process:
    try:
        return await started("library.scan_process", MAX_LINE_BYTES)
    except OSError as error:
        raise ServiceFailed(f"the music folders can't be read ({error.strerror})") from error


def _failed(reason: str, remedy: str) -> ServiceFailed:
    return ServiceFailed(f"the music folders can't be read ({reason}); {remedy}")
