"""The scanning process, run as the daemon runs it."""

import asyncio
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from scrobblerd.storage.database import Database
from scrobblerd.storage.library import LibraryStore


@dataclass
class Said:
    """What a scan said, files by the name that they have on disk."""

    total: int = 0
    kept: int = 0
    files: dict[bytes, dict[str, Any]] = field(default_factory=dict[bytes, dict[str, Any]])
    gone: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])
    words: list[str] = field(default_factory=list[str])

    def take(self, words: dict[str, Any]) -> None:
        """One line."""
        self.total, self.kept = words.get("total", self.total), words.get("kept", self.kept)
        for file in words.get("files", ()):
            self.files[unquote_to_bytes(file["url"]).rpartition(b"/")[2]] = file
        self.gone += [name(url) for url in words.get("gone", ())]
        self.errors += [name(error["url"]) for error in words.get("errors", ())]
        self.words += [error["error"] for error in words.get("errors", ())]

    @property
    def unreadable(self) -> list[bytes]:
        """Files that were opened in vain."""
        return sorted(name for name, file in self.files.items() if "error" in file)


def name(url: str) -> str:
    """The last part of a path."""
    return url.rpartition("/")[2]


async def scan(database: Database, *folders: Path) -> Said:
    """Scan, and keep what came of it as the daemon does."""
    path = (await database.select("PRAGMA database_list"))[0][2]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scrobblerd.library.scan_process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    asked = json.dumps({"folders": [str(folder) for folder in folders], "database": path})
    async with asyncio.timeout(20):
        out, err = await process.communicate(asked.encode() + b"\n")
    assert (process.returncode, err) == (0, b"")
    said, shelf = Said(), LibraryStore(database)
    for line in out.splitlines():
        words = json.loads(line)
        said.take(words)
        await shelf.scanned(words.get("files", []))
        await shelf.gone(words.get("gone", []))
    return said
