"""What the properties of our interface show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.reports import ImportResult
from .answers import CurrentEntry


@dataclass(slots=True)
class Properties:
    """The values of the properties; `StatusPublisher` keeps them up to date. `settings` has those
    of the settings that can be changed, by name."""

    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    authenticated: bool = False
    username: str = ""
    queued: int = 0
    current: list[CurrentEntry] = field(default_factory=list[CurrentEntry])
    status: str = "Starting"
    last_import: ImportResult | None = None
