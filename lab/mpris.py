"""What an MPRIS player is and answers, as values: names, metadata, properties, a running position.

Touches no bus: values go out, refusals are raised.
"""

import time
from collections.abc import Callable

from dbus_next.constants import ErrorType
from dbus_next.signature import Variant

PREFIX = "org.mpris.MediaPlayer2."
PATH = "/org/mpris/MediaPlayer2"
ROOT = "org.mpris.MediaPlayer2"
PLAYER = "org.mpris.MediaPlayer2.Player"

Properties = dict[str, Variant]


class RefusedError(Exception):
    """The D-Bus error `name`, with which a call is answered."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


def bus_name(name: str) -> str:
    """Returns `vlc` as `org.mpris.MediaPlayer2.vlc`. A full name stays as it is."""
    return name if name.startswith(PREFIX) else PREFIX + name


def microseconds(seconds: float) -> int:
    """Returns `seconds` in the unit of MPRIS."""
    return round(seconds * 1_000_000)


def status(value: str) -> Properties:
    """Returns PlaybackStatus with `value`: Playing, Paused or Stopped."""
    return {"PlaybackStatus": Variant("s", value)}


def tags(
    title: str | None = None,
    artist: list[str] | None = None,
    album: str | None = None,
    length: float | None = None,
    trackid: str | None = None,
) -> Properties:
    """Returns Metadata of what is given, with the types of the spec; `length` in seconds."""
    values = {
        "mpris:trackid": ("o", trackid),
        "mpris:length": ("x", None if length is None else microseconds(length)),
        "xesam:title": ("s", title),
        "xesam:artist": ("as", artist),
        "xesam:album": ("s", album),
    }
    return {
        key: Variant(signature, value)
        for key, (signature, value) in values.items()
        if value is not None
    }


def root_properties(identity: str, desktop_entry: str | None = None) -> Properties:
    """Returns the root interface of a player, without DesktopEntry if that is None."""
    entry = {} if desktop_entry is None else {"DesktopEntry": Variant("s", desktop_entry)}
    return entry | {
        "Identity": Variant("s", identity),
        "CanQuit": Variant("b", False),
        "CanRaise": Variant("b", False),
        "HasTrackList": Variant("b", False),
        "SupportedUriSchemes": Variant("as", ["file"]),
        "SupportedMimeTypes": Variant("as", []),
    }


def player_properties() -> Properties:
    """Returns the Player interface of a player at rest, without Position."""
    can = ("GoNext", "GoPrevious", "Play", "Pause", "Seek", "Control")
    return {
        "PlaybackStatus": Variant("s", "Stopped"),
        "LoopStatus": Variant("s", "None"),
        "Rate": Variant("d", 1.0),
        "MinimumRate": Variant("d", 1.0),
        "MaximumRate": Variant("d", 1.0),
        "Shuffle": Variant("b", False),
        "Metadata": Variant("a{sv}", {}),
        "Volume": Variant("d", 1.0),
        **{f"Can{what}": Variant("b", True) for what in can},
    }


class PlayerState:
    """The properties of a player, and its position, which runs with the clock.

    `properties` is the Player interface, `root` the other one. Position is added at each read,
    unless it is among the properties. `fail` maps a property to the name of the error that Get
    answers for it; GetAll leaves it out. `clock` returns seconds; only differences count.
    """

    def __init__(self, root: Properties) -> None:
        self.properties = player_properties()
        self.root = root
        self.fail: dict[str, str] = {}
        self.fixed_position: float | None = None
        self.clock: Callable[[], float] = time.monotonic
        self._position, self._since, self._speed = 0.0, 0.0, 0.0

    @property
    def position(self) -> float:
        """Returns seconds. It runs with Rate while Playing, past the length too, unless fixed.

        If it is set, the position moves without a signal.
        """
        if self.fixed_position is not None:
            return self.fixed_position
        return self._position + (self.clock() - self._since) * self._speed

    @position.setter
    def position(self, seconds: float) -> None:
        self._position, self._since = seconds, self.clock()
        self._speed = self._track_speed()

    def set(self, changed: Properties) -> None:
        """Changes properties without a signal, as players do that forget to signal."""
        position = self.position
        self.properties.update(changed)
        self.position = position

    def get(self, interface: str, name: str) -> Variant:
        """Returns a property as Get answers it. Raises RefusedError by `fail`, or if unknown."""
        self.refuse(name)
        value = self._read(interface).get(name)
        if value is None:
            raise RefusedError(ErrorType.UNKNOWN_PROPERTY.value, f"no property {name}")
        return value

    def get_all(self, interface: str) -> Properties:
        """Returns all properties of `interface` as GetAll answers them."""
        values = self._read(interface)
        return {name: value for name, value in values.items() if name not in self.fail}

    def refuse(self, name: str) -> None:
        """Raises the error that `fail` has for `name`, if it has one."""
        if name in self.fail:
            raise RefusedError(self.fail[name], f"{name} fails")

    def _read(self, interface: str) -> Properties:
        if interface == ROOT:
            return self.root
        if interface == PLAYER:
            return {"Position": Variant("x", microseconds(self.position))} | self.properties
        raise RefusedError(ErrorType.UNKNOWN_INTERFACE.value, f"no interface {interface}")

    def _track_speed(self) -> float:
        # Either may be missing or of a wrong type: that is what such a player is for.
        status, rate = self.properties.get("PlaybackStatus"), self.properties.get("Rate")
        if status is None or status.value != "Playing":
            return 0.0
        return float(rate.value) if rate and isinstance(rate.value, int | float) else 1.0
