"""A player as any other program on the bus sees it: read and pressed over a connection."""

from typing import Any

from dbus_next.aio.message_bus import MessageBus
from dbus_next.signature import Variant

from lab.dbus import call
from lab.mpris import PATH, PLAYER, Properties, bus_name
from scrobblerd.dbus.names import PROPERTIES


class RemotePlayer:
    """The player that owns `name` (the MPRIS prefix is added), whoever that is at each call.

    All methods raise as `lab.dbus.call` does.
    """

    def __init__(self, bus: MessageBus, name: str) -> None:
        self.name = bus_name(name)
        self._bus = bus

    async def get_all(self, interface: str = PLAYER) -> Properties:
        """All properties of `interface`, with the types they came with."""
        body = [interface]
        [found] = await call(self._bus, self.name, PATH, PROPERTIES, "GetAll", "s", body)
        return found

    async def get(self, name: str, interface: str = PLAYER) -> Variant:
        """One property, with the type it came with."""
        body = [interface, name]
        [found] = await call(self._bus, self.name, PATH, PROPERTIES, "Get", "ss", body)
        return found

    async def set(self, name: str, value: Variant) -> None:
        """Set a property of the Player interface."""
        body = [PLAYER, name, value]
        await call(self._bus, self.name, PATH, PROPERTIES, "Set", "ssv", body)

    async def press(self, member: str, signature: str = "", *body: Any) -> None:
        """Call a method of the Player interface, such as Pause."""
        await call(self._bus, self.name, PATH, PLAYER, member, signature, list(body))
