"""Edge out: the user's keyring (the Secret Service), through a process for each wish.

The process (`secretservice`) is ended when it takes too long, when the service goes, and when the
daemon stops. What it waits for is listened to on our own bus.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageFlag, MessageType
from dbus_next.message import Message

from ..core.errors import StoreFailed
from ..core.text import for_people
from ..dbus.calls import lost
from ..dbus.names import DBUS, DBUS_PATH
from ..runtime.child_process import started
from ..runtime.optional import how_to_install, is_installed

NAME, PATH = "org.freedesktop.secrets", "/org/freedesktop/secrets"

MATCH_RULES = (
    f"type='signal',sender='{DBUS}',interface='{DBUS}',member='NameOwnerChanged',arg0='{NAME}'",
    f"type='signal',sender='{NAME}',path='{PATH}',interface='org.freedesktop.Secret.Service'",
    f"type='signal',sender='{NAME}',path_namespace='{PATH}/collection',member='PropertiesChanged'",
)

LIBRARY = "secretstorage"
MISSING = f"the Python package {LIBRARY} is missing: {how_to_install(LIBRARY)}"

UNLOCK = "unlock it, or run scrobblerctl queue retry"
AGAIN = "scrobblerctl queue retry tries again"

PATIENCE = 30.0
"""Seconds for an answer, but for the user's: the bus may have to start the service first."""


class Keyring:
    """The user's keyring. Methods raise StoreFailed; `ask` = the user may be asked to unlock it."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._woken: Callable[[], None] | None = None
        self._asking: asyncio.subprocess.Process | None = None

    @property
    def asking(self) -> bool:
        """Whether the user is being asked to unlock it."""
        return self._asking is not None

    async def fetch(self, username: str, ask: bool) -> str:
        """The key of that user."""
        return await self._wish("fetch", username, ask)

    async def store(self, username: str, key: str, ask: bool) -> None:
        """Keep this key, and no other one of that user."""
        await self._wish("store", username, ask, key)

    async def forget(self, username: str, ask: bool) -> None:
        """Keep no key of that user."""
        await self._wish("forget", username, ask)

    # -- what it waits for ------------------------------------------------------------------

    def listen(self, woken: Callable[[], None]) -> None:
        """Call `woken` from now on when the keyring comes or is unlocked."""
        if self._woken is None:
            self._bus.add_message_handler(self._handle)
            self._match("AddMatch")
        self._woken = woken

    def rest(self) -> None:
        """Listen no more."""
        if self._woken is not None:
            self._bus.remove_message_handler(self._handle)
            self._match("RemoveMatch")
        self._woken = None

    def _match(self, member: str) -> None:
        for rule in MATCH_RULES:
            message = Message(DBUS, DBUS_PATH, DBUS, member, signature="s", body=[rule])
            message.flags = MessageFlag.NO_REPLY_EXPECTED
            self._bus.send(message).add_done_callback(lost)

    def _handle(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL or self._woken is None:
            return
        if message.sender == DBUS and message.body[:1] == [NAME]:
            self._owned(message.body[2])
        elif message.member in ("CollectionCreated", "CollectionChanged") or _unlocks(message):
            self._woken()

    def _owned(self, owner: str) -> None:
        if self._asking is not None:  # whoever has asked the user is not there any more
            _end(self._asking)
        if owner and self._woken:
            self._woken()

    # -- wishes -----------------------------------------------------------------------------

    async def _wish(self, what: str, username: str, ask: bool, key: str = "") -> str:
        if not is_installed(LIBRARY):
            raise StoreFailed(MISSING)
        process = await _started()
        wish = {"do": what, "username": username, "key": key, "ask": ask}
        try:
            return await self._answer(process, json.dumps(wish).encode() + b"\n")
        finally:
            self._asking = None
            _end(process)
            await process.wait()

    async def _answer(self, process: asyncio.subprocess.Process, wish: bytes) -> str:
        assert process.stdin and process.stdout
        process.stdin.write(wish)
        while True:
            async with _patience(None if self._asking else PATIENCE):
                line = await _line(process.stdout)
            answer = _parsed(line)
            match answer.get("result"):
                case "asking":
                    self._asking = process
                case "asked":
                    self._asking = None
                case "done":
                    return _key(answer["key"])
                case "locked":
                    words = for_people(answer["words"])
                    raise StoreFailed(f"the keyring {words}; {UNLOCK}")
                case "failed":
                    words = for_people(answer["words"])
                    raise StoreFailed(f"the keyring {words}; {AGAIN}")
                case _:
                    said = await _last_words(process)
                    raise StoreFailed(f"the keyring can't be used ({said}); {AGAIN}")


async def _line(said: asyncio.StreamReader) -> bytes:
    """A line of that process; b"" where it is longer than any that it should say."""
    try:
        return await said.readline()
    except ValueError:
        return b""


def _key(found: str) -> str:
    """What the keyring holds for us, which others may write to as well."""
    if not found.isprintable():
        raise StoreFailed(f"the keyring holds something that is no session key; {AGAIN}")
    return found


async def _started() -> asyncio.subprocess.Process:
    try:
        return await started("accounts.keyring_process")
    except OSError as error:
        raise StoreFailed(f"the keyring can't be asked ({error.strerror})") from error


def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


def _parsed(line: bytes) -> dict[str, Any]:
    """What the process says; nothing where it has ended, or something else speaks in it."""
    try:
        return dict(json.loads(line))
    except (ValueError, TypeError):
        return {}


async def _last_words(process: asyncio.subprocess.Process) -> str:
    assert process.stderr
    said = (await process.stderr.read()).decode(errors="replace").strip()
    return for_people(said.rpartition("\n")[2]) or "it ended early"


@contextlib.asynccontextmanager
async def _patience(seconds: float | None) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise StoreFailed(f"the keyring does not answer; {AGAIN}") from error


def _unlocks(message: Message) -> bool:
    """Whether it says of a collection, or of an item, that it is unlocked now."""
    if message.member != "PropertiesChanged" or message.signature != "sa{sv}as":
        return False
    locked = message.body[1].get("Locked")
    return locked is not None and locked.value is False
