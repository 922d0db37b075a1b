"""What goes between the bus and the watcher: messages whose bodies have no variants."""

from dataclasses import dataclass, field

from ..core.events import Event


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal off the bus, its body as plain values."""

    sender: str
    interface: str
    member: str
    body: list[object]


@dataclass(frozen=True, slots=True)
class Call:
    """A method call that the watcher wants made, `after` seconds from now."""

    id: int
    destination: str
    path: str
    interface: str
    member: str
    signature: str
    body: tuple[str, ...]
    after: float = 0.0


Answer = list[object] | None
"""The body of a reply as plain values; [] for an error reply; None if no reply came in time."""


@dataclass(slots=True)
class WatcherOutput:
    """What one message led to."""

    events: list[Event] = field(default_factory=list[Event])
    calls: list[Call] = field(default_factory=list[Call])
