"""What may be spent on a service. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """0 = no limit."""

    requests_per_second: int = 5
    requests_per_day: int = 333
    scrobbles_per_day: int = 2800
