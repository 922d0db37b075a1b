"""Records what players say on the bus into a trace that `replay` reads, for bug reports.

Only MPRIS is recorded: owners of player names, PropertiesChanged, Seeked, and the answers to the
recorder's own readings twice a second. Paths in `xesam:url` are replaced by a short digest, which
still tells whether two tracks are one file. Queries and credentials go with them.
"""

import asyncio
import contextlib
import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TextIO, cast
from urllib.parse import urlsplit

from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from .. import __version__
from ..core.errors import BusLost, InvalidArgument
from ..dbus.calls import body_of, call_bus_if_possible, call_if_possible, subscribe
from ..dbus.connection import Bus, connect
from ..dbus.names import DBUS, DBUS_PATH, PROPERTIES
from ..mpris.listener import PLAYER_TIMEOUT_SECONDS
from ..mpris.watcher import MATCH_RULES, PATH, PLAYER, ROOT
from .replay import FORMAT

SAMPLE_SECONDS = 0.5
"""Between two readings of a player."""


def create(path: Path) -> TextIO:
    """Creates a file for a trace, which its owner alone can read. Raises OSError."""
    flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8")


async def record(path: Path, begins: Callable[[], None]) -> None:
    """Records the session bus until cancelled, and calls `begins` when it begins.

    Raises BusLost if there is no bus, or none any more, and InvalidArgument if the file can't be
    written.
    """
    bus = await connect()
    try:
        with contextlib.closing(bus), create(path) as file:
            begins()
            await Recorder(bus, file).run()
    except OSError as error:
        raise InvalidArgument(f"{path}: can't be written: {error.strerror}") from error


class Recorder:
    """Writes one trace of one bus."""

    def __init__(self, bus: Bus, file: TextIO) -> None:
        self._bus = bus
        self._file = file
        self._start = time.monotonic()
        self._players: dict[str, str] = {}  # bus name → owner
        self._must_look = True
        self._write_error: OSError | None = None
        bus.rate_guard.subscribe(self._look_soon)

    async def run(self) -> None:
        """Records until cancelled. Raises BusLost when the bus has gone, and OSError if the disk
        takes no more."""
        about = f"scrobblerd {__version__} record"
        header = {"wall": time.time(), "format": FORMAT, "player": "", "about": about}
        self._write("header", **header, sample_every=SAMPLE_SECONDS)
        self._bus.add_message_handler(self._handle)
        await subscribe(self._bus, MATCH_RULES)
        while self._bus.connected:
            if self._write_error is not None:
                raise self._write_error
            if self._must_look:
                self._must_look = False
                await self._look()
            await asyncio.gather(*(self._sample(owner) for owner in set(self._players.values())))
            await asyncio.sleep(SAMPLE_SECONDS)
        raise BusLost("the session bus has gone")

    def _look_soon(self, sender: str) -> None:
        """Asks again who is there if more names came and went than are read."""
        self._must_look = self._must_look or sender == DBUS

    async def _look(self) -> None:
        """Writes down the players that were there before, or came and went unread."""
        names = body_of(await call_bus_if_possible(self._bus, "ListNames"), "as")
        if not names:
            return
        players = [name for name in names[0] if name.startswith(ROOT + ".")]
        for name in dict.fromkeys([*players, *self._players]):
            owner = body_of(await call_bus_if_possible(self._bus, "GetNameOwner", name), "s")
            self._owned(name, owner[0] if owner else "")

    def _owned(self, name: str, owner: str) -> None:
        before = self._players.pop(name, "")
        if owner:
            self._players[name] = owner
        if owner != before:
            body = [name, before, owner]
            self._write_signal(DBUS, DBUS_PATH, DBUS, "NameOwnerChanged", "sss", body)

    def _handle(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        body = message.body
        if message.member == "NameOwnerChanged" and message.sender == DBUS:
            self._players.pop(body[0], None)
            if body[2]:
                self._players[body[0]] = body[2]
        elif message.sender not in self._players.values():
            return
        where = (message.sender, message.path, message.interface, message.member)
        self._write_signal(*where, message.signature, body)

    async def _sample(self, owner: str) -> None:
        """Reads all of a player's properties, and writes down the reply."""
        message = Message(owner, PATH, PROPERTIES, "GetAll", signature="s", body=[PLAYER])
        reply = await call_if_possible(self._bus, message, PLAYER_TIMEOUT_SECONDS)
        body = body_of(reply, "a{sv}")
        if body and owner in self._players.values():
            self._write(
                "method_return",
                sender=owner,
                signature="a{sv}",
                body=[as_json(body[0])],
                in_reply_to=f"{PROPERTIES}.GetAll({PLAYER})",
            )

    def _write_signal(
        self, sender: str, path: str, interface: str, member: str, signature: str, body: list[Any]
    ) -> None:
        self._write(
            "signal",
            sender=sender,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=[as_json(value) for value in body],
        )

    def _write(self, kind: str, **fields: Any) -> None:
        line = {"t": round(time.monotonic() - self._start, 6), "type": kind, **fields}
        try:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            self._write_error = error


def as_json(value: Any) -> Any:
    """Returns a D-Bus value as a trace has it, without the paths of urls."""
    if isinstance(value, Variant):
        typed = cast("Any", value)
        return {"type": typed.signature, "data": as_json(typed.value)}
    if isinstance(value, dict):
        entries = cast("Mapping[str, Any]", value)
        return {name: _url(entry) if "url" in name.lower() else as_json(entry)
                for name, entry in entries.items()}  # fmt: skip
    if isinstance(value, list | tuple):
        return [as_json(entry) for entry in cast("list[Any]", value)]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _url(value: Any) -> Any:
    """Returns a url (xesam:url, mpris:artUrl) with a digest in the place of its path."""
    shown = as_json(value)
    if not isinstance(shown, dict):
        return shown
    typed = cast("dict[str, Any]", shown)
    return {**typed, "data": without_path(typed["data"]) if isinstance(typed["data"], str) else ""}


def without_path(url: str) -> str:
    """Returns the scheme, host, a digest and the ending of a url or path; "" for ""."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme, parts.hostname or ""
    except ValueError:
        scheme, host = "invalid", ""
    digest = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:12]
    ending = PurePosixPath(url.partition("?")[0]).suffix[:6]
    return f"{scheme}://{host}/{digest}{ending}" if scheme else f"/{digest}{ending}"
