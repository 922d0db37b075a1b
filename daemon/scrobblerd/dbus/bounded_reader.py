"""Reads messages off a bus within bounds, which dbus-next does not have: it reads for as long as
anything comes, whatever it is, and nobody else has a turn meanwhile.

What is too large comes without its body (and so with the signature ""). Of a connection that says
too much in a second the rest is thrown away unread, and `missed` is called with its name; so it is
with the names of players that come and go, of which the bus itself tells.
"""

import asyncio
from collections.abc import Callable
from struct import pack_into, unpack_from
from time import thread_time
from typing import Any, cast

from dbus_next._private.unmarshaller import MarshallerStreamEndError, Unmarshaller
from dbus_next.constants import MessageType
from dbus_next.message import Message

SLICE = 0.005
"""Seconds of reading after which others have their turn."""

LARGEST = 8 * 2**20
"""Bytes of a body: a cover that is sent along takes less."""

SMALL = 16 * 2**10
"""Bytes of a body for which it counts as another signal."""

MOST_VALUES = 5000
"""Values in a body: each takes microseconds to read."""

MOST_IN_A_SIGNAL = 1000
"""Likewise, in a player's: it has some 30 tags, each of four values or so."""

DEAR = 0.0005
"""Seconds of CPU time for which reading a signal counts as another one."""

SIGNALS = 100
"""A second, from one connection; what is long or DEAR counts as several. Players that tell every
tick of their position send thirty."""

NAMES = 150
"""Players that come, go or change hands, a second: each is asked for all it has. A session that
starts has some."""

_OF_A_PLAYER = b"org.mpris.MediaPlayer2."

_SENDER = b"\x07\x01s\x00"
"""How the header field begins that holds the sender's name, at a multiple of 8; there no other can
hold these bytes."""
_FIELDS = 16
"""Where the header fields begin: before them is the serial, which the sender chooses."""


class TooMuchError(Exception):
    """A body has more values than anybody waits for."""


class RateGuard:
    """How much is read at a time, and from whom."""

    def __init__(self) -> None:
        self.missed: Callable[[str], None] = lambda _: None
        self._until = 0.0
        self._second = 0
        self._said: dict[bytes, int] = {}

    def begin(self) -> None:
        """A turn begins."""
        self._until = asyncio.get_running_loop().time() + SLICE

    @property
    def over(self) -> bool:
        """Whether others should have their turn."""
        return asyncio.get_running_loop().time() >= self._until

    def takes(self, sender: bytes, size: int, most: int = SIGNALS) -> bool:
        """Whether a signal of this connection, with a body of `size` bytes, is to be read."""
        loop = asyncio.get_running_loop()
        if self._second != int(loop.time()):
            self._second = int(loop.time())
            self._said.clear()
        return self._count(sender, 1 + size // SMALL, most)

    def took(self, sender: bytes, seconds: float) -> None:
        """Reading a signal of this connection took so long."""
        self._count(sender, int(seconds / DEAR), SIGNALS)

    def _count(self, sender: bytes, signals: int, most: int) -> bool:
        before = self._said.get(sender, 0)
        said = self._said[sender] = before + signals
        if before < most <= said:
            loop = asyncio.get_running_loop()
            loop.call_at(self._second + 1.0, lambda: self.missed(sender.decode()))
        return before < most


class Reader(Unmarshaller):
    """Reads one message after the other."""

    def __init__(self, stream: Any, flow: RateGuard) -> None:
        cast("Any", super()).__init__(stream)  # dbus-next has no types
        self._flow = flow
        self._values = 0
        self._most = MOST_VALUES
        self._sender = b""  # of a signal that somebody sent
        self._left = 0  # bytes of a body that are still to be thrown away

    def unmarshall(self) -> Message | None:
        """The next message; None where there is none yet, or others have their turn."""
        while not self._flow.over:
            try:
                if self._is_wanted():
                    return self._message()
            except MarshallerStreamEndError:
                return None
            self.buf.clear()
        return None

    def read_argument(self, type_: Any) -> Any:
        """One value of a message."""
        self._values += 1
        if self._values > self._most:
            raise TooMuchError
        return cast("Any", super()).read_argument(type_)

    def _is_wanted(self) -> bool:
        """Take the next message off the socket: whether anybody wants to know what is in it."""
        self.offset = 0
        cast("Any", self).read(16, prefetch=True)
        self._order = "<" if self.buf[0] == ord("l") else ">"
        body, _, fields = unpack_from(f"{self._order}III", self.buf, 4)
        self._head = 16 + fields + (-fields & 7)
        if body > LARGEST:
            self._throw_away(body)
        else:
            cast("Any", self).read(self._head + body, prefetch=True)
        self._most, self._sender = MOST_VALUES, b""
        if self.buf[1] != MessageType.SIGNAL.value:
            return True
        sender = sender_of(bytes(self.buf[: self._head]))
        if sender.startswith(b":"):
            self._most, self._sender = MOST_IN_A_SIGNAL, sender
            return self._flow.takes(sender, body)
        named = self.buf.startswith(_OF_A_PLAYER, self._head + 4)
        return not named or self._flow.takes(sender, 0, NAMES)

    def _throw_away(self, body: int) -> None:
        cast("Any", self).read(self._head, prefetch=True)
        self._left = self._left or body
        while self._left:
            chunk: bytes | None = cast("Any", self.stream).read(min(self._left, SMALL))
            if chunk is None:
                raise MarshallerStreamEndError
            if not chunk:
                raise EOFError
            self._left -= len(chunk)
        pack_into(f"{self._order}I", self.buf, 4, 0)

    def _message(self) -> Message | None:
        begun, self._values = thread_time(), 0
        try:
            message = cast("Any", super()).unmarshall()
        except TooMuchError:
            self._values = 0
            del self.buf[self._head :]
            pack_into(f"{self._order}I", self.buf, 4, 0)
            message = cast("Any", super()).unmarshall()
        if message is not None and not message.body:
            message.signature = ""
        if self._sender:
            self._flow.took(self._sender, thread_time() - begun)
        return message


def sender_of(header: bytes) -> bytes:
    """Who sent a message, b"" where its header does not tell."""
    start = header.find(_SENDER, _FIELDS)
    while start > 0 and start % 8:
        start = header.find(_SENDER, start + 1)
    start += len(_SENDER) + 4  # the length of the name
    return header[start : header.find(b"\0", start)] if start > _FIELDS else b""
