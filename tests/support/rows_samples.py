"""Plays to send to a stand-in Last.fm."""

from scrobblerd.core.model import Scrobble
from scrobblerd.core.submission import QueueRow

SONG = Scrobble(
    artist="Þrúður & Sól+Dur",
    track="夜の港 = 100% 🌊",
    timestamp=1_790_000_000,
    album="Tidewater",
    album_artist="Various Keepers",
    track_number=3,
    mbid="11111111-2222-4333-8444-555555555555",
    duration=241,
)


def rows(count: int) -> list[QueueRow]:
    """So many plays, a minute apart."""
    first = SONG.timestamp - count * 60
    return [
        QueueRow(n, "quiet_otter", Scrobble("Mira Holt", f"Fern {n}", first + n * 60))
        for n in range(count)
    ]
