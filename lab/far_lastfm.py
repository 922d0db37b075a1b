"""A stand-in Last.fm in a process of its own, and a long queue to send to it.

In our own process its threads would hold our interpreter's lock, and its CPU time would be ours.

    with FarLastFm() as lastfm:
        key = lastfm.login()
        ...
        assert len(lastfm.seen().batches) == 200

`python -m lab.far_lastfm SECONDS` is that process, at whose wall clock it is SECONDS. It prints a
line at the start, one whenever it reads one, and ends with its standard input.
"""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lab.lastfm import StandIn
from scrobblerd.core.model import Scrobble
from scrobblerd.storage.accounts import LASTFM_ACCOUNT, AccountConnection
from scrobblerd.storage.rows import insert
from scrobblerd.storage.shape import prepare

USER = "quiet_otter"
SPAN = 12 * 86400
"""Seconds over which a long queue is spread: all of it may still be sent."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What arrived. `batches` has the number of scrobbles in each request of track.scrobble,
    `tracks` the stored tracks, both in the order in which they came. `requests` counts all."""

    batches: list[int]
    tracks: list[str]
    requests: int
    connections: int
    most_at_once: int


class FarLastFm(StandIn):
    """The stand-in as this process has it: for logins, and to ask what arrived."""

    def __init__(self, now: float) -> None:
        super().__init__()
        self._now = now
        self._process: subprocess.Popen[str] | None = None
        self._session_key = ""

    def start(self) -> None:
        """Starts the process, with USER logged in."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(self._now)],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._port, self._session_key = json.loads(self._line())

    def stop(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        if process is not None:
            process.communicate(timeout=10)

    def login(self, user: str = USER, session_key: str = "") -> str:
        """Returns the session key of USER, who is logged in already."""
        assert user == USER
        assert not session_key
        return self._session_key

    def seen(self) -> Seen:
        """Returns what has arrived so far."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Seen(**json.loads(self._line()))

    def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def fill(database: Path, count: int, now: float, account_id: int = LASTFM_ACCOUNT) -> list[str]:
    """Queues so many plays for an account in one transaction, the oldest first. Returns their
    tracks."""
    apart = min(60, SPAN // count)
    tracks = [f"Track {number:06}" for number in range(count)]
    first = int(now) - 3600 - apart * count
    with closing(sqlite3.connect(database)) as db:
        prepare(db)
        db.execute("BEGIN")
        rows = AccountConnection(db, account_id)
        for number, track in enumerate(tracks):
            play = Scrobble(
                "The Paper Lanterns",
                track,
                first + apart * number,
                album="Tidewater",
                album_artist="Various Keepers",
                track_number=number % 12 + 1,
                mbid="11111111-2222-4333-8444-555555555555",
                duration=241,
            )
            insert(rows, play, username=USER, now=now)
        db.commit()
    return tracks


def _seen(lastfm: StandIn) -> Seen:
    with lastfm.changed:
        batches = [
            sum(name.startswith("track[") for name in request.params)
            for request in lastfm.requests
            if request.method == "track.scrobble"
        ]
        tracks = [scrobble.track for scrobble in lastfm.scrobbles]
        return Seen(
            *(batches, tracks, len(lastfm.requests)), lastfm.connections, lastfm.most_at_once
        )


def main() -> None:
    """Serves until standard input ends."""
    now = float(sys.argv[1])
    with StandIn(clock=lambda: now) as lastfm:
        port = urlsplit(lastfm.api_url).port
        print(json.dumps([port, lastfm.login(USER)]), flush=True)
        for _ in sys.stdin:
            print(json.dumps(asdict(_seen(lastfm))), flush=True)


if __name__ == "__main__":
    main()
