"""Wishes to love or unlove a track: kept until the service has heard of them, the last one wins.

The library follows a wish at once, and goes back where the service refuses it.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.matching import key, plain_artist, plain_title
from .database import Database

_BEFORE = """
SELECT was_loved, was_loved_at FROM hearts
WHERE account = :account AND artist_key = :artist_key AND title_key = :title_key
    AND state = 'pending'
UNION ALL SELECT lastfm_loved, loved_at FROM library
WHERE artist_key = :artist_key AND title_key = :title_key
UNION ALL SELECT 1, loved_at FROM loved
WHERE artist_key = :artist_key AND title_key = :title_key"""
_WISH = """
INSERT OR REPLACE INTO hearts (account, artist_key, title_key, artist, title, loved, created_at,
    was_loved, was_loved_at, state, last_error)
VALUES (:account, :artist_key, :title_key, :artist, :title, :loved, :now,
    :was_loved, :was_loved_at, 'pending', '')"""
_RUN = """coalesce(
    (SELECT json_extract(value, '$.run') FROM journal WHERE name = 'loved_import'),
    (SELECT max(seen_in) FROM loved), 0)"""  # an import under way must not forget the wish
_MARK = f"""
UPDATE library SET lastfm_loved = :loved, loved_at = CASE WHEN :loved THEN :now END,
    loved_in = {_RUN}
WHERE artist_key = :artist_key AND title_key = :title_key"""
_LOVED = f"""
INSERT OR REPLACE INTO loved (artist_key, title_key, plain_artist, plain_title, artist, title, mbid,
    loved_at, matched, seen_in)
VALUES (:artist_key, :title_key, :plain_artist, :plain_title, :artist, :title, '', :now,
    EXISTS (SELECT 1 FROM library WHERE artist_key = :artist_key AND title_key = :title_key),
    {_RUN})"""
_UNLOVED = "DELETE FROM loved WHERE artist_key = :artist_key AND title_key = :title_key"
_NEXT = """
SELECT CAST(artist AS TEXT), CAST(title AS TEXT), loved != 0, CAST(created_at AS INTEGER), rowid
FROM hearts
WHERE state = 'pending' AND account IN ('', ?) ORDER BY tries >= 5, created_at, rowid LIMIT 1"""
_THIS = """
(account IN ('', :account) AND artist_key = :artist_key AND title_key = :title_key
    AND loved = :loved
OR rowid = :row AND (loved != 0) = :loved)"""  # by its number too, for the disk may have changed it
_READS = "SELECT CAST(artist AS TEXT), CAST(title AS TEXT) FROM hearts WHERE rowid = ?"
_DONE = f"DELETE FROM hearts WHERE {_THIS}"
_REJECTED = f"UPDATE hearts SET state = 'rejected', last_error = :words WHERE {_THIS}"
_TRIED = f"UPDATE hearts SET tries = tries + 1 WHERE {_THIS} RETURNING tries"
_WAS = f"""
SELECT was_loved != 0, CAST(coalesce(was_loved_at, 0) AS INTEGER) FROM hearts WHERE {_THIS}"""
_ADOPT = "UPDATE OR REPLACE hearts SET account = ? WHERE account = ''"
_WAITING = """
SELECT count(*) FROM hearts WHERE state = 'pending' AND (?1 = '' OR account IN ('', ?1))"""


@dataclass(frozen=True, slots=True)
class LoveRequest:
    """To love a track, or not to any more."""

    artist: str
    title: str
    loved: bool
    at: int = 0
    row: int = field(default=0, compare=False)

    @property
    def keys(self) -> tuple[str, str]:
        """What it is compared by."""
        return key(self.artist), key(self.title)


class LoveQueue:
    """The wishes in an open database. Methods raise StoreFailed."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def wish(self, wish: LoveRequest, account: str) -> None:
        """Keep a wish in place of an earlier one about the same track."""
        values = _values(wish, account)

        def work(db: sqlite3.Connection) -> None:
            before = db.execute(_BEFORE, values).fetchall()
            was_loved, at = before[0] if before else (0, None)
            db.execute(_WISH, values | {"was_loved": was_loved, "was_loved_at": at})
            _follow(db, values)

        await self.database.write(work)

    async def next(self, account: str) -> LoveRequest | None:
        """The oldest wish of this account that waits."""
        rows = await self.database.select(_NEXT, (account,))
        for artist, title, loved, at, row in rows:
            return LoveRequest(artist, title, bool(loved), at, row)
        return None

    async def done(self, wish: LoveRequest, account: str) -> None:
        """The service has heard of a wish; a newer, opposite one stays."""
        values = _values(wish, account)
        await self.database.write(lambda db: db.execute(_DONE, _numbered(db, values)))

    async def tried(self, wish: LoveRequest, account: str) -> int:
        """A wish failed once more, others go first: how often it has."""
        values = _values(wish, account)

        def work(db: sqlite3.Connection) -> int:
            rows = db.execute(_TRIED, _numbered(db, values)).fetchall()
            return int(rows[0][0]) if rows else 0

        return await self.database.write(work)

    async def rejected(self, wish: LoveRequest, account: str, words: str) -> None:
        """The service refuses a wish: it stays to be seen, and the library goes back."""
        values = _values(wish, account)

        def work(db: sqlite3.Connection) -> None:
            this = _numbered(db, values)
            for was_loved, at in db.execute(_WAS, this).fetchall():
                db.execute(_REJECTED, this | {"words": words})
                _follow(db, this | {"loved": was_loved, "now": at})

        await self.database.write(work)

    async def logged_in(self, account: str) -> None:
        """Wishes from before any login become this account's."""
        await self.database.write(lambda db: db.execute(_ADOPT, (account,)))

    async def waiting(self, account: str = "") -> int:
        """How many wishes of an account wait; "" = of any."""
        return int((await self.database.select(_WAITING, (account,)))[0][0])


def _numbered(db: sqlite3.Connection, values: dict[str, Any]) -> dict[str, Any]:
    """Without the number where another wish has it by now: a broken file was begun anew."""
    same = (values["artist"], values["title"])
    found = db.execute(_READS, (values["row"],)).fetchall()
    return values if found == [same] else values | {"row": 0}


def _follow(db: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    """The library, and what is known of the service's list, become as the wish says."""
    db.execute(_MARK, values)
    db.execute(_LOVED if values["loved"] else _UNLOVED, values)


def _values(wish: LoveRequest, account: str) -> dict[str, Any]:
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
        "row": wish.row,
    }
