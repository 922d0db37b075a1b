"""The library in rows: what was heard, and what lies in music folders.

A track is its artist and title (`matching.key`); it may have been heard, have files, be loved, or
all of that.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..core import LASTFM
from ..core.matching import track_keys
from ..core.model import Play
from ..core.publisher import FileCounts
from .accounts import LASTFM_ACCOUNT
from .database import Database
from .loves import BY_MBID, BY_PLAIN, mark_awaited

Names = tuple[str, str]
"""Artist and title."""

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
    first_heard = min(coalesce(first_heard, excluded.first_heard), excluded.first_heard),
    last_heard = max(coalesce(last_heard, excluded.last_heard), excluded.last_heard)
RETURNING id"""
_PUT_READ = f"""{_INSERT}
    artist = excluded.artist, title = excluded.title, album = excluded.album,
    album_artist = excluded.album_artist, duration = coalesce(excluded.duration, duration),
    mbid = CASE excluded.mbid WHEN '' THEN mbid ELSE excluded.mbid END,
    url = CASE WHEN url = '' OR url = excluded.url THEN excluded.url ELSE url END
RETURNING id"""
_OLD_FILE = "SELECT track FROM music_files WHERE url = ?"
_BELOW = "SELECT CAST(url AS TEXT) FROM music_files WHERE url >= ? AND url < ?"
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
_UNHEARD = """
UPDATE library SET play_count = max(0, play_count - :count)
WHERE artist_key = :artist_key AND title_key = :title_key
RETURNING id, :start IN (first_heard, last_heard)"""
_HEARD_AGAIN = """
UPDATE library SET (first_heard, last_heard) = (
    SELECT min(start), max(start) FROM plays
    WHERE artist = :artist COLLATE NOCASE AND title = :title COLLATE NOCASE)
WHERE id = :id"""
# which reads all plays: so only if the one that has gone was the first or the last
_LOVED_BY = f"""
WITH loved_by (track, account_id, at) AS (
    SELECT id, {LASTFM_ACCOUNT}, loved_at FROM library WHERE lastfm_loved
    UNION SELECT library.id, account_id, loved.loved_at
    FROM loved JOIN library USING (artist_key, title_key) WHERE account_id > {LASTFM_ACCOUNT}
    UNION SELECT library.id, account_id, loved.loved_at
    FROM loved JOIN library USING (mbid)
    WHERE account_id > {LASTFM_ACCOUNT} AND matched = {BY_MBID} AND mbid != ''
    UNION SELECT library.id, account_id, loved.loved_at
    FROM loved JOIN library USING (plain_artist, plain_title)
    WHERE account_id > {LASTFM_ACCOUNT} AND matched = {BY_PLAIN}
    UNION SELECT library.id, loved.account_id, loved.loved_at
    FROM loved JOIN corrections ON corrections.account_id = loved.account_id
        AND their_artist_key = loved.artist_key AND their_title_key = loved.title_key
    JOIN library ON library.artist_key = corrections.artist_key
        AND library.title_key = corrections.title_key
    WHERE loved.account_id > {LASTFM_ACCOUNT})"""
_EXPORT = f"""{_LOVED_BY}
SELECT CAST(artist AS TEXT), CAST(title AS TEXT), CAST(album AS TEXT), CAST(album_artist AS TEXT),
    CASE WHEN CAST(duration AS REAL) < 1e9 THEN CAST(duration AS REAL) END, CAST(mbid AS TEXT),
    CAST(library.url AS TEXT),
    CAST(coalesce(CASE WHEN lastfm_loved THEN loved_at ELSE max(at) END, 0) AS INTEGER),
    group_concat(DISTINCT CAST(name AS TEXT)),
    EXISTS (SELECT 1 FROM accounts WHERE id > {LASTFM_ACCOUNT})
FROM loved_by JOIN library ON library.id = track JOIN accounts ON accounts.id = account_id
GROUP BY library.id ORDER BY artist_key, title_key LIMIT ? OFFSET ?"""
_HOW_MANY_LOVED = f"""{_LOVED_BY}
SELECT count(DISTINCT track) FROM loved_by JOIN accounts ON accounts.id = account_id"""
_IS_LOVED = f"""
SELECT EXISTS (
    SELECT 1 FROM library
    WHERE artist_key = :artist_key AND title_key = :title_key AND lastfm_loved
) OR EXISTS (
    SELECT 1 FROM loved WHERE account_id = {LASTFM_ACCOUNT}
        AND artist_key = :artist_key AND title_key = :title_key
) OR EXISTS (
    SELECT 1 FROM loved
    WHERE NOT matched AND plain_artist = :plain_artist AND plain_title = :plain_title
) OR EXISTS (
    SELECT 1 FROM loved WHERE account_id > {LASTFM_ACCOUNT} AND (
        artist_key = :artist_key AND title_key = :title_key
        OR matched = {BY_PLAIN} AND plain_artist = :plain_artist AND plain_title = :plain_title
        OR matched = {BY_MBID} AND mbid IN (
            SELECT mbid FROM library
            WHERE artist_key = :artist_key AND title_key = :title_key AND mbid != ''))
) OR EXISTS (
    SELECT 1 FROM corrections JOIN loved ON loved.account_id = corrections.account_id
        AND loved.artist_key = their_artist_key AND loved.title_key = their_title_key
    WHERE corrections.artist_key = :artist_key AND corrections.title_key = :title_key
)"""
_MBID = """
SELECT CAST(mbid AS TEXT) FROM library WHERE artist_key = :artist_key AND title_key = :title_key"""


class LibraryStore:
    """The library in an open database. Methods raise StoreFailed."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def scanned(self, files: Sequence[Mapping[str, Any]]) -> FileCounts:
        """Take what a scan read of files; see `scan`."""

        def work(db: sqlite3.Connection) -> FileCounts:
            figures = FileCounts()
            for file in files:
                _put_file(db, file, figures)
            return figures

        return await self.database.write(work)

    async def gone(self, urls: Sequence[str]) -> int:
        """Forgets files that are there no more. Returns how many."""

        def work(db: sqlite3.Connection) -> int:
            for url in urls:
                for (track,) in db.execute(_OLD_FILE, (url,)).fetchall():
                    db.execute(_DROP_FILE, (url,))
                    _without_file(db, track, url)
            return len(urls)

        return await self.database.write(work)

    async def forget(self, folder: str) -> int:
        """Takes all files below a folder, given as a file: URL, for gone. Returns how many."""
        begin = folder.rstrip("/") + "/"
        files = await self.database.select(_BELOW, (begin, begin[:-1] + "0"))  # "0" follows "/"
        return await self.gone([url for (url,) in files])

    async def untagged(self) -> int:
        """How many files name no artist or no title."""
        return int((await self.database.select(_UNTAGGED))[0][0])

    async def loved(self, limit: int, offset: int) -> list[dict[str, Any]]:
        """Loved tracks of the library by EXPORTED, in the order of artist and title. If there are
        accounts beside Last.fm's, `accounts` are the names of those at which a track is loved."""
        tracks: list[dict[str, Any]] = []
        for *values, names, are_several in await self.database.select(_EXPORT, (limit, offset)):
            track = dict(zip(EXPORTED, values, strict=True))
            tracks.append({**track, "accounts": _in_order(names)} if are_several else track)
        return tracks

    async def mbid_of(self, artist: str, title: str) -> str:
        """Returns the MusicBrainz id that the tags of a track have; "" = none is known."""
        rows = await self.database.select(_MBID, track_keys(artist, title))
        return rows[0][0] if rows else ""

    async def are_loved(self, tracks: Sequence[Names]) -> dict[Names, bool]:
        """Returns of each track whether it is loved at any account, as `loved` tells it, also if
        the library does not have it yet."""

        return await self.database.read(lambda db: loved_among(db, tracks))

    async def how_many_loved(self) -> int:
        """How many tracks of the library are loved."""
        return int((await self.database.select(_HOW_MANY_LOVED))[0][0])


def loved_among(db: sqlite3.Connection, tracks: Iterable[Names]) -> dict[Names, bool]:
    """Returns what `LibraryStore.are_loved` does, within a transaction that is open."""
    return {
        track: bool(db.execute(_IS_LOVED, track_keys(*track)).fetchone()[0]) for track in tracks
    }


def _in_order(names: str) -> list[str]:
    """Returns names with Last.fm's first."""
    return sorted(names.split(","), key=lambda name: (name != LASTFM, name))


def put_heard(db: sqlite3.Connection, play: Play, count: int) -> None:
    """A track was heard, within a transaction that is open; `count` is 1 where the play counts."""
    track = play.track
    put_heard_as(
        db,
        (track.artist, track.title, track.album, track.album_artist),
        length=track.length,
        mbid=track.mbid,
        url=track.url,
        count=count,
        start=int(play.start.wall),
    )


def put_heard_as(
    db: sqlite3.Connection,
    tags: tuple[str, str, str, str],
    *,
    length: float | None,
    mbid: str,
    url: str,
    count: int,
    start: int,
) -> None:
    """The same of a track by its artist, title, album and artist of the album; `start` is UNIX
    seconds."""
    local = url if url.startswith("file:") else ""
    _put(db, _PUT_HEARD, tags, (length, mbid, local, count, start, start))


def put_unheard(db: sqlite3.Connection, artist: str, title: str, *, count: int, start: int) -> None:
    """The play of a track that began at `start`, UNIX seconds, is no longer in the history, within
    a transaction that is open; `count` is 1 if it counted. A track that was nothing else is
    forgotten."""
    names = {"artist": artist, "title": title}
    values = {**track_keys(artist, title), "count": count, "start": start}
    for track, is_border in db.execute(_UNHEARD, values).fetchall():
        if is_border:
            db.execute(_HEARD_AGAIN, {**names, "id": track})
        db.execute(_FORGET, (track,))


def _put(
    db: sqlite3.Connection, query: str, tags: tuple[str, str, str, str], more: tuple[Any, ...]
) -> int:
    keys = track_keys(tags[0], tags[1])
    [(row_id,)] = db.execute(query, (*keys.values(), *tags, *more)).fetchall()
    mark_awaited(db, keys, row_id)
    return int(row_id)


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
