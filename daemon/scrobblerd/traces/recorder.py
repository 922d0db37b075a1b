"""Records what players say on the bus into a trace that `replay` reads, for bug reports.

Only MPRIS is recorded: owners of player names, PropertiesChanged, Seeked, and the answers to the
recorder's own readings (twice a second, as `sample`). Paths in `xesam:url` are replaced by a short
digest, which still tells whether two tracks are one file; queries and credentials go with them.
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
from ..dbus.connection import Bus, connect
from ..dbus.names import DBUS, DBUS_PATH, PROPERTIES
from ..mpris.listener import CALL_TIMEOUT
from ..mpris.watcher import MATCH_RULES, PATH, PLAYER, ROOT
from .replay import FORMAT

SAMPLE_EVERY = 0.5
"""Seconds between two readings of a player."""


def begun(path: Path) -> TextIO:
    """A new trace, which its owner alone can read. Raises OSError."""
    flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8")


async def record(path: Path, begins: Callable[[], None]) -> None:
    """Record the session bus until cancelled; `begins` is called when it does. Raises BusLost where
    there is no bus, or none any more, and InvalidArgument where the file can't be written."""
    bus = await connect()
    try:
        with contextlib.closing(bus), begun(path) as file:
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
        self._missed = True
        self._full: OSError | None = None
        bus.flow.missed = self._miss

    async def run(self) -> None:
        """Record until cancelled. Raises BusLost when the bus has gone, OSError where there is no
        more room."""
        about = f"scrobblerd {__version__} record"
        header = {"wall": time.time(), "format": FORMAT, "player": "", "about": about}
        self._write("header", **header, sample_every=SAMPLE_EVERY)
        self._bus.add_message_handler(self._handle)
        for rule in MATCH_RULES:
            await self._call(DBUS, DBUS_PATH, DBUS, "AddMatch", rule)
        while self._bus.connected:
            if self._full is not None:
                raise self._full
            if self._missed:
                self._missed = False
                await self._look()
            await asyncio.gather(*(self._sample(owner) for owner in set(self._players.values())))
            await asyncio.sleep(SAMPLE_EVERY)
        raise BusLost("the session bus has gone")

    def _miss(self, sender: str) -> None:
        """More names came and went than are read: who is there is to be asked again."""
        self._missed = self._missed or sender == DBUS

    async def _look(self) -> None:
        """Players that were there before, or came and went unread, do so in the trace now."""
        names = await self._call(DBUS, DBUS_PATH, DBUS, "ListNames")
        if not names:
            return
        there = [name for name in cast("list[str]", names[0]) if name.startswith(ROOT + ".")]
        for name in dict.fromkeys([*there, *self._players]):
            found = await self._call(DBUS, DBUS_PATH, DBUS, "GetNameOwner", name)
            self._owned(name, found[0] if found else "")

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
        """All of a player's properties, as the reply that they are."""
        body = await self._call(owner, PATH, PROPERTIES, "GetAll", PLAYER)
        if body and owner in self._players.values():
            self._write(
                "method_return",
                sender=owner,
                signature="a{sv}",
                body=[as_json(body[0])],
                in_reply_to=f"{PROPERTIES}.GetAll({PLAYER})",
            )

    async def _call(
        self, destination: str, path: str, interface: str, member: str, *words: str
    ) -> list[Any]:
        message = Message(
            destination, path, interface, member, signature="s" * len(words), body=list(words)
        )
        try:
            async with asyncio.timeout(CALL_TIMEOUT):
                reply = await self._bus.call(message)
        except (OSError, EOFError):  # it took too long, or the bus has gone
            return []
        if reply is None or reply.message_type is MessageType.ERROR:
            return []
        return reply.body

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
            self._full = error


def as_json(value: Any) -> Any:
    """A D-Bus value as a trace has it, the paths of urls left out."""
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
    """A url (xesam:url, mpris:artUrl) with a digest in the place of its path."""
    shown = as_json(value)
    if not isinstance(shown, dict):
        return shown
    typed = cast("dict[str, Any]", shown)
    return {**typed, "data": without_path(typed["data"]) if isinstance(typed["data"], str) else ""}


def without_path(url: str) -> str:
    """Scheme, host, a digest and the ending of a url or path; "" stays ""."""
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
