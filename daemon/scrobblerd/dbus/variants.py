"""Makes variants of values whose type is certain. dbus-next checks each value when it makes one,
which costs as much as to send it."""

from collections.abc import Callable
from typing import Any, cast

from dbus_next.signature import SignatureTree, Variant

tree_of: Callable[[str], Any] = cast("Any", SignatureTree)._get
"""Returns a signature as dbus-next reads by it. dbus-next remembers it."""


def variant(signature: str, value: Any) -> Variant:
    """Returns a variant. `value` must be of the type that `signature` says."""
    made = cast("Any", Variant.__new__(Variant))
    made.type, made.signature, made.value = tree_of(signature).types[0], signature, value
    return made
