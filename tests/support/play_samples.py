"""Plays and scrobbles to put into a database."""

from scrobblerd.core.model import Moment, Play, PlayReason, Reason, Scrobble, Track, Verdict
from scrobblerd.core.submission import QueueRow
from scrobblerd.storage.queue import AccountQueue

NOW = 1_790_000_000.0
TRACK = Track("Slow Harbour", "The Paper Lanterns", "Tidewater", length=200.4)


def a_play(start: float = NOW, verdict: Verdict = Verdict.COUNTED, track: Track = TRACK) -> Play:
    begin = Moment(1000.0, 1000.0, start)
    key = f"mpv {start:.3f} {track.title}"
    return Play(key, "mpv", track, begin, 120.0, 100.0, verdict, Reason(PlayReason.HEARD))


def a_scrobble(stamp: float = NOW, track: str = "Fern") -> Scrobble:
    return Scrobble("Mira Holt", track, int(stamp))


async def queued(
    queue: AccountQueue, *stamps: float, account: str = "quiet_otter"
) -> list[QueueRow]:
    return [(await queue.enqueue(a_scrobble(stamp), account, NOW)).row for stamp in stamps]
