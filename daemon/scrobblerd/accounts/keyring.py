"""Reaches the user's keyring (the Secret Service), through a process for each request.

The process (`keyring_process`) is ended when it takes too long, when the service goes, and when the
daemon stops. Whether the keyring comes or is unlocked is heard on the daemon's own bus.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

from dbus_next.constants import BusType, MessageType
from dbus_next.message import Message

from ..core import LASTFM
from ..core.errors import StoreFailed
from ..core.text import for_people
from ..dbus.address import VARIABLES
from ..dbus.calls import subscribe_unconfirmed, unsubscribe
from ..dbus.connection import Bus
from ..dbus.names import DBUS
from ..installation import installation
from ..runtime.child_process import end, is_installed, started

NAME, PATH = "org.freedesktop.secrets", "/org/freedesktop/secrets"

MATCH_RULES = (
    f"type='signal',sender='{DBUS}',interface='{DBUS}',member='NameOwnerChanged',arg0='{NAME}'",
    f"type='signal',sender='{NAME}',path='{PATH}',interface='org.freedesktop.Secret.Service'",
    f"type='signal',sender='{NAME}',path_namespace='{PATH}/collection',member='PropertiesChanged'",
)

LIBRARY = "secretstorage"

UNLOCK = "unlock it, or run scrobblerctl queue retry"
AGAIN = "scrobblerctl queue retry tries again"

ANSWER_SECONDS = 30.0
"""Longest wait for an answer, except for the user's: the bus may have to start the service."""


def missing(library: str = LIBRARY) -> str:
    """Says that the library is missing, and how to add it."""
    return f"the Python package {library} is missing: {installation().how_to_add(library)}"


@dataclass(slots=True)
class Asking:
    """What the keyrings of all accounts share: the user is asked by one at a time, and those that
    wait for that do not ask again if it failed. `failures` counts that."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    failures: int = 0


class Keyring:
    """The user's keyring.

    Its requests raise StoreFailed. `ask`: the user may be asked to unlock it.
    """

    def __init__(
        self,
        bus: Bus,
        answer_seconds: float = ANSWER_SECONDS,
        account: str = LASTFM,
        all_asking: Asking | None = None,
    ) -> None:
        """`account`: whose keys these are."""
        self._account = account
        self._all_asking = all_asking or Asking()
        self.answer_seconds = answer_seconds
        self._bus = bus
        self._available: Callable[[], None] | None = None
        self._asking: asyncio.subprocess.Process | None = None

    @property
    def asking(self) -> bool:
        """Whether the user is being asked to unlock the keyring."""
        return self._asking is not None

    async def fetch(self, username: str, ask: bool) -> str:
        """Returns the key of that user."""
        return await self._request("fetch", username, ask)

    async def store(self, username: str, key: str, ask: bool) -> None:
        """Keeps this key, and no other one of that user."""
        await self._request("store", username, ask, key)

    async def forget(self, username: str, ask: bool) -> None:
        """Removes all keys of that user."""
        await self._request("forget", username, ask)

    # -- signals ----------------------------------------------------------------------------

    def listen(self, available: Callable[[], None]) -> None:
        """Calls `available` from now on when the keyring comes or is unlocked."""
        if self._available is None:
            self._bus.add_message_handler(self._handle)
            subscribe_unconfirmed(self._bus, MATCH_RULES)
        self._available = available

    def stop_listening(self) -> None:
        """Calls nothing any more."""
        if self._available is not None:
            self._bus.remove_message_handler(self._handle)
            unsubscribe(self._bus, MATCH_RULES)
        self._available = None

    def _handle(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL or self._available is None:
            return
        if message.sender == DBUS and message.body[:1] == [NAME]:
            self._owned(message.body[2])
        elif message.member in ("CollectionCreated", "CollectionChanged") or _unlocks(message):
            self._available()

    def _owned(self, owner: str) -> None:
        if self._asking is not None:  # the owner that asked the user has gone
            with contextlib.suppress(ProcessLookupError):
                self._asking.kill()
        if owner and self._available:
            self._available()

    # -- requests ---------------------------------------------------------------------------

    async def _request(self, what: str, username: str, ask: bool, key: str = "") -> str:
        if not is_installed(LIBRARY):
            raise StoreFailed(missing())
        if not ask:
            return await self._result(what, username, ask, key)
        failures = self._all_asking.failures
        async with self._all_asking.turn:
            ask = failures == self._all_asking.failures
            try:
                return await self._result(what, username, ask, key)
            except StoreFailed:
                self._all_asking.failures += ask
                raise

    async def _result(self, what: str, username: str, ask: bool, key: str) -> str:
        process = await self._started()
        request = {
            "do": what,
            "account": self._account,
            "username": username,
            "key": key,
            "ask": ask,
        }
        try:
            return await self._answer(process, json.dumps(request).encode() + b"\n")
        finally:
            self._asking = None
            await end(process)

    async def _started(self) -> asyncio.subprocess.Process:
        address = {VARIABLES[BusType.SESSION]: self._bus.address}  # secretstorage knows one form
        try:
            return await started("accounts.keyring_process", environment=address)
        except OSError as error:
            raise StoreFailed(f"the keyring can't be asked ({error.strerror})") from error

    async def _answer(self, process: asyncio.subprocess.Process, request: bytes) -> str:
        assert process.stdin and process.stdout
        process.stdin.write(request)
        while True:
            async with _time_limit(None if self._asking else self.answer_seconds):
                line = await _line(process.stdout)
            answer = _parsed(line)
            match answer.get("result"):
                case "asking":
                    self._asking = process
                case "asked":
                    self._asking = None
                case "done":
                    return _checked(answer["key"])
                case "locked":
                    raise StoreFailed(f"the keyring {for_people(answer['message'])}; {UNLOCK}")
                case "failed":
                    raise StoreFailed(f"the keyring {for_people(answer['message'])}; {AGAIN}")
                case _:
                    reason = await _last_error(process)
                    raise StoreFailed(f"the keyring can't be used ({reason}); {AGAIN}")


async def _line(output: asyncio.StreamReader) -> bytes:
    """Reads a line of the process; b"" if it is longer than any that it should write."""
    try:
        return await output.readline()
    except ValueError:
        return b""


def _checked(key: str) -> str:
    """Returns the key. Raises StoreFailed if it can't be one: others may write to a keyring too."""
    if not key.isprintable():
        raise StoreFailed(f"the keyring holds something that is no session key; {AGAIN}")
    return key


def _parsed(line: bytes) -> dict[str, Any]:
    """Reads an answer; empty if the process has ended, or something else writes in it."""
    try:
        return dict(json.loads(line))
    except (ValueError, TypeError):
        return {}


async def _last_error(process: asyncio.subprocess.Process) -> str:
    assert process.stderr
    errors = (await process.stderr.read()).decode(errors="replace").strip()
    return for_people(errors.rpartition("\n")[2]) or "it ended early"


@contextlib.asynccontextmanager
async def _time_limit(seconds: float | None) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise StoreFailed(f"the keyring does not answer; {AGAIN}") from error


def _unlocks(message: Message) -> bool:
    """Whether the message says that a collection or an item is unlocked now."""
    if message.member != "PropertiesChanged" or message.signature != "sa{sv}as":
        return False
    locked = message.body[1].get("Locked")
    return locked is not None and locked.value is False
