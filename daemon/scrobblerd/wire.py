"""The vocabulary of our D-Bus interface: types, the types of named values, names of what comes out.

dbus-next reads D-Bus signatures from annotations; the names here are those signatures at run time
and Python types to a type checker.
"""

from typing import TYPE_CHECKING, Any

from dbus_next.signature import Variant

if TYPE_CHECKING:
    Str = str
    Bool = bool
    UInt32 = int
    Int64 = int
    Strs = list[str]
    TwoStrs = list[str]
    FourStrs = list[str]
    TwoUInt32s = list[int]
    Dict = dict[str, Variant]
    Dicts = list[dict[str, Variant]]
else:
    Str = "s"
    Bool = "b"
    UInt32 = "u"
    Int64 = "x"
    Strs = "as"
    TwoStrs = "ss"
    FourStrs = "ssss"
    TwoUInt32s = "uu"
    Dict = "a{sv}"
    Dicts = "aa{sv}"

WIRE_TYPES = {
    "scrobble_threshold": "u",
    **dict.fromkeys(("queued", "held", "rejected", "expired", "expiring"), "u"),
    **dict.fromkeys(("requests_today", "duration", "retry_count"), "u"),
    **dict.fromkeys(("requests_limit", "scrobbles_today", "scrobbles_limit"), "u"),
    **dict.fromkeys(("submitted", "failed", "remaining"), "u"),
    **dict.fromkeys(("total", "imported", "already_loved", "not_in_library"), "u"),
    **dict.fromkeys(("oldest", "next_attempt", "start", "as_of", "id", "play_id"), "x"),
    **dict.fromkeys(("timestamp", "created_at", "sent_at"), "x"),
    "answer_code": "i",
    **dict.fromkeys(("length", "needed", "heard", "rate"), "d"),
    **dict.fromkeys(("enabled", "authenticated", "configured"), "b"),
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
    "ImportLovedTracks": ("result",),
    "AuthChanged": ("state", "username"),
    "ScrobbleStatus": ("status", "artist", "track", "message"),
    "QueueUpdated": ("queued",),
    "ImportProgress": ("done", "total"),
    "ImportFinished": ("result",),
}
"""What introspection calls the values that come out: dbus-next names only those that go in."""


def variants(values: dict[str, Any]) -> dict[str, Variant]:
    """Named values as an `a{sv}`."""
    return {name: Variant(WIRE_TYPES.get(name, "s"), value) for name, value in values.items()}
