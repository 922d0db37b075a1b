"""What the properties of our interface show."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ..config.runtime_settings import CHANGEABLE
from ..core.reports import ImportResult
from .answers import CurrentEntry


@dataclass(slots=True)
class Properties:
    """The values of the properties; `StatusPublisher` keeps them up to date.

    `settings` has those of the settings, by name. The other fields are named like their property.
    """

    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    authenticated: bool = False
    username: str = ""
    queued: int = 0
    current: list[CurrentEntry] = field(default_factory=list[CurrentEntry])
    status: str = "Starting"
    last_import: ImportResult | None = None

    def by_name(self) -> dict[str, Any]:
        """Returns the values by the names of the properties."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        settings = values.pop("settings")
        values |= {name: settings.get(name) for name in CHANGEABLE}
        return {property_name(name): value for name, value in values.items()}


def property_name(name: str) -> str:
    """Returns what a property is called on the bus: scrobble_threshold is ScrobbleThreshold."""
    return "".join(word.capitalize() for word in name.split("_"))
