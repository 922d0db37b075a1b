"""Makes files for the user: in the format that their names say, written whole or not at all, and
never over one that is there unless that is wanted. Has the formats of the queue."""

import csv
import io
import json
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ...core.model import Details, Scrobble
from ...core.text import escaped, spreadsheet_cell
from ...history_files.writing import WRITERS
from ..errors import Exit, Failure
from .screen import Screen
from .terminal import harmless

Rows = Sequence[dict[str, Any]]


ENDINGS: Mapping[str, tuple[str, ...]] = {
    "json": (".json",),
    "csv": (".csv",),
    "listens": (".jsonl", ".ndjson"),
    "jsonl": (".jsonl", ".ndjson"),
    "listenbrainz": (".jsonl", ".ndjson"),
    "scrobbler-log": (".log",),
    "m3u8": (".m3u8",),
    "html": (".html", ".htm"),
}
"""How the names of files of each format end."""

_OPEN_FILES = ("/dev/std", "/dev/fd/", "/proc/self/fd/")
"""How the names of files begin that a shell has opened for us: what they have is kept."""


def format_by_ending(
    given: str | None, name: str, formats: Collection[str], default: str = "json"
) -> str:
    """Returns the format of the file `name`: `given`, or else what the name ends in, the first of
    `formats` if several do; of a name without an ending it is `default`. Raises Failure if both are
    given and don't go together."""
    ending = Path(name).suffix.lower()
    named = [each for each, endings in ENDINGS.items() if ending in endings]
    if given and named and given not in named:
        raise Failure(
            f"{name} is the name of a {named[0]} file, but its format is {given}; end it in"
            f" {ENDINGS[given][0]}",
            Exit.USAGE,
        )
    if given or not ending:
        return given or default
    fitting = next((each for each in formats if each in named), None)
    if fitting is None:
        known = " or ".join(dict.fromkeys(ENDINGS[each][0] for each in formats))
        raise Failure(
            f"{name}: no format here ends in {ending}; end it in {known}, or name one by --format",
            Exit.USAGE,
        )
    return fitting


class Target:
    """Where the content of a file goes. Methods raise Failure."""

    def __init__(self, name: str, force: bool) -> None:
        """`name`: "-" is the output; `force`: a file that is there is replaced. Raises Failure if
        it is there and stays."""
        self._path = Path(name)  # the shell has expanded it
        self._force = force
        self.is_output = name == "-" or self._is_our_output()
        if not self.is_output and not force and self._is_kept():
            raise self._there_already()

    def write(self, screen: Screen, content: str, what: str) -> None:
        """Writes all of `content` or nothing, and reports it as `what`."""
        with self.stream(screen) as write:
            write(content)
        if not self.is_output:
            screen.line(f"Wrote {what} to {self._path}")

    @contextmanager
    def stream(self, screen: Screen) -> Generator[Callable[[str], object]]:
        """Yields what takes the content piece by piece. The file is there whole at the end, or not
        at all."""
        if self.is_output:
            yield screen.data
            return
        try:
            with self._file() as write:
                yield write
        except FileExistsError:  # since we looked
            raise self._there_already() from None
        except OSError as error:
            raise Failure(f"{self._path}: can't be written: {error.strerror}") from error

    def _is_our_output(self) -> bool:
        """Returns whether the output is this very file already, such as /dev/stdout."""
        with suppress(OSError):
            return os.path.samestat(self._path.stat(), os.fstat(sys.stdout.fileno()))
        return False

    def _is_kept(self) -> bool:
        """Returns whether there is a file that would be lost; a pipe or a terminal is not."""
        return self._path.is_file() and not str(self._path).startswith(_OPEN_FILES)

    def _there_already(self) -> Failure:
        return Failure(f"{self._path} is there already", remedy="--force replaces it")

    @contextmanager
    def _file(self) -> Generator[Callable[[str], object]]:
        target = self._path.resolve()  # through a link, not over it
        if self._path.exists() and not self._is_kept():
            with self._path.open("a", encoding="utf-8", newline="") as file:
                yield lambda text: file.write(harmless(text) if file.isatty() else text)
            return
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else _usual_mode()
        descriptor, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                os.fchmod(file.fileno(), mode)
                yield file.write
            if not self._force:
                target.touch(exist_ok=False)
            Path(beside).replace(target)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise


def _usual_mode() -> int:
    """Returns the mode of a new file."""
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


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
    """Returns one listen a line, as `export --format listenbrainz` writes them."""
    line = WRITERS["listenbrainz"].line
    return "".join(escaped(line(_scrobble(row))) for row in rows)


def _scrobble(row: dict[str, Any]) -> Scrobble:
    return Scrobble(
        artist=row["artist"],
        track=row["track"],
        timestamp=row["timestamp"],
        album=row["album"],
        album_artist=row["album_artist"],
        duration=row["duration"] or None,
        details=Details(player=row.get("player", "")),  # an older daemon gives none
    )


QUEUE_FORMATS: Mapping[str, Callable[[Rows], str]] = {
    "json": as_json,
    "csv": as_csv,
    "listens": as_listens,
}
