"""Turns a scrobble into the parameters of a request, always into the same ones. Pure."""

from collections.abc import Sequence

from ...core.model import Scrobble

_NAMES = {
    "artist": "artist",
    "track": "track",
    "album": "album",
    "album_artist": "albumArtist",
    "track_number": "trackNumber",
    "mbid": "mbid",
    "duration": "duration",
}
"""What the protocol calls the fields of a scrobble."""


def scrobble_params(scrobbles: Sequence[Scrobble]) -> dict[str, object]:
    """Returns the parameters of `track.scrobble`, in array notation also for a single one."""
    names = _NAMES | {"timestamp": "timestamp"}
    return {
        f"{name}[{index}]": getattr(scrobble, field)
        for index, scrobble in enumerate(scrobbles)
        for field, name in names.items()
    }


def now_playing_params(scrobble: Scrobble) -> dict[str, object]:
    """Returns the parameters of `track.updateNowPlaying`; it takes no timestamp."""
    return {name: getattr(scrobble, field) for field, name in _NAMES.items()}
