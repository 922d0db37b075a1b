"""Decides whether two readings of Metadata mean the same track, and two players the same song."""

import re

from ..core.model import Track
from ..core.rules import END_TOLERANCE_SECONDS, has_tags
from ..core.text import normalise

DECORATIONS = (" - ", " – ", " — ", " (", " [", " | ", " · ")
"""What an integration puts after a title before its own words ("Song - YouTube")."""

_SEPARATOR = re.compile(
    r"\s*[,;/|&+•·×]\s*|\s(?:x|and|with|vs\.?|feat\.?|ft\.?|featuring)\s", re.IGNORECASE
)
"""What stands between the artists of one text."""

MIN_GROWTH_SECONDS = 10.0
"""A length that grows by less may be that of a live stream."""

MIN_LENGTH_DIFFERENCE_SECONDS = 1.0
"""Lengths of one track may be rounded to whole seconds; others differ."""


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


def are_namesakes(one: Track, other: Track) -> bool:
    """Whether two tracks of one title and artist may be two songs (intro, interlude, skit): url,
    trackid and length are known of both, and all differ."""
    if not (one.url and other.url and one.trackid and other.trackid):
        return False
    if one.length is None or other.length is None:
        return False
    if one.url == other.url or one.trackid == other.trackid:
        return False
    return abs(one.length - other.length) >= MIN_LENGTH_DIFFERENCE_SECONDS


def has_other_length(one: Track, other: Track, at_edge: bool = False) -> bool:
    """Whether the lengths of two readings of one track differ by more than a correction, or than
    what a stream grows: an advertisement may run under the tags of the track. `at_edge`: the track
    begins or ends, where no stream does."""
    if one.length is None or other.length is None:
        return False
    change = other.length - one.length
    growth = END_TOLERANCE_SECONDS if at_edge else MIN_GROWTH_SECONDS
    return change >= growth or change < -END_TOLERANCE_SECONDS


def has_own_id(one: Track, other: Track) -> bool:
    """Whether the player tells by url or trackid that two tracks of one name differ; what a page
    plays under the tags of a song has the ids of the song."""
    known = ((one.url, other.url), (one.trackid, other.trackid))
    return any(before and after and before != after for before, after in known)


def completes(poor: Track, track: Track) -> bool:
    """Whether `track` is what was known as `poor` before all its tags had come."""
    if has_tags(poor) or not has_tags(track):
        return False
    if is_file(poor) and poor.url == track.url:
        return True
    same_title = bool(poor.title) and normalise(poor.title) == normalise(track.title)
    return same_title and not poor.artist


def same_song(one: Track, other: Track) -> bool:
    """Whether two players' tracks are one song: integrations decorate titles and round lengths, and
    an application names all artists of which its engine names the first."""
    titles = normalise(one.title), normalise(other.title)
    if normalise(one.artist) == normalise(other.artist):
        return titles[0] == titles[1] or (
            _goes_on(*titles, DECORATIONS) and _same_length(one, other)
        )
    return titles[0] == titles[1] and _same_artists(one, other) and _same_length(one, other)


def _same_length(one: Track, other: Track) -> bool:
    if one.length is None or other.length is None:
        return False
    return abs(one.length - other.length) <= END_TOLERANCE_SECONDS


def _same_artists(one: Track, other: Track) -> bool:
    """Whether one of them names all artists of the other, the first among them, in whatever way."""
    fewer, all_artists = sorted((_artists(one), _artists(other)), key=len)
    return bool(fewer) and set(fewer) <= set(all_artists) and all_artists[0] in fewer


def _artists(track: Track) -> list[str]:
    """Each artist of a track, whether the player lists them or writes one text."""
    told = track.artists or (track.artist,)
    names = (name for text in told for name in _SEPARATOR.split(normalise(text)))
    return [name for name in names if name]


def _goes_on(one: str, other: str, marks: tuple[str, ...]) -> bool:
    """Whether the longer text is the shorter one, and goes on with one of these marks."""
    shorter, longer = sorted((one, other), key=len)
    rest = longer.removeprefix(shorter)
    return bool(shorter) and rest != longer and rest.startswith(marks)


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
