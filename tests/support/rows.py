"""Rows that another program puts into a daemon's database."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

from scrobblerd.core.matching import track_keys

SERIAL = count(1)

SAMPLES: dict[str, dict[str, Any]] = {
    "plays": {
        "player": "mpv",
        "artist": "Mira Holt",
        "title": "Fern",
        "album": "",
        "album_artist": "",
        "length": 215.0,
        "start": 1_790_000_000,
        "boot_id": "b",
        "boot_seconds": 1.0,
        "heard": 120.0,
        "needed": 107.5,
        "verdict": "counted",
        "reason": "heard",
    },
    "scrobble_queue": {
        "account_id": 1,
        "username": "quiet_otter",
        "artist": "Mira Holt",
        "track": "Fern",
        "album": "",
        "album_artist": "",
        "mbid": "",
        "duration": 215,
        "timestamp": 1_790_000_000,
        "created_at": 1_790_000_200,
        "state": "rejected",
    },
    "outcomes": {"account_id": 1, "outcome": "sent", "at": 0},
    "findings": {
        "account_id": 1,
        "cause": "",
        "listened_at": 1_790_000_000,
        "artist": "Mira Holt",
        "track": "Fern",
        "album": "",
        "sent_artist": "Mira Holt",
        "sent_track": "Fern",
        "listen_id": "",
        "client": "",
    },
    "library": {"artist": "Mira Holt", "title": "Fern"},
}
"""What stands in the columns that a row does not name."""


def put(database: Path, table: str, *rows: Mapping[str, Any]) -> None:
    """Put rows into a table; one of the same key is replaced."""
    with closing(sqlite3.connect(database, timeout=20)) as db, db:
        for named in rows:
            row = {**SAMPLES[table], **named}
            if table == "plays":
                row.setdefault("key", f"k{next(SERIAL)}")
            if table == "library":
                row |= track_keys(row["artist"], row["title"])
            places = ", ".join(f":{name}" for name in row)
            db.execute(f"INSERT OR REPLACE INTO {table} ({', '.join(row)}) VALUES ({places})", row)
