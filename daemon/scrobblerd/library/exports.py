"""Writes loved tracks as M3U8, JSON or CSV. Pure."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from ..core.text import for_people, spreadsheet_cell
from ..storage.library import EXPORTED

MAX_NAME_CHARACTERS = 2000
"""Of artist and title together in a playlist: more than the tags that are kept can have."""

Tracks = Sequence[Mapping[str, Any]]


def as_m3u8(tracks: Tracks) -> str:
    """Returns an extended M3U playlist of the tracks that have a local file."""
    lines = ["#EXTM3U"]
    for track in tracks:
        if track["url"].startswith("file:"):
            seconds = round(track["duration"] or -1)
            named = for_people(f"{track['artist']} - {track['title']}", MAX_NAME_CHARACTERS)
            lines.append(f"#EXTINF:{seconds},{named}")
            lines.append(_path(track["url"]))
    return "\n".join(lines) + "\n"


def as_json(tracks: Tracks) -> str:
    """Returns a list of objects, one a line."""
    lines = ",\n".join(json.dumps(dict(track), ensure_ascii=False) for track in tracks)
    return f"[\n{lines}\n]\n"  # json's own indentation takes many times as long


def as_csv(tracks: Tracks) -> str:
    """Returns a table by RFC 4180, with a line of names; no cell is a formula."""
    import csv  # noqa: PLC0415 # few ever need it

    text = io.StringIO()
    writer = csv.DictWriter(text, EXPORTED)
    writer.writeheader()
    for track in tracks:
        writer.writerow({name: spreadsheet_cell(track[name]) for name in EXPORTED})
    return text.getvalue()


FORMATS: Mapping[str, Callable[[Tracks], str]] = {"m3u8": as_m3u8, "json": as_json, "csv": as_csv}


def _path(url: str) -> str:
    """Returns the path of a file: url, or the url if that is no path of one line: it is not UTF-8,
    not printable, of another host, or begins or ends with a space."""
    rest = url.removeprefix("file:").removeprefix("//").removeprefix("localhost")
    try:
        path = unquote(rest, errors="strict")
    except UnicodeDecodeError:
        return quote(url, safe="%/:!$&'()*+,;=@")
    is_path = path.startswith("/") and path.isprintable() and path == path.strip()
    return path if is_path else quote(url, safe="%/:!$&'()*+,;=@")
