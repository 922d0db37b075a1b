"""Writes plays as files that other programs import, and that `reading` takes back. Pure.

A line of "jsonl" has all that is known; the others are made of such lines.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..core import codec
from ..core.model import Details, Scrobble
from ..core.text import for_wire, spreadsheet_cell
from .formats import FORMATS, SCROBBLER_LOG

CSV_COLUMNS = (
    *("uts", "utc_time", "artist", "artist_mbid", "album", "album_mbid", "track", "track_mbid"),
    *("album_artist", "track_number", "duration", "heard", "player", "url"),
    *("artists", "artist_mbids"),
)
"""The first eight are those of the usual export of Last.fm, which Maloja and others read. Lists are
JSON."""

ESCAPED_CELL = re.compile(r"'+[=+\-@\t\r＝＋－＠]")
"""What begins a cell that has an apostrophe more than its text."""


@dataclass(frozen=True, slots=True)
class Writer:
    """One format: what a file begins with, and the line of a play with its end."""

    header: str
    line: Callable[[Scrobble], str]


def as_line(play: Scrobble) -> str:
    """Returns all that is known of a play, as one line of JSON without its end."""
    return FORMATS["jsonl"].line(play)


def from_values(values: Mapping[str, Any]) -> Scrobble:
    """Returns the play of such a line. Raises StateError if a value is missing or of another
    type; what a later version may add is left out."""
    inner = {name: value for name, value in values.items() if name in Details.__slots__}
    outer = {
        name: value
        for name, value in values.items()
        if name in Scrobble.__slots__ and name != "details"
    }
    return codec.load(Scrobble, {**outer, "details": inner})


def _listen(play: Scrobble) -> str:
    """Returns a line of ListenBrainz's own export. The length is told as we send it to that server,
    which otherwise takes it for another play."""
    details = play.details
    additional: dict[str, Any] = {
        "artist_names": list(details.artists),
        "albumartist": for_wire(play.album_artist),
        "artist_mbids": list(details.artist_mbids),
        "release_mbid": details.album_mbid,
        "recording_mbid": play.mbid,
        "tracknumber": str(play.track_number or ""),
        "duration_ms": (play.duration or 0) * 1000,
        "media_player": for_wire(details.player),
        "submission_client": "scrobblerd",
        "origin_url": details.url if details.url.startswith("http") else "",
    }
    metadata = {
        "artist_name": for_wire(play.artist),
        "track_name": for_wire(play.track),
        "release_name": for_wire(play.album),
        "additional_info": _known(additional),
    }
    listen = {"listened_at": play.timestamp, "track_metadata": _known(metadata)}
    return json.dumps(listen, ensure_ascii=False, separators=(",", ":")) + "\n"


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _csv_row(play: Scrobble) -> str:
    details = play.details
    values = {
        "uts": play.timestamp,
        "utc_time": _date(play.timestamp),
        "artist": play.artist,
        "artist_mbid": details.artist_mbids[0] if len(details.artist_mbids) == 1 else "",
        "album": play.album,
        "album_mbid": details.album_mbid,
        "track": play.track,
        "track_mbid": play.mbid,
        "album_artist": play.album_artist,
        "track_number": play.track_number or "",
        "duration": play.duration or "",
        "heard": details.heard or "",
        "player": details.player,
        "url": details.url,
        "artists": _list(details.artists),
        "artist_mbids": _list(details.artist_mbids),
    }
    return _csv_line([_cell(values[name]) for name in CSV_COLUMNS])


def _date(stamp: int) -> str:
    """Writes a moment as Last.fm's exports have it; "" if no calendar has it."""
    try:
        return f"{datetime.fromtimestamp(stamp, UTC):%d %b %Y, %H:%M}"
    except (ValueError, OverflowError, OSError):  # a disk, or a clock, got it wrong
        return ""


def _list(texts: tuple[str, ...]) -> str:
    return json.dumps(texts, ensure_ascii=False) if texts else ""


def _cell(value: object) -> object:
    """Returns a value for a spreadsheet, from which `plain_cell` can be had again."""
    if not isinstance(value, str):
        return value
    text = for_wire(value)
    return f"'{text}" if ESCAPED_CELL.match(text) else spreadsheet_cell(text)


def plain_cell(cell: str) -> str:
    """Returns what a cell of our own table says."""
    return cell[1:] if ESCAPED_CELL.match(cell) else cell


def _csv_line(cells: list[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


WRITERS: Mapping[str, Writer] = {
    "jsonl": Writer("", lambda play: as_line(play) + "\n"),
    "scrobbler-log": Writer(SCROBBLER_LOG.header, lambda play: SCROBBLER_LOG.line(play) + "\n"),
    "listenbrainz": Writer("", _listen),
    "csv": Writer(_csv_line([*CSV_COLUMNS]), _csv_row),
}
"""The formats by their names on the command line."""
