"""Turns rows of the queue into values, and back."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ..core import codec
from ..core.model import Details, Scrobble
from ..core.submission import QueueRow, RowReason

ROW = (
    "id, CAST(username AS TEXT), coalesce(min(max(0, CAST(retry_count AS INTEGER)), 1000000), 0),"
    " CAST(answer_code AS INTEGER),"
    " CAST(artist AS TEXT), CAST(track AS TEXT), CAST(timestamp AS INTEGER), CAST(album AS TEXT),"
    " CAST(album_artist AS TEXT), CAST(track_number AS INTEGER), CAST(mbid AS TEXT),"
    " CAST(duration AS INTEGER), CAST(details AS TEXT)"
)
"""The columns that `queue_row` reads, of their types even where the disk got one wrong."""


def queue_row(row: Sequence[Any]) -> QueueRow:
    """The row whose columns are ROW."""
    row_id, username, retries, code, *wire, details = row
    scrobble = Scrobble(*wire, details=_details(details))
    return QueueRow(row_id, username, scrobble, retries, code or 0)


def details_text(details: Details) -> str:
    """Returns details as a column holds them: JSON, "" if there are none."""
    values = {name: value for name, value in codec.dump(details).items() if value}
    return json.dumps(values, ensure_ascii=False) if values else ""


def _details(text: str) -> Details:
    """Returns what `details_text` gave; none where a disk got it wrong."""
    try:
        return codec.load(Details, json.loads(text)) if text else Details()
    except (ValueError, RecursionError):
        return Details()


def row_reason(code: object) -> RowReason:
    """Returns the reason of a code; FAILED for one that a disk got wrong."""
    known = code in RowReason.__members__.values()
    return RowReason(str(code)) if known else RowReason.FAILED


def wire(scrobble: Scrobble) -> dict[str, Any]:
    """Returns the columns of a scrobble."""
    values = {name: getattr(scrobble, name) for name in Scrobble.__slots__}
    return values | {"details": details_text(scrobble.details)}


def queue_rows(found: Iterable[Sequence[Any]]) -> list[QueueRow]:
    """The rows whose columns are ROW."""
    return [queue_row(row) for row in found]
