"""Makes files for the user: the queue in formats of other programs, written whole or not at all."""

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core.text import escaped, spreadsheet_cell
from ..errors import Failure
from .screen import Screen, harmless

Rows = Sequence[dict[str, Any]]


def write(screen: Screen, name: str, content: str, what: str) -> None:
    """Writes `content` to the file `name`, "-" = the output, and reports it as `what`.

    Replaces a file that is there when the new one is complete. A new one has the usual mode.
    """
    if name == "-":
        screen.data(content)
        return
    path = Path(name)  # the shell has expanded it
    try:
        _replace(path, content)
    except OSError as error:
        raise Failure(f"{path}: can't be written: {error.strerror}") from error
    screen.line(f"Wrote {what} to {path}")


def _replace(path: Path, content: str) -> None:
    """Writes a file so that a crash leaves either the old or the new one."""
    target = path.resolve()  # through a link, not over it
    if target.exists() and not target.is_file():  # a terminal, a pipe
        with target.open("w", encoding="utf-8", newline="") as file:
            file.write(harmless(content) if file.isatty() else content)
        return
    umask = os.umask(0)
    os.umask(umask)
    descriptor, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), 0o666 & ~umask)
            file.write(content)
        Path(beside).replace(target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


# -- the queue in other formats -------------------------------------------------------------------


def as_json(rows: Rows) -> str:
    """Returns a JSON list; names as on D-Bus."""
    return escaped(json.dumps(list(rows), ensure_ascii=False, indent=2)) + "\n"


def as_csv(rows: Rows) -> str:
    """Returns a table with a heading, for spreadsheets (RFC 4180); no cell is a formula."""
    out = io.StringIO()
    names = list(rows[0]) if rows else ["id"]
    table = csv.DictWriter(out, names, lineterminator="\r\n")
    table.writeheader()
    for row in rows:
        table.writerow({name: spreadsheet_cell(value) for name, value in row.items()})
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


QUEUE_FORMATS: Mapping[str, Callable[[Rows], str]] = {
    "json": as_json,
    "csv": as_csv,
    "listens": as_listens,
}
