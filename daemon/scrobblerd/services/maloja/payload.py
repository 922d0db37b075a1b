"""Makes the JSON of a play, always the same bytes of the same row. Pure.

A key without a value is left out. Names are only made fit to send: Maloja parses and cleans them by
its own rules.
"""

from collections.abc import Sequence

from ...core.model import Scrobble
from ...core.text import for_wire, normalise
from ..bodies import as_json


def new_scrobble(scrobble: Scrobble, key: str) -> bytes:
    """Returns the body of newscrobble. `key` is the API key, which has no other place there."""
    album = for_wire(scrobble.album)
    album_artist = for_wire(scrobble.album_artist)
    values = {
        "key": key,
        "artists": artists_of(scrobble),
        "title": for_wire(scrobble.track),
        "album": album,
        "albumartists": [album_artist] if album and album_artist else [],
        "length": scrobble.duration,
        "duration": scrobble.details.heard,
        "time": scrobble.timestamp,
    }
    return as_json({name: value for name, value in values.items() if value})


def artists_of(scrobble: Scrobble) -> Sequence[str]:
    """Returns all artists one by one. An artist that was edited is the only one."""
    names = [name for each in scrobble.details.artists if (name := for_wire(each))]
    artist = for_wire(scrobble.artist)
    return names if names and normalise(names[0]) == normalise(artist) else [artist]
