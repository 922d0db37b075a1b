"""Corrects and deletes plays of the history, and what of them is for accounts, all at once.

The library follows. The number and the key of a play stay. What it was before is remembered, so
that an import of the same file does not bring that back (`former_plays`).
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...core.errors import InvalidArgument
from ...core.model import Scrobble, Verdict
from ...core.rules import whole_seconds
from ...core.submission import Correction, RowReason
from ..accounts import AccountConnection
from ..database import Database
from ..library import put_heard_as, put_unheard
from ..loves import track_keys
from ..reconciliation.sent_plays import SentLongAgo, keep_sent_as, sent_long_ago
from ..rows import details_of, details_text, insert
from .deletions import put_deletion
from .former_plays import keep_former
from .row_editing import Reach, delete_row, edit_row, rows_of_play, why_not_anew, why_there
from .tags import edited

Reaches = Mapping[int, Reach]
"""The accounts that are in config.toml, by their ids."""

_TEXTS = ", ".join(
    f"CAST({name} AS TEXT)"
    for name in ("player", "verdict", "artist", "title", "album", "album_artist", "mbid", "details")
)
_PLAY = f"""
SELECT CAST(start AS INTEGER), CAST(length AS REAL), CAST(track_number AS INTEGER), {_TEXTS}
FROM plays WHERE id = ?"""
_SAME = """
SELECT id FROM plays
WHERE start = :start AND artist = :artist AND title = :title AND id != :id LIMIT 1"""
_EDIT = """
UPDATE plays SET artist = :artist, title = :title, album = :album, album_artist = :album_artist,
    mbid = :mbid, details = :details
WHERE id = :id"""
_FORGET_OUTCOME = "DELETE FROM outcomes WHERE account_id = :account_id AND play_id = :play_id"
_FOLLOW_NAMES = """
UPDATE corrections SET artist_key = :artist_key, title_key = :title_key WHERE play_id = :id"""
_ANEW = (
    "DELETE FROM corrections WHERE play_id = ? AND account_id = ?",
    "DELETE FROM findings WHERE play_id = ? AND account_id = ?",
)
"""What is no longer so of a play that a service gets anew."""
_WAITS = f"""
UPDATE scrobble_queue SET reason = '{RowReason.REPLACING}', sent_at = :sent_at
WHERE account_id = :account_id AND id = :id"""
_DELETE = (
    "DELETE FROM outcomes WHERE play_id = ?",
    "DELETE FROM findings WHERE play_id = ?",
    "DELETE FROM plays WHERE id = ?",
)
_NAMES = "SELECT id, CAST(name AS TEXT), CAST(username AS TEXT) FROM accounts"


@dataclass(frozen=True, slots=True)
class KeptPlay:
    """A play of the history as it is corrected. `scrobble` has its tags and its start."""

    id: int
    player: str
    verdict: str
    length: float | None
    scrobble: Scrobble

    @property
    def count(self) -> int:
        """How many plays of the library it is."""
        return int(self.verdict == Verdict.COUNTED)


@dataclass(frozen=True, slots=True)
class AtAccount:
    """What becomes of a play at an account, by its name; `username`: whose it is there."""

    account: str
    username: str
    correction: Correction


@dataclass(frozen=True, slots=True)
class Corrected:
    """A play as it is now, or was before it was deleted, and what becomes of it at each account
    that has, or is to get, it."""

    play: KeptPlay
    accounts: tuple[AtAccount, ...]


class PlayEditor:
    """A person's hand on the history. Methods raise InvalidArgument and StoreFailed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def play(self, play_id: int) -> tuple[KeptPlay, list[int]]:
        """Returns a play, and the ids of its rows."""

        def work(db: sqlite3.Connection) -> tuple[KeptPlay, list[int]]:
            return _play(db, play_id), [each.row.id for each in rows_of_play(db, play_id)]

        return await self._database.read(work)

    async def edit(
        self, play_id: int, tags: Mapping[str, str], reaches: Reaches, now: float
    ) -> Corrected:
        """Gives a play other tags, here and wherever it waits or can be replaced."""

        def work(db: sqlite3.Connection) -> Corrected:
            before = _play(db, play_id)
            after = replace(before, scrobble=edited(before.scrobble, tags))
            if after == before:
                raise InvalidArgument(f"nothing to change: play {play_id} has these tags already")
            _check_alone(db, after)
            earlier = _earlier(db, play_id, reaches)
            keep_former(db, play_id, before.scrobble.artist, before.scrobble.track)
            _put(db, after)
            _unheard(db, before)
            _heard(db, after)
            keys = track_keys(after.scrobble.artist, after.scrobble.track)
            db.execute(_FOLLOW_NAMES, {**keys, "id": play_id})
            states = {
                each.account_id: (
                    each.row.username,
                    edit_row(db, each, tags, reaches.get(each.account_id), now),
                )
                for each in rows_of_play(db, play_id)
            }
            for sent in earlier:
                correction = _replace_sent(db, sent, tags, reaches.get(sent.account_id), now)
                states.setdefault(sent.account_id, (sent.username, correction))
            for account_id, (_, correction) in states.items():
                for statement in _ANEW if correction is Correction.REPLACING else ():
                    db.execute(statement, (play_id, account_id))
            return Corrected(after, _named(db, states))

        return await self._database.write(work)

    async def delete(self, play_id: int, reaches: Reaches, now: float) -> Corrected:
        """Deletes a play, here and wherever it waits or can be deleted."""

        def work(db: sqlite3.Connection) -> Corrected:
            play = _play(db, play_id)
            names = play.scrobble.artist, play.scrobble.track
            states = {
                each.account_id: (
                    each.row.username,
                    delete_row(db, each, reaches.get(each.account_id), now),
                )
                for each in rows_of_play(db, play_id)
            }
            for sent in _earlier(db, play_id, reaches):
                correction = _delete_sent(db, sent, reaches.get(sent.account_id))
                states.setdefault(sent.account_id, (sent.username, correction))
            keep_former(db, play_id, *names)
            for statement in _DELETE:
                db.execute(statement, (play_id,))
            _unheard(db, play)
            return Corrected(play, _named(db, states))

        return await self._database.write(work)


def _play(db: sqlite3.Connection, play_id: int) -> KeptPlay:
    for start, length, number, player, verdict, *tags, mbid, details in db.execute(
        _PLAY, (play_id,)
    ):
        artist, title, album, album_artist = (tag or "" for tag in tags)
        scrobble = Scrobble(
            artist=artist,
            track=title,
            timestamp=start,
            album=album,
            album_artist=album_artist,
            track_number=number or None,
            mbid=mbid or "",
            duration=whole_seconds(length),
            details=details_of(details or ""),
        )
        return KeptPlay(play_id, player, verdict, length, scrobble)
    raise InvalidArgument(f"there is no play {play_id}")


def _check_alone(db: sqlite3.Connection, play: KeptPlay) -> None:
    """Raises InvalidArgument if another play is the same."""
    scrobble = play.scrobble
    values = {"start": scrobble.timestamp, "artist": scrobble.artist, "title": scrobble.track}
    for (other,) in db.execute(_SAME, {**values, "id": play.id}):
        raise InvalidArgument(f"play {other} is the same then; delete one of them")


def _put(db: sqlite3.Connection, play: KeptPlay) -> None:
    names = ("artist", "album", "album_artist", "mbid")
    values: dict[str, Any] = {name: getattr(play.scrobble, name) for name in names}
    details = details_text(play.scrobble.details)
    db.execute(_EDIT, {**values, "title": play.scrobble.track, "details": details, "id": play.id})


def _unheard(db: sqlite3.Connection, play: KeptPlay) -> None:
    scrobble = play.scrobble
    names = scrobble.artist, scrobble.track
    put_unheard(db, *names, count=play.count, start=scrobble.timestamp)


def _heard(db: sqlite3.Connection, play: KeptPlay) -> None:
    scrobble, url = play.scrobble, play.scrobble.details.url
    tags = (scrobble.artist, scrobble.track, scrobble.album, scrobble.album_artist)
    if scrobble.artist and scrobble.track:
        put_heard_as(
            db,
            tags,
            length=play.length,
            mbid=scrobble.mbid,
            url=url,
            count=play.count,
            start=scrobble.timestamp,
        )


def _earlier(db: sqlite3.Connection, play_id: int, reaches: Reaches) -> list[SentLongAgo]:
    rules = {number: reach.recipient.rules for number, reach in reaches.items()}
    return sent_long_ago(db, play_id, rules)


def _replace_sent(
    db: sqlite3.Connection,
    sent: SentLongAgo,
    tags: Mapping[str, str],
    reach: Reach | None,
    now: float,
) -> Correction:
    """Lets a play whose row has left the queue be deleted and sent anew, if that can be."""
    rows, after = AccountConnection(db, sent.account_id), edited(sent.scrobble, tags)
    why = why_there(True, reach) or why_not_anew(sent.scrobble, after, reach)
    if why or reach is None:
        keep_sent_as(rows, sent)
        return why or Correction.GONE
    rows.execute(_FORGET_OUTCOME, {"play_id": sent.play_id})
    username, own_second = sent.username, reach.recipient.own_second
    row_id = insert(
        rows, after, username=username, now=now, play_id=sent.play_id, own_second=own_second
    )
    rows.execute(_WAITS, {"id": row_id, "sent_at": sent.at})
    put_deletion(rows, sent.scrobble, username=username, row_id=row_id, sent_at=sent.at)
    return Correction.REPLACING


def _delete_sent(db: sqlite3.Connection, sent: SentLongAgo, reach: Reach | None) -> Correction:
    """Lets a play whose row has left the queue be deleted, if that can be."""
    if why := why_there(True, reach):
        return why
    rows = AccountConnection(db, sent.account_id)
    put_deletion(rows, sent.scrobble, username=sent.username, row_id=0, sent_at=sent.at)
    return Correction.DELETING


def _named(
    db: sqlite3.Connection, states: Mapping[int, tuple[str, Correction]]
) -> tuple[AtAccount, ...]:
    return tuple(
        AtAccount(name, states[account_id][0] or last_user, states[account_id][1])
        for account_id, name, last_user in db.execute(_NAMES).fetchall()
        if account_id in states
    )
