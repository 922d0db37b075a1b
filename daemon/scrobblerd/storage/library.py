"""The library in rows: what was heard, what lies in music folders, and what the user loves.

A track is its artist and title (`matching.key`); it may have been heard, have files, be loved, or
all of that.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.matching import key, plain_artist, plain_title
from ..core.model import Loved, Play
from ..core.reports import FileCounts
from .database import Database, put_note

_INSERT = """
INSERT INTO library (artist_key, title_key, plain_artist, plain_title, artist, title, album,
    album_artist, duration, mbid, url, play_count, first_heard, last_heard)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (artist_key, title_key) DO UPDATE SET"""
_PUT_HEARD = f"""{_INSERT}
    album = CASE album WHEN '' THEN excluded.album ELSE album END,
    album_artist = CASE album_artist WHEN '' THEN excluded.album_artist ELSE album_artist END,
    duration = coalesce(duration, excluded.duration),
    mbid = CASE mbid WHEN '' THEN excluded.mbid ELSE mbid END,
    url = CASE url WHEN '' THEN excluded.url ELSE url END,
    play_count = play_count + excluded.play_count,
    first_heard = coalesce(first_heard, excluded.first_heard),
    last_heard = excluded.last_heard
RETURNING id"""
_PUT_READ = f"""{_INSERT}
    artist = excluded.artist, title = excluded.title, album = excluded.album,
    album_artist = excluded.album_artist, duration = coalesce(excluded.duration, duration),
    mbid = CASE excluded.mbid WHEN '' THEN mbid ELSE excluded.mbid END,
    url = CASE WHEN url = '' OR url = excluded.url THEN excluded.url ELSE url END
RETURNING id"""
_AWAITED = """
SELECT artist_key, title_key, loved_at, seen_in FROM loved WHERE artist_key = ? AND title_key = ?
UNION SELECT artist_key, title_key, loved_at, seen_in FROM loved
WHERE NOT matched AND plain_artist = ? AND plain_title = ?"""
_MATCHED = "UPDATE loved SET matched = 1 WHERE artist_key = ? AND title_key = ?"
_MARK = """
UPDATE library SET lastfm_loved = 1, loved_at = coalesce(nullif(?, 0), loved_at), loved_in = ?
WHERE id = ?"""
_BY_MBID = "SELECT id, lastfm_loved FROM library WHERE mbid = ? AND mbid != ''"
_BY_KEY = "SELECT id, lastfm_loved FROM library WHERE artist_key = ? AND title_key = ?"
_BY_PLAIN = "SELECT id, lastfm_loved FROM library WHERE plain_artist = ? AND plain_title = ?"
_SEEN = "SELECT 1 FROM loved WHERE artist_key = ? AND title_key = ? AND seen_in = ?"
_PUT_LOVED = """
INSERT OR REPLACE INTO loved (artist_key, title_key, plain_artist, plain_title, artist, title, mbid,
    loved_at, matched, seen_in)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_NO_MORE = """
DELETE FROM loved WHERE seen_in != ? AND NOT EXISTS (SELECT 1 FROM hearts
    WHERE hearts.artist_key = loved.artist_key AND hearts.title_key = loved.title_key
        AND hearts.loved AND state = 'pending')"""
_UNLOVED = """
SELECT 1 FROM hearts
WHERE artist_key = ? AND title_key = ? AND NOT loved AND state = 'pending'"""
_UNMARK = """
UPDATE library SET lastfm_loved = 0, loved_at = NULL
WHERE lastfm_loved AND loved_in != ? AND NOT EXISTS (SELECT 1 FROM hearts
    WHERE hearts.artist_key = library.artist_key AND hearts.title_key = library.title_key
        AND loved AND state = 'pending')"""
_UNMATCHED = """
SELECT artist, title, mbid, loved_at FROM loved WHERE NOT matched
ORDER BY loved_at DESC, artist_key, title_key LIMIT ?"""
_OLD_FILE = "SELECT track FROM music_files WHERE url = ?"
_PUT_FILE = """
INSERT OR REPLACE INTO music_files (url, mtime, size, track, error) VALUES (?, ?, ?, ?, ?)"""
_UNTAGGED = "SELECT count(*) FROM music_files WHERE track IS NULL AND error = ''"
_DROP_FILE = "DELETE FROM music_files WHERE url = ?"
_OTHER_FILE = """
UPDATE library SET url = coalesce((SELECT url FROM music_files WHERE track = ?1 LIMIT 1), '')
WHERE id = ?1 AND url = ?2"""
_FORGET = """
DELETE FROM library WHERE id = ?1 AND play_count = 0 AND last_heard IS NULL AND NOT lastfm_loved
    AND NOT EXISTS (SELECT 1 FROM music_files WHERE track = ?1)"""
_EXPORT = """
SELECT CAST(artist AS TEXT), CAST(title AS TEXT), CAST(album AS TEXT), CAST(album_artist AS TEXT),
    CASE WHEN CAST(duration AS REAL) < 1e9 THEN CAST(duration AS REAL) END, CAST(mbid AS TEXT),
    CAST(url AS TEXT), CAST(coalesce(loved_at, 0) AS INTEGER)
FROM library WHERE lastfm_loved ORDER BY artist_key, title_key LIMIT ? OFFSET ?"""
_HOW_MANY_LOVED = "SELECT count(*) FROM library WHERE lastfm_loved"


@dataclass(slots=True)
class Page:
    """What a page of loved tracks came to: tracks not seen in this import before, how many of them
    were marked now, and how many had been."""

    fresh: int = 0
    imported: int = 0
    already: int = 0


class LibraryStore:
    """The library in an open database. Methods raise StoreFailed."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def love_page(self, loved: Sequence[Loved], run: int, notes: Mapping[str, Any]) -> Page:
        """Take a page of import `run`: mark what the library has, remember all. With it go the
        journal's `notes`, to which the page's figures are added."""

        def work(db: sqlite3.Connection) -> Page:
            page = Page()
            for one in loved:
                _take(db, one, run, page)
            for name, value in notes.items():
                figures = {"seen": page.fresh, "imported": page.imported, "already": page.already}
                added = {field: value[field] + figure for field, figure in figures.items()}
                put_note(db, name, value | added)
            return page

        return await self.database.write(work)

    async def finish_import(self, run: int, mirror: bool) -> int:
        """All pages of import `run` were taken: forget what was not among them. With `mirror` the
        library forgets it too; returns how many tracks that were."""

        def work(db: sqlite3.Connection) -> int:
            db.execute(_NO_MORE, (run,))
            return db.execute(_UNMARK, (run,)).rowcount if mirror else 0

        return await self.database.write(work)

    async def unmatched(self, limit: int) -> list[dict[str, Any]]:
        """Loved tracks that the library does not have, the newest love first."""
        rows = await self.database.select(_UNMATCHED, (limit,))
        return [
            dict(zip(("artist", "title", "mbid", "loved_at"), row, strict=True)) for row in rows
        ]

    async def scanned(self, files: Sequence[Mapping[str, Any]]) -> FileCounts:
        """Take what a scan read of files; see `scan`."""

        def work(db: sqlite3.Connection) -> FileCounts:
            figures = FileCounts()
            for file in files:
                _put_file(db, file, figures)
            return figures

        return await self.database.write(work)

    async def gone(self, urls: Sequence[str]) -> int:
        """FileCounts that are there no more."""

        def work(db: sqlite3.Connection) -> int:
            for url in urls:
                for (track,) in db.execute(_OLD_FILE, (url,)).fetchall():
                    db.execute(_DROP_FILE, (url,))
                    _without_file(db, track, url)
            return len(urls)

        return await self.database.write(work)

    async def untagged(self) -> int:
        """How many files name no artist or no title."""
        return int((await self.database.select(_UNTAGGED))[0][0])

    async def loved(self, limit: int, offset: int) -> list[dict[str, Any]]:
        """Loved tracks of the library by EXPORTED, in the order of artist and title."""
        rows = await self.database.select(_EXPORT, (limit, offset))
        return [dict(zip(EXPORTED, row, strict=True)) for row in rows]

    async def how_many_loved(self) -> int:
        """How many tracks of the library are loved."""
        return int((await self.database.select(_HOW_MANY_LOVED))[0][0])


def put_heard(db: sqlite3.Connection, play: Play, count: int) -> None:
    """A track was heard, within a transaction that is open; `count` is 1 where the play counts."""
    track, start = play.track, int(play.start.wall)
    url = track.url if track.url.startswith("file:") else ""
    tags = (track.artist, track.title, track.album, track.album_artist)
    _put(db, _PUT_HEARD, tags, (track.length, track.mbid, url, count, start, start))


def _put(
    db: sqlite3.Connection, query: str, tags: tuple[str, str, str, str], more: tuple[Any, ...]
) -> int:
    artist, title = key(tags[0]), key(tags[1])
    plain = plain_artist(artist), plain_title(title)
    [(row_id,)] = db.execute(query, (artist, title, *plain, *tags, *more)).fetchall()
    for *keys, at, run in db.execute(_AWAITED, (artist, title, *plain)).fetchall():
        db.execute(_MARK, (at, run, row_id))
        db.execute(_MATCHED, keys)
    return int(row_id)


def _take(db: sqlite3.Connection, loved: Loved, run: int, page: Page) -> None:
    keys = key(loved.artist), key(loved.title)
    if db.execute(_SEEN, (*keys, run)).fetchone():
        return
    page.fresh += 1
    if db.execute(_UNLOVED, keys).fetchone():  # the service has not heard of that wish yet
        page.already += 1
        return
    plain = plain_artist(keys[0]), plain_title(keys[1])
    rows = _matches(db, loved, keys, plain)
    for row_id, _ in rows:
        db.execute(_MARK, (loved.at, run, row_id))
    values = (*keys, *plain, loved.artist, loved.title, loved.mbid, loved.at, bool(rows), run)
    db.execute(_PUT_LOVED, values)
    if any(not before for _, before in rows):
        page.imported += 1
    elif rows:
        page.already += 1


def _matches(
    db: sqlite3.Connection, loved: Loved, keys: tuple[str, str], plain: tuple[str, str]
) -> list[tuple[int, int]]:
    """The tracks of the library that are this one: by MBID, else as written, else undecorated."""
    rows = db.execute(_BY_MBID, (loved.mbid,)).fetchall() if loved.mbid else []
    rows = rows or db.execute(_BY_KEY, keys).fetchall()
    return rows or db.execute(_BY_PLAIN, plain).fetchall()


def _put_file(db: sqlite3.Connection, file: Mapping[str, Any], figures: FileCounts) -> None:
    url, error = file["url"], file.get("error", "")
    before = db.execute(_OLD_FILE, (url,)).fetchall()
    figures.changed += bool(before)
    figures.added += not before
    figures.unreadable += bool(error)
    track = None
    if not error and file["artist"] and file["title"]:
        tags = (file["artist"], file["title"], file["album"], file["album_artist"])
        track = _put(
            db, _PUT_READ, tags, (file["duration"] or None, file["mbid"], url, 0, None, None)
        )
    db.execute(_PUT_FILE, (url, file["mtime"], file["size"], track, error))
    for (old,) in before:
        if old != track:
            _without_file(db, old, url)


def _without_file(db: sqlite3.Connection, track: int | None, url: str) -> None:
    """A file is not this track's any more: a track that was nothing else is forgotten."""
    if track is not None:
        db.execute(_OTHER_FILE, (track, url))
        db.execute(_FORGET, (track,))


EXPORTED: Sequence[str] = (
    *("artist", "title", "album", "album_artist", "duration", "mbid", "url", "loved_at"),
)
"""What is told of a track."""
