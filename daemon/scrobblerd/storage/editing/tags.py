"""Tags that the user corrects: which texts may be tags, and what a scrobble becomes."""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from ...core.errors import InvalidArgument
from ...core.model import Scrobble
from ...core.text import MAX_WIRE_CHARACTERS, for_wire, normalise

TAGS_OF_ROW = {name: name for name in ("artist", "track", "album", "album_artist")}
"""What can be corrected of a row of the queue, and what a scrobble calls it. A start stays what it
was."""

TAGS_OF_PLAY = {"artist": "artist", "title": "track", "album": "album"} | {
    "album_artist": "album_artist"
}
"""The same of a play of the history."""

_NEEDED = ("artist", "track")


def checked_tags(tags: Mapping[str, object], names: Mapping[str, str]) -> dict[str, str]:
    """Returns tags as they may be sent, by the names of a scrobble. `names`: the tags that can be
    changed, and what a scrobble calls them. Raises InvalidArgument, which names the tag."""
    if not tags:
        raise InvalidArgument(f"tags: nothing to change; there are {', '.join(names)}")
    for name in tags:
        if name not in names:
            raise InvalidArgument(f"{name}: can't be edited; there are {', '.join(names)}")
    checked = {names[name]: _checked(name, value) for name, value in tags.items()}
    for name in tags:
        if not checked[names[name]] and names[name] in _NEEDED:
            raise InvalidArgument(f"{name}: must not be empty")
    return checked


def _checked(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidArgument(f"{name}: must be a text")
    text = value.strip()
    if len(text) > MAX_WIRE_CHARACTERS:
        raise InvalidArgument(f"{name}: must have {MAX_WIRE_CHARACTERS} characters at most")
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise InvalidArgument(f"{name}: must have no control characters, such as a line break")
    return for_wire(text)


def edited(scrobble: Scrobble, tags: Mapping[str, str]) -> Scrobble:
    """Returns a scrobble with other tags. An id of MusicBrainz that stood for what has changed is
    left out: a service would believe it, and not the tags."""
    after = replace(scrobble, **dict(tags))
    details = after.details
    if after.artist != scrobble.artist:
        details = replace(details, artists=(), artist_mbids=())
    if after.album != scrobble.album:
        details = replace(details, album_mbid="")
    if (after.artist, after.track) != (scrobble.artist, scrobble.track):
        after, details = replace(after, mbid=""), replace(details, track_mbid="")
    return replace(after, details=details)


def is_same_listen(before: Scrobble, after: Scrobble) -> bool:
    """Whether a service takes both for the same listen: names are compared without their case, as
    the ids of ListenBrainz are made."""
    return _names(before) == _names(after)


def _names(scrobble: Scrobble) -> tuple[str, ...]:
    return tuple(map(normalise, (scrobble.artist, scrobble.track, scrobble.album)))
