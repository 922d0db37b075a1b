"""Calls the daemon, reads its properties and hears its signals. A call starts it if the bus can.

An error of the bus becomes a Failure: one line for people, and an exit status.
"""

import asyncio
import math
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple, NoReturn, TypeVar, cast

from dbus_next.constants import MessageFlag, MessageType
from dbus_next.message import Message

from ..core import FROM_PACKAGE, PREFIX
from ..core.errors import BusLost, FixTheFile
from ..dbus.calls import subscribe, unpacked
from ..dbus.connection import Bus, connect
from ..dbus.names import DBUS, DBUS_PATH, PROPERTIES, SCROBBLER, SCROBBLER_PATH
from .elsewhere import elsewhere
from .errors import (
    NOT_AUTHENTICATED,
    NOT_CONFIGURED,
    Exit,
    Failure,
    bus_gone,
    is_failed_start,
    of_reply,
    other_version,
)

UNIT = "scrobblerd.service"
LOG_IN = "run scrobblerctl login"
NEW_KEY = "run scrobblerctl login --new-key, which asks for both"

OF_AN_ACCOUNT = frozenset(
    {"BeginLogin", "CompleteLogin", "CheckAccount", "VerifyAccount", "DeleteDoubled"}
)
"""Methods whose errors are about the login of any account; those of others are about Last.fm's."""

CALL_SECONDS = 30.0
"""How long a call waits for its answer."""

ONLINE_CALL_SECONDS = 90.0
"""The same if the daemon asks Last.fm meanwhile, on whose answer it gives up after 60."""

READING_CALL_SECONDS = 300.0
"""The same if the daemon reads all plays. Figures of a million take some 5 s of CPU, for which it
may have to wait."""

LONG_CALL_SECONDS = 6 * 3600.0
"""The same for an import or a scan, which report their progress meanwhile."""

POSITION_SECONDS = 0.5
"""How long a player may take to say where it is: a line for a bar comes once a second."""

START_SECONDS = 3.0
"""How long the start of a daemon takes at most; after that the client looks why."""


Result = TypeVar("Result")


class Target(NamedTuple):
    """An interface of an object on the bus."""

    name: str
    path: str
    interface: str


DAEMON = Target(SCROBBLER, SCROBBLER_PATH, SCROBBLER)
DAEMON_PROPERTIES = Target(SCROBBLER, SCROBBLER_PATH, PROPERTIES)
BUS = Target(DBUS, DBUS_PATH, DBUS)
SYSTEMD = Target(
    "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"
)


class Answer(dict[str, Any]):
    """An answer of the daemon, by name. A name that is missing raises Failure: another version."""

    def __missing__(self, name: str) -> NoReturn:
        raise other_version()


def plain(value: Any) -> Any:
    """Returns a value off the bus without its variants, at any depth; dictionaries as Answer."""
    return unpacked(value, _as_answer)


def _as_answer(value: Any) -> Any:
    if isinstance(value, dict):
        return Answer(cast("dict[str, Any]", value))
    if isinstance(value, float) and not math.isfinite(value):  # JSON has no such number
        return 0.0
    return value


class Client:
    """The daemon on the session bus. All methods raise Failure."""

    def __init__(self, bus: Bus, notify: Callable[[str], None] | None = None) -> None:
        """`notify` is called once if an answer takes long."""
        self._bus, self._notify = bus, notify
        self._signals: asyncio.Queue[tuple[str, list[Any]] | None] = asyncio.Queue()
        self._watching: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def connected(
        cls, notify: Callable[[str], None] | None = None
    ) -> AsyncGenerator["Client"]:
        """Yields a client, and closes its connection afterwards; `notify` as for a new one."""
        try:
            bus = await connect(bounded=False)
        except BusLost as error:
            raise elsewhere("") or Failure(str(error), Exit.NOT_RUNNING) from error
        client = cls(bus, notify)
        try:
            yield client
        finally:
            if client._watching:
                client._watching.cancel()
            bus.close()

    async def call(
        self, member: str, signature: str = "", *body: Any, within: float = CALL_SECONDS
    ) -> Any:
        """Calls a method. Returns nothing, one value or a list of them; without variants."""
        try:
            answer = await self._send(DAEMON, member, signature, *body, within=within)
        except Failure as failure:
            if member in OF_AN_ACCOUNT:
                raise
            raise await self._with_remedy(failure) from None
        return answer[0] if len(answer) == 1 else answer

    async def _with_remedy(self, failure: Failure) -> Failure:
        """Returns a failure that says what to do if there is no login, or no API key."""
        if failure.error not in (NOT_AUTHENTICATED, NOT_CONFIGURED):
            return failure
        settings = await self.call("GetSettings")
        if not uses_lastfm(settings) and len(await self.call("ListAccounts")) > 1:
            return failure
        if failure.error == NOT_AUTHENTICATED:
            return failure.with_remedy(await self.login_remedy())
        if not settings["configured"]:
            message = "there is no API key for Last.fm"
            return Failure(message, failure.status, failure.error, LOG_IN)
        if settings.get("key_from") in (None, FROM_PACKAGE):
            return failure.with_remedy(NEW_KEY)
        place = settings["key_from"]
        return failure.with_remedy(f"it is in the {place} of scrobblerd, read at a restart")

    async def login_remedy(self) -> str:
        """Returns what to do if nobody is logged in; "" if somebody is, or waits for a keyring."""
        settings = await self.call("GetSettings")
        return "" if settings["authenticated"] or settings.get("waits_for") else LOG_IN

    async def properties(self) -> dict[str, Any]:
        """Returns all properties, by name."""
        [properties] = await self._send(DAEMON_PROPERTIES, "GetAll", "s", SCROBBLER)
        return properties

    async def owner(self) -> str:
        """Returns the unique name of the daemon's connection; "" if it does not run."""
        with suppress(Failure):
            return (await self._send(BUS, "GetNameOwner", "s", SCROBBLER))[0]
        return ""

    async def players(self) -> list[str]:
        """Returns the players on the bus: their names without the prefix that all have."""
        [names] = await self._send(BUS, "ListNames")
        return [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]

    async def position(self, player: str) -> float | None:
        """Returns where a player is in its track, in seconds; None if it does not say."""
        target = Target(f"{PREFIX}{player}", "/org/mpris/MediaPlayer2", PROPERTIES)
        asked = ("org.mpris.MediaPlayer2.Player", "Position")
        with suppress(Failure):
            [position] = await self._send(target, "Get", "ss", *asked, within=POSITION_SECONDS)
            return max(0.0, position / 1e6) if isinstance(position, int | float) else None
        return None

    async def startable(self) -> bool:
        """Returns whether the bus can start the daemon."""
        [names] = await self._send(BUS, "ListActivatableNames")
        return SCROBBLER in names

    async def reload_services(self) -> None:
        """Lets the bus read its service files again."""
        await self._send(BUS, "ReloadConfig")

    async def unit_state(self) -> str:
        """Returns what `systemctl is-enabled` says of our unit; "" if there is no systemd."""
        with suppress(Failure):
            [state] = await self._send(SYSTEMD, "GetUnitFileState", "s", UNIT)
            return state
        return ""

    async def listen(self) -> None:
        """Subscribes to the daemon's signals and to its coming and going; see `next_signal`."""
        self._bus.add_message_handler(self._handle)
        self._watching = asyncio.create_task(self._watch())
        rules = (
            f"type='signal',sender='{SCROBBLER}',path='{SCROBBLER_PATH}'",
            f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{SCROBBLER}'",
        )
        try:
            await subscribe(self._bus, rules)
        except BusLost as error:
            raise bus_gone() from error

    async def next_signal(self) -> tuple[str, list[Any]]:
        """Returns the next signal: its name and values; ("", []) if the daemon came or went."""
        if (signal := await self._signals.get()) is None:
            raise bus_gone()
        return signal

    async def _watch(self) -> None:
        """Ends `next_signal` when the bus goes."""
        with suppress(OSError, EOFError):
            await self._bus.wait_for_disconnect()
        self._signals.put_nowait(None)

    def _handle(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.path == SCROBBLER_PATH:
            self._signals.put_nowait((message.member, plain(message.body)))
        elif message.member == "NameOwnerChanged" and message.body[0] == SCROBBLER:
            self._signals.put_nowait(("", []))

    async def _send(
        self,
        target: Target,
        member: str,
        signature: str = "",
        *body: Any,
        within: float = CALL_SECONDS,
    ) -> list[Any]:
        message = Message(*target, member, signature=signature, body=list(body))
        if not self._bus.connected:  # dbus-next would wait without end
            raise bus_gone()
        try:
            async with asyncio.timeout(within):
                reply = await self._reply(message, within < LONG_CALL_SECONDS)
        except TimeoutError:
            raise Failure(f"scrobblerd did not answer {member} within {within:g} s") from None
        except (OSError, EOFError) as error:
            raise bus_gone() from error
        except UnicodeEncodeError:
            raise Failure("an argument is no text: it is not in UTF-8", Exit.USAGE) from None
        assert reply is not None
        if reply.message_type is MessageType.ERROR:
            error = reply.error_name or ""
            if is_failed_start(error):
                _check_configuration()
            failure = of_reply(error, str(reply.body[0]) if reply.body else "")
            if failure.status is Exit.NOT_RUNNING:
                failure = elsewhere(self._bus.address) or failure
            raise failure
        return plain(reply.body)

    async def _reply(self, message: Message, notify: bool) -> Message | None:
        """Returns the answer. `notify`: say if it takes long, since no progress is shown."""
        call = asyncio.ensure_future(self._bus.call(message))
        try:
            await asyncio.wait({call}, timeout=START_SECONDS)
            if not call.done() and message.destination == SCROBBLER:
                await self._see_why(call, notify)
            return await call
        finally:
            call.cancel()

    async def _see_why(self, call: "asyncio.Future[Any]", notify: bool) -> None:
        """Finds out why there is no answer yet: the daemon does not run, or takes long."""
        if not await self.owner():
            _check_configuration()
            if other := elsewhere(self._bus.address):
                raise other
            await self._start()
        elif notify and self._notify and not call.done():
            self._notify(
                "Waiting for scrobblerd, which may wait for Last.fm or read a long history;"
                " Ctrl-C gives up."
            )
            self._notify = None

    async def _start(self) -> None:
        """Starts the unit. After a start that failed a bus waits for minutes, though the cause
        may be mended by now."""
        message = Message(*SYSTEMD, "StartUnit", signature="ss", body=[UNIT, "replace"])
        message.flags = MessageFlag.NO_REPLY_EXPECTED
        await self._bus.send(message)


async def if_running(client: Client, ask: Callable[[Client], Awaitable[Result]]) -> Result | None:
    """Returns what `ask` returns; None while the daemon does not run. Never starts it."""
    if not await client.owner():
        return None
    try:
        return await ask(client)
    except Failure as failure:
        if failure.status is not Exit.NOT_RUNNING:
            raise
        return None


def uses_lastfm(settings: dict[str, Any]) -> bool:
    """Returns whether somebody with other accounts means to use Last.fm, too: there is or was a
    login, or an API key of their own. `settings` is GetSettings."""
    has_own_key = settings["configured"] and settings.get("key_from") != FROM_PACKAGE
    return bool(settings["username"]) or has_own_key


def _check_configuration() -> None:
    """Raises Failure if the configuration keeps the daemon from starting."""
    from ..config.loader import load  # noqa: PLC0415 # seldom needed
    from ..config.source import config_path  # noqa: PLC0415 # seldom needed

    try:
        load(config_path(os.environ), os.environ)
    except FixTheFile as error:
        raise Failure(f"scrobblerd does not start: {error}", Exit.NOT_RUNNING) from None
