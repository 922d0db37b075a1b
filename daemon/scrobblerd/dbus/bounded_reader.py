"""Reads messages off a bus within bounds, which dbus-next does not have.

dbus-next reads for as long as anything comes, whatever it is, and no other task runs meanwhile.
Here a turn of reading is short, and each connection has an allowance of signals a second, which
shrinks if all of them together say much. Signals beyond it are thrown away unread, and when the
second is over the subscribers of `RateGuard` are told the name of that connection. The bus itself,
which tells of players that come and go, has an allowance too. Signals of players that nobody
follows are thrown away unread. A message that is too large arrives without its body, with the
signature "".
"""

import asyncio
import contextlib
from collections.abc import Callable
from struct import unpack_from
from time import thread_time
from typing import Any, cast

from dbus_next._private.constants import HeaderField
from dbus_next._private.unmarshaller import MarshallerStreamEndError, Unmarshaller
from dbus_next.constants import MessageFlag, MessageType
from dbus_next.message import Message
from dbus_next.signature import SignatureTree, Variant

from .variants import tree_of, variant

TURN_SECONDS = 0.005
"""How long is read before other tasks have their turn."""

MAX_BODY_BYTES = 8 * 2**20
"""A cover that is sent along takes less."""

MAX_CALL_BODY_BYTES = 64 * 2**10
"""Of a call to us: its tags are texts of a line. Only players send more, as replies and signals."""

MAX_HEADER_BYTES = 64 * 2**10
"""A message with more is passed over: its path or member alone is that long."""

SIGNAL_BYTES = 16 * 2**10
"""Bytes of a body that count as another signal."""

MAX_VALUES = 5000
"""Values in a body: each takes microseconds to read. Each letter of a variant's signature counts as
one, because dbus-next makes an object of it."""

MAX_CALL_VALUES = 1000
"""Values in the body of a call to us."""

MAX_SIGNATURE_LETTERS = 10_000
"""Of all signatures that dbus-next remembers, about half a kilobyte for each letter. It never
forgets one by itself; those of all players together have some hundred letters."""

CALL_BYTES, VALUE_BYTES = 1024, 200
"""Memory that a call takes, and each of its values."""

MAX_SIGNAL_VALUES = 1000
"""Values in the body of a player's signal: it has some 30 tags, each of four values or so."""

SIGNAL_CPU_SECONDS = 0.0005
"""CPU time of reading a signal that counts as another signal."""

MAX_SIGNALS_PER_SECOND = 100
"""From one connection. Players that tell every tick of their position send 30."""

MAX_SIGNALS_OF_ALL = 200
"""Signals a second of all connections: each takes up to a millisecond to read and to handle."""

CROWDED_SIGNALS_PER_SECOND = 2
"""From one connection when MAX_SIGNALS_OF_ALL is reached: a player says what changes in one or two
signals, and what is not read is asked for a moment later."""

MAX_TOLD_PER_SECOND = 50
"""Connections that are told of, because they said more than is read: each is asked for all that it
has. The quietest come first, for they are more likely to be players."""

MAX_NAMES_PER_SECOND = 150
"""Players that come, go or change hands: each is asked for all it has. A session that starts has
some."""

MAX_HEADERS_REMEMBERED = 64
"""Headers of signals that are not read again: a player's are the same each time, but for the serial
and the size of the body."""

MAX_TAGS_BYTES_REMEMBERED = 4096
"""Of a dictionary in a signal, which is not read again if it comes again: players say their tags 2
to 4 times (docs/players.md), and 30 tags take less."""

_PLAYER_NAME = b"org.mpris.MediaPlayer2."
_PLAYER_PATH = b"/org/mpris/MediaPlayer2\0"
"""In a header only the path of a message can have this."""

_SENDER_FIELD = b"\x07\x01s\x00"
"""How the header field with the sender's name begins, at a multiple of 8. No other field can hold
these bytes there."""

_FIELDS = {
    field.value: field.name.lower() for field in HeaderField if field is not HeaderField.UNIX_FDS
}
"""The fields of a header by their numbers, as `Message` calls them."""

_FIELDS_OFFSET = 16
"""Bytes before the header fields. They hold the serial, which the sender chooses."""


class TooMuchError(Exception):
    """A body has more values than are read."""


class RateGuard:
    """Decides how long is read at a time, and which signals are read."""

    def __init__(self) -> None:
        self._subscribers: list[Callable[[str], None]] = []
        self._turn_end = 0.0
        self.heeds: Callable[[str], bool] = lambda connection: True
        """Says whether anybody follows the player that a connection is."""
        self._second = 0
        self._counts: dict[bytes, int] = {}  # signals in this second, by connection
        self._total = 0  # those of them that were read, of all connections
        self._missed: dict[bytes, int] = {}  # signals of connections that are to be told of
        self._timer: asyncio.TimerHandle | None = None  # set while there are such

    def subscribe(self, missed: Callable[[str], None]) -> None:
        """Calls `missed` from now on with the name of each connection that said too much."""
        self._subscribers.append(missed)

    def unsubscribe(self, missed: Callable[[str], None]) -> None:
        """Ends what `subscribe` began."""
        self._subscribers.remove(missed)

    def begin_turn(self) -> None:
        """Starts a turn of reading."""
        self._turn_end = asyncio.get_running_loop().time() + TURN_SECONDS

    @property
    def is_turn_over(self) -> bool:
        """Whether other tasks should have their turn."""
        return asyncio.get_running_loop().time() >= self._turn_end

    def admits(self, sender: bytes, size: int) -> bool:
        """Decides whether a signal of this connection, with a body of `size` bytes, is read."""
        self._begin_second()
        is_crowded = self._total >= MAX_SIGNALS_OF_ALL
        limit = CROWDED_SIGNALS_PER_SECOND if is_crowded else MAX_SIGNALS_PER_SECOND
        signals = 1 + size // SIGNAL_BYTES
        is_read = self._count(sender, signals, limit)
        self._total += signals if is_read else 0
        return is_read

    def admits_name(self, bus: bytes) -> bool:
        """Decides whether the bus is heard that the name of a player came or went."""
        self._begin_second()
        is_read = self._count(bus, 1, MAX_NAMES_PER_SECOND)
        if not is_read:
            self._missed[bus] = 0  # it is told of first
        return is_read

    def charge(self, sender: bytes, cpu_seconds: float) -> None:
        """Counts what it cost to read a signal of this connection."""
        signals = int(cpu_seconds / SIGNAL_CPU_SECONDS)
        self._counts[sender] = self._counts.get(sender, 0) + signals
        self._total += signals

    def _begin_second(self) -> None:
        second = int(asyncio.get_running_loop().time())
        if self._second != second:
            self._second, self._total = second, 0
            self._counts.clear()

    def _count(self, sender: bytes, signals: int, limit: int) -> bool:
        before = self._counts.get(sender, 0)
        self._counts[sender] = before + signals
        if before >= limit:
            self._missed[sender] = before
            self._tell_soon()
        return before < limit

    def _tell_soon(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(int(loop.time()) + 1.0, self._tell_missed)

    def _tell_missed(self) -> None:
        self._timer = None
        quietest = sorted(self._missed, key=self._missed.__getitem__)[:MAX_TOLD_PER_SECOND]
        for sender in quietest:
            del self._missed[sender]
            for missed in list(self._subscribers):
                missed(sender.decode())
        if self._missed:
            self._tell_soon()


class Reader(Unmarshaller):
    """Reads one message after the other; `message` is the last one.

    dbus-next's Unmarshaller takes a message off the socket piece by piece. Here it is taken as a
    whole before any of it is read, so that most messages cost half as much.
    """

    def __init__(self, stream: Any, rate_guard: RateGuard) -> None:
        cast("Any", super()).__init__(stream)  # dbus-next has no types
        self._rate_guard = rate_guard
        self._values = 0
        self._max_values = MAX_VALUES
        self._sender = b""  # of a signal that is not the bus's own
        self._bytes_to_skip = 0  # of a body that is thrown away
        self._body_bytes = 0
        self._signatures = 0  # that dbus-next remembered when it was looked at last
        self._headers: dict[bytes, Message] = {}  # messages without a body, by their headers
        self._tags = (b"", variant("a{sv}", {}), 1)  # bytes, value, and values in it

    def unmarshall(self) -> Message | None:
        """Returns the next message, or None if it is not there yet or the turn is over."""
        self.message: Message | None = None
        while not self._rate_guard.is_turn_over:
            try:
                is_wanted = self._is_wanted()
            except MarshallerStreamEndError:
                return None
            if is_wanted:
                self.message = self._message()
            self.buf.clear()
            if is_wanted:
                return self.message
        return None

    def read_argument(self, type_: Any) -> Any:
        """Reads one value of a message. Raises TooMuchError if there were too many."""
        self._values += 1
        if self._values > self._max_values:
            raise TooMuchError
        return cast("Any", super()).read_argument(type_)

    def read_ctype(self, fmt: str, size: int) -> Any:
        """Reads a number of `size` bytes."""
        start = self.offset + (-self.offset & (size - 1))
        self.offset = start + size
        return unpack_from(self._order + fmt, self.buf, start)[0]

    def read_string(self, _: Any = None) -> str:
        """Reads a text."""
        start = self.offset + (-self.offset & 3) + 4
        end = start + unpack_from(self._order + "I", self.buf, start - 4)[0]
        self.offset = end + 1
        return self.buf[start:end].decode()

    def read_signature(self, _: Any = None) -> str:
        """Reads a signature. Raises TooMuchError as `read_argument`."""
        start = self.offset + 1
        end = start + self.buf[start - 1]
        self.offset = end + 1
        self._values += end - start
        if self._values > self._max_values:
            raise TooMuchError
        return self.buf[start:end].decode()

    def read_variant(self, _: Any = None) -> Variant:
        """Reads a variant, whose value is of its type: it was read so."""
        signature = self.read_signature()
        if signature == "a{sv}" and self._sender:
            return self._read_tags()
        return variant(signature, self.read_argument(tree_of(signature).types[0]))

    def _read_tags(self) -> Variant:
        """Reads a dictionary, unless it is the one that was read last."""
        start = self.offset + (-self.offset & 3)
        begin = start + 4 + (-(start + 4) & 7)  # what follows does not depend on what was before
        end = begin + unpack_from(self._order + "I", self.buf, start)[0]
        raw = bytes(self.buf[begin:end] + self.buf[:1])  # which tells the order of bytes
        known, tags, count = self._tags
        if raw == known:
            self.offset, self._values = end, self._values + count
        else:
            before = self._values
            tags = variant("a{sv}", self.read_argument(tree_of("a{sv}").types[0]))
            if end - begin <= MAX_TAGS_BYTES_REMEMBERED:
                self._tags = (raw, tags, self._values - before)
        return tags

    def _is_wanted(self) -> bool:
        """Takes the next message off the socket, and decides whether to look into it."""
        self.offset = 0
        cast("Any", self).read(16, prefetch=True)
        self._order = "<" if self.buf[0] == ord("l") else ">"
        body, _, fields = unpack_from(f"{self._order}III", self.buf, 4)
        self._head = 16 + fields + (-fields & 7)
        is_call = self.buf[1] == MessageType.METHOD_CALL.value
        if fields > MAX_HEADER_BYTES:
            self._skip(self._head + body - 16)
            return False
        self._body_bytes, self._sender = body, b""
        if body > (MAX_CALL_BODY_BYTES if is_call else MAX_BODY_BYTES):
            cast("Any", self).read(self._head, prefetch=True)
            self._skip(body)
            self._body_bytes = 0
        else:
            cast("Any", self).read(self._head + body, prefetch=True)
        self._max_values = MAX_CALL_VALUES if is_call else MAX_VALUES
        if self.buf[1] != MessageType.SIGNAL.value:
            return True
        return self._is_wanted_signal(bytes(self.buf[: self._head]), body)

    def _is_wanted_signal(self, header: bytes, body: int) -> bool:
        guard, sender = self._rate_guard, sender_of(header)
        if sender.startswith(b":"):
            self._max_values, self._sender = MAX_SIGNAL_VALUES, sender
            is_heeded = _PLAYER_PATH not in header or guard.heeds(sender.decode())
            return is_heeded and guard.admits(sender, body)
        is_of_player = self.buf.startswith(_PLAYER_NAME, self._head + 4)
        return not is_of_player or guard.admits_name(sender)

    def _skip(self, count: int) -> None:
        """Throws bytes away; goes on where it was if they are not all there yet."""
        self._bytes_to_skip = self._bytes_to_skip or count
        while self._bytes_to_skip:
            size = min(self._bytes_to_skip, SIGNAL_BYTES)
            chunk: bytes | None = cast("Any", self.stream).read(size)
            if chunk is None:
                raise MarshallerStreamEndError
            if not chunk:
                raise EOFError
            self._bytes_to_skip -= len(chunk)

    def _message(self) -> Message:
        self._forget_signatures()
        start, self._values = thread_time(), 0
        message = self._header()
        message.serial = unpack_from(f"{self._order}I", self.buf, 8)[0]
        self._read_body(message)
        message.size = CALL_BYTES + self._body_bytes + VALUE_BYTES * self._values
        if self._sender:
            self._rate_guard.charge(self._sender, thread_time() - start)
        return message

    def _header(self) -> Any:
        """Returns a new message that has all but serial and body."""
        key = bytes((*self.buf[:4], *self.buf[_FIELDS_OFFSET - 4 : self._head]))
        known = self._headers.get(key)
        if known is None:
            known = cast("Any", Message)(
                message_type=MessageType(self.buf[1]),
                flags=MessageFlag(self.buf[2]),
                **self._header_fields(),
            )
            if self._sender:
                if len(self._headers) == MAX_HEADERS_REMEMBERED:
                    self._headers.clear()
                self._headers[key] = known
        message = Message.__new__(Message)
        vars(message).update(vars(known))
        return message

    def _header_fields(self) -> dict[str, Any]:
        """Returns the fields of the header by the names that `Message` has for them."""
        fields: dict[str, Any] = {}
        (size,) = unpack_from(f"{self._order}I", self.buf, _FIELDS_OFFSET - 4)
        self.offset, end = _FIELDS_OFFSET, _FIELDS_OFFSET + size
        while self.offset < end:
            start = self.offset + (-self.offset & 7)
            self.offset = start + 1
            type_ = tree_of(self.read_signature()).types[0]
            value = self.read_argument(type_)
            if name := _FIELDS.get(self.buf[start]):
                fields[name] = value
        return fields

    def _read_body(self, message: Any) -> None:
        """Reads the values after the header. A body with too many is left out."""
        self.offset, self._values = self._head, 0
        if self._body_bytes:
            with contextlib.suppress(TooMuchError):
                message.body = [self.read_argument(type_) for type_ in message.signature_tree.types]
                return
        self._values = 0
        message.body, message.signature, message.signature_tree = [], "", tree_of("")

    def _forget_signatures(self) -> None:
        remembered: dict[str, Any] = vars(SignatureTree)["_cache"]
        if len(remembered) != self._signatures:
            if sum(map(len, remembered)) > MAX_SIGNATURE_LETTERS:
                remembered.clear()
            self._signatures = len(remembered)


def size_of(message: Message) -> int:
    """Returns how many bytes of memory a message that a `Reader` read takes, about."""
    return getattr(message, "size", 0)


def sender_of(header: bytes) -> bytes:
    """Returns the name of a message's sender, or b"" if its header does not tell."""
    start = header.find(_SENDER_FIELD, _FIELDS_OFFSET)
    while start > 0 and start % 8:
        start = header.find(_SENDER_FIELD, start + 1)
    start += len(_SENDER_FIELD) + 4  # the length of the name
    return header[start : header.find(b"\0", start)] if start > _FIELDS_OFFSET else b""
