"""Reads tables with a play a row: exports of Last.fm, GNU FM and Libre.fm, and our own."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any, BinaryIO, cast

from ..core.model import Details, Scrobble
from ..core.values import as_int
from .entries import EARLIEST_STAMP, Entry, LeftOut, judged
from .rows import rows
from .streams import lines
from .times import moment, spread
from .writing import CSV_COLUMNS, plain_cell

KINDS = ("csv", "csv-minutes")
"""Tables whose times have seconds, and others. Both may have the same plays, as different programs
export them."""

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "time": (
        *("uts", "unixtime", "timestamp", "time", "utc_time", "iso_time", "date", "datetime"),
        "listened_at",
    ),
    "artist": ("artist", "artist_name", "artistname"),
    "track": ("track", "title", "song", "track_name", "trackname", "name"),
    "album": ("album", "album_name", "albumname", "release"),
    "album_artist": ("album_artist", "albumartist", "album_artist_name"),
    "mbid": ("track_mbid", "trackmbid", "recording_mbid"),
    "album_mbid": ("album_mbid", "albummbid"),
    "duration": ("duration", "length"),
}
"""What columns are called, the best name first."""

_LASTFM = ("artist", "album", "track", "time")
"""The columns of lastfm-to-csv, which has no heading."""

_LIBREFM = ("time", "track", "artist", "album", "mbid", "artist_mbid", "album_mbid")
"""The columns of lastexport, with which people leave Last.fm for Libre.fm; it has no heading."""


MAX_HEAD_ROWS = 10
"""How many rows may come before the first one that tells what the columns are: what plays just now
has no time, and some programs write a line of their own before the heading."""


def read(stream: BinaryIO, zone: tzinfo | None) -> Iterator[Entry]:
    """Yields the entries. `zone`: of times that name none, None = UTC. Raises UnreadableFile."""
    return spread(_entries(stream, zone))


def kind_of(stream: BinaryIO) -> str:
    """Returns which of KINDS a table is, by its first play; "" if it is none that is known. Raises
    UnreadableFile."""
    is_known = False
    for entry, is_exact in _entries(stream, None):
        is_known = True
        if entry.play:
            return KINDS[not is_exact]
    return KINDS[0] if is_known else ""


def _entries(stream: BinaryIO, zone: tzinfo | None) -> Iterator[tuple[Entry, bool]]:
    """Yields the entries, and whether the second of each is known; none if the columns are not
    known."""
    columns: Sequence[str] | None = None
    head: list[tuple[int, list[str] | None]] = []
    for number, cells in rows(lines(stream)):
        if columns:
            yield _entry(number, columns, cells, zone)
            continue
        columns = _columns(cells or [])
        head.append((number, cells))
        if columns:
            before = head[:-1] if _is_heading(cells or []) else head
            yield from (_entry(at, columns, row, zone) for at, row in before)
        elif len(head) == MAX_HEAD_ROWS:
            return


def _name(cell: str) -> str:
    """Returns the name of a column, which lastfmstats.com adds the user to: Date#mira."""
    return cell.partition("#")[0].strip().lower().replace(" ", "_")


def _is_heading(row: Sequence[str]) -> bool:
    names = {_name(cell) for cell in row}
    return all(names & {*_COLUMNS[name]} for name in ("time", "artist", "track"))


def _columns(row: Sequence[str]) -> Sequence[str] | None:
    """Returns what each column has, from the first row; None if that can't be told."""
    if tuple(row) == CSV_COLUMNS:
        return CSV_COLUMNS
    if _is_heading(row):
        names = [_name(cell) for cell in row]
        best = {
            known: next((name for name in named if name in names), "")
            for known, named in _COLUMNS.items()
        }
        return [next((known for known in best if best[known] == name), "") for name in names]
    if len(row) == 4 and moment(row[3])[0] >= EARLIEST_STAMP:
        return _LASTFM
    if len(row) >= 4 and row[0].isdigit() and moment(row[0])[0] >= EARLIEST_STAMP:
        return _LIBREFM
    return None


def _entry(
    number: int, columns: Sequence[str], row: Sequence[str] | None, zone: tzinfo | None
) -> tuple[Entry, bool]:
    is_ours = columns == CSV_COLUMNS
    if row is None or len(row) < (len(columns) if is_ours else min(len(columns), 4)):
        return Entry(number, why=LeftOut.BROKEN), True
    cells = dict(zip(columns, row, strict=False))
    if is_ours:
        return _our_own({name: plain_cell(cell) for name, cell in cells.items()}, number), True
    stamp, is_exact = moment(cells.get("time", ""), zone)
    play = Scrobble(
        artist=cells.get("artist", "").strip(),
        track=cells.get("track", "").strip(),
        timestamp=stamp,
        album=cells.get("album", "").strip(),
        album_artist=cells.get("album_artist", "").strip(),
        mbid=cells.get("mbid", "").strip(),
        duration=as_int(cells.get("duration", "")) or None,
        details=Details(album_mbid=cells.get("album_mbid", "").strip()),
    )
    return judged(number, play), is_exact


def _our_own(cells: Mapping[str, str], number: int) -> Entry:
    play = Scrobble(
        artist=cells["artist"],
        track=cells["track"],
        timestamp=as_int(cells["uts"]),
        album=cells["album"],
        album_artist=cells["album_artist"],
        track_number=as_int(cells["track_number"]) or None,
        mbid=cells["track_mbid"],
        duration=as_int(cells["duration"]) or None,
        details=Details(
            artists=_list(cells["artists"]),
            album_mbid=cells["album_mbid"],
            artist_mbids=_list(cells["artist_mbids"]),
            url=cells["url"],
            player=cells["player"],
            heard=as_int(cells["heard"]),
        ),
    )
    return judged(number, play)


def _list(cell: str) -> tuple[str, ...]:
    try:
        values: Any = json.loads(cell) if cell else []
    except (ValueError, RecursionError):
        return ()
    several = cast("list[Any]", values) if isinstance(values, list) else []
    return tuple(str(value) for value in several)
