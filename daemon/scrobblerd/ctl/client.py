"""The way to the daemon: calls, properties, signals. A call starts the daemon where the bus can.

Errors of the bus become one line for people, and an exit status.
"""

import asyncio
import math
import os
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, NoReturn, cast

from dbus_next.constants import MessageFlag, MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from ..core.errors import BusLost, FixTheFile
from ..core.model import PREFIX
from ..dbus.connection import Bus, connect
from ..dbus.names import DBUS, DBUS_PATH, PROPERTIES, SCROBBLER, SCROBBLER_ERROR, SCROBBLER_PATH
from .errors import Exit, Failure

SYSTEMD = "org.freedesktop.systemd1"
UNIT = "scrobblerd.service"
ERROR = f"{SCROBBLER_ERROR}."
DBUS_ERROR = f"{DBUS}.Error."

PATIENCE = 30.0
"""Seconds for an answer."""

START = 3.0
"""Seconds that a daemon takes at most to start."""

ONLINE = 90.0
"""Seconds for what the daemon asks Last.fm meanwhile; it gives up on an answer after 60."""

HOURS = 6 * 3600.0
"""Seconds for an import or a scan, which tell of their progress meanwhile."""

_MANAGER = (SYSTEMD, "/org/freedesktop/systemd1", f"{SYSTEMD}.Manager")
_GONE = "the session bus has gone"
_LOG = "journalctl --user -u scrobblerd says why"
_ABSENT = (
    "scrobblerd is not running, and the session bus can't start it: "
    "systemctl --user start scrobblerd, or install it"
)
_OTHER_VERSION = (
    "the scrobblerd that runs does not know this: it is of another version; "
    "systemctl --user restart scrobblerd"
)
_STATUS = {
    ERROR + "NotAuthenticated": Exit.NOT_LOGGED_IN,
    ERROR + "AuthPending": Exit.NOT_LOGGED_IN,
    ERROR + "NotConfigured": Exit.NOT_LOGGED_IN,
}
_FAILURES = {
    DBUS_ERROR + "ServiceUnknown": (_ABSENT, Exit.NOT_RUNNING),
    DBUS_ERROR + "NameHasNoOwner": (_ABSENT, Exit.NOT_RUNNING),
    DBUS_ERROR + "NoReply": (f"scrobblerd ended before it answered; {_LOG}", Exit.NOT_RUNNING),
    DBUS_ERROR + "TimedOut": (f"scrobblerd does not start; {_LOG}", Exit.NOT_RUNNING),
    DBUS_ERROR + "UnknownMethod": (_OTHER_VERSION, Exit.FAILED),
    DBUS_ERROR + "UnknownProperty": (_OTHER_VERSION, Exit.FAILED),
    DBUS_ERROR + "InvalidArgs": (_OTHER_VERSION, Exit.FAILED),
}
_FIELD = re.compile(r"^(item|player|play_id|from_account|limit): ")
"""Names of arguments, which nobody sees who calls through us."""

_FOR_PEOPLE = (
    (
        "get one at https://www.last.fm/api/account/create and put api_key and api_secret into"
        " lastfm.toml beside config.toml",
        "run scrobblerctl login",
    ),
    ("call ScanLibrary again", "run scrobblerctl library scan again"),
    ("call GetAuthUrl, approve, then CompleteAuth", "run scrobblerctl login"),
    ("call GetAuthUrl for a new one", "run scrobblerctl login"),
    ("call GetAuthUrl first", "run scrobblerctl login"),
    ("call GetAuthUrl again", "run scrobblerctl login"),
    ("call GetAuthUrl", "run scrobblerctl login"),
    ("GetHistory lists them", "scrobblerctl history lists them"),
    ("ListQueue lists them", "scrobblerctl queue lists them"),
    ("ClaimQueue takes its rows over", "scrobblerctl queue claim takes its rows over"),
)
"""What the daemon says to programs, and what that is for people."""


def for_people(words: str) -> str:
    """What the daemon says to programs, in terms of our commands."""
    for theirs, ours in _FOR_PEOPLE:
        words = words.replace(theirs, ours)
    return words


def plain(value: Any) -> Any:
    """`value` without its variants, however deep they are."""
    if isinstance(value, Variant):
        return plain(value.value)
    if isinstance(value, dict):
        known = cast("dict[Any, Any]", value)
        return Answer((key, plain(each)) for key, each in known.items())
    if isinstance(value, list):
        return [plain(each) for each in cast("list[Any]", value)]
    if isinstance(value, float) and not math.isfinite(value):  # which no JSON has
        return 0.0
    return value


class Answer(dict[str, Any]):
    """What the daemon answers by name; a name that it lacks is the fault of its version."""

    def __missing__(self, name: str) -> NoReturn:
        raise Failure(_OTHER_VERSION)


class Client:
    """The daemon as it is on the session bus. All methods raise Failure."""

    def __init__(self, bus: Bus, tell: Callable[[str], None] | None = None) -> None:
        """`tell` hears, once, that an answer is long in coming."""
        self._bus, self._tell = bus, tell
        self._heard: asyncio.Queue[tuple[str, list[Any]] | None] = asyncio.Queue()
        self._watching: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def connected(cls, tell: Callable[[str], None] | None = None) -> AsyncGenerator["Client"]:
        """A client while the block runs; `tell` as for a new one."""
        try:
            bus = await connect(bounded=False)
        except BusLost as error:
            raise Failure(str(error), Exit.NOT_RUNNING) from error
        client = cls(bus, tell)
        try:
            yield client
        finally:
            if client._watching:
                client._watching.cancel()
            bus.close()

    async def call(
        self, member: str, signature: str = "", *body: Any, within: float = PATIENCE
    ) -> Any:
        """What a method answers: nothing, one value, or a list of them; without variants."""
        answer = await self._send(
            SCROBBLER, SCROBBLER_PATH, SCROBBLER, member, signature, body, within
        )
        return answer[0] if len(answer) == 1 else answer

    async def properties(self) -> dict[str, Any]:
        """All properties, by name."""
        [found] = await self._send(
            SCROBBLER, SCROBBLER_PATH, PROPERTIES, "GetAll", "s", (SCROBBLER,), PATIENCE
        )
        return found

    async def owner(self) -> str:
        """Who runs as scrobblerd: the unique name, "" for nobody."""
        with suppress(Failure):
            return (await self._ask_bus("GetNameOwner", "s", SCROBBLER))[0]
        return ""

    async def players(self) -> list[str]:
        """The players on the bus: their names without the prefix that all have."""
        [names] = await self._ask_bus("ListNames", "")
        return [name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)]

    async def startable(self) -> bool:
        """Whether the bus can start the daemon."""
        [names] = await self._ask_bus("ListActivatableNames", "")
        return SCROBBLER in names

    async def unit_state(self) -> str:
        """What systemd says of our unit, as `systemctl is-enabled` does; "" where there is none."""
        with suppress(Failure):
            [state] = await self._send(*_MANAGER, "GetUnitFileState", "s", (UNIT,), PATIENCE)
            return state
        return ""

    async def listen(self) -> None:
        """Hear the daemon's signals from now on, and of its coming and going; see `heard`."""
        self._bus.add_message_handler(self._handle)
        self._watching = asyncio.create_task(self._watch())
        rules = (
            f"type='signal',sender='{SCROBBLER}',path='{SCROBBLER_PATH}'",
            f"type='signal',sender='{DBUS}',member='NameOwnerChanged',arg0='{SCROBBLER}'",
        )
        for rule in rules:
            await self._ask_bus("AddMatch", "s", rule)

    async def heard(self) -> tuple[str, list[Any]]:
        """The next signal: its name and values; "" and nothing when the daemon came or went."""
        if (signal := await self._heard.get()) is None:
            raise Failure(_GONE, Exit.NOT_RUNNING)
        return signal

    async def _watch(self) -> None:
        """Tell whoever waits when the bus goes."""
        with suppress(OSError, EOFError):
            await self._bus.wait_for_disconnect()
        self._heard.put_nowait(None)

    def _handle(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.path == SCROBBLER_PATH:
            self._heard.put_nowait((message.member, plain(message.body)))
        elif message.member == "NameOwnerChanged" and message.body[0] == SCROBBLER:
            self._heard.put_nowait(("", []))

    async def _ask_bus(self, member: str, signature: str, *body: Any) -> list[Any]:
        return await self._send(DBUS, DBUS_PATH, DBUS, member, signature, body, PATIENCE)

    async def _send(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str,
        body: tuple[Any, ...],
        within: float,
    ) -> list[Any]:
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        if not self._bus.connected:  # a call would wait for ever
            raise Failure(_GONE, Exit.NOT_RUNNING)
        try:
            async with asyncio.timeout(within):
                reply = await self._reply(message, within < HOURS)
        except TimeoutError:
            raise Failure(f"scrobblerd did not answer {member} within {within:g} s") from None
        except (OSError, EOFError) as error:
            raise Failure(_GONE, Exit.NOT_RUNNING) from error
        except UnicodeEncodeError:
            raise Failure("an argument is no text: it is not in UTF-8", Exit.USAGE) from None
        assert reply is not None
        if reply.message_type is MessageType.ERROR:
            raise _failure(reply)
        return plain(reply.body)

    async def _reply(self, message: Message, tell: bool) -> Message | None:
        """The answer; `tell` that it takes long, where nothing else shows how far it is."""
        call = asyncio.ensure_future(self._bus.call(message))
        try:
            await asyncio.wait({call}, timeout=START)
            if not call.done() and message.destination == SCROBBLER:
                await self._see_why(call, tell)
            return await call
        finally:
            call.cancel()

    async def _see_why(self, call: "asyncio.Future[Any]", tell: bool) -> None:
        """Why there is no answer: nobody is there to give one, or it takes long."""
        if not await self.owner():
            _check_configuration()
            await self._start()
        elif tell and self._tell and not call.done():
            self._tell("Waiting for scrobblerd, which may wait for Last.fm; Ctrl-C gives up.")
            self._tell = None

    async def _start(self) -> None:
        """Start the unit. A bus waits for minutes for a start that failed, though what was wrong
        may be mended now."""
        message = Message(*_MANAGER, "StartUnit", signature="ss", body=[UNIT, "replace"])
        message.flags = MessageFlag.NO_REPLY_EXPECTED
        await self._bus.send(message)


def _check_configuration() -> None:
    """Raises Failure where it keeps the daemon from starting."""
    from ..config.loader import load  # noqa: PLC0415 # seldom needed
    from ..config.paths import config_path  # noqa: PLC0415 # seldom needed

    try:
        load(config_path(os.environ), os.environ)
    except FixTheFile as error:
        raise Failure(f"scrobblerd does not start: {error}", Exit.NOT_RUNNING) from None


def _failure(reply: Message) -> Failure:
    """An error reply as a line for people."""
    name, words = reply.error_name or "", str(reply.body[0]) if reply.body else ""
    if ".Spawn." in name:
        _check_configuration()
    if name.startswith(ERROR):
        words = for_people(_FIELD.sub("", words))
        return Failure(words, _STATUS.get(name, Exit.FAILED), name)
    if name in _FAILURES:
        return Failure(*_FAILURES[name])
    if ".Spawn." in name or ".systemd1." in name:
        return Failure(f"scrobblerd does not start ({words}); {_LOG}", Exit.NOT_RUNNING)
    return Failure(f"the call failed: {words or name}")
