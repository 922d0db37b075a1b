"""A configuration and a login in files, for rooms that read them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from scrobblerd.accounts.session_file import SessionFile
from scrobblerd.config.loader import load
from scrobblerd.config.source import Config, Paths


def config(folder: Path, **parts: Any) -> Config:
    """The defaults, but for these parts, with all files in `folder`."""
    path = folder / "config.toml"
    return replace(load(path, {}), paths=Paths(path, folder), **parts)


class FileLogin(SessionFile):
    """A store for an `Account`, of a session.toml that keeps the key, too."""

    waits_for = ""

    async def recall(self) -> None:
        """Its key is never away."""
