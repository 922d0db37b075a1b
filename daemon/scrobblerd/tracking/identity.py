"""Decides whether two readings of Metadata mean the same track, and two players the same song."""

from ..core.model import Track
from ..core.rules import END_TOLERANCE_SECONDS, has_tags
from ..core.text import normalise

DECORATIONS = (" - ", " – ", " — ", " (", " [", " | ", " · ")
"""What an integration puts after a title before its own words ("Song - YouTube")."""


def same_track(one: Track, other: Track) -> bool:
    """Whether two readings of Metadata mean the same track.

    Title and artist decide. Different files are different tracks (an album's two "Intro"s); other
    urls only help when the tags are poor; length, album, art and trackid never decide.
    """
    if _is_edited(one, other):
        return True
    if normalise(one.title) != normalise(other.title):
        return False
    if normalise(one.artist) != normalise(other.artist):
        return False
    if is_file(one) and is_file(other):
        return one.url == other.url
    return has_tags(one) or one.url == other.url


def _is_edited(one: Track, other: Track) -> bool:
    """Whether only the tags of a file were edited; one file may hold several tracks (cue sheets),
    but those differ in id and length."""
    same_file = is_file(one) and one.url == other.url and one.length is not None
    return same_file and (one.trackid, one.length) == (other.trackid, other.length)


def completes(poor: Track, track: Track) -> bool:
    """Whether `track` is what was known as `poor` before all its tags had come."""
    if has_tags(poor) or not has_tags(track):
        return False
    if is_file(poor) and poor.url == track.url:
        return True
    same_title = bool(poor.title) and normalise(poor.title) == normalise(track.title)
    return same_title and not poor.artist


def same_song(one: Track, other: Track) -> bool:
    """Whether two players' tracks are one song: integrations decorate titles and round lengths."""
    if normalise(one.artist) != normalise(other.artist):
        return False
    titles = normalise(one.title), normalise(other.title)
    if titles[0] == titles[1]:
        return True
    if not all(titles) or one.length is None or other.length is None:
        return False
    shorter, longer = sorted(titles, key=len)
    decoration = longer.removeprefix(shorter)
    decorated = decoration != longer and decoration.startswith(DECORATIONS)
    return decorated and abs(one.length - other.length) <= END_TOLERANCE_SECONDS


def same_tags(one: Track, other: Track) -> bool:
    """Whether the fields are equal that must be quiet for a track to be accepted."""
    return (one.title, one.artist, one.album, one.album_artist, one.url) == (
        other.title,
        other.artist,
        other.album,
        other.album_artist,
        other.url,
    )


def is_file(track: Track) -> bool:
    """Whether the track is a local file."""
    return track.url.startswith("file:") or track.url.startswith("/")
