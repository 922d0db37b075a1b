"""Configurations for rooms that read one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from scrobblerd.config.loader import load
from scrobblerd.config.source import Config


def config(folder: Path, **parts: Any) -> Config:
    """The defaults, but for these parts, with all files in `folder`."""
    defaults = load(folder / "config.toml", {"XDG_STATE_HOME": str(folder)})
    return replace(defaults, **parts)
