"""Makes a `Track` of an MPRIS `a{sv}`. Pure, and never raises, whatever a player sends.

A key of an odd type is read if it can be, and else left out. Keys and types: MPRIS v2 metadata
guidelines. What players really send: docs/players.md.
"""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from ..core.model import Status, Track
from ..core.text import for_wire, normalise
from ..core.values import number

Tags = Mapping[str, object]
"""An MPRIS Metadata dictionary with its variants unpacked: any key, any value."""

MAX_LENGTH_SECONDS = 7 * 86400.0
"""Longer "lengths" are INT64_MAX and the like, which are sent for live streams."""

MIN_LENGTH_SECONDS = 1.0
"""Shorter "lengths" are in a wrong unit, or stand for nothing: for radio 0 (Rhythmbox 3.4.6) and
-1 s (cmus 2.10.0), at first -1 µs (VLC 3.0.24)."""

MAX_ENTRIES = 64
"""Texts that are read of a list, such as a track's artists."""

MAX_LIST_CHARACTERS = 2000
"""Characters of all texts in a list but for the last: they are kept at each change."""

# Rhythmbox 3.4.6, Lollypop 1.4.37 and Sayonara 1.8.0 say so of files without tags.
_NOTHING = frozenset({"unknown", "[unknown]", "unknown artist", "[unknown artist]", "<unknown>"})
_NO_ALBUM = frozenset({"unknown", "[unknown]", "unknown album", "[unknown album]", "<unknown>"})
_VARIOUS = frozenset({"various artists", "various", "va"})
_MBID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
# The keys of `mb:` are VLC's (3.0.24).
_TRACK_MBID = ("xesam:musicBrainzTrackID", "mb:trackId")
_ALBUM_MBID = ("xesam:musicBrainzAlbumID", "mb:albumId")
_ARTIST_MBIDS = ("xesam:musicBrainzArtistID", "mb:artistId")


def parse(tags: Tags) -> Track:
    """Returns the track that a Metadata dictionary describes. Unknown fields are "" or None.

    `mpris:length` is in microseconds, the length of the Track in seconds.
    """
    artists = tuple(_without(name, _NOTHING) for name in _texts(tags.get("xesam:artist")))
    album_artist = _without(_first(tags.get("xesam:albumArtist")), _NOTHING)
    artist = _without(_first(tags.get("xesam:artist")), _NOTHING)
    if not artist and normalise(album_artist) not in _VARIOUS:
        artist = album_artist
    if normalise(album_artist) == "va":
        album_artist = ""  # Last.fm ignores what is scrobbled so
    return Track(
        title=_without(_first(tags.get("xesam:title")), _NOTHING),
        artist=artist,
        album=_without(_first(tags.get("xesam:album")), _NO_ALBUM),
        album_artist=album_artist,
        length=length(tags.get("mpris:length")),
        url=_first(tags.get("xesam:url")),
        trackid=_first(tags.get("mpris:trackid")),
        number=_positive(tags.get("xesam:trackNumber")),
        mbid=next(_mbids(tags, *_TRACK_MBID), ""),
        album_mbid=next(_mbids(tags, *_ALBUM_MBID), ""),
        artist_mbids=tuple(_mbids(tags, *_ARTIST_MBIDS)),
        artists=tuple(name for name in artists if name),
        composers=tuple(_texts(tags.get("xesam:composer"))),
        genres=tuple(_texts(tags.get("xesam:genre"))),
    )


def length(value: object) -> float | None:
    """Returns the seconds of an `mpris:length` of any type, or None if it means nothing."""
    microseconds = number(value)
    if microseconds is None:
        return None
    seconds = microseconds / 1e6
    return seconds if MIN_LENGTH_SECONDS <= seconds <= MAX_LENGTH_SECONDS else None


def position(value: object) -> float | None:
    """Returns the seconds of a `Position`. mpv 0.35.1 sends -0.35 s at a start."""
    microseconds = number(value)
    return None if microseconds is None else microseconds / 1e6


def status(value: object) -> Status | None:
    """Returns a PlaybackStatus, or None if it is not one of the three."""
    return Status(value) if value in ("Playing", "Paused", "Stopped") else None


def as_tags(value: object) -> Tags | None:
    """Returns a Metadata value as a dictionary, or None if it is not one."""
    if not isinstance(value, dict):
        return None
    entries = cast("dict[object, object]", value)
    return {key: entry for key, entry in entries.items() if isinstance(key, str)}


def text(value: object) -> str:
    """Makes a string from the bus fit to use. Returns "" for anything else."""
    return for_wire(value) if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    """Returns the texts in a string or a list. SMPlayer 22.7.0 sends one artist as a string."""
    entries = cast("list[object]", value)[:MAX_ENTRIES] if isinstance(value, list) else [value]
    texts, left = list[str](), MAX_LIST_CHARACTERS
    for entry in entries:
        if left >= 0 and (cleaned := text(entry)):
            texts.append(cleaned)
            left -= len(cleaned)
    return texts


def _first(value: object) -> str:
    """Returns the first text, or "": Last.fm takes one artist."""
    return next(iter(_texts(value)), "")


def _without(name: str, nothing: frozenset[str]) -> str:
    return "" if normalise(name) in nothing else name


def _positive(value: object) -> int | None:
    count = number(value)
    return int(count) if count is not None and 1 <= count < 100_000 else None


def _mbids(tags: Tags, *keys: str) -> Iterator[str]:
    """Yields the MBIDs that stand under these keys."""
    entries = (entry.lower() for key in keys for entry in _texts(tags.get(key)))
    return (entry for entry in entries if _MBID.fullmatch(entry))
