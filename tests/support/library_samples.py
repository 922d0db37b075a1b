"""What a scan says of files, and what the library has of them."""

from typing import Any

from scrobblerd.storage.database import Database

LIBRARY = "SELECT title, lastfm_loved FROM library ORDER BY id"


def a_file(
    name: str, artist: str = "Mira Holt", title: str = "Fern", **other: Any
) -> dict[str, Any]:
    """What a scan says of a file."""
    return {
        "url": f"file:///music/{name}",
        "mtime": 1,
        "size": 2,
        "artist": artist,
        "title": title,
        "album": "",
        "album_artist": "",
        "mbid": "",
        "duration": 187.0,
        **other,
    }


async def library(database: Database) -> list[tuple[str, int]]:
    """Title and mark of each track."""
    return [(title, loved) for title, loved in await database.select(LIBRARY)]
