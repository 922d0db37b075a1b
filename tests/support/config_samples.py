"""Configurations for rooms that read one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from scrobblerd.config.loader import load
from scrobblerd.config.paths import Paths
from scrobblerd.config.source import Config


def config(folder: Path, **parts: Any) -> Config:
    """The defaults, but for these parts, with all files in `folder`."""
    path = folder / "config.toml"
    return replace(load(path, {}), paths=Paths(path, folder), **parts)
