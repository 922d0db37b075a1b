"""Writes loved tracks as M3U8, JSON or CSV. Pure."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from ..storage.library import EXPORTED

Tracks = Sequence[Mapping[str, Any]]


def as_m3u8(tracks: Tracks) -> str:
    """Returns an extended M3U playlist of the tracks that have a local file."""
    lines = ["#EXTM3U"]
    for track in tracks:
        if track["url"].startswith("file:"):
            seconds = round(track["duration"] or -1)
            lines.append(f"#EXTINF:{seconds},{track['artist']} - {track['title']}")
            lines.append(_path(track["url"]))
    return "\n".join(lines) + "\n"


def as_json(tracks: Tracks) -> str:
    """Returns a list of objects, one a line."""
    lines = ",\n".join(json.dumps(dict(track), ensure_ascii=False) for track in tracks)
    return f"[\n{lines}\n]\n"  # json's own indentation takes many times as long


def as_csv(tracks: Tracks) -> str:
    """Returns a table by RFC 4180, with a line of names."""
    text = io.StringIO()
    writer = csv.DictWriter(text, EXPORTED)
    writer.writeheader()
    writer.writerows(tracks)
    return text.getvalue()


FORMATS: Mapping[str, Callable[[Tracks], str]] = {"m3u8": as_m3u8, "json": as_json, "csv": as_csv}


def _path(url: str) -> str:
    """Returns the path of a file: url, or the url if the path is not UTF-8 or not printable."""
    rest = url.removeprefix("file:").removeprefix("//").removeprefix("localhost")
    try:
        path = unquote(rest, errors="strict")
    except UnicodeDecodeError:
        return url
    return path if path.isprintable() else url
