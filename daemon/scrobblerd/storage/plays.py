"""Plays as they are recorded, with the queue rows and the library rows that they become."""

import json
import logging
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from ..core import program_of
from ..core.account_rules import Recipient, scrobble_for, why_left_out
from ..core.model import Play, Verdict
from ..core.rules import as_scrobble
from ..core.submission import OutcomeKind, RowOrigin
from ..core.text import count
from .accounts import AccountConnection, AccountStore
from .database import Database
from .editing.former_plays import is_deleted
from .journal import put_tracker
from .library import Names, loved_among, put_heard
from .repair import spill
from .repair.spill import Spill
from .repair.tidying import CLOCK_SLACK_SECONDS, SANE_STAMP
from .rows import details_text, insert

log = logging.getLogger(__name__)

_VERDICT = "SELECT verdict FROM plays WHERE key = ?"
_NEXT_ID = """
(SELECT max(coalesce((SELECT max(id) FROM plays), 0),
    coalesce((SELECT max(play_id) FROM former_plays), 0)) + 1)"""
"""The number of a play that was deleted never stands for another one."""

_KEPT_TAGS = ("artist", "title", "album", "album_artist", "track_number", "mbid", "details")
_IS_EDITED = "EXISTS (SELECT 1 FROM former_plays WHERE former_plays.key = excluded.key)"
_TAGS = ", ".join(
    f"{tag} = CASE WHEN {_IS_EDITED} THEN plays.{tag} ELSE excluded.{tag} END" for tag in _KEPT_TAGS
)
"""What the player says of a play, unless the user has corrected it meanwhile."""

_PUT_PLAY = f"""
INSERT INTO plays (id, key, player, artist, title, album, album_artist, length, start, boot_id,
    boot_seconds, heard, needed, verdict, reason, detail, rule, track_number, mbid, details)
VALUES ({_NEXT_ID},
    :key, :player, :artist, :title, :album, :album_artist, :length, :start, :boot_id,
    :boot_seconds, :heard, :needed, :verdict, :reason, :detail, :rule, :track_number, :mbid,
    :details)
ON CONFLICT (key) DO UPDATE SET {_TAGS}, length = excluded.length,
    heard = excluded.heard, needed = excluded.needed, verdict = excluded.verdict,
    reason = excluded.reason, detail = excluded.detail, rule = excluded.rule
RETURNING id"""
_TAKEN = """
SELECT 1 FROM scrobble_queue WHERE play_id = :play_id AND account_id = :account_id
UNION ALL SELECT 1 FROM outcomes WHERE play_id = :play_id AND account_id = :account_id"""

_KNOWN_PLAYERS = "known_players"
_PLAYERS = "SELECT DISTINCT player FROM plays LIMIT 1000"
_LEAVE_OUT = """
INSERT INTO outcomes (play_id, account_id, outcome, at, reason, detail)
VALUES (:play_id, :account_id, :outcome, :at, :reason, :detail)"""


class KnownPlayers(AccountStore):
    """The programs that the user was told of. Methods raise StoreFailed."""

    async def names(self) -> list[str]:
        """Returns the names that are kept; before there are any, those in the history."""
        names = await self.kept(_KNOWN_PLAYERS)
        if isinstance(names, list):
            return [str(name) for name in cast("list[object]", names)]
        rows = await self.database.select(_PLAYERS)
        return [program_of(name) for (name,) in rows if isinstance(name, str)]

    async def keep_names(self, names: list[str]) -> None:
        """Keeps all names."""
        await self.keep(_KNOWN_PLAYERS, names)


class PlayStore:
    """The plays in an open database. Methods raise StoreFailed."""

    def __init__(self, database: Database, boot_id: str) -> None:
        self.database = database
        self._boot_id = boot_id

    async def record(
        self,
        due: Sequence[Play],
        ended: Sequence[Play],
        *,
        recipients: Sequence[Recipient],
        now: float,
        boot: float | None = None,
        tracker: dict[str, Any] | None = None,
        only: Collection[str] | None = None,
        tracks: Collection[Names] = (),
    ) -> dict[Names, bool]:
        """Writes down all that one step of the tracker decided, together or not at all: plays,
        library, the tracker's state, and a queue row for each play that is due and each account
        of `recipients` that takes it. What was recorded before is not recorded twice.

        `now` is UNIX seconds; with `boot` (CLOCK_BOOTTIME now) a start is set right that was
        stamped before the wall clock was set. `only`: the players that `tracker` has, None = all
        that there are. Returns of each of `tracks` whether it is loved: another look into the
        database would cost as much as the writing.
        """
        due, ended = ([_set_right(play, now, boot) for play in plays] for plays in (due, ended))

        def work(db: sqlite3.Connection) -> dict[Names, bool]:
            for play in _not_deleted(db, due):
                counted = db.execute(_VERDICT, (play.key,)).fetchall() == [(Verdict.COUNTED,)]
                play_id = put_play(db, play, self._boot_id)
                for recipient in recipients:
                    enqueue(db, play_id, play, recipient, now=now)
                if not counted:
                    put_heard(db, play, 1)
            for play in _not_deleted(db, ended):
                put_play(db, play, self._boot_id)
                if play.verdict is not Verdict.COUNTED and play.track.title and play.track.artist:
                    put_heard(db, play, 0)
            if tracker is not None:
                put_tracker(db, tracker, only)
            return loved_among(db, tracks)

        return await self.database.write(work)

    async def spill(
        self,
        due: Sequence[Play],
        ended: Sequence[Play],
        *,
        recipients: Sequence[Recipient],
        tracker: dict[str, Any],
    ) -> Path:
        """Keeps what `record` could not write in a file, for the next start. Returns where it is.
        Raises StoreFailed."""
        usernames = {str(each.account_id): each.username for each in recipients}
        unsaved = Spill(self._boot_id, usernames, json.dumps(tracker), tuple(due), tuple(ended))
        return await spill.write(self.database.path.parent, unsaved)

    async def take_up(self, recipients: Sequence[Recipient], now: float, boot: float) -> None:
        """Records what an earlier run has kept by `spill`. Raises StoreFailed."""
        for path, unsaved in spill.read(self.database.path.parent):
            who = unsaved.usernames
            then = [
                replace(each, username=who.get(str(each.account_id), "")) for each in recipients
            ]
            same_boot = unsaved.boot_id == self._boot_id
            await PlayStore(self.database, unsaved.boot_id).record(
                unsaved.due,
                unsaved.ended,
                recipients=then,
                now=now,
                boot=boot if same_boot else None,
                tracker=json.loads(unsaved.tracker),
            )
            plays = len(unsaved.due) + len(unsaved.ended)
            log.info("taken up from %s: %s", path, count(plays, "play"))
            path.unlink(missing_ok=True)


def _not_deleted(db: sqlite3.Connection, plays: Sequence[Play]) -> list[Play]:
    """Returns plays without those that the user has deleted while they went on."""
    return [play for play in plays if not is_deleted(db, play.key)]


def put_play(db: sqlite3.Connection, play: Play, boot_id: str) -> int:
    """Writes a play within a transaction that is open, and returns its id. `boot_id`: of the boot
    in which it was heard, "" = unknown."""
    track = play.track
    values = {
        "key": play.key,
        "player": play.player,
        "artist": track.artist,
        "title": track.title,
        "album": track.album,
        "album_artist": track.album_artist,
        "length": track.length,
        "start": int(play.start.wall),
        "boot_id": boot_id,
        "boot_seconds": play.start.boot,
        "heard": play.heard,
        "needed": play.needed,
        "verdict": str(play.verdict),
        "reason": str(play.reason.code),
        "detail": play.reason.detail,
        "rule": play.reason.rule,
        "track_number": track.number,
        "mbid": track.mbid,
        "details": details_text(as_scrobble(play).details),
    }
    return int(db.execute(_PUT_PLAY, values).fetchall()[0][0])


def enqueue(
    db: sqlite3.Connection,
    play_id: int,
    play: Play,
    recipient: Recipient,
    *,
    now: float,
    origin: RowOrigin = RowOrigin.PLAYED,
) -> bool:
    """Makes a row of a play if the account takes it, and neither has nor had one. Writes down why
    it does not take it. Returns whether there is a new row."""
    rows = AccountConnection(db, recipient.account_id)
    if rows.execute(_TAKEN, {"play_id": play_id}).fetchone():
        return False
    if scrobble := scrobble_for(recipient.rules, play):
        insert(
            rows,
            scrobble,
            username=recipient.username,
            now=now,
            play_id=play_id,
            own_second=recipient.own_second,
            origin=origin,
        )
        return True
    if why := why_left_out(recipient.rules, play):
        values = {"play_id": play_id, "at": int(now), "reason": why.code, "detail": why.detail}
        rows.execute(_LEAVE_OUT, {**values, "outcome": OutcomeKind.LEFT_OUT})
    return False


def _set_right(play: Play, now: float, boot: float | None) -> Play:
    """The play with the start that the wall clock of now would have given it."""
    start = play.start
    if (
        boot is None
        or now < SANE_STAMP
        or abs(now - boot + start.boot - start.wall) <= CLOCK_SLACK_SECONDS
    ):
        return play
    return replace(play, start=replace(start, wall=now - boot + start.boot))
