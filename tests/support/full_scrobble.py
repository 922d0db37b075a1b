"""A scrobble of which everything is known."""

from scrobblerd.core.model import Details, Scrobble

MBIDS = [f"{digit * 8}-2222-4333-8444-555555555555" for digit in "abcd"]

FULL = Scrobble(
    artist="Mira Holt & Okto",
    track="Fern",
    timestamp=1_790_000_000,
    album="Tidewater",
    album_artist="Various Keepers",
    track_number=3,
    mbid=MBIDS[0],
    duration=241,
    details=Details(
        artists=("Mira Holt", "Okto"),
        album_mbid=MBIDS[1],
        artist_mbids=(MBIDS[2], MBIDS[3]),
        url="https://open.spotify.com/track/4u",
        player="Spotify",
    ),
)
