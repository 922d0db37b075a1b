"""Walks music folders and reads tags, in a process of its own.

`python -m scrobblerd.library.scan_process`: so neither the daemon's event loop nor its memory
notices, and mutagen is imported nowhere else.

In: one line of JSON on stdin, {"folders": […], "database": path}. Out: lines of JSON on stdout,

    {"total": 1234, "kept": 1200}        how many music files there are, how many have not changed
    {"files": [{"url": …, "mtime": …, "size": …, "title": …, … or "error": …}, …]}
    {"gone": [url, …]}                                          what is there no more
    {"errors": [{"url": …, "error": …}, …]}                     what is unreadable; the last line

A file is known by modification time and size; only what changed is read.
"""

import errno
import json
import os
import sqlite3
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote_from_bytes

from ..core.text import for_wire

ENDINGS = (
    *("aac", "aif", "aiff", "ape", "dsf", "flac", "m4a", "m4b", "mp3", "mpc", "oga", "ogg", "opus"),
    *("spx", "tta", "wav", "wma", "wv"),
)
"""Of file names, lower case."""

BATCH = 100
"""Files a line."""

MBID = "UFID:http://musicbrainz.org"
"""Where ID3 has it (picard-docs.musicbrainz.org, tag mapping)."""

TAGS = {
    "title": ("title", "TIT2", "\xa9nam", "Title"),
    "artist": ("artist", "TPE1", "\xa9ART", "Artist", "Author"),
    "album": ("album", "TALB", "\xa9alb", "Album", "WM/AlbumTitle"),
    "album_artist": ("albumartist", "TPE2", "aART", "Album Artist", "WM/AlbumArtist"),
    "mbid": ("musicbrainz_trackid", "MUSICBRAINZ_TRACKID", "MusicBrainz/Track Id", MBID),
}
"""What each tag is called in the formats that mutagen reads."""

Known = dict[str, tuple[int, int, str]]
"""Of each file that was read before, by url: modification time (ns), size, and what was wrong."""


@dataclass(slots=True)
class Found:
    """What the walk came by: files to read, and what could not be looked into."""

    kept: int = 0
    changed: list[tuple[bytes, int, int]] = field(default_factory=list[tuple[bytes, int, int]])
    seen: set[str] = field(default_factory=set[str])
    errors: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


def main() -> None:
    """Scan as stdin says."""
    os.nice(10)  # nobody waits for it
    asked = json.loads(sys.stdin.readline())
    known = known_files(asked["database"])
    folders = [os.path.abspath(os.fsencode(folder)) for folder in asked["folders"]]  # noqa: PTH100
    found = walk(folders, known)
    _say({"total": found.kept + len(found.changed), "kept": found.kept})
    for files in _batches(found.changed):
        _say({"files": files})
    hidden = tuple(f"{error['url']}/" for error in found.errors)
    gone = sorted(url for url in set(known) - found.seen if not url.startswith(hidden))
    for start in range(0, len(gone), BATCH):
        _say({"gone": gone[start : start + BATCH]})
    _say({"errors": found.errors})


def known_files(database: str) -> Known:
    """What was read before."""
    db = sqlite3.connect(f"file:{quote_from_bytes(os.fsencode(database))}?mode=ro", uri=True)
    try:
        return {
            url: (mtime, size, error)
            for url, mtime, size, error in db.execute(
                "SELECT url, mtime, size, error FROM music_files"
            )
        }
    finally:
        db.close()


# -- the walk -------------------------------------------------------------------------------------


def walk(folders: Iterable[bytes], known: Known) -> Found:
    """All music files below `folders`; each folder once, however many links lead to it."""
    found, entered = Found(), set[tuple[int, int]]()
    ahead = list(folders)
    while ahead:
        folder = ahead.pop()
        try:
            place = os.stat(folder)  # noqa: PTH116 # pathlib knows no names in bytes
            if (place.st_dev, place.st_ino) in entered:
                continue
            entered.add((place.st_dev, place.st_ino))
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            found.errors.append({"url": as_url(folder), "error": error.strerror or str(error)})
            continue
        ahead += [entry.path for entry in listed if _is_folder(entry)]
        for entry in listed:
            if entry.is_symlink() and not os.path.exists(entry.path):  # noqa: PTH110
                found.errors.append({"url": as_url(entry.path), "error": os.strerror(errno.ENOENT)})
            else:
                _consider(entry, known, found)
    return found


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _consider(entry: os.DirEntry[bytes], known: Known, found: Found) -> None:
    dot, ending = entry.name.rpartition(b".")[1:]
    if not dot or ending.decode("ascii", "replace").lower() not in ENDINGS:
        return
    url = as_url(entry.path)
    try:
        status = entry.stat()
    except OSError as error:
        found.errors.append({"url": url, "error": error.strerror or str(error)})
        return
    if not stat.S_ISREG(status.st_mode):
        return
    found.seen.add(url)
    *stamp, error = known.get(url, (0, 0, ""))
    if stamp == [status.st_mtime_ns, status.st_size]:
        found.kept += 1
        found.errors += [{"url": url, "error": error}] if error else []
    else:
        found.changed.append((entry.path, status.st_mtime_ns, status.st_size))


def as_url(path: bytes) -> str:
    """A file: url; names need not be UTF-8."""
    return "file://" + quote_from_bytes(path, safe="/!$&'()*+,;=:@")


# -- tags -----------------------------------------------------------------------------------------


def _batches(changed: list[tuple[bytes, int, int]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(changed), BATCH):
        yield [
            {"url": as_url(path), "mtime": mtime, "size": size, **read(path)}
            for path, mtime, size in changed[start : start + BATCH]
        ]


def read(path: bytes) -> dict[str, Any]:
    """The tags of one file, those of TAGS and "duration" in seconds; or "error"."""
    import mutagen  # noqa: PLC0415 # whoever never scans need not have it

    try:
        file = cast("Any", mutagen).File(os.fsdecode(path), easy=True)
        if file is None:
            return {"error": "no music file that mutagen knows"}
        tags: Any = file.tags or {}
        found: dict[str, Any] = {name: _tag(tags, keys) for name, keys in TAGS.items()}
        return found | {"duration": float(getattr(file.info, "length", 0.0) or 0.0)}
    except Exception as error:  # noqa: BLE001 # mutagen meets broken files with errors of any kind
        return {"error": f"{type(error).__name__}: {error}"[:200]}


def _tag(tags: Any, keys: Iterable[str]) -> str:
    """The first of several names under which a tag may stand."""
    for key in keys:
        try:
            value = tags[key]
        except (KeyError, ValueError, TypeError):
            continue
        values = list(cast("Any", value)) if isinstance(value, list | tuple) else [value]
        for one in getattr(values[0], "text", values) if values else ():
            words = one.data.decode(errors="replace") if key == MBID else str(one)
            if text := for_wire(words.partition("\0")[0]):
                return text
    return ""


def _say(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
