"""Corrects the tags of tracks as the user wants them, and rejects the tracks that he does not want.

`Filters` is what the user set under [filters], compiled once. `correct_tags` and `rejection_reason`
use it. Pure.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlsplit

from .model import PlayReason, Reason, Track
from .text import for_wire, normalise

FIELDS = ("title", "artist", "album", "album_artist")
"""The tags that rewrites may name."""

VIDEO_FILES = (
    *("avi", "flv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "ogm", "ogv", "ts", "vob"),
    *("webm", "wmv"),
)
VIDEO_SITES = (
    *("dailymotion.com", "disneyplus.com", "netflix.com", "primevideo.com", "tiktok.com"),
    *("twitch.tv", "vimeo.com", "www.youtube.com", "m.youtube.com", "youtu.be"),
)
SPEECH = ("audiobook", "audiobooks", "podcast", "podcasts", "speech", "spoken word")

ADS = ("^spotify:ad:", "/ad/")

PRESETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "ads": {"ignore_urls": ADS},
    "video-files": {"ignore_file_types": VIDEO_FILES},
    "video-sites": {"ignore_hosts": VIDEO_SITES},  # music.youtube.com is music
    "podcasts": {"ignore_genres": SPEECH, "ignore_urls": (r"^spotify:episode:", r"/episode/")},
}
"""What `presets` under [filters] may name: each adds to the lists of these names. Those that clean
tags are in config/cleaning.py."""

DEFAULT_PRESETS = ("ads", "video-files")

MAX_REJECTIONS_REMEMBERED = 64
"""Answers whether a track is wanted; a play asks for the same one at each step."""

Patterns = tuple[re.Pattern[str], ...]

TOPIC = " - Topic"
"""How YouTube names the channel that has an artist's own songs: "Name - Topic"."""

_SEPARATOR = re.compile(r"\s+[-–—]\s+")
_SCHEMES = ("http", "https", "icy", "mms", "rtmp", "rtsp")


@dataclass(frozen=True, slots=True)
class Rewrite:
    """What matches `pattern` in the tag `field` becomes `replacement`, as in re.sub. `preset`: the
    one that has it, "" = the user wrote it."""

    field: str
    pattern: re.Pattern[str]
    replacement: str
    preset: str = ""

    @property
    def rule(self) -> str:
        """Where the user finds it."""
        return f"[filters] presets: {self.preset}" if self.preset else "[filters] rewrites"

    def applied(self, text: str) -> str:
        """Returns a tag as it becomes. A preset leaves no tag empty."""
        if not self.preset:
            return for_wire(self.pattern.sub(self.replacement, text)) if text else text
        composed = unicodedata.normalize("NFC", text)
        cleaned = self.pattern.sub(self.replacement, composed)
        return text if cleaned == composed else for_wire(cleaned) or text


@dataclass(frozen=True, slots=True)
class Correction:
    """What a rule made of a tag."""

    field: str
    before: str
    after: str
    rule: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What is wanted; by default all but DEFAULT_PRESETS. Lengths are seconds, 0 = no bound."""

    presets: tuple[str, ...] = DEFAULT_PRESETS  # their entries stand in the lists below
    ignore_hosts: tuple[str, ...] = ()
    ignore_file_types: tuple[str, ...] = VIDEO_FILES
    ignore_genres: tuple[str, ...] = ()
    ignore_urls: Patterns = tuple(re.compile(pattern, re.IGNORECASE) for pattern in ADS)
    ignore_artist: Patterns = ()
    ignore_title: Patterns = ()
    ignore_album: Patterns = ()
    minimum_length: float = 0.0
    maximum_length: float = 0.0
    require_album: bool = False
    rewrites: tuple[Rewrite, ...] = ()
    artist: str = "first"
    artist_separator: str = ", "
    split_titles: str = "never"
    strip_topic: bool = True


# -- putting tags right ---------------------------------------------------------------------------


def correct_tags(filters: Filters, track: Track, in_browser: bool = False) -> Track:
    """Returns `track` with one artist chosen, a stream's title split and all rewrites applied."""
    for _, corrected in _corrected(filters, track, in_browser):
        track = corrected
    return track


def corrections(filters: Filters, track: Track, in_browser: bool = False) -> Iterator[Correction]:
    """Returns what `correct_tags` does to a track, in its order."""
    for rule, corrected in _corrected(filters, track, in_browser):
        for field in FIELDS:
            before, after = getattr(track, field), getattr(corrected, field)
            if after != before:
                yield Correction(field, before, after, rule)
        track = corrected


def _corrected(filters: Filters, track: Track, in_browser: bool) -> Iterator[tuple[str, Track]]:
    """Returns each rule that may change a track, and the track after it."""
    if in_browser and filters.strip_topic:
        track = _without_topic(track)
        yield "[filters] strip_topic", track
    if (artist := _artist(filters, track)) != track.artist:
        track = replace(track, artist=artist)
        yield "[filters] artist", track
    if filters.split_titles != "never":
        track = _split(filters, track)
        yield "[filters] split_titles", track
    for rewrite in filters.rewrites:
        before = getattr(track, rewrite.field)
        after = rewrite.applied(before)
        if after != before:
            track = replace(track, **{rewrite.field: after})
            if rewrite.preset and rewrite.field == "artist":
                track = replace(track, artists=tuple(map(rewrite.applied, track.artists)))
            yield rewrite.rule, track


def _without_topic(track: Track) -> Track:
    """Names the artist and not the channel, on pages of YouTube."""
    names = {"artist": track.artist, "album_artist": track.album_artist}
    return replace(
        track,
        **{tag: name.removesuffix(TOPIC) for tag, name in names.items()},
        artists=tuple(name.removesuffix(TOPIC) for name in track.artists),
    )


def _artist(filters: Filters, track: Track) -> str:
    """The one artist that is sent: Last.fm takes no more."""
    if filters.artist == "composer" and track.composers:
        return track.composers[0]
    if filters.artist == "album_artist" and track.album_artist:
        return track.album_artist
    if filters.artist == "joined" and track.artists:
        return for_wire(filters.artist_separator.join(track.artists))
    return track.artist


def _split(filters: Filters, track: Track) -> Track:
    """Radio stations put "Artist - Title" into the title. They name no artist, or themselves
    (Audacious 4.2)."""
    always, stream = filters.split_titles == "always", is_stream(track)
    if not (always or stream):
        return track
    is_station = stream or (not track.url and track.length is None)
    if track.artist and not (always and is_station):
        return track
    parts = _SEPARATOR.split(track.title, maxsplit=1)
    return replace(track, artist=parts[0], title=parts[1]) if len(parts) == 2 else track


def is_stream(track: Track) -> bool:
    """Whether the track comes over the network, as a radio's does. Its length says nothing: mpv's
    grows every second."""
    return urlsplit_safe(track.url)[0] in _SCHEMES


# -- what is not wanted ---------------------------------------------------------------------------


def rejection_reason(filters: Filters, track: Track) -> Reason | None:
    """Returns why the user does not want this track, with the rule; None if it is wanted."""
    return _rejection_reason(filters, track, track.genres)


@lru_cache(maxsize=MAX_REJECTIONS_REMEMBERED)
def _rejection_reason(filters: Filters, track: Track, genres: tuple[str, ...]) -> Reason | None:
    """The genres stand apart: tracks that differ in nothing else are equal."""
    scheme, host, path = urlsplit_safe(track.url)
    for wanted in filters.ignore_hosts:
        if scheme and (host == wanted or host.endswith("." + wanted)):
            return Reason(PlayReason.SITE, wanted, _rule(filters, "ignore_hosts", wanted))
    name, dot, ending = path.rpartition("/")[2].lower().rpartition(".")
    if name and dot and ending in filters.ignore_file_types:
        return Reason(PlayReason.FILE_TYPE, ending, _rule(filters, "ignore_file_types", ending))
    for genre in genres:
        if (wanted := normalise(genre)) in filters.ignore_genres:
            return Reason(PlayReason.GENRE, genre, _rule(filters, "ignore_genres", wanted))
    return _by_pattern(filters, track) or _by_length(filters, track)


def _by_pattern(filters: Filters, track: Track) -> Reason | None:
    for pattern in filters.ignore_urls:
        if pattern.search(track.url) or pattern.search(track.trackid):
            rule = _rule(filters, "ignore_urls", pattern.pattern)
            return Reason(PlayReason.ADDRESS, pattern.pattern, rule)
    for name in ("artist", "title", "album"):
        for pattern in getattr(filters, f"ignore_{name}"):
            if pattern.search(getattr(track, name)):
                return Reason(PlayReason(name), pattern.pattern, f"[filters] ignore_{name}")
    return None


def _rule(filters: Filters, key: str, entry: str) -> str:
    """Where the user finds what says so: the preset, or the list of his own."""
    for preset in filters.presets:
        if entry in PRESETS.get(preset, {}).get(key, ()):
            return f"[filters] presets: {preset}"
    return f"[filters] {key}"


def _by_length(filters: Filters, track: Track) -> Reason | None:
    length, low, high = track.length, filters.minimum_length, filters.maximum_length
    if filters.require_album and not track.album:
        return Reason(PlayReason.NO_ALBUM, rule="[filters] require_album")
    if length is not None and low and length < low:
        return Reason(PlayReason.SHORTER, f"{low:g}", "[filters] minimum_length")
    if length is not None and high and length > high:
        return Reason(PlayReason.LONGER, f"{high:g}", "[filters] maximum_length")
    return None


def urlsplit_safe(url: str) -> tuple[str, str, str]:
    """Scheme, host and path of a url or plain path, lower case but for the path."""
    try:
        parts = urlsplit(url)
        return parts.scheme.lower(), (parts.hostname or "").lower(), parts.path
    except ValueError:
        return "", "", ""
