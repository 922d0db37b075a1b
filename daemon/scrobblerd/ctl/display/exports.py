"""Pure: writes rows of the queue for other programs, as JSON, CSV or listens."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

from ...core.text import escaped

Rows = Sequence[dict[str, Any]]


def as_json(rows: Rows) -> str:
    """Returns a JSON list; names as on D-Bus."""
    return escaped(json.dumps(list(rows), ensure_ascii=False, indent=2)) + "\n"


def as_csv(rows: Rows) -> str:
    """Returns a table with a heading, for spreadsheets (RFC 4180)."""
    out = io.StringIO()
    names = list(rows[0]) if rows else ["id"]
    table = csv.DictWriter(out, names, lineterminator="\r\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def as_listens(rows: Rows) -> str:
    """Returns one listen a line, as the payload of a ListenBrainz request has it
    (listenbrainz.readthedocs.io, "Payload JSON details")."""
    return "".join(escaped(json.dumps(_listen(row), ensure_ascii=False)) + "\n" for row in rows)


def _listen(row: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = {"media_player": "scrobblerd", "submission_client": "scrobblerd"}
    if row["duration"]:
        about["duration"] = row["duration"]
    named = {"artist_name": row["artist"], "track_name": row["track"], "additional_info": about}
    if row["album"]:
        named["release_name"] = row["album"]
    return {"listened_at": row["timestamp"], "track_metadata": named}


FORMATS: dict[str, Callable[[Rows], str]] = {
    "json": as_json,
    "csv": as_csv,
    "listens": as_listens,
}
