"""A database on a real file, and plays, scrobbles and files of music to put into it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from scrobblerd.core.account_rules import Recipient
from scrobblerd.core.model import Moment, Play, PlayReason, Reason, Scrobble, Track, Verdict
from scrobblerd.core.submission import QueueRow, ServiceTerms
from scrobblerd.services.lastfm import LASTFM
from scrobblerd.storage.accounts import LASTFM_ACCOUNT
from scrobblerd.storage.database import Database
from scrobblerd.storage.editing.row_editing import Reach
from scrobblerd.storage.plays import PlayStore
from scrobblerd.storage.queue import AccountQueue, ScrobbleQueue

NOW = 1_790_000_000.0
TERMS = ServiceTerms(LASTFM.label, LASTFM.can.oldest)
REACH = Reach(Recipient(LASTFM_ACCOUNT, "quiet_otter"), int(NOW - 13.5 * 86400), can_delete=False)
TRACK = Track("Slow Harbour", "The Paper Lanterns", "Tidewater", length=200.4)


def a_play(start: float = NOW, verdict: Verdict = Verdict.COUNTED, track: Track = TRACK) -> Play:
    begin = Moment(1000.0, 1000.0, start)
    key = f"mpv {start:.3f} {track.title}"
    return Play(key, "mpv", track, begin, 120.0, 100.0, verdict, Reason(PlayReason.HEARD))


def to(*usernames: str) -> list[Recipient]:
    """The account of Last.fm where this user is logged in, and others of the next numbers."""
    return [Recipient(number, name) for number, name in enumerate(usernames, LASTFM_ACCOUNT)]


def a_scrobble(stamp: float = NOW, track: str = "Fern") -> Scrobble:
    return Scrobble("Mira Holt", track, int(stamp))


async def queued(
    queue: AccountQueue, *stamps: float, username: str = "quiet_otter"
) -> list[QueueRow]:
    return [(await queue.enqueue(a_scrobble(stamp), username, NOW)).row for stamp in stamps]


def a_file(
    name: str, artist: str = "Mira Holt", title: str = "Fern", **other: Any
) -> dict[str, Any]:
    """What a scan says of a file."""
    place = {"url": f"file:///music/{name}", "mtime": 1, "size": 2}
    texts = {"artist": artist, "title": title, "album": "", "album_artist": "", "mbid": ""}
    return {**place, **texts, "duration": 187.0, **other}


async def library(database: Database) -> list[tuple[str, int]]:
    """Title and mark of each track."""
    query = "SELECT title, lastfm_loved FROM library ORDER BY id"
    return [(title, loved) for title, loved in await database.select(query)]


# -- fixtures -------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scrobblerd.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(path)
    yield opened
    await opened.close()


@pytest.fixture
def store(database: Database) -> PlayStore:
    return PlayStore(database, "boot-1")


@pytest.fixture
def queue(database: Database) -> AccountQueue:
    return ScrobbleQueue(database, "boot-1").for_account(LASTFM_ACCOUNT, LASTFM.can.oldest)
