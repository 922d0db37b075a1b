"""scrobblerd as any other program on the bus sees it: called, read and listened to."""

from typing import Any, Self, cast

from dbus_next.aio.message_bus import MessageBus
from dbus_next.message import Message
from dbus_next.signature import Variant

from lab.dbus import ReplyError, SignalLog, call
from scrobblerd.dbus.names import DBUS, PROPERTIES, SCROBBLER, SCROBBLER_ERROR, SCROBBLER_PATH

ERROR = f"{SCROBBLER_ERROR}."
INTROSPECTABLE = f"{DBUS}.Introspectable"


def plain(value: Any) -> Any:
    """`value` without its variants, however deep they are."""
    if isinstance(value, Variant):
        return plain(value.value)
    if isinstance(value, dict):
        return {key: plain(each) for key, each in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list):
        return [plain(each) for each in cast("list[Any]", value)]
    return value


class Scrobbler:
    """The daemon that owns the name, whoever that is at each call, and the signals it sends.

    All methods raise as `lab.dbus.call` does.
    """

    def __init__(self, bus: MessageBus, signals: SignalLog) -> None:
        """Use `start()`."""
        self.signals = signals
        self._bus = bus

    @classmethod
    async def start(cls, bus: MessageBus) -> Self:
        """Listen on `bus` from now on."""
        return cls(bus, await SignalLog.start(bus, f"type='signal',path='{SCROBBLER_PATH}'"))

    async def call(
        self, member: str, signature: str = "", *body: Any, within: float = 30.0
    ) -> list[Any]:
        """The reply of a method, without variants."""
        reply = await call(
            self._bus,
            SCROBBLER,
            SCROBBLER_PATH,
            SCROBBLER,
            member,
            signature,
            list(body),
            within=within,
        )
        return plain(reply)

    async def refused(self, member: str, signature: str = "", *body: Any) -> tuple[str, str]:
        """The error that a call ends in: its name, without ERROR, and its words."""
        try:
            answer = await self.call(member, signature, *body)
        except ReplyError as error:
            return error.name.removeprefix(ERROR), str(error)
        raise AssertionError(f"{member} was not refused but answered {answer}")

    async def get(self, name: str) -> Any:
        """One property, without variants."""
        [found] = await call(
            self._bus, SCROBBLER, SCROBBLER_PATH, PROPERTIES, "Get", "ss", [SCROBBLER, name]
        )
        return plain(found)

    async def get_all(self) -> dict[str, Any]:
        """All properties, without variants."""
        [found] = await call(
            self._bus, SCROBBLER, SCROBBLER_PATH, PROPERTIES, "GetAll", "s", [SCROBBLER]
        )
        return plain(found)

    async def set(self, name: str, value: Variant) -> None:
        """Set a property."""
        await call(
            self._bus, SCROBBLER, SCROBBLER_PATH, PROPERTIES, "Set", "ssv", [SCROBBLER, name, value]
        )

    async def introspect(self) -> str:
        """The introspection XML."""
        [xml] = await call(self._bus, SCROBBLER, SCROBBLER_PATH, INTROSPECTABLE, "Introspect")
        return xml

    async def said(self, member: str, *first: Any, within: float = 10.0) -> list[Any]:
        """The values of the next signal `member` whose first ones are `first`."""
        while True:
            body = plain((await self.signals.next(member, within)).body)
            if body[: len(first)] == list(first):
                return body

    async def changed(self, name: str, within: float = 10.0) -> Any:
        """The value of property `name` in the next PropertiesChanged that has it."""
        while True:
            found = changed_properties(await self.signals.next("PropertiesChanged", within))
            if name in found:
                return found[name]


def changed_properties(signal: Message) -> dict[str, Any]:
    """What a PropertiesChanged of the daemon's says, without variants."""
    interface, changed, _ = signal.body
    return plain(changed) if interface == SCROBBLER else {}
