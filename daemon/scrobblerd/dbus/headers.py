"""Makes bytes of messages. The header of those that differ in their body alone is made once.

dbus-next makes each header anew, which takes twice as long as the body of a signal. Those of
signals and calls are remembered; an answer names the call that it answers.
"""

from functools import lru_cache
from struct import Struct
from typing import Any, cast

from dbus_next._private.constants import LITTLE_ENDIAN, PROTOCOL_VERSION, HeaderField
from dbus_next._private.marshaller import Marshaller
from dbus_next.constants import MessageFlag, MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

MAX_HEADERS = 64
"""A header is 150 bytes. The daemon has 20 signals, and some calls for each player."""

_LENGTH_AND_SERIAL, _AT = Struct("<II"), 4
"""What is written into a header, and where: the bytes of the body, and the message's number."""

_REMEMBERED = (MessageType.SIGNAL, MessageType.METHOD_CALL)


def marshalled(message: Message) -> bytes | bytearray:
    """Returns a message that has its serial, and no file descriptors, as bytes. Raises what
    dbus-next does if the body does not fit the signature."""
    if message.message_type not in _REMEMBERED:
        return cast("Any", message)._marshall()
    body = Marshaller(message.signature, message.body).marshall()
    names = (message.path, message.interface, message.member, message.destination)
    data = bytearray(_header(message.message_type, message.flags, names, message.signature))
    _LENGTH_AND_SERIAL.pack_into(data, _AT, len(body), message.serial)
    data += body
    return data


@lru_cache(MAX_HEADERS)
def _header(
    kind: MessageType, flags: MessageFlag, names: tuple[str | None, ...], signature: str
) -> bytes:
    path, interface, member, destination = names
    fields = [
        (HeaderField.PATH, "o", path),
        (HeaderField.INTERFACE, "s", interface),
        (HeaderField.MEMBER, "s", member),
        (HeaderField.DESTINATION, "s", destination),
        (HeaderField.SIGNATURE, "g", signature),
    ]
    given = [[field.value, Variant(letter, value)] for field, letter, value in fields if value]
    start = [LITTLE_ENDIAN, kind.value, flags.value, PROTOCOL_VERSION, 0, 0]
    header = cast("Any", Marshaller("yyyyuua(yv)", [*start, given]))
    header.marshall()
    header.align(8)
    return bytes(header.buffer)
