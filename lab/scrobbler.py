"""Calls, reads and hears scrobblerd as any other program on the bus does."""

from typing import Any, Self

from dbus_next.aio.message_bus import MessageBus
from dbus_next.message import Message
from dbus_next.signature import Variant

from lab.dbus import ReplyError, SignalLog, call
from scrobblerd.dbus.calls import unpacked
from scrobblerd.dbus.names import DBUS, PROPERTIES, SCROBBLER, SCROBBLER_ERROR, SCROBBLER_PATH

ERROR = f"{SCROBBLER_ERROR}."
INTROSPECTABLE = f"{DBUS}.Introspectable"


class Scrobbler:
    """The daemon that owns the name at each call, and the signals that it sends.

    All methods raise as `lab.dbus.call` does.
    """

    def __init__(self, bus: MessageBus, signals: SignalLog) -> None:
        """Use `start()`."""
        self.signals = signals
        self._bus = bus

    @classmethod
    async def start(cls, bus: MessageBus) -> Self:
        """Listens on `bus` from now on."""
        return cls(bus, await SignalLog.start(bus, f"type='signal',path='{SCROBBLER_PATH}'"))

    async def call(
        self, member: str, signature: str = "", *body: Any, within: float = 30.0
    ) -> list[Any]:
        """Calls a method. Returns the body of the reply, without variants."""
        return await self._call(SCROBBLER, member, signature, *body, within=within)

    async def _call(
        self, interface: str, member: str, signature: str = "", *body: Any, within: float = 5.0
    ) -> list[Any]:
        where = (SCROBBLER, SCROBBLER_PATH, interface)
        return unpacked(await call(self._bus, *where, member, signature, list(body), within=within))

    async def refused(self, member: str, signature: str = "", *body: Any) -> tuple[str, str]:
        """Returns the error that a call ends in: its name, without ERROR, and its text."""
        try:
            answer = await self.call(member, signature, *body)
        except ReplyError as error:
            return error.name.removeprefix(ERROR), str(error)
        raise AssertionError(f"{member} was not refused but answered {answer}")

    async def get(self, name: str) -> Any:
        """Returns one property, without variants."""
        [value] = await self._call(PROPERTIES, "Get", "ss", SCROBBLER, name)
        return value

    async def get_all(self) -> dict[str, Any]:
        """Returns all properties, without variants."""
        [values] = await self._call(PROPERTIES, "GetAll", "s", SCROBBLER)
        return values

    async def set(self, name: str, value: Variant) -> None:
        """Sets a property."""
        await self._call(PROPERTIES, "Set", "ssv", SCROBBLER, name, value)

    async def introspect(self) -> str:
        """Returns the introspection XML."""
        [xml] = await self._call(INTROSPECTABLE, "Introspect")
        return xml

    async def said(self, member: str, *first: Any, within: float = 10.0) -> list[Any]:
        """Waits for a signal `member` that begins with the values `first`. Returns its values."""
        while True:
            body = unpacked((await self.signals.next(member, within)).body)
            if body[: len(first)] == list(first):
                return body

    async def changed(self, name: str, within: float = 10.0) -> Any:
        """Waits for a PropertiesChanged that has property `name`. Returns its new value."""
        while True:
            values = changed_properties(await self.signals.next("PropertiesChanged", within))
            if name in values:
                return values[name]


def changed_properties(signal: Message) -> dict[str, Any]:
    """Returns the values in a PropertiesChanged of the daemon, {} for one of another interface."""
    interface, changed, _ = signal.body
    return unpacked(changed) if interface == SCROBBLER else {}
