"""Examples of calls: the command lines of busctl and dbus-send for a method, from values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from scrobblerd.control.dbus_object import SETTABLE
from scrobblerd.control.interface import MEMBERS
from scrobblerd.dbus.names import PROPERTIES, SCROBBLER, SCROBBLER_PATH


@dataclass(frozen=True, slots=True)
class Shell:
    """A word that the shell works out."""

    words: str


EXAMPLES: Mapping[str, tuple[Any, ...]] = {
    "CompleteAuth": ("",),
    "GetAccountStatus": ("lastfm",),
    "BeginLogin": ("lastfm",),
    "CompleteLogin": ("lastfm", ""),
    "CancelLogin": ("lastfm",),
    "CheckAccount": ("lastfm",),
    "Logout": ("lastfm",),
    "SetAccountEnabled": ("lastfm", True),
    "ImportAccountLoved": ("lastfm",),
    "RetryAccount": ("lastfm",),
    "Backfill": ("lastfm", 0, 0, True, 0, True),
    "CancelBackfill": ("lastfm",),
    "VerifyAccount": ("lastfm", 0, 0, False),
    "DeleteDoubled": ("lastfm", 1790000000, 0),
    "ListFindings": ("lastfm", 20, 0),
    "GetFindings": (1,),
    "UpdateSettings": ({"enabled": True, "scrobble_threshold": 60},),
    "NowPlaying": ("Mira Holt", "Fern", "Understorey", 187),
    "Scrobble": ("Mira Holt", "Fern", "Understorey", Shell("$(($(date +%s) - 300))"), 187, 120),
    "GetHistory": (10, 0),
    "GetAccountHistory": ("lastfm", "refused", 10, 0),
    "FindPlays": ({"artist": "mira holt", "since": 1790000000}, 10, 0),
    "GetPlay": (1,),
    "GetOutcomes": (1,),
    "Explain": (1,),
    "GetStats": (0,),
    "GetPeriodStats": (1790000000, 1792592000),
    "ExportHistoryPage": (0, 0, 0),
    "ImportPlays": (
        [{"artist": "Mira Holt", "track": "Fern", "timestamp": 1790000000, "duration": 187}],
        [],
        True,
    ),
    "ImportHistoryPage": (
        Shell(r"{\"artist\": \"Mira Holt\", \"track\": \"Fern\", \"timestamp\": 1790000000}"),
        "jsonl",
        [],
        True,
    ),
    "AddPlay": (
        {"artist": "Mira Holt", "title": "Fern", "start": 1790000000, "length": 187},
        [],
    ),
    "EditPlay": (1, {"album": "Understorey"}),
    "DeletePlay": (1,),
    "CountPlays": ([1790000000, 1790086400, 1790172800],),
    "ListQueue": ("", 20, 0),
    "ListAccountQueue": ("lastfm", "", 20, 0),
    "RetryItem": (1,),
    "DropItem": (1,),
    "EditItem": (1, {"album": "Understorey"}),
    "ClaimQueue": ("loud_heron",),
    "ClaimAccountQueue": ("lastfm", "", "loud_heron"),
    "TestFilter": ({"title": "Fern", "artist": "Mira Holt", "length": 187},),
    "CheckTrack": ({"title": "Fern", "artist": "Mira Holt", "length": 187},),
    "Skip": ("",),
    "IgnorePlayer": ("mpv",),
    "ListenToPlayer": ("mpv",),
    "Unskip": ("",),
    "Pause": (1800,),
    "PausePrivately": (3600,),
    "GetUnmatchedLoved": (50,),
    "ForgetFolder": ("file:///media/music",),
    "Love": ("Mira Holt", "Fern"),
    "Unlove": ("Mira Holt", "Fern"),
    "ExportLoved": ("json",),
    "ExportLovedPage": ("csv", 1),
}
"""What each method is called with, where it takes something."""

SLOW = dict.fromkeys(
    (
        *("ImportLovedTracks", "ImportAccountLoved", "ScanLibrary"),
        *("VerifyAccount", "DeleteDoubled", "Backfill"),
    ),
    600,
)
"""Seconds for which a caller had better wait; by default both tools wait for 25."""

SENT = {
    "s": "string",
    "u": "uint32",
    "x": "int64",
    "b": "boolean",
    "ax": "array:int64",
    "as": "array:string",
}
"""What dbus-send calls the types."""


def busctl(method: Any) -> list[str]:
    """The line that calls `method` with busctl."""
    timeout = f" --timeout={SLOW[method.name]}" if method.name in SLOW else ""
    words = [f"busctl --user{timeout} call {SCROBBLER} {SCROBBLER_PATH} {SCROBBLER} {method.name}"]
    if method.in_args:
        signature = "".join(str(arg.signature) for arg in method.in_args)
        words.append(f"'{signature}'" if "{" in signature else signature)
    values = zip(method.in_args, EXAMPLES.get(method.name, ()), strict=True)
    types = MEMBERS[method.name].entries
    return [" ".join([*words, *(_word(value, types) for _, value in values)])]


def _word(value: Any, types: Mapping[str, str]) -> str:
    if isinstance(value, dict):
        entries = [
            f"{name} {types[name]} {_word(entry, types)}"
            for name, entry in cast("dict[str, Any]", value).items()
        ]
        return " ".join([str(len(entries)), *entries])
    if isinstance(value, list):
        several = cast("list[Any]", value)
        return " ".join([str(len(several)), *(_word(each, types) for each in several)])
    return _quoted(value)


def dbus_send(method: Any) -> list[str]:
    """The lines that do with dbus-send what `method` does; it can't send dictionaries, so there is
    none for some."""
    values = EXAMPLES.get(method.name, ())
    if method.name == "UpdateSettings":
        return [_set(name, values[0][row.name]) for name, row in SETTABLE.items()]
    signatures = [str(arg.signature) for arg in method.in_args]
    if not set(signatures) <= set(SENT):
        return []
    timeout = f" --reply-timeout={SLOW[method.name]}000" if method.name in SLOW else ""
    words = [
        f"{SENT[kind]}:{_quoted(value)}" for kind, value in zip(signatures, values, strict=True)
    ]
    return [" ".join([_sending(timeout), f"{SCROBBLER}.{method.name}", *words])]


def _set(name: str, value: Any) -> str:
    variant = f"variant:{'boolean' if isinstance(value, bool) else 'uint32'}:{_quoted(value)}"
    return f"{_sending()} {PROPERTIES}.Set string:{SCROBBLER} string:{name} {variant}"


def _sending(timeout: str = "") -> str:
    return f"dbus-send --session --print-reply{timeout} --dest={SCROBBLER} {SCROBBLER_PATH}"


def _quoted(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Shell):
        return f'"{value.words}"'
    if isinstance(value, list):
        return ",".join(map(str, cast("list[int]", value)))
    return str(value) if isinstance(value, int) else f'"{value}"'
