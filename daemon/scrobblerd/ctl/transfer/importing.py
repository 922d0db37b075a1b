"""import: takes files with plays into the history."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any, cast

from dbus_next.signature import Variant

from ...core.model import Scrobble
from ...core.text import for_wire
from ...history_files.entries import REASONS, Entry, UnreadableFile
from ...history_files.reading import HistoryFile, opened
from ..client import Client
from ..display.formats import count
from ..display.screen import Screen
from ..errors import Failure
from .progress import Progress

Values = dict[str, Variant]
"""A play as `ImportPlays` takes it."""

MAX_CALL_VALUES = 950
"""Values of a call, as `_weight` counts them: scrobblerd takes 1,000, which it reads in 10 ms."""

MAX_CALL_CHARACTERS = 15_000
"""Of the texts of a call: scrobblerd takes 64 KB, and a character has four bytes at most."""

MAX_LISTED = 50
"""Artists of one play."""

MAX_SHOWN = 20
"""Entries that are left out and shown; the JSON has all of them."""

WORDS = {
    **REASONS,
    "future": "lies in the future",
    "malformed": "can't be sent over D-Bus",
    "too_old": "is too old for {account}: it is only in the history",
}


@dataclass(slots=True)
class Report:
    """What came of all files."""

    plays: int = 0
    added: int = 0
    known: int = 0
    queued: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    left_out: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keeps_all: bool = False

    @property
    def done(self) -> int:
        """How many entries were read."""
        return self.plays + sum(self.reasons.values())

    def leave_out(self, file: HistoryFile, entry: Entry, reason: str, account: str = "") -> None:
        """An entry is left out, or an account does not take it."""
        self.reasons[reason, account] += 1
        if self.keeps_all or len(self.left_out) < MAX_SHOWN:
            where = {"file": str(file.path), "part": entry.part, file.unit: entry.number}
            self.left_out.append({**where, "reason": reason, "account": account})


async def import_plays(client: Client, options: Namespace, screen: Screen) -> None:
    """Takes files in, each of which is read to its end before."""
    files = [_checked(Path(name), options.timezone) for name in options.files]
    report = Report(keeps_all=options.json)
    total = sum(entries for _, entries in files)
    with Progress(screen, total, "entries", hidden=options.json) as progress:
        for file, _ in files:
            await _import(client, options, file, report, progress)
    if options.json:
        screen.document(_document(report))
    else:
        _show(screen, report, is_trial=options.dry_run)


def _checked(path: Path, zone: tzinfo | None) -> tuple[HistoryFile, int]:
    """Reads a file to its end. Returns it, and how many entries it has. Raises Failure."""
    try:
        file = opened(path, zone)
        return file, sum(1 for _ in file.entries())
    except UnreadableFile as error:
        raise Failure(f"{path}: {error}; nothing was imported") from None


async def _import(
    client: Client, options: Namespace, file: HistoryFile, report: Report, progress: Progress
) -> None:
    for batch in _batches(file, report):
        plays = [play for _, play in batch]
        to: list[str] = options.to or []
        answer: dict[str, Any] = await client.call(
            "ImportPlays", "aa{sv}asb", plays, to, options.dry_run
        )
        report.plays += len(plays)
        for name in ("added", "known", "queued"):
            setattr(report, name, getattr(report, name) + answer[name])
        refused: list[tuple[int, str]] = answer["refused"]
        too_old: list[tuple[int, str]] = answer["too_old"]
        for place, reason in refused:
            report.leave_out(file, batch[place][0], reason)
        for place, account in too_old:
            report.leave_out(file, batch[place][0], "too_old", account)
        progress.update(report.done)


def _batches(file: HistoryFile, report: Report) -> Iterator[Sequence[tuple[Entry, Values]]]:
    """Yields plays, as many as a call takes. Raises Failure if the file has changed since."""
    batch: list[tuple[Entry, Values]] = []
    values = characters = 0
    try:
        for entry in file.entries():
            if entry.play is None:
                report.leave_out(file, entry, str(entry.why))
                continue
            play = _sent(entry.play, file.kind)
            more_values, more_characters = _weight(play)
            values, characters = values + more_values, characters + more_characters
            if batch and (values > MAX_CALL_VALUES or characters > MAX_CALL_CHARACTERS):
                yield batch
                batch, values, characters = [], more_values, more_characters
            batch.append((entry, play))
    except UnreadableFile as error:
        raise Failure(f"{file.path}: {error}; it was changed just now") from None
    if batch:
        yield batch


def _weight(play: Values) -> tuple[int, int]:
    """Returns how many values a play is on the bus, and how many characters."""
    values, characters = 1, 0
    for entry in play.values():
        value: Any = cast("Any", entry).value
        texts = cast("list[str]", value) if isinstance(value, list) else [str(value)]
        values += 4 + len(texts)
        characters += 20 + sum(map(len, texts))
    return values, characters


def _sent(play: Scrobble, source: str) -> Values:
    """Returns a play for a call. No text is longer than scrobblerd keeps it."""
    details = play.details
    values: dict[str, tuple[str, Any]] = {
        "artist": ("s", play.artist),
        "track": ("s", play.track),
        "timestamp": ("x", play.timestamp),
        "album": ("s", play.album),
        "album_artist": ("s", play.album_artist),
        "track_number": ("u", _whole(play.track_number)),
        "mbid": ("s", play.mbid),
        "duration": ("u", _whole(play.duration)),
        "heard": ("u", _whole(details.heard)),
        "artists": ("as", _texts(details.artists)),
        "album_mbid": ("s", details.album_mbid),
        "artist_mbids": ("as", _texts(details.artist_mbids)),
        "url": ("s", details.url),
        "player": ("s", details.player),
        "source": ("s", source),
    }
    return {name: Variant(signature, value) for name, (signature, value) in values.items() if value}


def _texts(texts: Sequence[str]) -> list[str]:
    return [for_wire(text) for text in texts[:MAX_LISTED]]


def _whole(number: int | None) -> int:
    return number if number and 0 < number < 2**32 else 0


def _document(report: Report) -> dict[str, Any]:
    names = ("plays", "added", "known", "queued", "left_out")
    return {name: getattr(report, name) for name in names}


def _show(screen: Screen, report: Report, *, is_trial: bool) -> None:
    would = "would be " if is_trial else ""
    rows = [(report.added, f"plays {would}added to your history")]
    if report.known:
        rows.append((report.known, "plays that were there already"))
    if report.queued:
        rows.append((report.queued, f"plays {would}queued for accounts"))
    for (reason, account), number in report.reasons.items():
        rows.append((number, f"left out: {WORDS[reason].format(account=account)}"))
    screen.table(("", ""), [[(f"{number:,}", "bold"), what] for number, what in rows])
    for each in report.left_out:
        unit = "line" if "line" in each else "entry"
        where = f"{each['part'] or each['file']}, {unit} {each[unit]}"
        screen.line((f"{where} {WORDS[each['reason']].format(account=each['account'])}", "dim"))
    if (more := sum(report.reasons.values()) - len(report.left_out)) > 0:
        screen.line((f"… and {count(more, 'more entry', 'more entries')}: --json", "dim"))
