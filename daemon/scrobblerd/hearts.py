"""Wishes to love or unlove a track: kept until the service has heard of them, the last one wins.

The library follows a wish at once, and goes back where the service refuses it.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .database import Database
from .matching import key, plain_artist, plain_title

_WISH = """
INSERT OR REPLACE INTO hearts
    (account, artist_key, title_key, artist, title, loved, created_at, state, last_error)
VALUES (:account, :artist_key, :title_key, :artist, :title, :loved, :now, 'pending', '')"""
_MARK = """
UPDATE library SET lastfm_loved = :loved, loved_at = CASE WHEN :loved THEN :now END,
    loved_in = (SELECT coalesce(max(seen_in), 0) FROM loved)
WHERE artist_key = :artist_key AND title_key = :title_key"""
_LOVED = """
INSERT OR IGNORE INTO loved (artist_key, title_key, plain_artist, plain_title, artist, title, mbid,
    loved_at, matched, seen_in)
VALUES (:artist_key, :title_key, :plain_artist, :plain_title, :artist, :title, '', :now,
    EXISTS (SELECT 1 FROM library WHERE artist_key = :artist_key AND title_key = :title_key),
    (SELECT coalesce(max(seen_in), 0) FROM loved))"""
_UNLOVED = "DELETE FROM loved WHERE artist_key = :artist_key AND title_key = :title_key"
_NEXT = """
SELECT artist, title, loved, created_at FROM hearts
WHERE state = 'pending' AND account IN ('', ?) ORDER BY created_at, rowid LIMIT 1"""
_DONE = """
DELETE FROM hearts
WHERE account IN ('', :account) AND artist_key = :artist_key AND title_key = :title_key
    AND loved = :loved"""
_REJECTED = """
UPDATE hearts SET state = 'rejected', last_error = :words
WHERE account IN ('', :account) AND artist_key = :artist_key AND title_key = :title_key
    AND loved = :loved"""
_ADOPT = "UPDATE OR REPLACE hearts SET account = ? WHERE account = ''"
_WAITING = "SELECT count(*) FROM hearts WHERE state = 'pending'"


@dataclass(frozen=True, slots=True)
class Wish:
    """To love a track, or not to any more."""

    artist: str
    title: str
    loved: bool
    at: int = 0

    @property
    def keys(self) -> tuple[str, str]:
        """What it is compared by."""
        return key(self.artist), key(self.title)


class Hearts:
    """The wishes in an open database. Methods raise StoreFailed."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def wish(self, wish: Wish, account: str) -> None:
        """Keep a wish in place of an earlier one about the same track."""
        values = _values(wish, account)

        def work(db: sqlite3.Connection) -> None:
            db.execute(_WISH, values)
            _follow(db, values)

        await self.database.write(work)

    async def next(self, account: str) -> Wish | None:
        """The oldest wish of this account that waits."""
        rows = await self.database.select(_NEXT, (account,))
        return Wish(rows[0][0], rows[0][1], bool(rows[0][2]), rows[0][3]) if rows else None

    async def done(self, wish: Wish, account: str) -> None:
        """The service has heard of a wish; a newer, opposite one stays."""
        await self.database.write(lambda db: db.execute(_DONE, _values(wish, account)))

    async def rejected(self, wish: Wish, account: str, words: str) -> None:
        """The service refuses a wish: it stays to be seen, and the library goes back."""
        back = _values(Wish(wish.artist, wish.title, not wish.loved, wish.at), account)

        def work(db: sqlite3.Connection) -> None:
            if db.execute(_REJECTED, _values(wish, account) | {"words": words}).rowcount:
                _follow(db, back)

        await self.database.write(work)

    async def logged_in(self, account: str) -> None:
        """Wishes from before any login become this account's."""
        await self.database.write(lambda db: db.execute(_ADOPT, (account,)))

    async def waiting(self) -> int:
        """How many wishes wait."""
        return int((await self.database.select(_WAITING))[0][0])


def _follow(db: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    """The library, and what is known of the service's list, become as the wish says."""
    db.execute(_MARK, values)
    db.execute(_LOVED if values["loved"] else _UNLOVED, values)


def _values(wish: Wish, account: str) -> dict[str, Any]:
    artist_key, title_key = wish.keys
    return {
        "account": account,
        "artist_key": artist_key,
        "title_key": title_key,
        "plain_artist": plain_artist(artist_key),
        "plain_title": plain_title(title_key),
        "artist": wish.artist,
        "title": wish.title,
        "loved": int(wish.loved),
        "now": wish.at,
    }
