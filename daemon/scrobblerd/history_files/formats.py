"""The formats in which plays are added to a file: how a play becomes a line, and how a file of a
format is known. Pure.

docs/protocol.md has what the importers of other programs make of them.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from .. import __version__
from ..core.model import Details, Scrobble
from ..core.text import MAX_WIRE_CHARACTERS, for_wire

MAGIC, ZONE, CLIENT = "#AUDIOSCROBBLER/1.1", "#TZ/UTC", "#CLIENT/"
"""The head of a `.scrobbler.log`. Without the zone, importers take its times for local ones."""

_MBID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_WHOLE = re.compile(rf"([^\t\0]*\t){{7}}({_MBID.pattern})?|{CLIENT}[^\0]*", _MBID.flags)


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    `header` is what a file begins with. `line` returns the line of a play, without its end.
    `identity` returns what two lines of the same play share. `is_whole` tells a line that lacks
    only its end from one that was broken off. `why_foreign` says from the beginning of a file why
    nothing may be added to it, "" = it is of this format.
    """

    header: str
    line: Callable[[Scrobble], str]
    identity: Callable[[str], str]
    is_whole: Callable[[str], bool]
    why_foreign: Callable[[str], str]


# -- .scrobbler.log -------------------------------------------------------------------------------


def _log_line(scrobble: Scrobble) -> str:
    artist = for_wire(scrobble.artist)
    fields = (
        "＃" + artist[1:] if artist.startswith("#") else _field(artist),  # else it is a comment
        _field(for_wire(scrobble.album)),
        _field(for_wire(scrobble.track)),
        str(scrobble.track_number or ""),
        str(scrobble.duration or ""),
        "L",
        str(scrobble.timestamp),
        scrobble.mbid if _MBID.fullmatch(scrobble.mbid) else "",
    )
    return "\t".join(fields)


def _field(text: str) -> str:
    """Returns a text that importers read to its end and no further. ListenBrainz's takes the file
    for CSV: what begins with a quotation mark goes on until the next one, over lines and all."""
    is_open = text.startswith('"') and text.count('"') % 2
    return "“" + text[1:] if is_open else text


def _without_mbid(line: str) -> str:
    """Returns a line up to its last field, which is empty if it was broken off before that."""
    return line.rpartition("\t")[0]


def _why_no_log(head: str) -> str:
    if f"{MAGIC}\n{ZONE}\n".startswith(head):  # it was broken off
        return ""
    first, *others = head.split("\n")
    if first != MAGIC:
        return f"it does not begin with {MAGIC}"
    return "" if ZONE in others else f"its times are not in UTC ({ZONE})"


SCROBBLER_LOG = Format(
    header=f"{MAGIC}\n{ZONE}\n{CLIENT}scrobblerd {__version__}\n",
    line=_log_line,
    identity=_without_mbid,
    is_whole=lambda line: bool(_WHOLE.fullmatch(line)),
    why_foreign=_why_no_log,
)
"""What Rockbox writes, and ListenBrainz, Maloja and others import."""


# -- JSON lines -----------------------------------------------------------------------------------


def _json_lines(values: Callable[[Scrobble], Mapping[str, Any]], first: str, time: str) -> Format:
    """Returns a format of one JSON object a line. `values` returns those of a play, the first of
    which is called `first`; `time` has when it began."""

    def why_foreign(head: str) -> str:
        line, end, _ = head.partition("\n")
        is_ours = {time, "artist", "track"} <= _object(line).keys()
        begins = f'{{"{first}":'
        is_broken_off = not end and begins.startswith(line[: len(begins)]) and not _object(line)
        known = is_ours or is_broken_off
        return "" if known else f"its first line is no JSON object with {time}, artist and track"

    return Format(
        header="",
        line=lambda scrobble: json.dumps(
            values(scrobble), ensure_ascii=False, separators=(",", ":")
        ),
        identity=lambda line: line,
        is_whole=lambda line: bool(_object(line)),
        why_foreign=why_foreign,
    )


def _object(line: str) -> Mapping[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def known_values(scrobble: Scrobble) -> dict[str, Any]:
    """Returns the values of `Scrobble` and its `Details` by their names, without empty ones. Texts
    are as they may be sent."""
    of_play = {name: getattr(scrobble, name) for name in _PLAY_FIELDS}
    of_details = {name: getattr(scrobble.details, name) for name in Details.__slots__}
    values = {**of_play, **of_details}.items()
    known = {name: clean for name, value in values if value and (clean := _clean(value))}
    return {"timestamp": scrobble.timestamp, **known}


_PLAY_FIELDS = tuple(name for name in Scrobble.__slots__ if name != "details")


def _all_that_is_known(scrobble: Scrobble) -> Mapping[str, Any]:
    """Returns the known values, without what may be a login in the address."""
    values = known_values(scrobble)
    values["url"] = _address(values.get("url", ""))
    return {name: value for name, value in values.items() if name != "url" or value}


def _clean(value: Any) -> Any:
    if isinstance(value, tuple):
        texts = cast("tuple[str, ...]", value)
        return [text for each in texts if (text := for_wire(each))]
    return for_wire(value) if isinstance(value, str) else value


def _address(url: str) -> str:
    """Returns where the music is, without what may be a login; "" if that can't be told."""
    try:
        parts = urlsplit(for_wire(url))
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    query = parts.query if parts.hostname in _PAGES_BY_QUERY else ""
    short = parts._replace(netloc=host, query=query, fragment="").geturl()
    return short if len(url) < MAX_WIRE_CHARACTERS else ""


_PAGES_BY_QUERY = frozenset({"www.youtube.com", "youtube.com", "music.youtube.com"})
"""Hosts of which the query names the page; of others it may hold a key."""


def _as_pano(scrobble: Scrobble) -> Mapping[str, Any]:
    """Returns the values that Pano Scrobbler needs, empty ones as null, and no others."""
    began = datetime.fromtimestamp(scrobble.timestamp, UTC)
    return {
        "timeHuman": f"{began:%Y-%m-%d %H:%M:%S}",
        "timeMs": scrobble.timestamp * 1000,
        "artist": for_wire(scrobble.artist),
        "track": for_wire(scrobble.track),
        "album": for_wire(scrobble.album) or None,
        "albumArtist": for_wire(scrobble.album_artist) or None,
        "durationMs": scrobble.duration * 1000 if scrobble.duration else None,
        "mediaPlayerName": for_wire(scrobble.details.player) or None,
        "event": "scrobble",
    }


FORMATS: Mapping[str, Format] = {
    "scrobbler-log": SCROBBLER_LOG,
    "jsonl": _json_lines(_all_that_is_known, first="timestamp", time="timestamp"),
    "pano-jsonl": _json_lines(_as_pano, first="timeHuman", time="timeMs"),
}
"""The formats by the words for them in the configuration."""
