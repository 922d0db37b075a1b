"""Variants without a check are those that dbus-next makes with one."""

from typing import Any

import pytest
from dbus_next.message import Message
from dbus_next.signature import Variant

from scrobblerd.dbus.variants import variant


@pytest.mark.parametrize(
    ("signature", "value"),
    [
        ("s", "Fern"),
        ("x", -1),
        ("b", True),
        ("d", 0.5),
        ("as", ["Mira Holt"]),
        ("a{sv}", {"title": Variant("s", "Fern")}),
        ("aa{sv}", [{}, {"length": Variant("d", 30.0)}]),
        ("a(sux)", [["sent", 1, 2]]),
    ],
)
def test_a_variant_is_sent_as_the_one_that_was_checked(signature: str, value: Any) -> None:
    made, checked = variant(signature, value), Variant(signature, value)
    assert made == checked
    assert _sent(made) == _sent(checked)


def _sent(value: Variant) -> bytes:
    message: Any = Message.new_signal("/a", "a.b", "C", "v", [value])
    return bytes(message._marshall())
