"""The names under which services keep plays, where they are others than those that were sent.

Last.fm's catalogue merges spellings. What it says of that, and what verifying has found, stands
beside the play, and goes with it. The service lists what the user loves under these names, too.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, replace

from ..core.matching import track_keys
from ..core.submission import CorrectedNames, LoveRequest, RowOutcome, RowState
from .accounts import AccountConnection
from .database import Database
from .loves import BY_KEY, MARK, MATCHED, LoveQueue

_PUT = """
INSERT OR REPLACE INTO corrections (play_id, account_id, artist, track, album, album_artist,
    artist_key, title_key, their_artist_key, their_title_key)
SELECT id, :account_id, :artist, :track, :album, :album_artist,
    match_key(CAST(artist AS TEXT)), match_key(CAST(title AS TEXT)),
    match_key(:their_artist), match_key(:their_title)
FROM plays WHERE id = :play_id"""
_FORGET = "DELETE FROM corrections WHERE account_id = :account_id AND play_id = :play_id"
_PLAY_OF_ROW = """
SELECT play_id FROM scrobble_queue
WHERE account_id = :account_id AND id = :id AND play_id IS NOT NULL"""
_LOVED = """
SELECT library.id, loved.artist_key, loved.title_key, loved.loved_at, loved.seen_in
FROM corrections JOIN loved ON loved.account_id = corrections.account_id
    AND loved.artist_key = their_artist_key AND loved.title_key = their_title_key
JOIN library ON library.artist_key = corrections.artist_key
    AND library.title_key = corrections.title_key
WHERE corrections.account_id = :account_id AND play_id = :play_id"""
_OF_PLAYS = """
SELECT play_id, CAST(name AS TEXT), CAST(artist AS TEXT), CAST(track AS TEXT),
    CAST(album AS TEXT), CAST(album_artist AS TEXT)
FROM corrections JOIN accounts ON accounts.id = account_id
WHERE play_id IN (SELECT value FROM json_each(:plays)) ORDER BY account_id"""

_NAMES = """
SELECT coalesce(nullif(CAST(artist AS TEXT), ''), :artist),
    coalesce(nullif(CAST(track AS TEXT), ''), :title)
FROM corrections
WHERE account_id = :account_id AND artist_key = :artist_key AND title_key = :title_key
    AND (artist_key, title_key) != (their_artist_key, their_title_key)
ORDER BY play_id DESC LIMIT 1"""

Corrections = dict[str, CorrectedNames]
"""The names under which accounts keep a play, by the names of the accounts."""


async def corrections_of(database: Database, play_ids: Iterable[int]) -> dict[int, Corrections]:
    """Returns the corrections of those of the plays that have some. Raises StoreFailed."""
    corrections: dict[int, Corrections] = {}
    values = {"plays": json.dumps([*play_ids])}
    for play_id, account, *names in await database.select(_OF_PLAYS, values):
        corrections.setdefault(play_id, {})[account] = CorrectedNames(*names)
    return corrections


async def as_listed(loves: LoveQueue, request: LoveRequest) -> LoveRequest:
    """Returns a request with the names that the service has for the track, as far as it has said so
    of a play. Raises StoreFailed."""
    values = {**asdict(request), **track_keys(request.artist, request.title)}
    values["account_id"] = loves.account_id
    for artist, title in await loves.database.select(_NAMES, values):
        return replace(request, artist=artist, title=title)
    return request


def put_corrections(rows: AccountConnection, outcomes: Iterable[RowOutcome]) -> None:
    """Keeps what the service said of rows that it has taken, within a transaction that is open."""
    for outcome in outcomes:
        if outcome.state is RowState.SENT:
            for (play_id,) in rows.execute(_PLAY_OF_ROW, {"id": outcome.row.id}).fetchall():
                scrobble = outcome.row.scrobble
                sent = scrobble.artist, scrobble.track
                put_correction(rows, play_id, sent, outcome.corrected)


def put_correction(
    rows: AccountConnection, play_id: int, sent: tuple[str, str], names: CorrectedNames
) -> None:
    """Keeps under which names the service has a play, within a transaction that is open. `sent`:
    artist and track as it was sent them; no names = it has the play as that. What is loved under
    these names is known to the library from now on."""
    if not names:
        rows.execute(_FORGET, {"play_id": play_id})
        return
    listed = {"their_artist": names.artist or sent[0], "their_title": names.track or sent[1]}
    rows.execute(_PUT, {**asdict(names), **listed, "play_id": play_id})
    loved = rows.execute(_LOVED, {"play_id": play_id}).fetchall()
    for track, artist_key, title_key, at, run in loved:
        rows.execute(MARK, {"loved": 1, "at": at, "run": run, "track": track})
        same = {"artist_key": artist_key, "title_key": title_key, "matched": BY_KEY}
        rows.execute(MATCHED, same)
