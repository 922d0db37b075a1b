"""What plays were before they were edited or deleted, so that neither an import nor the player that
still plays it brings that back.

The names are kept as a digest only: what a user deletes is not to be read here.
"""

import sqlite3
from functools import lru_cache
from hashlib import sha256

from ...core.matching import key

_KEEP = """
INSERT OR REPLACE INTO former_plays (play_id, key, names, start, length, reason, detail)
SELECT id, key, :names, start, length, reason, detail FROM plays WHERE id = :play_id"""
_IS_DELETED = """
SELECT EXISTS (SELECT 1 FROM former_plays WHERE key = :key)
    AND NOT EXISTS (SELECT 1 FROM plays WHERE key = :key)"""


@lru_cache(maxsize=16)
def digest(artist: str, title: str) -> str:
    """Returns what stands for names, however they are written."""
    return sha256(f"{key(artist)}\0{key(title)}".encode(errors="replace")).hexdigest()


def keep_former(db: sqlite3.Connection, play_id: int, artist: str, title: str) -> None:
    """Remembers under which names a play of the history was there, within a transaction that is
    open."""
    db.execute(_KEEP, {"play_id": play_id, "names": digest(artist, title)})


def is_deleted(db: sqlite3.Connection, play_key: str) -> bool:
    """Whether the user has deleted the play of this key."""
    return bool(db.execute(_IS_DELETED, {"key": play_key}).fetchone()[0])
