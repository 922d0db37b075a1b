"""Makes sentences of codes. Nothing else does, and nothing ever reads a sentence back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from . import LASTFM
from .errors import MAX_MESSAGE_CHARACTERS
from .model import OffDetail, Play, PlayReason, Reason, Verdict
from .submission import (
    Cause,
    CorrectedNames,
    FindingKind,
    OutcomeKind,
    PlayOutcome,
    PlayRecord,
    QueueItem,
    RowOutcome,
    RowReason,
    RowState,
    ServiceTerms,
)
from .text import apart, clock, for_people, too_little, track_named

if TYPE_CHECKING:
    from .events import Current  # most commands have words for a queue, and no use for events

DAY_SECONDS = 86400.0

GONE = "{account} is not in config.toml"
OFF = "it is switched off"
DROPPED = "taken out of the queue by hand"
_CHANGED = "the player changed track without a word"

_PLAYS = {
    PlayReason.NO_ARTIST: "the player gave no artist",
    PlayReason.NO_TITLE: "the player gave no title",
    PlayReason.SKIPPED: "skipped by you",
    PlayReason.BY_HAND: "scrobbled by hand",
    PlayReason.ANNOUNCE_ONLY: "this player is only announced",
    PlayReason.PLAYER: "the player {detail} is not listened to",
    PlayReason.DUPLICATE: "{detail} reported the same play, and that one counted",
    PlayReason.SITE: "the site {detail} is ignored",
    PlayReason.FILE_TYPE: "files of type {detail} are ignored",
    PlayReason.GENRE: "the genre {detail} is ignored",
    PlayReason.ADDRESS: "its address or id matches '{detail}'",
    PlayReason.ARTIST: "its artist matches '{detail}'",
    PlayReason.TITLE: "its title matches '{detail}'",
    PlayReason.ALBUM: "its album matches '{detail}'",
    PlayReason.NO_ALBUM: "it names no album",
    PlayReason.SHORTER: "it is shorter than {detail} s",
    PlayReason.LONGER: "it is longer than {detail} s",
}
"""What is said without the figures of the play."""

_ROWS = {
    RowReason.OTHER_USER: "belongs to another user",
    RowReason.TOO_OLD: "older than {days} days: {service} takes nothing that old",
    RowReason.CLOCK_UNSET: "its start was stamped by a clock that had not been set",
    RowReason.SET_ASIDE: "set aside: {detail}",
    RowReason.IGNORED: "ignored by {service}: {detail}",
    RowReason.REPLACING: "{service} has it with the old tags, and deletes that first",
    RowReason.NOT_REPLACED: "{service} keeps the old tags: {detail}",
}
"""Why a row is in its state; of the other reasons the service's own words tell all."""

_CAUSES: Mapping[str, str] = {
    Cause.COPIED: "{who} has copied it",
    Cause.NO_LENGTH: "{who} has copied it without its length",
    Cause.OTHER_PROGRAM: "{who} has scrobbled it, too",
    Cause.SAME_SECOND: "listed twice, with another album or length",
    Cause.SHIFTED: "listed twice, some seconds apart",
    Cause.SENT_AGAIN: "sent again",
    Cause.TOO_OLD: "too old to be sent again",
}
"""What people read for each cause."""

_OUTCOMES = {
    OutcomeKind.SENT: "sent {at}",
    OutcomeKind.DROPPED: DROPPED,
    OutcomeKind.LEFT_OUT: "left out: {why}",
    OutcomeKind.THERE: "not sent: it was there already",
}
"""What became of a play that has no row in the queue, or none any more."""


_OFF_OR_PAUSED = "off or paused"
_OFF: Mapping[str, str] = {OffDetail.PAUSED: "paused", OffDetail.OFF: "switched off"}
"""How scrobbling is off; of older plays that is not known."""

_REMEDIES: Mapping[str, str] = {
    OffDetail.PAUSED: "; scrobblerctl resume ends that",
    OffDetail.OFF: "; scrobblerctl settings enabled on ends that",
}
"""What to do about it while it is so."""


def of_clamped(given: int, kept: int) -> str:
    """Says what became of a number that is outside of its bounds.

    >>> of_clamped(10, 25), of_clamped(150, 100)
    ('10 is below 25: set to 25', '150 is above 100: set to 100')
    """
    side = "below" if given < kept else "above"
    return f"{given} is {side} {kept}: set to {kept}"


def of_decision(verdict: str, why: str) -> str:
    """Says whether a play counted, and why."""
    return f"{'counted' if verdict == Verdict.COUNTED else 'not counted'}: {why}"


def of_play(play: Play) -> str:
    """Says why a play has its verdict."""
    return of_reason(play.reason, play.heard, play.needed, play.track.length or 0.0)


def of_history(entry: PlayRecord) -> str:
    """Says why a play of the history has its verdict, and what became of it."""
    why = of_reason(entry.reason, entry.heard, entry.needed, entry.length)
    outcomes = (f"{_whose(each.account)}{_of_outcome(each)}" for each in entry.outcomes)
    return "; ".join([why, *outcomes])


def of_row(reason: str, detail: str, terms: ServiceTerms) -> str:
    """Says why a row of the queue is in its state; "" if there is no reason."""
    if reason == RowReason.TOO_OLD and terms.oldest is None:
        return f"too old for {terms.label}"
    known = {str(code): words for code, words in _ROWS.items()}
    days = f"{(terms.oldest or 0.0) / DAY_SECONDS:g}"
    return known.get(reason, "{detail}").format(detail=detail, service=terms.label, days=days)


def of_row_outcome(outcome: RowOutcome, terms: ServiceTerms) -> str:
    """Says what the service said of a row."""
    return of_row(outcome.reason, outcome.message, terms)


def of_entry(
    entry: PlayRecord,
    rows: Sequence[tuple[QueueItem, str]],
    *,
    waiting: Mapping[str, str],
    corrections: Mapping[str, CorrectedNames],
    now: float,
) -> str:
    """Says what became of a play, followed into its rows of the queue. Beside each row stands what
    `of_row` says of it. `waiting`: what all rows of an account wait for that may be sent, and
    `corrections`: the names under which it keeps the play, by its name; `now` is UNIX seconds."""
    words, others = of_accounts(entry, rows, waiting=waiting, corrections=corrections, now=now)
    each = (f"{name}: {told}" for name, told in others.items())
    return for_people(" ".join([words, *each]), MAX_MESSAGE_CHARACTERS)


def of_accounts(
    entry: PlayRecord,
    rows: Sequence[tuple[QueueItem, str]],
    *,
    waiting: Mapping[str, str],
    corrections: Mapping[str, CorrectedNames],
    now: float,
) -> tuple[str, dict[str, str]]:
    """Says the same as `of_entry`, but what other accounts than that of Last.fm made of the play
    apart, by their names."""
    own = [each for each in entry.outcomes if not _whose(each.account)]
    who = track_named(str(entry.title or ""), str(entry.artist or ""))
    decision = of_decision(entry.verdict, of_history(replace(entry, outcomes=tuple(own))))
    heard = ", ".join(filter(None, (who, entry.player, moment(entry.start))))
    words = f"{heard}: {decision}."
    others: dict[str, str] = {}
    for row, why in rows:
        rests = waiting.get(row.account, "")
        told = _of_queue(row, why, entry, waiting=rests, now=now)
        if row.state == RowState.REJECTED and len(rows) > 1:
            told += f" It is row {row.id}."
        if _whose(row.account):
            others[row.account] = told
        else:
            words += f" {told}"
    for outcome in entry.outcomes:
        if outcome not in own:
            others[outcome.account] = f"{_begun(_of_outcome(outcome))}."
    if not rows and not entry.outcomes and entry.verdict == Verdict.COUNTED:
        words += f" {_LEFT_IN_HISTORY if _is_imported(entry) else _LOST}"
    return _with_corrections(words, others, entry, corrections)


def _with_corrections(
    words: str, others: dict[str, str], entry: PlayRecord, corrections: Mapping[str, CorrectedNames]
) -> tuple[str, dict[str, str]]:
    for account, names in corrections.items():
        if _whose(account):
            others[account] = f"{others.get(account, '')} It {_of_names(names, entry)}.".lstrip()
        else:
            words += f" Last.fm {_of_names(names, entry)}."
    return words, others


def _of_names(names: CorrectedNames, entry: PlayRecord) -> str:
    """Says under which names a service keeps a play."""
    track = track_named(names.track or entry.title, names.artist or entry.artist)
    album = f", on {for_people(names.album)}" if names.album else ""
    by = f", album by {for_people(names.album_artist)}" if names.album_artist else ""
    return f"has it as {track}{album}{by}"


_LOST = "Its row in the queue is gone: it stood there twice, or a broken database lost it."
_LEFT_IN_HISTORY = "It is in the history only, and was not to be sent."


def _is_imported(entry: PlayRecord) -> bool:
    return entry.reason.code in (PlayReason.IMPORTED, PlayReason.BY_HAND)


def _whose(account: str) -> str:
    """Returns what stands before words about an account: nothing for that of Last.fm."""
    return "" if account in ("", LASTFM) else f"{account}: "


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def of_cause(cause: str, client: str) -> str:
    """Says why a play is doubled, or stays missing; "" = nobody knows. `client` sent it again."""
    return _CAUSES.get(cause, cause).format(who=client or "another program")


def of_finding(kind: str, cause: str, client: str) -> str:
    """Says what verifying has found of a play that is missing or doubled, without a full stop."""
    why = of_cause(cause, client)
    if kind == FindingKind.DOUBLED:
        return f"It is there twice: {why}"
    return f"Verifying has not found it there{f': {why}' if why else ''}"


def with_findings(words: str, findings: Iterable[tuple[str, str, str, str]]) -> str:
    """Adds to `words` about a play what verifying has found of it: account, kind, cause, client."""
    told = (f"{account}: {of_finding(*found)}." for account, *found in findings)
    return for_people(" ".join([words, *told]), MAX_MESSAGE_CHARACTERS)


def of_wait(hold: str, last_error: str) -> str:
    """Says why a row that may be sent is not sent yet. `hold`: what all rows wait for, and
    `last_error`: what went wrong last; "" = nothing."""
    return hold or last_error or "waiting for its turn"


def _of_queue(row: QueueItem, why: str, entry: PlayRecord, *, waiting: str, now: float) -> str:
    """Says how a row stands, and what it waits for."""
    to = f" to {row.username}" if row.username else ""
    if (row.artist, row.track) != (entry.artist, entry.title):  # edited
        to += f" as {track_named(row.track, row.artist)}"
    tried = f" after {row.retry_count} tries" if row.retry_count > 1 else ""
    match row.state:
        case RowState.SENT:
            kept = f"; {why}" if row.reason == RowReason.NOT_REPLACED else ""
            return f"Sent{to} {moment(row.sent_at)}{tried}{kept}."
        case RowState.PENDING if row.next_attempt > now:
            told = f", {why}" if why else ""
            return f"Waiting to be sent{to}{told}, not before {moment(row.next_attempt)}."
        case RowState.PENDING:
            rests = why if row.reason == RowReason.REPLACING else waiting
            return f"Waiting to be sent{to}: {rests}."
        case RowState.HELD | RowState.EXPIRED:
            whose = f", {row.username}" if row.reason == RowReason.OTHER_USER else ""
            return f"{row.state.capitalize()}: {why}{whose}."
        case _:
            is_told = not row.answer_code or f"(error {row.answer_code})" in why
            code = "" if is_told else f" (code {row.answer_code})"
            if row.reason == RowReason.IGNORED:
                return f"Ignored{tried}{why.removeprefix('ignored')}{code}."
            return f"Rejected{tried}: {why}{code}."


def _of_outcome(outcome: PlayOutcome) -> str:
    known = {str(kind): words for kind, words in _OUTCOMES.items()}
    if outcome.outcome not in known:
        return str(outcome.outcome)
    words = known[outcome.outcome]
    return words.format(at=moment(outcome.at), why=_of_left_out(outcome.reason, outcome.detail))


def _of_left_out(code: str, detail: str) -> str:
    """Says why an account did not take a play; see `account_rules.LeftOut`."""
    if code:
        return of_rule(Reason.of(code, detail, ""))
    return f"its player is {for_people(detail)}" if detail else "by its rules"


def moment(stamp: object) -> str:
    """A moment of the wall clock, local time; `stamp` is UNIX seconds."""
    try:
        if isinstance(stamp, int | float):
            return f"{datetime.fromtimestamp(stamp):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):  # a disk got it wrong
        pass
    return "at an unknown time"


def of_current(current: "Current") -> str:
    """Says why what plays now does not count; "" if it does, or still may."""
    reason = current.reason
    match reason.code:
        case PlayReason.OPEN | PlayReason.HEARD:
            return ""
        case PlayReason.OFF:
            how = _OFF.get(reason.detail, _OFF_OR_PAUSED)
            return f"scrobbling is {how}{_REMEDIES.get(reason.detail, '')}"
        case _:
            return of_reason(reason, current.heard, current.needed, current.length)


def of_reason(reason: Reason, heard: float, needed: float, length: float) -> str:
    """Says why a play has its verdict; `heard`, `needed` and `length` are seconds, 0 = unknown."""
    figures = _figures(heard, needed, length)
    match reason.code:
        case PlayReason.OPEN | PlayReason.HEARD:
            return figures
        case PlayReason.NOT_HEARD:
            track = f"; the track is {clock(length)} long" if length else ""
            return f"{too_little(heard, needed)}{track}"
        case PlayReason.UNCLEAR:
            return f"{_CHANGED}; {_figures(heard, needed, length, ' at most')}"
        case PlayReason.OFF:
            return f"scrobbling was {_OFF.get(reason.detail, _OFF_OR_PAUSED)}; {figures}"
        case PlayReason.TOO_SHORT:
            return _too_short(length, reason.detail)
        case _:
            return of_rule(reason) or figures


def _of_elsewhere(reason: Reason) -> str:
    """Says where a play, or its words, come from."""
    if reason.code is PlayReason.OTHER:
        return for_people(reason.detail)
    return f"imported from a file of {for_people(_SOURCES.get(reason.detail, reason.detail))}"


_SOURCES = {
    "scrobbler-log": "a portable player",
    "listenbrainz": "ListenBrainz",
    "koito": "Koito",
    "spotify": "Spotify",
    "spotify-account": "Spotify",
    "maloja": "Maloja",
    "pano": "Pano Scrobbler",
    "lastfm": "Last.fm's kind",
    "csv": "Last.fm's kind",
    "csv-minutes": "Last.fm's kind",
    "scrobblerd": "scrobblerd",
    "": "another program",
}
"""Whose files each kind of file is."""


def of_rule(reason: Reason) -> str:
    """Says which rule decided, and where the user finds it."""
    if reason.code in (PlayReason.IMPORTED, PlayReason.OTHER):
        return _of_elsewhere(reason)
    words = _PLAYS.get(reason.code, str(reason.code))
    rule = f" ({reason.rule})" if reason.rule else ""
    return for_people(words.format(detail=for_people(reason.detail)) + rule, 400)


def of_change(tag: str, before: str, after: str, rule: str) -> str:
    """Says what a rule made of a tag."""
    name = tag.replace("_", " ")
    return f'{name} "{for_people(before)}" became "{for_people(after)}" ({for_people(rule)})'


def _figures(heard: float, needed: float, length: float, at_most: str = "") -> str:
    of = f" of {clock(length)}" if length else ""
    heard_for, needed_for = apart(heard, needed)
    return f"heard{at_most} {heard_for}{of}, needed {needed_for}"


def _too_short(length: float, least: str) -> str:
    try:
        shortest = float(least)
    except ValueError:  # a disk got it wrong
        return f"the track is {clock(length)} long, only longer ones count"
    its_length, shortest_length = apart(length, shortest)
    return f"the track is {its_length} long, only {shortest_length} and longer count"
