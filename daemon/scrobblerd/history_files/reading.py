"""Opens a file of plays, and tells by its content what it is."""

import json
import re
import stat
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path
from typing import Any, BinaryIO, cast

from ..core.rules import Rules
from . import objects, scrobbler_log, tables
from .entries import CutOff, Entry, LeftOut, NoPlays, Reading, UnreadableFile, shifted
from .streams import CUT_LINE, JsonValues, lines

MAX_PACKED = 100
"""How many times as large a file of an archive may be as it is packed: more is a bomb."""

MAX_UNPACKED_BYTES = 4 * 2**30
"""Of all files of an archive."""

_HEAD_BYTES = 2**16
_PARTS = re.compile(
    r"(?:.*/)?(?:listens(?:/\d{4}/\d{1,2}|[^/]*)\.jsonl|(?:StreamingHistory|Streaming_History_(?:Audio|Video)|"
    r"endsong)[^/]*\.json)"
)
"""The files of an archive that have plays: of ListenBrainz, also what is packed to be uploaded
there, and of Spotify."""


_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How exports are packed. Others have errors of their own for what is broken."""

_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, UnicodeDecodeError),
    *(NotImplementedError, RuntimeError),
)
"""What zipfile raises if an archive is not whole, or has a password."""


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """A file of plays. `kind`: the program whose format it has; `unit`: what its entries are
    numbered by, "line" or "entry"."""

    path: Path
    kind: str
    unit: str
    reading: Reading = field(default_factory=Reading)
    is_archive: bool = False

    def entries(self) -> Iterator[Entry]:
        """Yields the entries. Raises UnreadableFile, maybe after some of them."""
        try:
            if self.is_archive:
                yield from _in_archive(self.path, self.reading)
                return
            with self.path.open("rb") as stream:
                yield from _entries(stream, self.reading)
        except OSError as error:
            raise UnreadableFile(f"it can't be read: {error.strerror}") from error


def opened(
    path: Path,
    zone: tzinfo | None = None,
    *,
    clockless_until: int = 0,
    rules: Rules | None = None,
    shift: int = 0,
) -> HistoryFile:
    """Returns a file, of which only the beginning was read. `Reading` has what the arguments mean.
    Raises UnreadableFile."""
    reading = Reading(zone, clockless_until, rules or Rules(), shift)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableFile("it is no file")
        with path.open("rb") as stream:
            if stream.read(4) == b"PK\3\4":
                kind, unit = _kind_of_archive(path)
                return HistoryFile(path, kind, unit, reading, is_archive=True)
            kind, unit = _kind_of(stream)
    except OSError as error:
        raise UnreadableFile(f"it can't be read: {error.strerror}") from error
    return HistoryFile(path, kind, unit, reading)


def _kind_of(stream: BinaryIO) -> tuple[str, str]:
    """Returns kind and unit. Raises UnreadableFile if it is none that is known."""
    first = _first_line(stream)
    if first.startswith("#AUDIOSCROBBLER/"):
        return "scrobbler-log", "line"
    if first.lstrip()[:1] in ("{", "["):
        return _kind_of_json(stream, first)
    stream.seek(0)
    if kind := tables.kind_of(stream):
        return kind, "line"
    raise UnreadableFile(
        "it is none of the files that can be imported; scrobblerctl import --help names them"
    )


def _first_line(stream: BinaryIO) -> str:
    """Returns the first line that is not blank, or the beginning of a very long one."""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    stream.seek(0)
    begin = head.decode(errors="replace").removeprefix("\ufeff").lstrip()
    if "\n" not in begin and len(head) == _HEAD_BYTES:
        return begin
    for line in lines(stream):
        if line.strip():
            return begin if line == CUT_LINE else line
    raise NoPlays("it is empty")


def _kind_of_json(stream: BinaryIO, first: str) -> tuple[str, str]:
    if kind := objects.kind_of(_object(first)):
        return kind.name, "line"
    stream.seek(0)
    value = next(_list_values(stream), None)
    if value is None:
        raise NoPlays("it has no plays")
    if kind := objects.kind_of(value):
        return kind.name, "entry"
    raise UnreadableFile("it is JSON of another kind, which has no plays")


def _object(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _entries(stream: BinaryIO, reading: Reading) -> Iterator[Entry]:
    kind, unit = _kind_of(stream)
    stream.seek(0)
    if kind == "scrobbler-log":
        return scrobbler_log.read(stream, reading)
    if kind in tables.KINDS:
        entries = tables.read(stream, reading.zone)
    else:
        entries = (_of_lines if unit == "line" else _of_list)(stream, reading.rules)
    return (shifted(entry, reading.shift) for entry in entries)


def _of_lines(stream: BinaryIO, rules: Rules) -> Iterator[Entry]:
    """Yields the entries of a file of one JSON object a line."""
    known: objects.Kind | None = None
    for number, line in enumerate(lines(stream), 1):
        if not line.strip():
            continue
        value = _object(line)
        known = objects.kind_of(value) or known
        if value is None or known is None:
            is_whole = line.endswith("\n") or value is not None
            yield Entry(number, why=LeftOut.BROKEN if is_whole else LeftOut.CUT_OFF)
        else:
            yield objects.entry_of(number, known, value, rules)


def _of_list(stream: BinaryIO, rules: Rules) -> Iterator[Entry]:
    known: objects.Kind | None = None
    number = 0
    try:
        for number, value in enumerate(_list_values(stream), 1):
            known = objects.kind_of(value) or known
            if known:
                yield objects.entry_of(number, known, value, rules)
    except CutOff:
        yield Entry(number + 1, why=LeftOut.CUT_OFF)


def _list_values(stream: BinaryIO) -> Iterator[Any]:
    for value in JsonValues(stream):
        yield from objects.plays_of(value)


@contextmanager
def _archive(path: Path) -> Generator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    """Yields an archive, and its files that have plays."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = [each for each in archive.infolist() if _PARTS.fullmatch(each.filename)]
            _check(parts)
            yield archive, sorted(parts, key=lambda each: each.filename)
    except _BROKEN as error:
        raise UnreadableFile(f"it is no whole zip archive: {error}") from error


def _kind_of_archive(path: Path) -> tuple[str, str]:
    """Returns kind and unit of the first file that has plays."""
    with _archive(path) as (archive, parts):
        for part in parts:
            with suppress(NoPlays), _opened_part(archive, part) as stream:
                return _kind_of(stream)
    raise UnreadableFile("it has no plays")


def _in_archive(path: Path, reading: Reading) -> Iterator[Entry]:
    with _archive(path) as (archive, parts):
        for part in parts:
            with suppress(NoPlays), _opened_part(archive, part) as stream:
                for entry in _entries(stream, reading):
                    yield replace(entry, part=part.filename)


@contextmanager
def _opened_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Generator[BinaryIO]:
    """Yields a file of an archive. UnreadableFile names it."""
    try:
        with archive.open(part) as stream:
            yield cast("BinaryIO", stream)
    except NoPlays:
        raise
    except UnreadableFile as error:
        raise UnreadableFile(f"{part.filename}: {error}") from error


def _check(parts: list[zipfile.ZipInfo]) -> None:
    if not parts:
        raise UnreadableFile("it is an archive without plays of ListenBrainz or Spotify")
    if other := [each.filename for each in parts if each.compress_type not in _METHODS]:
        raise UnreadableFile(f"{other[0]} is packed as no export is")
    is_bomb = any(each.file_size > MAX_PACKED * max(each.compress_size, 1000) for each in parts)
    if is_bomb or sum(each.file_size for each in parts) > MAX_UNPACKED_BYTES:
        raise UnreadableFile("what it unpacks to is too much for plays")
