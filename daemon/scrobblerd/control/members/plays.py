"""Members of our interface about what was heard, and what became of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from itertools import pairwise
from typing import Any, cast

from ...core import wording
from ...core.errors import InvalidArgument
from ...core.submission import FindingKind, PlayRecord
from ...core.values import MAX_STAMP, Int64, UInt32, check_span, check_stamp
from ...runtime.clock import follow_time_zone, now
from ...storage.corrections import Corrections, corrections_of
from ...storage.history import ANSWERS, History, PlayFilter
from ...storage.reconciliation.findings import findings_of
from ...storage.statistics import period_totals, statistics
from ...storage.transfer.exported_plays import exported_page
from ..signatures import method

MAX_PERIODS = 400
"""Of one call: a year of days, and what fits into its 64 KB."""


@dataclass(frozen=True, slots=True)
class PlayEntry:
    """A play in the history."""

    id: Int64
    player: str
    artist: str
    title: str
    album: str
    start: Int64
    length: float
    heard: float
    needed: float
    verdict: str
    reason: str
    code: str
    detail: str
    rule: str
    outcomes: list[tuple[str, Int64]]
    sent_to: list[str]
    waiting_for: list[str]
    refused_by: list[str]
    accounts: list[tuple[str, str, str]]
    corrections: list[tuple[str, str, str, str, str]]


@dataclass(frozen=True, slots=True)
class OutcomeEntry:
    """What became of a play at one account; 0 and "" stand for none."""

    account: str
    username: str
    state: str
    at: Int64
    code: str
    detail: str
    row: Int64


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of plays. Lists hold a name (tracks: title, artist), plays that counted, seconds."""

    plays: UInt32
    counted: UInt32
    heard: float
    verdicts: list[tuple[str, UInt32]]
    days: list[tuple[str, UInt32, float]]
    artists: list[tuple[str, UInt32, float]]
    tracks: list[tuple[str, str, UInt32, float]]
    players: list[tuple[str, UInt32, float]]


@dataclass(frozen=True, slots=True)
class PeriodStatistics(Statistics):
    """Figures of plays between two moments."""

    albums: list[tuple[str, str, UInt32, float]]
    hours: list[tuple[UInt32, UInt32, float]]


FILTER_TYPES = {
    "since": "x",
    "until": "x",
    "artist": "s",
    "title": "s",
    "player": "s",
    "verdict": "s",
    "account": "s",
    "only": "s",
}
"""What FindPlays takes."""


class PlaysMembers:
    """Plays."""

    def __init__(self, history: History, why_waiting: Callable[[str], str]) -> None:
        """`why_waiting` says what all rows of an account wait for that are pending."""
        self._history = history
        self._why_waiting = why_waiting

    @method("plays", is_long=True)
    async def GetHistory(self, limit: UInt32, before_id: Int64) -> list[PlayEntry]:
        """The newest plays, and what became of each. They are in the order in which they began, so
        imported ones stand where they were heard; of two in one second the one with the higher `id`
        comes first.

        limit: how many, 200 at most
        before_id: only older ones than the play of this `id`: those after it in this order; 0 =
            from the newest on. If there is no such play, they begin with the one that has the next
            lower `id`, so pages go on if a play was deleted. For one play there is `GetPlay`

        id: names the play, for `Explain`
        player: the player's bus name without `org.mpris.MediaPlayer2.`
        artist, title, album: its tags
        start: when it began, UNIX seconds
        length: the track's, in seconds; 0 = unknown
        heard, needed: seconds of the track that were heard, and that it takes to count
        verdict: `counted`, `not_heard`, `too_short`, `no_tags`, `unwanted` (a rule, or by hand),
            `duplicate` (another player reported it), `unclear` (the player changed track without a
            word) or `disabled` (off, or paused)
        reason: the verdict in words, and what became of the play after its row left the queue
        code: the reason for programs: `heard`, `not_heard`, `too_short`, `no_artist`, `no_title`,
            `unclear`, `off`, `skipped`, `announce_only`, `duplicate`, `imported`, `by_hand`; of a
            rule about the track: `site`, `file_type`, `genre`, `address`, `artist`, `title`,
            `album`, `no_album`, `shorter`, `longer`; `other` = an older version wrote it
        detail: what goes with the code: the player whose play counted, the entry that matched, a
            number of seconds, or how scrobbling was off: `paused` or `off`, "" = not known
        rule: the rule of config.toml that decided; "" = none
        outcomes: what became of the play after its row left the queue, `sent` or `dropped`, and
            when, UNIX seconds, 0 = unknown; `left_out` = by the rules of an account; `there` = the
            service had it already when a backfill was to send it
        sent_to: the names of the accounts that took it
        waiting_for: those for which it waits, or is held for another user
        refused_by: those that did not take it, or for which it is too old. What was dropped by
            hand is in none of the three
        accounts: what became of it at each account: its name, and state and code as `GetOutcomes`
            has them
        corrections: the names under which an account keeps the play if it has corrected them: its
            name, artist, title, album, album artist; "" = as it was sent

        Errors: InvalidArgument.
        """
        return await self._shown(await self._history.newest(limit, before_id))

    @method("play")
    async def GetPlay(self, play_id: Int64) -> PlayEntry:
        """One play: the entries are those of `GetHistory`.

        play_id: the `id` in `GetHistory`

        Errors: InvalidArgument.
        """
        [entry] = await self._shown([await self._history.play(play_id)])
        return entry

    @method("plays", is_long=True)
    async def GetAccountHistory(
        self, account: str, only: str, limit: UInt32, before_id: Int64
    ) -> list[PlayEntry]:
        """The newest plays that went, or were to go, to one account: the entries are those of
        `GetHistory`.

        account: its name; it may have left config.toml
        only: `sent`, `waiting`, `refused` (as in `sent_to`, `waiting_for` and `refused_by`) or
            `missing` (it counted, but was never meant for this account: it was not
            there then, or was off, or its rules left the play out; or verifying did not find it
            there); "" = all but `missing`
        limit: how many, 200 at most
        before_id: only older ones than the play of this `id`; 0 = from the newest on

        Errors: InvalidArgument.
        """
        wanted = PlayFilter(account=account, only=only)
        return await self._shown(await self._history.find(wanted, limit, before_id))

    @method("plays", entries=FILTER_TYPES, is_long=True)
    async def FindPlays(
        self, filters: dict[str, object], limit: UInt32, before_id: Int64
    ) -> list[PlayEntry]:
        """The newest plays that all of the filters fit: the entries are those of `GetHistory`.

        since: it began then or later, UNIX seconds; any integer type
        until: it began before that, UNIX seconds; any integer type
        artist, title: a text that is in the tag, in any case, with or without accents: `bjork`
            finds Björk
        player: the player's bus name without `org.mpris.MediaPlayer2.`, or its program: `mpv` is
            `mpv.instance7` too
        verdict: one of those that `GetHistory` names, or several, joined by commas
        account: it went, or is to go, to the account of this name
        only: `sent`, `waiting`, `refused` or `missing`, as in `GetAccountHistory`: at `account`, or
            without it at any account; `missing`: at none, or not found by verifying

        limit: how many, 200 at most
        before_id: only older ones than the play of this `id`; 0 = from the newest on

        Errors: InvalidArgument.
        """
        return await self._shown(await self._history.find(_play_filter(filters), limit, before_id))

    @method("outcomes")
    async def GetOutcomes(self, play_id: Int64) -> list[OutcomeEntry]:
        """What became of a play that counted, at each account: for programs, what `Explain` says
        in words.

        play_id: the `id` in `GetHistory`

        account: the account, such as `lastfm`
        username: whose row it is; "" = nobody was logged in yet, or it has left the queue
        state: `pending`, `held`, `rejected`, `expired` or `sent`, as in `ListQueue`; `dropped` = by
            hand; `left_out` = by the rules of the account; `there` = the service had it already
        at: when it was sent, dropped, left out or there, UNIX seconds; 0 = not yet, or unknown
        code, detail: why it is in its state, as in `ListQueue`; if it was left out, as in
            `GetHistory`, "" = a rule about players, and the player
        row: its `id` in `ListQueue`; 0 = it has left the queue

        Errors: InvalidArgument.
        """
        return [OutcomeEntry(*row) for row in await self._history.outcomes(play_id)]

    @method("words")
    async def Explain(self, play_id: Int64) -> str:
        """What became of a play, in a sentence or two: from what was heard to Last.fm's answer, and
        what verifying has found of it.

        play_id: the `id` in `GetHistory`
        words: such as "Fern by Mira Holt, mpv, 2026-09-21 14:13:20: counted: heard 2:01 of 4:01,
            needed 2:00. Sent to quiet_otter 2026-09-21 14:15:22."

        Errors: InvalidArgument.
        """
        follow_time_zone()
        words = await self._history.explain(play_id, self._why_waiting, now().wall)
        found = await findings_of(self._history.database, play_id)
        told = [
            (account, each.kind, each.cause, each.client)
            for account, each in found
            if each.kind != FindingKind.CHANGED  # its other names are told anyway
        ]
        return wording.with_findings(words, told)

    @method("figures", is_long=True)
    async def GetStats(self, since: Int64) -> Statistics:
        """What was listened to, in figures: of the plays that began since a moment.

        since: UNIX seconds; 0 = ever

        plays: how many there were
        counted: how many of them counted
        heard: seconds of track time; of a play from a file that tells none, its length
        verdicts: each verdict, and how often it came
        days: each day (local time of the daemon; for another zone there is `CountPlays`), how many
            plays counted, and the seconds heard
        artists: the first 50 by plays that counted: name, how many, and the seconds heard
        players: the same by program: `firefox`, however often it ran
        tracks: the same by track: title, artist, how many, and the seconds heard

        Errors: InvalidArgument.
        """
        check_stamp("since", since)
        follow_time_zone()
        figures = await statistics(self._history.database, since)
        return Statistics(**{each.name: figures[each.name] for each in fields(Statistics)})

    @method("figures", is_long=True)
    async def GetPeriodStats(self, since: Int64, until: Int64) -> PeriodStatistics:
        """What was listened to between two moments, in figures: what `GetStats` answers, and two
        lists more.

        since: UNIX seconds; 0 = ever
        until: UNIX seconds, of plays that began before that; 0 = until now

        plays, counted: how many there were, and how many of them counted
        heard: seconds of track time; of a play from a file that tells none, its length
        verdicts: each verdict, and how often it came
        days: each day (local time of the daemon), how many plays counted, and the seconds heard
        artists, players: the first 50 by plays that counted: name, how many, and the seconds heard
        tracks: the same by track: title, artist, how many, and the seconds heard
        albums: the same by album: its name, its artist, how many, and the seconds heard
        hours: each hour of the day (0 to 23, local time of the daemon) in which plays began, how
            many counted, and the seconds heard

        Errors: InvalidArgument.
        """
        check_span(since, until)
        follow_time_zone()
        return PeriodStatistics(**await statistics(self._history.database, since, until))

    @method("figures", is_long=True)
    async def CountPlays(self, borders: list[Int64]) -> list[tuple[UInt32, UInt32, float]]:
        """How much was listened to in each of several periods that follow one another, such as the
        days of the caller's time zone.

        borders: UNIX seconds in their order, 401 at most: each two of them are a period
        figures: of each period how many plays began in it, how many of them counted, and the
            seconds heard

        Errors: InvalidArgument.
        """
        is_rising = all(earlier < later for earlier, later in pairwise(borders))
        if not 2 <= len(borders) <= MAX_PERIODS + 1 or not is_rising:
            raise InvalidArgument(
                f"borders: must be 2 to {MAX_PERIODS + 1}, each later than before"
            )
        if not 0 <= borders[0] < borders[-1] < MAX_STAMP:
            raise InvalidArgument("borders: must be UNIX seconds")
        totals = await period_totals(self._history.database, borders)
        return [(plays, counted, heard) for plays, counted, heard in totals]

    @method("lines", "last_id", is_long=True)
    async def ExportHistoryPage(
        self, since: Int64, until: Int64, after_id: Int64
    ) -> tuple[str, Int64]:
        """A page of the plays that counted, 500 of them, in the order of their starts: all that is
        known of each.

        since: when the first one began, UNIX seconds; 0 = ever
        until: only those that began before it, UNIX seconds; 0 = all
        after_id: only those after this play, the `last_id` of the page before; 0 = the first page

        lines: of each play a JSON object and a line break, as the `file` account with `format =
            "jsonl"` writes it: `timestamp`, `artist`, `track`, and `album`, `album_artist`,
            `track_number`, `mbid`, `duration`, `artists`, `album_mbid`, `artist_mbids`, `url`,
            `player`, `heard` if they are known
        last_id: the last play of the page; 0 = there are no more

        Errors: InvalidArgument.
        """
        check_stamp("since", since)
        check_stamp("until", until)
        return await exported_page(self._history.database, since, until, after_id)

    async def _shown(self, plays: Sequence[PlayRecord]) -> list[PlayEntry]:
        """Returns the entries of plays."""
        follow_time_zone()
        play_ids = [play.id for play in plays]
        states = await self._history.states_of(play_ids)
        known = await corrections_of(self._history.database, play_ids)
        return [_entry(play, states[play.id], known.get(play.id, {})) for play in plays]


def _play_filter(filters: Mapping[str, object]) -> PlayFilter:
    """Returns the filters of a caller. Raises InvalidArgument, which names the one that is none."""
    for name, value in filters.items():
        if name not in FILTER_TYPES:
            known = ", ".join(FILTER_TYPES)
            raise InvalidArgument(f"{name:.40}: not a filter; filters are {known}")
        wanted = (int, "a whole number") if FILTER_TYPES[name] == "x" else (str, "a text")
        if type(value) is not wanted[0]:
            raise InvalidArgument(f"{name}: must be {wanted[1]}")
    return PlayFilter(**cast("dict[str, Any]", dict(filters)))


def _entry(
    play: PlayRecord, accounts: list[tuple[str, str, str]], corrections: Corrections
) -> PlayEntry:
    values = asdict(play)
    outcomes = [(each.outcome, int(each.at or 0)) for each in play.outcomes]
    values |= {
        **asdict(play.reason),
        "reason": wording.of_history(play),
        "outcomes": outcomes,
        "sent_to": _answering(accounts, "sent"),
        "waiting_for": _answering(accounts, "waiting"),
        "refused_by": _answering(accounts, "refused"),
        "accounts": accounts,
        "corrections": [(name, *astuple(each)) for name, each in corrections.items()],
    }
    return PlayEntry(**values)


def _answering(accounts: Iterable[tuple[str, str, str]], answer: str) -> list[str]:
    """Returns the names of the accounts that answered so, in a word of ANSWERS."""
    return [name for name, state, _ in accounts if state in ANSWERS[answer]]
