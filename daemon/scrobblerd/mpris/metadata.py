"""Pure and total: an MPRIS `a{sv}` becomes a `Track`.

Whatever a player sends, this never raises: a key of an odd type is read if it can be, else left
out. Keys and types: MPRIS v2 metadata guidelines; what players really send: see the tests.
"""

import re
from collections.abc import Mapping
from typing import cast

from ..core.model import Status, Track
from ..core.text import for_wire, normalise
from ..core.values import number

Tags = Mapping[str, object]
"""An MPRIS Metadata dictionary with its variants unpacked: any key, any value."""

LONGEST = 7 * 86400.0
"""Seconds: longer "lengths" are INT64_MAX and its like, sent for live streams."""

SHORTEST = 1.0
"""Seconds: shorter "lengths" are given in a wrong unit, or stand for nothing."""

_NOTHING = frozenset({"unknown", "[unknown]", "unknown artist", "[unknown artist]", "<unknown>"})
_NO_ALBUM = frozenset({"unknown", "[unknown]", "unknown album", "[unknown album]", "<unknown>"})
_VARIOUS = frozenset({"various artists", "various", "va"})
_MBID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
_MBID_KEYS = ("xesam:musicBrainzTrackID", "mb:trackId")


def parse(tags: Tags) -> Track:
    """The track that a Metadata dictionary describes; unknown fields are "" or None.

    `mpris:length` is microseconds; the Track's length is seconds.
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
        mbid=_mbid(tags),
        artists=tuple(name for name in artists if name),
        genres=tuple(_texts(tags.get("xesam:genre"))),
    )


def length(value: object) -> float | None:
    """Seconds from an `mpris:length` (microseconds) of any type, or None where it means nothing."""
    microseconds = number(value)
    if microseconds is None:
        return None
    seconds = microseconds / 1e6
    return seconds if SHORTEST <= seconds <= LONGEST else None


def position(value: object) -> float | None:
    """Seconds from a `Position` (microseconds); may be negative (mpv, around starts)."""
    microseconds = number(value)
    return None if microseconds is None else microseconds / 1e6


def status(value: object) -> Status | None:
    """A PlaybackStatus, or None where it is none of the three."""
    return Status(value) if value in ("Playing", "Paused", "Stopped") else None


def as_tags(value: object) -> Tags | None:
    """A Metadata value as a dictionary, or None where it is none."""
    if not isinstance(value, dict):
        return None
    entries = cast("dict[object, object]", value)
    return {key: entry for key, entry in entries.items() if isinstance(key, str)}


def text(value: object) -> str:
    """A string from the bus made fit to use, "" for anything else."""
    return for_wire(value) if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    """The texts in a string or a list."""
    entries = cast("list[object]", value)[:64] if isinstance(value, list) else [value]
    return [found for entry in entries if (found := text(entry))]


def _first(value: object) -> str:
    """The first of them: one artist is what Last.fm takes."""
    return next(iter(_texts(value)), "")


def _without(name: str, nothing: frozenset[str]) -> str:
    return "" if normalise(name) in nothing else name


def _positive(value: object) -> int | None:
    found = number(value)
    return int(found) if found is not None and 1 <= found < 100_000 else None


def _mbid(tags: Tags) -> str:
    for key in _MBID_KEYS:
        found = _first(tags.get(key)).lower()
        if _MBID.fullmatch(found):
            return found
    return ""
