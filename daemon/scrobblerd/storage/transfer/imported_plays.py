"""Takes plays of files into the history, so that each is there once, whichever files have it.

`history_files/same_play` says when two plays are one.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ...core.account_rules import Recipient
from ...core.matching import loose_names
from ...core.model import Moment, Play, PlayReason, Reason, Scrobble, Track, Verdict
from ...core.rules import Rules, needed
from ...core.submission import RowOrigin
from ...history_files.same_play import UNKNOWN_LENGTH_SECONDS, apart
from ..database import Database
from ..editing.former_plays import digest
from ..library import put_heard
from ..plays import enqueue, put_play

MAX_NEAR_PLAYS = 1000
"""Plays that are compared with one that is new."""

_FORMER = """
SELECT play_id, start, CAST(length AS REAL), CAST(reason AS TEXT), CAST(detail AS TEXT)
FROM former_plays
WHERE names = :names AND start BETWEEN :first AND :last"""
_EDITED = """
SELECT CAST(artist AS TEXT), CAST(title AS TEXT), CAST(album AS TEXT), CAST(album_artist AS TEXT),
    CAST(mbid AS TEXT)
FROM plays
WHERE id = ? AND EXISTS (SELECT 1 FROM former_plays WHERE play_id = plays.id)"""
_IS_THERE = "SELECT 1 FROM plays WHERE id = ?"
_BY_KEY = "SELECT id FROM plays WHERE key = ?"
_NEAR = f"""
SELECT id, CAST(artist AS TEXT), CAST(title AS TEXT), CAST(start AS INTEGER),
    CAST(length AS REAL), CAST(reason AS TEXT), CAST(detail AS TEXT)
FROM plays
WHERE start BETWEEN :first AND :last AND verdict = '{Verdict.COUNTED}' LIMIT {MAX_NEAR_PLAYS}"""


@dataclass(frozen=True, slots=True)
class Taker:
    """An account that is sent plays, and the start of the oldest that it takes, UNIX seconds."""

    recipient: Recipient
    oldest: int


@dataclass(slots=True)
class Taken:
    """What became of plays: how many are new, or were known, and how many rows of the queue were
    made; which of them (by their places) are too old for which account (by its id); and their
    numbers in the history, 0 = the user has deleted it."""

    added: int = 0
    known: int = 0
    queued: int = 0
    too_old: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    play_ids: list[int] = field(default_factory=list[int])


async def take_in(
    database: Database,
    plays: Sequence[tuple[int, Scrobble, str]],
    *,
    takers: Sequence[Taker],
    now: float,
    is_trial: bool,
) -> Taken:
    """Takes plays in, all of them or none, and queues them for accounts that have none of them yet.
    `plays` have their places in the list of the caller, and the kinds of file that they come from.
    `is_trial`: only tells what would come of it. Raises StoreFailed."""

    def work(db: sqlite3.Connection) -> Taken:
        db.execute("SAVEPOINT trial")
        taken = Taken()
        for place, scrobble, source in plays:
            _take(db, place, _as_play(scrobble, source), taken, takers=takers, now=now)
        if is_trial:
            db.execute("ROLLBACK TO trial")
        db.execute("RELEASE trial")
        return taken

    return await database.write(work)


def _take(
    db: sqlite3.Connection,
    place: int,
    play: Play,
    taken: Taken,
    *,
    takers: Sequence[Taker],
    now: float,
) -> None:
    is_by_hand = play.reason.code is PlayReason.BY_HAND
    play_id = _known(db, play) or (0 if is_by_hand else _formerly(db, play))
    if play_id and not db.execute(_IS_THERE, (play_id,)).fetchone():  # the user has deleted it
        taken.known += 1
        taken.play_ids.append(0)
        return
    if play_id:
        taken.known += 1
        play = _as_edited(db, play_id, play)
    else:
        taken.added += 1
        play_id = put_play(db, play, boot_id="")
        put_heard(db, play, 1)
    taken.play_ids.append(play_id)
    for taker in takers:
        if play.start.wall < taker.oldest:
            taken.too_old.append((place, taker.recipient.account_id))
        else:
            origin = RowOrigin.PLAYED if is_by_hand else RowOrigin.IMPORT
            taken.queued += enqueue(db, play_id, play, taker.recipient, now=now, origin=origin)


def _as_play(scrobble: Scrobble, source: str) -> Play:
    names = digest(scrobble.artist, scrobble.track)[:32]
    details = scrobble.details
    length = float(scrobble.duration) if scrobble.duration else None
    return Play(
        key=f"imported {scrobble.timestamp} {names}",  # by time: a page has many neighbours
        player=details.player,
        track=Track(
            title=scrobble.track,
            artist=scrobble.artist,
            album=scrobble.album,
            album_artist=scrobble.album_artist,
            length=length,
            url=details.url,
            number=scrobble.track_number,
            mbid=scrobble.mbid,
            album_mbid=details.album_mbid,
            artist_mbids=details.artist_mbids,
            artists=details.artists,
        ),
        start=Moment(mono=0.0, boot=0.0, wall=float(scrobble.timestamp)),
        heard=float(details.heard),
        needed=needed(Rules(), length),
        verdict=Verdict.COUNTED,
        reason=_reason(source),
        player_name=details.player,
    )


def _reason(source: str) -> Reason:
    if source == PlayReason.BY_HAND:
        return Reason(PlayReason.BY_HAND)
    return Reason(PlayReason.IMPORTED, source)


def _known(db: sqlite3.Connection, play: Play) -> int:
    """Returns the id of the play in the history that is this one; 0 if there is none."""
    for (play_id,) in db.execute(_BY_KEY, (play.key,)):
        return int(play_id)
    start = int(play.start.wall)
    far = _far(play)
    names = play.track.artist, play.track.title
    for play_id, artist, title, begin, length, reason, detail in db.execute(
        _NEAR, {"first": int(start - far), "last": int(start + far)}
    ):
        is_near = abs(begin - start) < _apart(play, length, reason, detail)
        if is_near and loose_names(artist, title) == loose_names(*names):
            return int(play_id)
    return 0


def _formerly(db: sqlite3.Connection, play: Play) -> int:
    """Returns the id of the play that was this one before the user edited or deleted it; 0 if there
    is none."""
    start, far = int(play.start.wall), _far(play)
    names = digest(play.track.artist, play.track.title)
    values = {"names": names, "first": int(start - far), "last": int(start + far)}
    for play_id, begin, length, reason, detail in db.execute(_FORMER, values):
        if abs(begin - start) < _apart(play, length, reason, detail):
            return int(play_id)
    return 0


def _as_edited(db: sqlite3.Connection, play_id: int, play: Play) -> Play:
    """Returns a play with the tags that the user gave it in the history, if that is so."""
    for artist, title, album, album_artist, mbid in db.execute(_EDITED, (play_id,)):
        track = replace(
            play.track,
            artist=artist,
            title=title,
            album=album,
            album_artist=album_artist,
            mbid=mbid,
            artists=(),
            artist_mbids=(),
            album_mbid="",
        )
        return replace(play, track=track)
    return play


def _far(play: Play) -> float:
    """Returns how many seconds apart the same play may be in the history at most."""
    return max(play.track.length or 0.0, 10 * UNKNOWN_LENGTH_SECONDS)


def _apart(play: Play, length: float | None, reason: str, detail: str) -> float:
    """Returns how many seconds after a play in the history another one of the track begins at the
    earliest."""
    other = detail if reason == PlayReason.IMPORTED else None
    return apart(length or play.track.length, play.reason.detail, other)
