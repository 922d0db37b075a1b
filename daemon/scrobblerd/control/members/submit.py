"""Members of our interface about what other programs play: announce it, and scrobble it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from ...config.runtime_settings import RuntimeSettings
from ...core import wording
from ...core.errors import InvalidArgument
from ...core.model import Details, Scrobble
from ...core.rules import Rules, is_too_short, needed
from ...core.submission import RowState
from ...core.text import for_wire, too_little
from ...core.values import Int64, UInt32, check_text
from ...runtime.clock import now
from ...scrobbling.worker import Worker
from ...scrobbling.workers import Workers
from ...services.base import Service, terms_of
from ...storage.database import Database
from ...storage.repair.tidying import SANE_STAMP
from ...storage.transfer.imported_plays import Taker, take_in
from ..signatures import method

FUTURE_SLACK_SECONDS = 60
"""How far a caller's clock may be ahead of ours."""

SUBMIT_TIMEOUT_SECONDS = 10.0
"""How long a caller of Scrobble waits for the server."""

DAY_SECONDS = 86400.0

MAX_IMPORTED = 200
"""Plays of one call of ImportPlays or ImportHistoryPage: what is read and written in some 20 ms."""

PLAY_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("artist", "track", "album", "album_artist", "mbid", "album_mbid"), "s"),
    **dict.fromkeys(("url", "player", "source"), "s"),
    "timestamp": "x",
    **dict.fromkeys(("track_number", "duration", "heard"), "u"),
    **dict.fromkeys(("artists", "artist_mbids"), "as"),
}
"""What ImportPlays takes of a play."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of plays."""

    added: UInt32
    known: UInt32
    queued: UInt32
    refused: list[tuple[UInt32, str]]
    too_old: list[tuple[UInt32, str]]


class SubmitMembers:
    """What other programs play."""

    def __init__(self, settings: RuntimeSettings, workers: Workers, database: Database) -> None:
        self._settings = settings
        self._workers = workers
        self._database = database

    @method("status", "message")
    async def NowPlaying(
        self, artist: str, track: str, album: str, duration: UInt32
    ) -> tuple[str, str]:
        """Announce what another program plays, at each account that is switched on. The answer is
        that of Last.fm, or without it that of the first account.

        artist, track, album: its tags; `album` may be ""
        duration: its length in seconds; 0 = unknown

        status: `success`, `disabled`, `not_authenticated` or `error`
        message: what is wrong, in words; "" if nothing is. What is wrong at another account begins
            with its name

        Errors: InvalidArgument.
        """
        scrobble = _scrobble(artist, track, album, 0, duration)
        if not self._settings.rules.enabled:
            return "disabled", "scrobbling is switched off"
        first, others = self._workers.answering()
        for worker in others:
            worker.announce_scrobble(scrobble)
        accounts = [worker.context.account for worker in others]
        status, words = await self._announced(first, scrobble)
        return status, _joined(words, {account.name: account.absence for account in accounts})

    async def _announced(self, first: Worker, scrobble: Scrobble) -> tuple[str, str]:
        account = first.context.account
        if account.session is None:
            return "not_authenticated", account.absence
        if not first.budget.may_announce(now().wall):
            return "error", "what is left of the day's requests is kept for scrobbles"
        reply = await first.announcer.send(account.session, scrobble)
        return ("success", "") if reply.ok else ("error", reply.message)

    @method("status", "message")
    async def Scrobble(
        self,
        artist: str,
        track: str,
        album: str,
        timestamp: Int64,
        duration: UInt32,
        played_time: UInt32,
    ) -> tuple[str, str]:
        """Scrobble what another program played, to each account that is on. Waits 10 seconds at
        most for Last.fm, or without it for the first account; after that the play is `queued`.

        artist, track, album: its tags; `album` may be ""
        timestamp: when it began, UNIX seconds; at most 13.5 days ago
        duration: its length in seconds; 0 = unknown
        played_time: how much of it was heard, in seconds

        status: `success`, `queued`, `rejected`, `threshold_not_met` or `disabled`
        message: why, in words; "" at `success`. If it goes to other accounts too, it names them,
            such as "sent; brainz: queued"

        Errors: InvalidArgument.
        """
        scrobble = _scrobble(artist, track, album, timestamp, duration)
        scrobble = replace(scrobble, details=Details(heard=played_time))
        first, others = self._workers.answering()
        _check_start(timestamp, now().wall, first.context.service)
        rules = self._settings.rules
        if not rules.enabled:
            return "disabled", "scrobbling is switched off"
        if why := _too_little(rules, duration, played_time):
            return "threshold_not_met", why
        elsewhere = {each.context.account.name: await _queued(each, scrobble) for each in others}
        outcome = await first.submit(scrobble, SUBMIT_TIMEOUT_SECONDS)
        if outcome.state is RowState.SENT:
            return "success", _joined("sent" if elsewhere else "", elsewhere)
        if outcome.state is RowState.PENDING:
            return "queued", _joined(first.why_waiting(), elsewhere)
        words = wording.of_row_outcome(outcome, terms_of(first.context.service))
        return "rejected", _joined(words, elsewhere)

    @method("result", entries=PLAY_TYPES)
    async def ImportPlays(
        self, plays: list[dict[str, Any]], accounts: list[str], dry_run: bool
    ) -> ImportResult:
        """Take plays of another program's history into ours, all or none, and queue them for
        accounts that have not had them yet. Live plays are sent before them. A play that is there
        already, heard by the daemon itself or from another file, is not doubled.

        plays: 200 at most
        accounts: those to which they are sent; none = only into the history
        dry_run: only tell what would become of them

        artist, track: its names
        timestamp: when it began, UNIX seconds
        album, album_artist, mbid, album_mbid, url, player: as in `ExportHistoryPage`
        artists, artist_mbids: likewise
        track_number: on its album; 0 = unknown
        duration, heard: its length, and how much of it was heard, in seconds; 0 = unknown
        source: what kind of file it comes from, such as `spotify`

        added: how many are new
        known: how many were there already
        queued: how many rows of the queue were made
        refused: which plays were left out, by their places from 0, and why: `malformed` (a value of
            another type), `no_artist`, `no_track`, `no_time` or `future`
        too_old: which plays an account does not take any more, and its name

        Errors: InvalidArgument.
        """
        if len(plays) > MAX_IMPORTED:
            raise InvalidArgument(f"plays: must be {MAX_IMPORTED} at most")
        return await self._take_in(plays, accounts, is_trial=dry_run)

    @method("result")
    async def ImportHistoryPage(
        self, lines: str, source: str, accounts: list[str], dry_run: bool
    ) -> ImportResult:
        """The same of plays that are written as those of `ExportHistoryPage`, in a fraction of the
        time: the entries are those of `ImportPlays`.

        lines: a JSON object and a line break for each play, 200 at most, with the names and values
            of ImportPlays; other names are left out
        source: what kind of file they come from, such as `spotify`
        accounts: those to which they are sent; none = only into the history
        dry_run: only tell what would become of them

        Errors: InvalidArgument.
        """
        plays = lines.removesuffix("\n").split("\n", MAX_IMPORTED) if lines else []
        if len(plays) > MAX_IMPORTED:
            raise InvalidArgument(f"lines: must be {MAX_IMPORTED} at most")
        known = {"source": source}
        return await self._take_in(
            [{**_values(line), **known} for line in plays], accounts, is_trial=dry_run
        )

    async def _take_in(
        self, plays: Sequence[Mapping[str, Any]], accounts: Sequence[str], *, is_trial: bool
    ) -> ImportResult:
        workers = [self._workers[name] for name in dict.fromkeys(accounts)]
        wall = now().wall
        judged = [_imported(play, wall) for play in plays]
        sound = [(place, each) for place, each in enumerate(judged) if isinstance(each, Scrobble)]
        taken = await take_in(
            self._database,
            [(place, each, _source(plays[place])) for place, each in sound],
            takers=[Taker(each.recipient, each.queue.oldest(wall)) for each in workers],
            now=wall,
            is_trial=is_trial,
        )
        for worker in workers:
            worker.wake()
        names = {each.queue.account_id: each.context.account.name for each in workers}
        return ImportResult(
            added=taken.added,
            known=taken.known,
            queued=taken.queued,
            refused=[(n, each) for n, each in enumerate(judged) if isinstance(each, str)],
            too_old=[(place, names[account]) for place, account in taken.too_old],
        )


def _values(line: str) -> Mapping[str, Any]:
    """Returns the values of a play that a line has; one that is malformed if it is no object."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        return {"artist": None}
    known = cast("dict[str, Any]", values)
    return {name: known[name] for name in PLAY_TYPES if name in known}


def _source(play: Mapping[str, Any]) -> str:
    return for_wire(play.get("source", ""))


def _imported(play: Mapping[str, Any], wall: float) -> Scrobble | str:
    """Returns a play of another program's history, or why it is left out."""
    if any(not _is_of_type(play[name], PLAY_TYPES.get(name, "")) for name in play):
        return "malformed"
    texts = {name: for_wire(play.get(name, "")) for name, kind in PLAY_TYPES.items() if kind == "s"}
    timestamp = play.get("timestamp", 0)
    if missing := next((name for name in ("artist", "track") if not texts[name]), ""):
        return f"no_{missing}"
    if timestamp < SANE_STAMP:
        return "no_time"
    if timestamp > wall + FUTURE_SLACK_SECONDS:
        return "future"
    return Scrobble(
        artist=texts["artist"],
        track=texts["track"],
        album=texts["album"],
        album_artist=texts["album_artist"],
        mbid=texts["mbid"],
        timestamp=timestamp,
        track_number=play.get("track_number") or None,
        duration=play.get("duration") or None,
        details=Details(
            artists=_texts(play.get("artists", [])),
            artist_mbids=_texts(play.get("artist_mbids", [])),
            album_mbid=texts["album_mbid"],
            url=texts["url"],
            player=texts["player"],
            heard=play.get("heard", 0),
        ),
    )


def _texts(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for each in values if (text := for_wire(each)))


def _is_of_type(value: object, kind: str) -> bool:
    """Returns whether a value is of a type of PLAY_TYPES."""
    if kind == "s":
        return isinstance(value, str)
    if kind == "as":
        texts = cast("list[object]", value) if isinstance(value, list) else [None]
        return all(isinstance(each, str) for each in texts)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    low = -(2**53) if kind == "x" else 0
    return bool(kind) and is_whole and low <= cast("int", value) < 2**53


async def _queued(worker: Worker, scrobble: Scrobble) -> str:
    """Queues a scrobble at an account that nobody waits for. Returns what became of it, in
    words."""
    outcome = await worker.submit(scrobble, 0.0)
    if outcome.state is not RowState.PENDING:
        return str(outcome.state)
    _, hold = worker.wait_reason(now().wall, 1)
    return f"queued, {hold}" if hold else "queued"


def _joined(words: str, elsewhere: Mapping[str, str]) -> str:
    """Returns the words of the account that answers, and then those of others by their names."""
    others = (f"{name}: {told}" for name, told in elsewhere.items() if told)
    return "; ".join(filter(None, [words, *others]))


def _scrobble(artist: str, track: str, album: str, timestamp: int, duration: int) -> Scrobble:
    return Scrobble(
        artist=check_text("artist", artist),
        track=check_text("track", track),
        timestamp=timestamp,
        album=for_wire(album),
        duration=duration or None,
    )


def _too_little(rules: Rules, duration: int, played_time: int) -> str:
    """Returns why so much of a track does not count; "" if it does."""
    length = float(duration) if duration else None
    if is_too_short(rules, length):
        shortest = f"{rules.minimum_track_seconds:.0f}"
        return f"duration: tracks shorter than {shortest} s do not count"
    wanted = needed(rules, length)
    return too_little(played_time, wanted) if played_time < wanted else ""


def _check_start(timestamp: int, wall: float, service: Service) -> None:
    if timestamp <= 0:
        raise InvalidArgument("timestamp: must be UNIX seconds, greater than 0")
    if timestamp > wall + FUTURE_SLACK_SECONDS:
        raise InvalidArgument("timestamp: lies in the future; it is when the play started")
    oldest = service.can.oldest
    if oldest is not None and timestamp < wall - oldest:
        days = f"{oldest / DAY_SECONDS:g} days"
        raise InvalidArgument(f"timestamp: older than {days}, which {service.label} does not take")
