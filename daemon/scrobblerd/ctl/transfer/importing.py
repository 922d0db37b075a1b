"""import: takes files with plays into the history."""

import asyncio
import json
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.model import Scrobble
from ...core.rules import rules_of
from ...history_files.entries import REASONS, Entry, LeftOut, UnreadableFile
from ...history_files.formats import known_values
from ...history_files.reading import HistoryFile, opened
from ..client import Client
from ..commands.settings import configuration
from ..display.formats import count, moment, named
from ..display.screen import Screen
from ..errors import Failure
from .progress import Progress
from .trial import Trial

MAX_PAGE_PLAYS = 200
"""Plays of a call: scrobblerd takes no more, and writes them down in some 20 ms."""

MAX_PAGE_BYTES = 60_000
"""Of the lines of a call: scrobblerd takes 64 KB."""

ENTRIES_AT_ONCE = 5000
"""Entries that are read until the bar moves: 0.2 s."""

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
class Page:
    """What one call takes: the entries of plays, and a line for each."""

    entries: list[Entry] = field(default_factory=list[Entry])
    lines: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Report:
    """What came of all files. `span`: when the first and the last play began, UNIX seconds."""

    plays: int = 0
    added: int = 0
    known: int = 0
    queued: int = 0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    left_out: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keeps_all: bool = False
    has_clockless: bool = False
    trial: Trial | None = None
    span: tuple[int, int] | None = None

    @property
    def done(self) -> int:
        """How many entries were read."""
        return self.plays + sum(self.reasons.values())

    def see(self, play: Scrobble) -> None:
        """A play was read, whatever comes of it."""
        first, last = self.span or (play.timestamp, play.timestamp)
        self.span = min(first, play.timestamp), max(last, play.timestamp)

    def take(self, file: HistoryFile, page: Page, answer: dict[str, Any]) -> None:
        """Scrobblerd has answered."""
        self.plays += len(page.entries)
        self.added += answer["added"]
        self.known += answer["known"]
        self.queued += answer["queued"]
        refused: list[tuple[int, str]] = answer["refused"]
        too_old: list[tuple[int, str]] = answer["too_old"]
        for place, reason in refused:
            self.leave_out(file, page.entries[place], reason)
        for place, account in too_old:
            self.leave_out(file, page.entries[place], "too_old", account)

    def is_known(self, play: Scrobble, kind: str) -> bool:
        """Returns whether a play came before in a trial, and counts it then."""
        if not self.trial or play.timestamp > time.time():
            return False
        is_known = self.trial.is_known(play, kind)
        self.plays += is_known
        self.known += is_known
        return is_known

    def leave_out(self, file: HistoryFile, entry: Entry, reason: str, account: str = "") -> None:
        """An entry is left out, or an account does not take it."""
        self.reasons[reason, account] += 1
        self.has_clockless |= file.kind == "scrobbler-log" and reason == LeftOut.NO_TIME
        if self.keeps_all or len(self.left_out) < MAX_SHOWN:
            where = {"file": str(file.path), "part": entry.part, file.unit: entry.number}
            self.left_out.append({**where, "reason": reason, "account": account})


async def import_plays(client: Client, options: Namespace, screen: Screen) -> None:
    """Takes files in, each of which is read to its end before."""
    with Progress(screen, None, "entries read", hidden=options.json) as progress:
        files = [await _checked(Path(name), options, progress) for name in options.files]
    report = Report(keeps_all=options.json, trial=Trial() if options.dry_run else None)
    total = sum(entries for _, entries in files)
    try:
        with Progress(screen, total, "entries", hidden=options.json) as progress:
            for file, _ in files:
                await _import(client, options, file, report, progress)
    except (asyncio.CancelledError, Failure):
        if report.added and not options.dry_run:
            added = f"{count(report.added, 'play')} {named(report.added, 'was', 'were')} added"
            screen.note(f"{added} before it ended; the same command adds the rest")
        raise
    if options.json:
        screen.document(_document(report))
    else:
        _show(screen, report, is_trial=options.dry_run)


async def _checked(path: Path, options: Namespace, progress: Progress) -> tuple[HistoryFile, int]:
    """Reads a file to its end. Returns it, and how many entries it has. Raises Failure."""
    config = configuration()
    rules = rules_of(config.rules, ["spotify"]) if config else None
    try:
        file = opened(
            path,
            options.timezone,
            clockless_until=options.clockless_until,
            rules=rules,
            shift=options.shift,
        )
        entries = 0
        for entries, _ in enumerate(file.entries(), 1):
            if entries % ENTRIES_AT_ONCE == 0:
                progress.update(entries)
                await asyncio.sleep(0)  # so that Ctrl-C ends it
        return file, entries
    except UnreadableFile as error:
        raise Failure(f"{path}: {error}; nothing was imported") from None


async def _import(
    client: Client, options: Namespace, file: HistoryFile, report: Report, progress: Progress
) -> None:
    """Takes a file in. While scrobblerd works on a page, the next one is read."""
    to: list[str] = options.to or []
    waiting: tuple[Page, asyncio.Future[Any]] | None = None
    try:
        for page in _pages(file, report):
            body = "".join(page.lines), file.kind, to, bool(options.dry_run)
            call = asyncio.ensure_future(client.call("ImportHistoryPage", "ssasb", *body))
            before, waiting = waiting, (page, call)
            if before:
                report.take(file, before[0], await before[1])
                progress.update(report.done)
        if waiting:
            report.take(file, waiting[0], await waiting[1])
            progress.update(report.done)
    finally:
        if waiting:
            waiting[1].cancel()


def _pages(file: HistoryFile, report: Report) -> Iterator[Page]:
    """Yields plays, as many as a call takes. Raises Failure if the file has changed since."""
    page, size = Page(), 0
    try:
        for entry in file.entries():
            if entry.play is None:
                report.leave_out(file, entry, str(entry.why))
                continue
            report.see(entry.play)
            if report.is_known(entry.play, file.kind):
                continue
            line = _line(entry.play)
            bytes_more = len(line.encode())
            if len(page.lines) == MAX_PAGE_PLAYS or size + bytes_more > MAX_PAGE_BYTES:
                yield page
                page, size = Page(), 0
            page.entries.append(entry)
            page.lines.append(line)
            size += bytes_more
    except UnreadableFile as error:
        raise Failure(f"{file.path}: {error}; it was changed just now") from None
    if page.lines:
        yield page


def _line(play: Scrobble) -> str:
    """Returns a play as scrobblerd takes it: not longer than a call may be."""
    values = known_values(play)
    for name in ("track_number", "duration", "heard"):
        if not 0 <= values.get(name, 0) < 2**32:
            del values[name]
    for name in ("artists", "artist_mbids"):
        values[name] = values.get(name, [])[:MAX_LISTED]
    line = json.dumps(values, ensure_ascii=False)
    if len(line.encode()) >= MAX_PAGE_BYTES:
        line = json.dumps({**values, "artists": [], "artist_mbids": []}, ensure_ascii=False)
    return f"{line}\n"


def _document(report: Report) -> dict[str, Any]:
    names = ("plays", "added", "known", "queued", "left_out")
    first, last = report.span or (None, None)
    return {**{name: getattr(report, name) for name in names}, "first": first, "last": last}


def _show(screen: Screen, report: Report, *, is_trial: bool) -> None:
    """Writes which entries are left out, and then the figures, which stay on the screen."""
    for each in report.left_out:
        unit = "line" if "line" in each else "entry"
        where = f"{each['part'] or each['file']}, {unit} {each[unit]}"
        screen.line((f"{where} {WORDS[each['reason']].format(account=each['account'])}", "dim"))
    if (more := sum(report.reasons.values()) - len(report.left_out)) > 0:
        screen.line((f"… and {count(more, 'more entry', 'more entries')}: --json", "dim"))
    would = "would be " if is_trial else ""
    rows = [(report.added, f"{named(report.added, 'play')} {would}added to your history")]
    if report.known:
        there = named(report.known, "play that was", "plays that were")
        rows.append((report.known, f"{there} there already"))
    if report.queued:
        rows.append((report.queued, f"{named(report.queued, 'play')} {would}queued for accounts"))
    for (reason, account), number in report.reasons.items():
        which = named(number, "it", "each")
        rows.append((number, f"left out: {which} {WORDS[reason].format(account=account)}"))
    screen.table(("", ""), [[(f"{number:,}", "bold"), what] for number, what in rows])
    _show_hints(screen, report)


def _show_hints(screen: Screen, report: Report) -> None:
    """Writes by what one sees whether a clock was wrong, and what can be done."""
    if report.span:
        first, last = (moment(stamp, time.time()) for stamp in report.span)
        screen.line(f"The first play began {first}, the last one {last}.")
    if (LeftOut.CUT_OFF, "") in report.reasons:
        screen.line("Get a file that is cut off again: its import adds what is missing.")
    if report.has_clockless:
        screen.line(
            "The player has no clock: with --clockless-until 2026-09-21T18:00, its plays without a"
            " time are taken to have been played one after the other until then."
        )
