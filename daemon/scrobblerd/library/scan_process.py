"""Walks music folders and reads tags, in a process of its own.

It runs as `python -m scrobblerd.library.scan_process`, so that it costs the daemon's event loop no
time and the daemon no memory. mutagen is imported nowhere else.

It reads one line of JSON, {"folders": […], "database": path}, and writes lines of JSON:

    {"total": 1234, "kept": 1200}        how many music files there are, how many have not changed
    {"files": [{"url": …, "mtime": …, "size": …, "title": …, … or "error": …}, …]}
    {"gone": [url, …]}                   files that are not there any more
    {"errors": [{"url": …, "error": …}, …]}     what is unreadable; the last line
    {"missing_library": "mutagen"}       nothing can be read; the last line instead

Hidden folders and those that systems make for themselves are left out. A folder that shows nothing
at all may be a drive that is not mounted: its files are not gone, and it is among the errors.

A file that has the same modification time and size as in the database is not read again.
"""

import errno
import json
import os
import sqlite3
import stat
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote_from_bytes

from ..core.text import file_url, for_wire

ENDINGS = (
    *("aac", "aif", "aiff", "ape", "dsf", "flac", "m4a", "m4b", "mp3", "mpc", "oga", "ogg", "opus"),
    *("spx", "tta", "wav", "wma", "wv"),
)
"""The endings of music files, in lower case."""

SYSTEM_FOLDERS = (
    *(b"@eadir", b"#recycle", b"@recycle", b"#snapshot"),  # Synology, QNAP
    *(b"$recycle.bin", b"system volume information", b"lost+found", b"__macosx"),
)
"""Folders that hold no music of the user's, in lower case; hidden ones are left out too."""

APPLE_DOUBLE = b"._"
"""How the names of files begin in which macOS keeps what a file system can't. They are no music."""

BATCH_FILES = 100
"""Files in one line of output."""

ID3_RECORDING_ID = "UFID:http://musicbrainz.org"
"""The frame in which ID3 has the MusicBrainz id (picard-docs.musicbrainz.org, tag mapping)."""

TAGS = {
    "title": ("title", "TIT2", "\xa9nam", "Title"),
    "artist": ("artist", "TPE1", "\xa9ART", "Artist", "Author"),
    "album": ("album", "TALB", "\xa9alb", "Album", "WM/AlbumTitle"),
    "album_artist": ("albumartist", "TPE2", "aART", "Album Artist", "WM/AlbumArtist"),
    "mbid": (
        "musicbrainz_trackid",
        "MUSICBRAINZ_TRACKID",
        "MusicBrainz/Track Id",
        ID3_RECORDING_ID,
    ),
}
"""The names of each tag in the formats that mutagen reads."""

KnownFiles = dict[str, tuple[int, int, str]]
"""Of each file that was read before, by url: modification time (ns), size (bytes) and error."""


@dataclass(slots=True)
class Walk:
    """What a walk has found: files that did not change, files to read, and what is unreadable.

    A changed file is its path, modification time (ns) and size; `seen` has the urls of all files,
    `empty` those of folders in which nothing is to be seen.
    """

    kept: int = 0
    changed: list[tuple[bytes, int, int]] = field(default_factory=list[tuple[bytes, int, int]])
    seen: set[str] = field(default_factory=set[str])
    empty: list[str] = field(default_factory=list[str])
    errors: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    def fail(self, path: bytes, error: OSError) -> None:
        """Notes that something can't be looked into."""
        self.errors.append({"url": file_url(path), "error": error.strerror or str(error)})


def main() -> None:
    """Scans as the line of standard input asks."""
    os.nice(10)  # nobody waits for it
    request = json.loads(sys.stdin.readline())
    folders = [os.path.abspath(os.fsencode(folder)) for folder in request["folders"]]  # noqa: PTH100
    known = known_files(request["database"])
    found = walk(folders, known)
    _write({"total": found.kept + len(found.changed), "kept": found.kept})
    for files in _batches(found.changed):
        _write({"files": files})
    found.errors += emptied(found.empty, known)
    # Files below what can't be looked into now are not gone: a drive may be unplugged.
    hidden = tuple(f"{error['url']}/" for error in found.errors)
    gone = sorted(url for url in set(known) - found.seen if not url.startswith(hidden))
    for start in range(0, len(gone), BATCH_FILES):
        _write({"gone": gone[start : start + BATCH_FILES]})
    _write({"errors": found.errors})


def known_files(database: str) -> KnownFiles:
    """Returns what was read before."""
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


def walk(folders: Iterable[bytes], known: KnownFiles) -> Walk:
    """Finds all music files below `folders`. It enters each folder once, by any number of links."""
    found, entered = Walk(), set[tuple[int, int]]()
    ahead = list(folders)
    while ahead:
        folder = ahead.pop()
        try:
            place = os.stat(folder)  # noqa: PTH116 # pathlib knows no names in bytes
            if (place.st_dev, place.st_ino) in entered:
                continue
            entered.add((place.st_dev, place.st_ino))
            with os.scandir(folder) as entries:
                listed = sorted(filter(_is_wanted, entries), key=lambda entry: entry.name)
        except OSError as error:
            found.fail(folder, error)
            continue
        if all(entry.name.startswith(b".") for entry in listed):
            found.empty.append(file_url(folder))
        ahead += [entry.path for entry in listed if _is_folder(entry)]
        for entry in listed:
            if entry.is_symlink() and not os.path.exists(entry.path):  # noqa: PTH110
                found.fail(entry.path, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
            else:
                _consider(entry, known, found)
    return found


def emptied(empty: Sequence[str], known: KnownFiles) -> list[dict[str, str]]:
    """Returns an error for each empty folder in which there were music files before."""
    if not empty:
        return []
    files = Counter(folder for url in known for folder in _folders(url))
    words = "it is empty, but held {} music file(s): is a drive not mounted? {}"
    remedy = "If they are gone, run scrobblerctl library forget FOLDER"
    return [
        {"url": folder, "error": words.format(files[folder], remedy)}
        for folder in empty
        if folder in files
    ]


def _folders(url: str) -> Iterator[str]:
    """Yields the urls of all folders in which a file lies."""
    while (url := url.rpartition("/")[0]) != "file://":
        yield url


def _is_wanted(entry: os.DirEntry[bytes]) -> bool:
    """Decides whether an entry of a folder is looked at. A file may be hidden, but not a folder."""
    if not _is_folder(entry):
        return not entry.name.startswith(APPLE_DOUBLE)
    return not entry.name.startswith(b".") and entry.name.lower() not in SYSTEM_FOLDERS


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _consider(entry: os.DirEntry[bytes], known: KnownFiles, found: Walk) -> None:
    dot, ending = entry.name.rpartition(b".")[1:]
    if not dot or ending.decode("ascii", "replace").lower() not in ENDINGS:
        return
    url = file_url(entry.path)
    try:
        status = entry.stat()
    except OSError as error:
        found.fail(entry.path, error)
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


# -- tags -----------------------------------------------------------------------------------------


def _batches(changed: list[tuple[bytes, int, int]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(changed), BATCH_FILES):
        yield [
            {"url": file_url(path), "mtime": mtime, "size": size, **read(path)}
            for path, mtime, size in changed[start : start + BATCH_FILES]
        ]


def read(path: bytes) -> dict[str, Any]:
    """Reads the tags of one file: those of TAGS and "duration" in seconds, or "error"."""
    try:
        import mutagen  # noqa: PLC0415 # an installation that never scans need not have it
    except ImportError:
        _write({"missing_library": "mutagen"})
        sys.exit()

    try:
        file = cast("Any", mutagen).File(os.fsdecode(path), easy=True)
        if file is None:
            return {"error": "no music file that mutagen knows"}
        tags: Any = file.tags or {}
        values: dict[str, Any] = {name: _tag(tags, keys) for name, keys in TAGS.items()}
        return values | {"duration": float(getattr(file.info, "length", 0.0) or 0.0)}
    except Exception as error:  # noqa: BLE001 # mutagen meets broken files with errors of any kind
        return {"error": f"{type(error).__name__}: {error}"[:200]}


def _tag(tags: Any, keys: Iterable[str]) -> str:
    """Returns the first of several names under which a tag may stand, "" if there is none."""
    for key in keys:
        try:
            value = tags[key]
        except (KeyError, ValueError, TypeError):
            continue
        values = list(cast("Any", value)) if isinstance(value, list | tuple) else [value]
        for each in getattr(values[0], "text", values) if values else ():
            text = each.data.decode(errors="replace") if key == ID3_RECORDING_ID else str(each)
            if text := for_wire(text.partition("\0")[0]):
                return text
    return ""


def _write(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
