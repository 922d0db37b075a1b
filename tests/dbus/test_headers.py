"""Messages as bytes: those of dbus-next, whose headers are remembered."""

from typing import Any, cast

import pytest
from dbus_next.constants import MessageFlag
from dbus_next.errors import SignatureBodyMismatchError
from dbus_next.message import Message
from dbus_next.signature import Variant

from scrobblerd.dbus.headers import marshalled

PATH, NAME = "/org/example/Player", "org.example.Player"
CALL = Message(NAME, PATH, NAME, "Play")

MESSAGES = [
    CALL,
    Message(":1.7", PATH, member="Play", signature="s", body=["Ünder"]),
    Message(NAME, PATH, NAME, "Play", flags=MessageFlag.NO_REPLY_EXPECTED),
    Message(NAME, PATH, NAME, "Play", flags=MessageFlag.NO_AUTOSTART, signature="b", body=[True]),
    Message.new_signal(PATH, NAME, "Changed"),
    Message.new_signal(PATH, NAME, "Changed", "sa{sv}as", ["x", {"a": Variant("u", 1)}, ["b"]]),
    Message.new_method_return(Message(NAME, PATH, NAME, "Play", serial=9), "x", [-1]),
    Message.new_error(Message(NAME, PATH, NAME, "Play", serial=9), "org.example.Error", "no"),
]


@pytest.mark.parametrize("serial", [1, 2**32 - 1])
@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
def test_the_bytes_are_those_of_dbus_next(message: Message, serial: int) -> None:
    message.serial = serial
    for _ in range(2):  # the second time the header is known
        assert marshalled(message) == cast("Any", message)._marshall()


def test_a_body_that_does_not_fit_is_refused() -> None:
    message = Message.new_signal(PATH, NAME, "Changed", "s", [cast("str", 1)])
    with pytest.raises(SignatureBodyMismatchError):
        marshalled(message)
