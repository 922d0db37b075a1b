"""Reads the plays of a file, of any format that can be imported. It may block."""

from datetime import UTC
from itertools import islice
from pathlib import Path

from ...history_files.entries import UnreadableFile
from ..base import Listen, ListensPage
from ..paging import text_of

MAX_PAGE_LISTENS = 20_000
"""For each page the file is read anew up to where it begins: about 10 MB, and few pages."""


def read_page(path: Path, since: int, until: int, cursor: str) -> ListensPage:
    """Returns a page of the listens from `since` to `until`, in the order of the file. A cursor
    says how many of them came before. Raises UnreadableFile."""
    if not path.parent.exists():
        raise UnreadableFile(f"there is no folder {path.parent}")
    if not path.exists() or not path.stat().st_size:
        return ListensPage()
    from ...history_files.reading import opened  # noqa: PLC0415 # a megabyte, and seldom needed

    first = int(cursor or 0)
    plays = (entry.play for entry in opened(path, UTC).entries() if entry.play)
    listens = (
        Listen(play.timestamp, *map(text_of, (play.artist, play.track, play.album)))
        for play in plays
        if since <= play.timestamp <= until
    )
    page = tuple(islice(listens, first, first + MAX_PAGE_LISTENS))
    is_full = len(page) == MAX_PAGE_LISTENS
    return ListensPage(page, str(first + len(page)) if is_full else "")
