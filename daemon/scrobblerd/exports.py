"""Pure: loved tracks as M3U8, JSON or CSV. Each text is whole by itself."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

Tracks = Sequence[Mapping[str, Any]]


def as_m3u8(tracks: Tracks) -> str:
    """An extended M3U playlist of those that have a local file."""
    lines = ["#EXTM3U"]
    for track in tracks:
        if track["url"].startswith("file://"):
            seconds = round(track["duration"] or -1)
            lines += [
                f"#EXTINF:{seconds},{track['artist']} - {track['title']}",
                _path(track["url"]),
            ]
    return "\n".join(lines) + "\n"


def as_json(tracks: Tracks) -> str:
    """A list of objects."""
    return json.dumps([dict(track) for track in tracks], ensure_ascii=False, indent=1) + "\n"


def as_csv(tracks: Tracks) -> str:
    """RFC 4180, with a line of names."""
    text = io.StringIO()
    names = list(tracks[0]) if tracks else []
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(tracks)
    return text.getvalue()


FORMATS: Mapping[str, Callable[[Tracks], str]] = {"m3u8": as_m3u8, "json": as_json, "csv": as_csv}


def _path(url: str) -> str:
    """The path of a file: url; one that is no UTF-8, or holds a line break, stays a url."""
    try:
        path = unquote(url.removeprefix("file://"), errors="strict")
    except UnicodeDecodeError:
        return url
    return url if "\n" in path or "\r" in path else path
