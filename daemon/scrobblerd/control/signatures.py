"""The vocabulary of our D-Bus interface: types, the types of named values, names of what comes out.

dbus-next reads D-Bus signatures from annotations; the names here are those signatures at run time
and Python types to a type checker. Its decorators have no types, and are given some.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from dbus_next.constants import PropertyAccess
from dbus_next.signature import Variant

if TYPE_CHECKING:
    Member = TypeVar("Member", bound=Callable[..., Any])

    def method() -> Callable[[Member], Member]: ...
    def signal() -> Callable[[Member], Member]: ...
    def dbus_property(
        access: PropertyAccess = PropertyAccess.READWRITE,
    ) -> Callable[[Callable[[Any], Any]], property]: ...

    Str = str
    Bool = bool
    UInt32 = int
    Int64 = int
    Strs = list[str]
    TwoStrs = list[str]
    FourStrs = list[str]
    TwoUInt32s = list[int]
    StrUInt32 = list[Any]
    Dict = dict[str, Variant]
    Dicts = list[dict[str, Variant]]
else:
    from dbus_next.service import dbus_property, method, signal  # noqa: F401 # for the interface

    Str = "s"
    Bool = "b"
    UInt32 = "u"
    Int64 = "x"
    Strs = "as"
    TwoStrs = "ss"
    FourStrs = "ssss"
    TwoUInt32s = "uu"
    StrUInt32 = "su"
    Dict = "a{sv}"
    Dicts = "aa{sv}"

WIRE_TYPES = {
    "scrobble_threshold": "u",
    **dict.fromkeys(("queued", "held", "rejected", "expired", "expiring", "loves"), "u"),
    **dict.fromkeys(("requests_today", "duration", "retry_count"), "u"),
    **dict.fromkeys(("requests_limit", "scrobbles_today", "scrobbles_limit"), "u"),
    **dict.fromkeys(("submitted", "failed", "remaining"), "u"),
    **dict.fromkeys(("total", "imported", "already_loved", "not_in_library"), "u"),
    **dict.fromkeys(("files", "added", "changed", "unchanged", "removed"), "u"),
    **dict.fromkeys(("untagged", "unreadable"), "u"),
    **dict.fromkeys(("unreadable_files", "genres"), "as"),
    **dict.fromkeys(("oldest", "next_attempt", "start", "as_of", "id", "play_id"), "x"),
    **dict.fromkeys(("timestamp", "created_at", "sent_at", "loved_at", "paused_until"), "x"),
    "answer_code": "i",
    **dict.fromkeys(("plays", "counted"), "u"),
    "verdicts": "a(su)",
    **dict.fromkeys(("days", "artists", "players"), "a(sud)"),
    "tracks": "a(ssud)",
    **dict.fromkeys(("length", "needed", "heard", "rate"), "d"),
    **dict.fromkeys(("enabled", "authenticated", "configured", "wanted", "ok"), "b"),
}
"""The D-Bus type of each named value; those that are not here are texts."""

OUT_NAMES = {
    "GetAuthUrl": ("url", "token"),
    "CompleteAuth": ("username",),
    "GetSettings": ("settings",),
    "UpdateSettings": ("updated",),
    "NowPlaying": ("status", "message"),
    "Scrobble": ("status", "message"),
    "GetHistory": ("plays",),
    "Explain": ("words",),
    "GetQueueStatus": ("status",),
    "RetryQueue": ("result",),
    "ListQueue": ("rows",),
    "ClaimQueue": ("claimed",),
    **dict.fromkeys(("Love", "Unlove", "LoveCurrent", "UnloveCurrent"), ("status", "message")),
    "GetUnmatchedLoved": ("tracks",),
    "ExportLoved": ("text",),
    "ExportLovedPage": ("text", "pages"),
    "ScanLibrary": ("result",),
    "ListPlayers": ("players",),
    "TestFilter": ("words",),
    "Skip": ("title",),
    "GetStats": ("figures",),
    "Diagnose": ("findings",),
    "ScanProgress": ("done", "total"),
    "ScanFinished": ("result",),
    "ImportLovedTracks": ("result",),
    "AuthChanged": ("state", "username"),
    "ScrobbleStatus": ("status", "artist", "track", "message"),
    "QueueUpdated": ("queued",),
    "ImportProgress": ("done", "total"),
    "ImportFinished": ("result",),
}
"""What introspection calls the values that come out: dbus-next names only those that go in."""


WHOLE = {"u": (0, 2**32 - 1), "i": (-(2**31), 2**31 - 1), "x": (-(2**63), 2**63 - 1)}
"""The least and the most that a whole number of each type can be."""


def variants(values: dict[str, Any]) -> dict[str, Variant]:
    """Named values as an `a{sv}`."""
    kinds = {name: WIRE_TYPES.get(name, "s") for name in values}
    return {name: Variant(kinds[name], fitted(kinds[name], values[name])) for name in values}


def fitted(kind: str, value: Any) -> Any:
    """`value` as D-Bus can carry it: a disk gets types and bytes wrong, and a bus hangs up on who
    sends a NUL. What holds variants already is left as it is."""
    if kind.startswith("a") and "v" not in kind:
        return [fitted(kind[1:], one) for one in value]
    if kind.startswith("("):  # of plain values, one letter each
        return [fitted(letter, one) for letter, one in zip(kind[1:-1], value, strict=True)]
    if kind == "s":
        return _text(value)
    if kind in WHOLE:
        low, high = WHOLE[kind]
        return min(max(low, int(_number(value))), high)
    return _number(value) if kind == "d" else value


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    words = "" if value is None else str(value)
    return words.replace("\0", " ").encode(errors="replace").decode()


def _number(value: Any) -> float:
    """A whole number stays one: a float has too few digits for the largest."""
    sound = isinstance(value, int | float) and math.isfinite(value)
    return value if sound else 0.0
