"""Pure: loved tracks as M3U8, JSON or CSV. Each text is whole by itself."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from ..storage.library import EXPORTED

Tracks = Sequence[Mapping[str, Any]]


def as_m3u8(tracks: Tracks) -> str:
    """An extended M3U playlist of those that have a local file."""
    lines = ["#EXTM3U"]
    for track in tracks:
        if track["url"].startswith("file:"):
            seconds = round(track["duration"] or -1)
            lines += [
                f"#EXTINF:{seconds},{track['artist']} - {track['title']}",
                _path(track["url"]),
            ]
    return "\n".join(lines) + "\n"


def as_json(tracks: Tracks) -> str:
    """A list of objects."""
    lines = ",\n".join(json.dumps(dict(track), ensure_ascii=False) for track in tracks)
    return f"[\n{lines}\n]\n"  # json's own indentation takes many times as long


def as_csv(tracks: Tracks) -> str:
    """RFC 4180, with a line of names."""
    text = io.StringIO()
    writer = csv.DictWriter(text, EXPORTED)
    writer.writeheader()
    writer.writerows(tracks)
    return text.getvalue()


FORMATS: Mapping[str, Callable[[Tracks], str]] = {"m3u8": as_m3u8, "json": as_json, "csv": as_csv}


def _path(url: str) -> str:
    """The path of a file: url; one that is no UTF-8, or holds control characters, stays a url."""
    rest = url.removeprefix("file:").removeprefix("//").removeprefix("localhost")
    try:
        path = unquote(rest, errors="strict")
    except UnicodeDecodeError:
        return url
    return path if path.isprintable() else url
