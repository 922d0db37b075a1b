"""Records what players say on the bus into a trace that `replay` reads, for bug reports.

Only MPRIS is recorded: owners of player names, PropertiesChanged, Seeked, and the answers to the
recorder's own readings twice a second; and of those only the properties and tags that the daemon
reads. Addresses are replaced by a short digest wherever they stand, which still tells whether two
tracks are one file. Queries and credentials go with them.
"""

import asyncio
import contextlib
import hashlib
import json
import math
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TextIO, cast
from urllib.parse import urlsplit

from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from .. import __version__
from ..config.runtime_settings import PrivateSwitch
from ..core.errors import BusLost, FixTheFile, InvalidArgument, ScrobblerdError
from ..dbus.calls import body_of, call_bus_if_possible, call_if_possible, subscribe
from ..dbus.connection import Bus, connect
from ..dbus.names import DBUS, DBUS_PATH, PROPERTIES
from ..mpris.listener import PLAYER_TIMEOUT_SECONDS
from ..mpris.watcher import MATCH_RULES, PATH, PLAYER, PROPERTY_NAMES, ROOT
from .replay import FORMAT

SAMPLE_SECONDS = 0.5
"""Between two readings of a player."""


OUTPUT = Path("-")
"""Stands for the output instead of a file."""


def create(path: Path, force: bool) -> TextIO:
    """Creates a file for a trace, which its owner alone can read. One that is there is emptied if
    `force` is set. Raises OSError."""
    if path == OUTPUT:
        return os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    exclusive = os.O_EXCL if path.is_file() and not force else 0
    opened = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC | exclusive, 0o600)
    if stat.S_ISREG(os.fstat(opened).st_mode):
        os.fchmod(opened, 0o600)
        os.ftruncate(opened, 0)
    return os.fdopen(opened, "w", encoding="utf-8")


PRIVATE = "private mode is on, nothing is recorded; scrobblerctl resume ends it"
"""Why a recording ends, or does not begin."""


async def record(
    path: Path, begins: Callable[[], None], switch: PrivateSwitch, force: bool = False
) -> None:
    """Records the session bus until cancelled, and calls `begins` when it begins. `force`: a file
    that is there is written anew.

    Raises BusLost if there is no bus, or none any more, InvalidArgument if the file can't be
    written or private mode is on, and FixTheFile if nobody can tell whether it is.
    """
    if switch.is_on():
        raise InvalidArgument(PRIVATE)
    bus = await connect()
    try:
        with contextlib.closing(bus), create(path, force) as file:
            begins()
            await Recorder(bus, file, switch).run()
    except FileExistsError as error:
        raise InvalidArgument(f"{path} is there already; --force replaces it") from error
    except OSError as error:
        raise InvalidArgument(f"{path}: can't be written: {error.strerror}") from error


class Recorder:
    """Writes one trace of one bus."""

    def __init__(self, bus: Bus, file: TextIO, switch: PrivateSwitch) -> None:
        self._bus = bus
        self._file = file
        self._switch = switch
        self._start = time.monotonic()
        self._players: dict[str, str] = {}  # bus name → owner
        self._must_look = True
        self._failure: OSError | ScrobblerdError | None = None
        bus.rate_guard.subscribe(self._look_soon)

    async def run(self) -> None:
        """Records until cancelled. Raises BusLost when the bus has gone, OSError if the disk takes
        no more, and InvalidArgument when private mode begins."""
        about = f"scrobblerd {__version__} record"
        header = {"wall": time.time(), "format": FORMAT, "player": "", "about": about}
        self._write("header", **header, sample_every=SAMPLE_SECONDS)
        self._bus.add_message_handler(self._handle)
        await subscribe(self._bus, MATCH_RULES)
        while self._bus.connected:
            if self._failure is not None:
                raise self._failure
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
        if message.member not in SIGNALS:
            return
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
                body=[known_properties(body[0])],
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
            body=signal_body(member, body),
        )

    def _write(self, kind: str, **fields: Any) -> None:
        if self._failure is not None or self._has_become_private():
            return
        line = {"t": round(time.monotonic() - self._start, 6), "type": kind, **fields}
        try:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            self._failure = error

    def _has_become_private(self) -> bool:
        """Whether nothing may be written any more."""
        try:
            if self._switch.is_on():
                self._failure = InvalidArgument(PRIVATE)
        except FixTheFile as error:
            self._failure = error
        return self._failure is not None


def signal_body(member: str, body: list[Any]) -> list[Any]:
    """Returns the body of a signal of SIGNALS as a trace has it."""
    if member != "PropertiesChanged":
        return [as_json(value) for value in body]
    interface, changed, invalidated = body
    return [interface, known_properties(changed), [name for name in invalidated if name in KNOWN]]


def known_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the properties of a player that a trace has, and of its metadata the tags."""
    return {name: as_json(value) for name, value in properties.items() if name in KNOWN}


def as_json(value: Any, shown: Callable[[str], str] | None = None) -> Any:
    """Returns a D-Bus value as a trace has it. Of dictionaries only entries of KNOWN are taken;
    `shown` returns what is written of a text, by default all but addresses."""
    shown = shown or without_addresses
    match value:
        case Variant():
            typed = cast("Any", value)
            return {"type": typed.signature, "data": as_json(typed.value, shown)}
        case dict():
            entries = cast("Mapping[str, Any]", value)
            known = [name for name in entries if name in KNOWN]
            return {name: as_json(entries[name], KNOWN[name] or shown) for name in known}
        case list() | tuple():
            return [as_json(entry, shown) for entry in cast("list[Any]", value)]
        case bytes():
            return shown(value.decode("latin-1"))
        case str():
            return shown(value)
        case _:
            return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def without_path(url: str) -> str:
    """Returns the scheme, host, a digest and the ending of a url or path; "" for ""."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme, parts.hostname or ""
    except ValueError:
        scheme, host = "invalid", ""
    ending = PurePosixPath(re.split("[?#]", url)[0]).suffix
    named = _digest(url) + (ending if re.fullmatch(r"\.\w{1,4}", ending, re.ASCII) else "")
    return f"{scheme}://{host}/{named}" if scheme else f"/{named}"


def without_addresses(text: str) -> str:
    """Returns a text without the url or path in it: what follows may belong to it, and goes too."""
    found = _ADDRESS.search(text)
    return text[: found.start()] + without_path(text[found.start() :]) if found else text


def without_name(trackid: str) -> str:
    """Returns an id of a track; a digest if players made it of an address: Gapless and others."""
    made = _ADDRESS.search(trackid) or _ENCODED.search(trackid)
    return f"/trackid/{_digest(trackid)}" if made else trackid


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


_ADDRESS = re.compile(
    r"""[a-z][a-z0-9+.-]+:/ | (data|file):[^ ] | www\. | ~\w*/ | \\\\ | \b[a-z]:\\
    | /(home|root|run|media|mnt|srv|tmp|var|opt|usr|users|volumes|data|storage|sdcard)/""",
    re.IGNORECASE | re.VERBOSE,
)
"""Where a url or a path begins."""

_ENCODED = re.compile(r"_2f|%2f|file_|_3a_2f|(^|/)[0-9a-z]*(home|media|mnt|run)_", re.IGNORECASE)
"""What shows that an object path was made of a file's."""

SIGNALS = ("NameOwnerChanged", "PropertiesChanged", "Seeked")
"""The signals that are recorded."""

KNOWN: Mapping[str, Callable[[str], str] | None] = {
    **dict.fromkeys(("Identity", "DesktopEntry", *PROPERTY_NAMES)),
    **dict.fromkeys(("xesam:title", "xesam:artist", "xesam:album", "xesam:albumArtist")),
    **dict.fromkeys(("xesam:trackNumber", "xesam:discNumber", "xesam:genre", "mpris:length")),
    **dict.fromkeys(("xesam:musicBrainzTrackID", "mb:trackId", "vlc:time", "vlc:length")),
    "mpris:trackid": without_name,
    "xesam:url": without_path,
    "mpris:artUrl": without_path,
}
"""The properties and tags that are recorded, and what is written of the texts in them; None = all
but addresses."""
