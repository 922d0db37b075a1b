"""Where a bus is: addresses, as libdbus and sd-bus read them.

An address names one place or several, "transport:key=value,…;…", of which the first that lets us in
is taken. Values have escapes: %2C is a comma (D-Bus specification, "Server Addresses"). dbus-next
0.2.3 knows half of that: it fails if the first place of several does, and takes an empty variable
for an address.
"""

import contextlib
import os
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from dbus_next._private.address import get_session_bus_address
from dbus_next.constants import BusType
from dbus_next.errors import InvalidAddressError

VARIABLES = {
    BusType.SESSION: "DBUS_SESSION_BUS_ADDRESS",
    BusType.SYSTEM: "DBUS_SYSTEM_BUS_ADDRESS",
}

SYSTEM_BUS = "unix:path=/var/run/dbus/system_bus_socket"
"""Where the system bus is if no variable says it."""

TCP_SECONDS = 2.0
"""Seconds for a bus that is reached by TCP to let us in. The event loop waits meanwhile."""

_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


class UnusableAddress(ValueError):
    """An address that leads nowhere; the text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """One of the places that an address names: its transport, and its keys without escapes."""

    transport: str
    keys: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.transport}:{','.join(f'{k}={_escaped(v)}' for k, v in self.keys.items())}"

    def open(self) -> socket.socket:
        """Connects. Raises OSError, UnusableAddress, and BlockingIOError if too many wait."""
        match self.transport, self.keys:
            case "unix", {"path": path}:
                return _opened(socket.AF_UNIX, path, 0.0)
            case "unix", {"abstract": name}:
                return _opened(socket.AF_UNIX, f"\0{name}", 0.0)
            case "unix", _:
                raise UnusableAddress("it is for a bus itself: it has neither path nor abstract")
            case "tcp", {"host": host, "port": port} if port.isdecimal():
                is_six = self.keys.get("family") == "ipv6"
                family = socket.AF_INET6 if is_six else socket.AF_INET
                return _opened(family, (host, int(port)), TCP_SECONDS)
            case "autolaunch", _:
                raise UnusableAddress("autolaunch would start a bus, which scrobblerd does not")
            case _:
                raise UnusableAddress(f"{self.transport} can't be used here")


def address_of(kind: BusType, environment: Mapping[str, str]) -> str:
    """Returns the address of a bus: that of its variable, unless it is empty; of the session bus
    else where systemd has it, as in sd_bus_open_user(3), or dbus-launch. Raises UnusableAddress."""
    if given := environment.get(VARIABLES[kind]):
        return given
    if kind is BusType.SYSTEM:
        return SYSTEM_BUS
    if path := user_bus(environment):
        return str(Place("unix", {"path": path}))
    if VARIABLES[kind] in environment:
        raise UnusableAddress(f"{VARIABLES[kind]} is empty")
    try:
        return get_session_bus_address()
    except (InvalidAddressError, KeyError, OSError) as error:
        raise UnusableAddress(str(error)) from error


def user_bus(environment: Mapping[str, str]) -> str:
    """Returns the path of the bus of the user's systemd, "" if there is none."""
    path = Path(environment.get("XDG_RUNTIME_DIR", ""), "bus")
    return str(path) if path.is_absolute() and path.exists() else ""


def places(address: str) -> Sequence[Place]:
    """Returns the places that an address names. Raises UnusableAddress if it is no address."""
    entries = [_place(entry) for entry in address.split(";") if entry]
    if not entries:
        raise UnusableAddress("the address is empty")
    return entries


def open_first(address: str) -> tuple[socket.socket, Place]:
    """Connects to the first place that lets us in. Raises UnusableAddress and OSError: that of the
    first place, and BlockingIOError if it is worth trying again."""
    failures: list[OSError | UnusableAddress] = []
    for place in places(address):
        try:
            return place.open(), place
        except (OSError, UnusableAddress) as error:
            failures.append(error)
        except ValueError as error:  # a NUL in a path
            failures.append(UnusableAddress(str(error)))
    waits = (error for error in failures if isinstance(error, BlockingIOError))
    raise next(waits, failures[0])


def _place(entry: str) -> Place:
    transport, colon, options = entry.partition(":")
    if not colon:
        raise UnusableAddress(f"{entry!r} has no colon")
    keys: dict[str, str] = {}
    for option in filter(None, options.split(",")):
        key, equals, value = option.partition("=")
        if not equals or _ESCAPE.search(value):
            raise UnusableAddress(f"{option!r} is no key with a value")
        if key != "guid":  # the number of a bus, by which nothing is found
            keys[key] = os.fsdecode(unquote_to_bytes(value))
    return Place(transport, keys)


def _escaped(value: str) -> str:
    return quote_from_bytes(os.fsencode(value)).replace("~", "%7E")  # as libdbus wants it


def _opened(family: int, target: str | tuple[str, int], seconds: float) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    with contextlib.ExitStack() as stack:
        stack.callback(opened.close)
        opened.settimeout(seconds)
        opened.connect(target)
        opened.setblocking(False)
        stack.pop_all()
    return opened
