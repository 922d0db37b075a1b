"""A connection to a bus that closes its socket; dbus-next leaves that to the garbage collector."""

import asyncio
import contextlib
from typing import Any, cast

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import BusType
from dbus_next.errors import AuthError, InvalidAddressError

from .errors import BusLost


class Bus(MessageBus):
    """A connection, to be closed by `close`."""

    def close(self) -> None:
        """Disconnect and close the socket. Calls that are under way get no answer any more."""
        if self.connected:
            self.disconnect()
        mine = cast("Any", self)  # what dbus-next keeps to itself
        loop = asyncio.get_running_loop()
        loop.remove_reader(mine._fd)
        loop.remove_writer(mine._fd)
        with contextlib.suppress(OSError):  # it may have words left for who has gone
            mine._stream.close()
        mine._sock.close()

    def _setup_socket(self) -> None:
        try:
            cast("Any", super())._setup_socket()
        except OSError:
            self.close()
            raise


async def connect(kind: BusType) -> Bus:
    """A connection to the session bus or the system bus. Raises BusLost."""
    bus = None
    try:
        bus = Bus(bus_type=kind)
        await bus.connect()
    except (OSError, EOFError, AuthError, InvalidAddressError, KeyError) as error:
        if bus is not None:
            bus.close()
        raise BusLost(
            f"there is no {kind.name.lower()} bus to connect to ({error}); "
            f"is DBUS_{kind.name}_BUS_ADDRESS set, or is this a login session?"
        ) from error
    return bus
