"""What a verify of many plays costs.

    python -m benchmarks.verify [PLAYS]

A real daemon on a private bus, which has sent all plays to Last.fm: half of them stand in the queue
still. A stand-in shows them, a page of 200 at a time. Of a verify that finds all of them, and of
one that finds one in a hundred missing: the requests, and the figures of `benchmarks.transfer`.
"""

import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.transfer import measure
from lab.bus import PrivateBus
from lab.daemon import Daemon
from lab.lastfm import StandIn
from lab.lastfm_service import Scrobble

USER = "quiet_otter"
PLAY_SECONDS = 200
LIMITS = {"requests_per_second": 0, "requests_per_day": 0}
"""What is measured is not how long a pause between requests is."""


def fill(database: Path, lastfm: StandIn, plays: int) -> None:
    """Puts plays into the history, and lets them be sent an hour ago."""
    first = int(time.time()) - 3600 - PLAY_SECONDS * plays
    tracks = [
        (n + 1, f"Mira Holt {n % 97}", f"Slow Harbour {n % 499}", first + PLAY_SECONDS * n)
        for n in range(plays)
    ]
    sent = int(time.time()) - 3600
    with closing(sqlite3.connect(database)) as db, db:
        db.executemany(
            "INSERT INTO plays (id, key, player, artist, title, album, album_artist, length, start,"
            " boot_id, boot_seconds, heard, needed, verdict, reason) VALUES (?1, 'k' || ?1, 'mpv',"
            " ?2, ?3, 'Tidewater', '', 187.5, ?4, '', 0, 120, 93, 'counted', 'heard')",
            tracks,
        )
        db.executemany(
            "INSERT INTO scrobble_queue (play_id, account_id, username, artist, track, album,"
            " album_artist, mbid, duration, timestamp, created_at, retry_count, state, sent_at)"
            f" VALUES (?1, 1, '{USER}', ?2, ?3, 'Tidewater', '', '', 187, ?4, ?4, 1, 'sent',"
            f" {sent})",
            tracks[plays // 2 :],
        )
        db.executemany(
            "INSERT INTO outcomes (play_id, account_id, outcome, at, username, timestamp, sent_as)"
            f" VALUES (?1, 1, 'sent', {sent}, '{USER}', ?4, '')",
            tracks[: plays // 2],
        )
    lastfm.scrobbles += [
        Scrobble(USER, artist, track, start, album="Tidewater", stored_at=sent)
        for _, artist, track, start in tracks
    ]


async def verify(name: str, daemon: Daemon, lastfm: StandIn, bus: PrivateBus, status: int) -> None:
    """Verifies all, and tells what that cost."""
    before = len(lastfm.requests)
    words = ("verify", "lastfm", "--since", "all")
    await measure(name, daemon, bus.address, words, status=status)
    print(f"{'':13} {len(lastfm.requests) - before} requests")


def main(plays: int) -> None:
    """Measures."""
    with tempfile.TemporaryDirectory() as home, PrivateBus() as bus, StandIn() as lastfm:
        daemon = Daemon(bus, lastfm, Path(home), dev=False, tables={"limits": LIMITS})
        daemon.login(lastfm)
        with daemon:
            pass  # it makes the database
        fill(daemon.database, lastfm, plays)
        print(f"{plays:,} plays")
        with daemon:
            asyncio.run(verify("all there", daemon, lastfm, bus, 0))
            lastfm.scrobbles[:] = [play for n, play in enumerate(lastfm.scrobbles) if n % 100 != 50]
            asyncio.run(verify("1 % missing", daemon, lastfm, bus, 1))
            found = daemon.rows("SELECT count(*) FROM findings WHERE kind = 'missing'")
    assert found == [(plays // 100,)], json.dumps(found)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
