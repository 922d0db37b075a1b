"""What the user loves at a service, and the requests to love or unlove that it has not heard of.

One account's list, its imports and its requests. The library follows the default account:
`apply_love` is the one place that marks a track. A request is kept until the service has heard of
it, the last one about a track wins, and what it did is undone if the service refuses it.
"""

import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..core.matching import track_keys
from ..core.model import Loved, Scrobble
from ..core.submission import LoveRequest
from .accounts import LASTFM_ACCOUNT, AccountConnection, AccountStore

TRIES_BEFORE_OTHERS = 2
"""So often a request fails before others go first."""

MAX_WAIT_SECONDS = 3600.0
"""The longest that one request waits."""

BY_MBID, BY_KEY, BY_PLAIN = 1, 2, 3
"""How the library has a loved track: what the column `matched` holds, 0 = not at all. In this order
it is looked for: by MBID, as written here or by the service, undecorated."""

_SAME_TRACK = "artist_key = :artist_key AND title_key = :title_key"
_THIS_TRACK = f"account_id = :account_id AND {_SAME_TRACK}"

# -- what is loved

MARK = f"""
UPDATE library SET lastfm_loved = :loved,
    loved_at = CASE WHEN :loved THEN coalesce(nullif(:at, 0), loved_at) END, loved_in = :run
WHERE id = :track AND :account_id = {LASTFM_ACCOUNT}"""
_PUT_LOVED = """
INSERT OR REPLACE INTO loved (account_id, artist_key, title_key, plain_artist, plain_title, artist,
    title, mbid, loved_at, matched, seen_in)
VALUES (:account_id, :artist_key, :title_key, :plain_artist, :plain_title, :artist, :title, :mbid,
    :at, :matched, :run)"""
_LISTED_AS = f"SELECT their_artist_key, their_title_key FROM corrections WHERE {_THIS_TRACK}"
"""Under which names the service has a track that it has corrected."""
_AS_LISTED = f"(account_id = :account_id AND (artist_key, title_key) IN ({_LISTED_AS}))"
_UNLOVED = f"DELETE FROM loved WHERE {_THIS_TRACK} OR {_AS_LISTED}"
_IN_LIBRARY = f"""
SELECT id, CASE WHEN :account_id = {LASTFM_ACCOUNT} THEN lastfm_loved ELSE EXISTS (
    SELECT 1 FROM loved WHERE account_id = :account_id AND loved.artist_key = :artist_key
        AND loved.title_key = :title_key AND matched) END
FROM library WHERE"""
_BY_MBID = f"{_IN_LIBRARY} mbid = :mbid AND mbid != ''"
_BY_KEY = f"""
{_IN_LIBRARY} {_SAME_TRACK} UNION {_IN_LIBRARY} id IN (
    SELECT library.id FROM corrections JOIN library USING (artist_key, title_key)
    WHERE account_id = :account_id
        AND their_artist_key = :artist_key AND their_title_key = :title_key)"""
_BY_PLAIN = f"{_IN_LIBRARY} plain_artist = :plain_artist AND plain_title = :plain_title"
_MATCHES = {BY_MBID: _BY_MBID, BY_KEY: _BY_KEY, BY_PLAIN: _BY_PLAIN}
_AWAITED = f"""
SELECT account_id, artist_key, title_key, loved_at, seen_in, {BY_KEY} FROM loved
WHERE artist_key = :artist_key AND title_key = :title_key
UNION SELECT account_id, artist_key, title_key, loved_at, seen_in, {BY_PLAIN} FROM loved
WHERE NOT matched AND plain_artist = :plain_artist AND plain_title = :plain_title
    AND NOT (artist_key = :artist_key AND title_key = :title_key)"""
MATCHED = f"UPDATE loved SET matched = :matched WHERE {_THIS_TRACK}"

# -- imports

_PUT_IMPORT = """
INSERT OR REPLACE INTO imports (account_id, username, run, page, pages, total, first_total, seen,
    imported, already)
VALUES (:account_id, :username, :run, :page, :pages, :total, :first_total, :seen,
    :imported, :already)"""
_IMPORT = """
SELECT CAST(username AS TEXT), CAST(run AS INTEGER), CAST(page AS INTEGER),
    CAST(pages AS INTEGER), CAST(total AS INTEGER), CAST(first_total AS INTEGER),
    CAST(seen AS INTEGER), CAST(imported AS INTEGER), CAST(already AS INTEGER)
FROM imports WHERE account_id = :account_id"""
_END_IMPORT = "DELETE FROM imports WHERE account_id = :account_id"
_RUN = """
SELECT coalesce((SELECT CAST(run AS INTEGER) FROM imports WHERE account_id = :account_id),
    (SELECT max(seen_in) FROM loved WHERE account_id = :account_id), 0)"""
_SEEN = f"SELECT CAST(loved_at AS INTEGER) FROM loved WHERE {_THIS_TRACK} AND seen_in = :run"
_TO_UNLOVE = f"""
SELECT 1 FROM loves WHERE {_THIS_TRACK} AND NOT loved AND state = 'pending'
UNION SELECT 1 FROM loves JOIN corrections USING (account_id, artist_key, title_key)
WHERE account_id = :account_id AND NOT loved AND state = 'pending'
    AND their_artist_key = :artist_key AND their_title_key = :title_key"""
_TO_LOVE = """
EXISTS (SELECT 1 FROM loves WHERE loves.account_id = :account_id
    AND loves.artist_key = {0}.artist_key AND loves.title_key = {0}.title_key
    AND loves.loved AND state = 'pending')"""
_NO_MORE = f"""
DELETE FROM loved WHERE account_id = :account_id AND seen_in != :run
    AND NOT {_TO_LOVE.format("loved")}"""
_UNMARK = f"""
UPDATE library SET lastfm_loved = 0, loved_at = NULL
WHERE :account_id = {LASTFM_ACCOUNT} AND lastfm_loved AND loved_in != :run
    AND NOT {_TO_LOVE.format("library")}"""
_UNMATCHED = """
SELECT artist, title, mbid, loved_at FROM loved WHERE account_id = :account_id AND NOT matched
ORDER BY loved_at DESC, artist_key, title_key LIMIT :limit"""

# -- requests

_BEFORE = f"""
SELECT was_loved, was_loved_at FROM loves
WHERE {_THIS_TRACK} AND username = :username AND state = 'pending'
UNION ALL SELECT lastfm_loved, loved_at FROM library
WHERE {_SAME_TRACK} AND :account_id = {LASTFM_ACCOUNT}
UNION ALL SELECT 1, loved_at FROM loved WHERE {_THIS_TRACK} OR {_AS_LISTED}"""
_ADD = """
INSERT OR REPLACE INTO loves (account_id, username, artist_key, title_key, artist, title, loved,
    created_at, was_loved, was_loved_at, state, mbid, heard_at)
VALUES (:account_id, :username, :artist_key, :title_key, :artist, :title, :loved,
    :at, :was_loved, :was_loved_at, 'pending', :mbid, :heard_at)"""
_HEARD_AT = """
SELECT CAST(timestamp AS INTEGER) FROM scrobble_queue
WHERE account_id = :account_id AND state = 'sent' AND username = :username
    AND match_key(CAST(artist AS TEXT)) = :artist_key
    AND match_key(CAST(track AS TEXT)) = :title_key
ORDER BY timestamp DESC LIMIT 1"""
_MINE = "account_id = :account_id AND state = 'pending' AND username IN ('', :username)"
_NEXT = f"""
SELECT CAST(artist AS TEXT), CAST(title AS TEXT), loved != 0, CAST(created_at AS INTEGER),
    CAST(mbid AS TEXT), CAST(heard_at AS INTEGER), rowid,
    coalesce(max(0, CAST(tries AS INTEGER)), 0)
FROM loves
WHERE {_MINE} AND NOT (next_attempt > :now AND next_attempt <= :latest)
ORDER BY tries >= {TRIES_BEFORE_OTHERS}, created_at, rowid LIMIT 1"""
# what waits for longer than any wait was told to by a clock that was wrong
_NEXT_ATTEMPT = f"SELECT min(CAST(next_attempt AS REAL)) FROM loves WHERE {_MINE}"
_ANY_WAITS = f"SELECT 1 FROM loves WHERE {_MINE} LIMIT 1"
_HEARD = f"""
UPDATE loves SET heard_at = :timestamp,
    tries = CASE WHEN next_attempt IS NULL THEN 0 ELSE tries END,
    next_attempt = coalesce(next_attempt, :next_attempt)
WHERE {_THIS_TRACK} AND state = 'pending' AND username IN ('', :username)"""
_THIS = f"""
account_id = :account_id AND (
    username IN ('', :username) AND {_SAME_TRACK} AND loved = :loved
    OR rowid = :row AND (loved != 0) = :loved)"""
# by its number too, for the disk may have changed it
_READS = """
SELECT CAST(artist AS TEXT), CAST(title AS TEXT) FROM loves
WHERE account_id = :account_id AND rowid = :row"""
_DONE = f"DELETE FROM loves WHERE {_THIS}"
_REJECTED = f"UPDATE loves SET state = 'rejected', detail = :detail WHERE {_THIS}"
_TRIED = f"UPDATE loves SET tries = tries + 1, next_attempt = :next_attempt WHERE {_THIS}"
_AWAIT_PLAY = f"""
UPDATE loves SET tries = 0, heard_at = CASE heard_at WHEN :heard_at THEN 0 ELSE heard_at END,
    next_attempt = CASE WHEN heard_at = 0 THEN NULL ELSE 0 END
WHERE {_THIS}"""
# a play may have been sent since the service was asked
_WAS = f"""
SELECT was_loved != 0, CAST(coalesce(was_loved_at, 0) AS INTEGER) FROM loves WHERE {_THIS}"""
_ADOPT = """
UPDATE OR REPLACE loves SET username = :username WHERE account_id = :account_id AND username = ''"""
_WAITING = """
SELECT count(*) FROM loves WHERE account_id = :account_id AND state = 'pending'
    AND (:username = '' OR username IN ('', :username))"""


@dataclass(frozen=True, slots=True)
class ImportRun:
    """An import under way: since when (UNIX milliseconds, its name too), the next page, the figures
    so far. `total` is what the service said last, `first_total` what it said first."""

    username: str
    run: int
    page: int = 1
    pages: int = 1
    total: int = 0
    first_total: int = 0
    seen: int = 0
    imported: int = 0
    already: int = 0


class LovedStore(AccountStore):
    """The list of what is loved, and its imports. Methods raise StoreFailed."""

    async def import_run(self) -> ImportRun | None:
        """Returns the import that is under way, or was broken off."""
        rows = await self._select(_IMPORT)
        return ImportRun(*rows[0]) if rows else None

    async def begin_import(self, run: ImportRun) -> None:
        """Keeps a new import in place of the one before; from now on requests know of it."""
        await self._write(lambda rows: rows.execute(_PUT_IMPORT, asdict(run)))

    async def take_page(self, loved: Sequence[Loved], run: ImportRun) -> ImportRun:
        """Takes a page of an import: marks what the library has, and remembers all. Keeps the
        import, and returns it, with the page's figures added."""

        def work(rows: AccountConnection) -> ImportRun:
            counted = run
            for one in loved:
                counted = _take(rows, one, counted)
            rows.execute(_PUT_IMPORT, asdict(counted))
            return counted

        return await self._write(work)

    async def finish_import(self, run: ImportRun, *, whole: bool, mirror: bool) -> int:
        """Ends an import. If it took the `whole` list, what was not in it is forgotten, with
        `mirror` by the library too. Returns how many tracks lost their mark."""

        def work(rows: AccountConnection) -> int:
            rows.execute(_END_IMPORT)
            if not whole:
                return 0
            rows.execute(_NO_MORE, {"run": run.run})
            return rows.execute(_UNMARK, {"run": run.run}).rowcount if mirror else 0

        return await self._write(work)

    async def unmatched(self, limit: int) -> list[dict[str, Any]]:
        """Returns loved tracks that the library does not have, the newest love first."""
        rows = await self._select(_UNMATCHED, limit=limit)
        return [
            dict(zip(("artist", "title", "mbid", "loved_at"), row, strict=True)) for row in rows
        ]


class LoveQueue(AccountStore):
    """The requests that wait. Methods raise StoreFailed."""

    async def add(self, request: LoveRequest, username: str) -> None:
        """Keeps a request in place of an earlier one about the same track."""
        await add_to_each([(self, request, username)])

    def put(self, db: sqlite3.Connection, request: LoveRequest, username: str) -> None:
        """Does the same within a transaction that is open. Looks for a play that was sent."""
        rows = AccountConnection(db, self.account_id)
        values = _values(request, username)
        before = rows.execute(_BEFORE, values).fetchall()
        was_loved, at = before[0] if before else (0, None)
        heard = rows.execute(_HEARD_AT, values).fetchone() or (0,)
        values |= {"was_loved": was_loved, "was_loved_at": at, "heard_at": heard[0]}
        rows.execute(_ADD, values)
        _follow(rows, values)

    async def next(self, username: str, now: float = 2**62) -> LoveRequest | None:
        """Returns the request of this user that is to be sent now, the oldest first. Those that
        wait for a scrobble are not."""
        times = {"now": now, "latest": now + MAX_WAIT_SECONDS}
        for artist, title, loved, *rest in await self._select(_NEXT, username=username, **times):
            return LoveRequest(artist, title, bool(loved), *rest)
        return None

    async def next_attempt(self, username: str, now: float) -> float | None:
        """Returns the seconds until the next request may be sent; None if none waits for a time."""
        [(first,)] = await self._select(_NEXT_ATTEMPT, username=username)
        return None if first is None else min(MAX_WAIT_SECONDS, max(1.0, first - now))

    async def done(self, request: LoveRequest, username: str) -> None:
        """The service has heard of a request; a newer, opposite one stays."""
        values = _values(request, username)
        await self._write(lambda rows: rows.execute(_DONE, _numbered(rows, values)))

    async def tried(self, request: LoveRequest, username: str, next_attempt: float = 0.0) -> None:
        """A request failed once more. `next_attempt`: when to send it again, UNIX seconds."""
        values = {**_values(request, username), "next_attempt": int(next_attempt)}
        await self._write(lambda rows: rows.execute(_TRIED, _numbered(rows, values)))

    async def await_play(self, request: LoveRequest, username: str) -> None:
        """The service does not know the track: the request waits until a play of it was sent. One
        that named such a play is asked about once more without it."""
        values = _values(request, username)
        await self._write(lambda rows: rows.execute(_AWAIT_PLAY, _numbered(rows, values)))

    async def rejected(self, request: LoveRequest, username: str, words: str) -> None:
        """The service refuses a request: it stays to be seen, and the library goes back."""
        values = _values(request, username)

        def work(rows: AccountConnection) -> None:
            this = _numbered(rows, values)
            for was_loved, at in rows.execute(_WAS, this).fetchall():
                rows.execute(_REJECTED, {**this, "detail": words})
                _follow(rows, {**this, "loved": was_loved, "at": at})

        await self._write(work)

    async def logged_in(self, username: str) -> None:
        """Requests from before any login become this user's."""
        await self._write(lambda rows: rows.execute(_ADOPT, {"username": username}))

    async def waiting(self, username: str = "") -> int:
        """Returns how many requests of a user wait; "" = of any."""
        return int((await self._select(_WAITING, username=username))[0][0])


async def add_to_each(requests: Sequence[tuple[LoveQueue, LoveRequest, str]]) -> None:
    """Keeps a request in each queue, in all or in none. Each comes with the user's name."""

    def work(db: sqlite3.Connection) -> None:
        for queue, request, username in requests:
            queue.put(db, request, username)

    await requests[0][0].database.write(work)


def plays_sent(
    rows: AccountConnection, scrobbles: Sequence[Scrobble], username: str, next_attempt: float
) -> None:
    """The service has taken scrobbles, within a transaction that is open: requests about their
    tracks may go at `next_attempt` (UNIX seconds)."""
    if not rows.execute(_ANY_WAITS, {"username": username}).fetchone():
        return
    for scrobble in scrobbles:
        values = {**track_keys(scrobble.artist, scrobble.track), "username": username}
        times = {"timestamp": scrobble.timestamp, "next_attempt": math.ceil(next_attempt)}
        rows.execute(_HEARD, values | times)


def apply_love(rows: AccountConnection, values: Mapping[str, Any], tracks: Sequence[int]) -> None:
    """Lets the account's list, and these tracks of the library, be loved or not.

    `values`: the keys and names of `track_keys`, and `loved`, `at` (UNIX seconds, 0 = unknown),
    `run` (the import that knows of it), `matched` (how the tracks were found).
    """
    for track in tracks:
        rows.execute(MARK, {**values, "track": track})
    rows.execute(_PUT_LOVED if values["loved"] else _UNLOVED, values)


def mark_awaited(db: sqlite3.Connection, keys: Mapping[str, str], track: int) -> None:
    """A track is new in the library: whoever loves it already finds it there."""
    for account_id, artist_key, title_key, at, run, how in db.execute(_AWAITED, keys).fetchall():
        rows = AccountConnection(db, account_id)
        rows.execute(MARK, {"loved": 1, "at": at, "run": run, "track": track})
        same = {"artist_key": artist_key, "title_key": title_key, "matched": how}
        rows.execute(MATCHED, same)


def loved_keys(loved: Loved) -> dict[str, str]:
    """Returns what a loved track is compared by, as named values: its names, or its id if it has no
    names."""
    if loved.title:
        return track_keys(loved.artist, loved.title)
    return {**track_keys("", ""), "title_key": loved.recording}


def _take(rows: AccountConnection, loved: Loved, run: ImportRun) -> ImportRun:
    """Takes one track of an import. Returns the import with its figures."""
    values = {**asdict(loved), **loved_keys(loved), "run": run.run, "loved": 1}
    seen = rows.execute(_SEEN, values).fetchone()
    if seen and loved.at <= seen[0]:
        return run
    run = replace(run, seen=run.seen + (not seen))
    if rows.execute(_TO_UNLOVE, values).fetchone():  # the service has not heard of that yet
        return replace(run, already=run.already + 1)
    how, tracks = _matches(rows, values) if loved.title else (0, [])
    apply_love(rows, {**values, "matched": how}, [track for track, _ in tracks])
    if seen:  # two entries about one track: the newest counts, once
        return run
    if any(not before for _, before in tracks):
        return replace(run, imported=run.imported + 1)
    return replace(run, already=run.already + 1) if tracks else run


def _matches(
    rows: AccountConnection, values: Mapping[str, Any]
) -> tuple[int, list[tuple[int, int]]]:
    """Returns the tracks of the library that are this one, each with whether it was loved before,
    and how they were found."""
    for how, query in _MATCHES.items():
        if tracks := rows.execute(query, values).fetchall():
            return how, tracks
    return 0, []


def _numbered(rows: AccountConnection, values: dict[str, Any]) -> dict[str, Any]:
    """Without the number if another request has it by now: a broken file was begun anew."""
    same = (values["artist"], values["title"])
    found = rows.execute(_READS, {"row": values["row"]}).fetchall()
    return values if found == [same] else values | {"row": 0}


def _follow(rows: AccountConnection, values: dict[str, Any]) -> None:
    """The library, and what is known of the service's list, become as the request says."""
    [(run,)] = rows.execute(_RUN)
    tracks = [track for track, _ in rows.execute(_BY_KEY, values)]
    apply_love(rows, {**values, "run": run, "matched": BY_KEY if tracks else 0}, tracks)


def _values(request: LoveRequest, username: str) -> dict[str, Any]:
    return {
        **asdict(request),
        **track_keys(request.artist, request.title),
        "username": username,
        "loved": int(request.loved),
    }
