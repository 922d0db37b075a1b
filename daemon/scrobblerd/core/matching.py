"""Pure: when two names from different sources mean the same artist, or the same track.

`key` sets aside what is a matter of writing: case, width, spaces, apostrophes, dashes.
`plain_title` and `plain_artist` also set aside the usual decorations, which say how a recording was
issued, but not that it is another song. What says that (a remix, a reprise, part two) stays.
`search_key` also sets aside accents, with which names mean others, for people who search.
"""

import re
import unicodedata
from functools import lru_cache

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʻʼʹ′´`＇", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
        **dict.fromkeys("〜～", "~"),
        "ı": "i",  # Turkish: İ and ı are i and I in other people's tags
        "\u0307": None,  # what casefold leaves of İ
        "\u0640": None,  # Arabic tatweel only stretches a word
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", None),  # nothing to be seen
    }
)
_SPACES = re.compile(r"\s+")

_PLAIN = {
    **{chr(code): plain or "" for code, plain in _ALIKE.items()},
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ħ": "h",
}
"""Characters, and what people write who search for them. Unicode takes none of these apart."""

_ACCENTS = (
    "\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\ufe0e\ufe0f"  # the two looks of an emoji
)
"""Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic. Marks of kana make another
letter, and those of other writing are vowels and tones: they stay."""

_TO_FOLD = re.compile(f"[{_ACCENTS}{re.escape(''.join(_PLAIN))}]")

_YEAR = r"(?:19|20)\d\d"
_SOURCE = r"(?:digital(?:ly)?|mono|stereo|\d+(?:st|nd|rd|th) anniversary|" + _YEAR + r")"
_ISSUES = (
    rf"(?:{_SOURCE} )*re-?master(?:ed)?(?: (?:version|edition|mix|{_YEAR}))*",
    r"(?:feat|ft|featuring)\b\.? .+",
    r"(?:recorded )?live\b.*",
    r"(?:original |in )?(?:mono|stereo)(?: (?:version|mix))?",
    r"(?:album|single|radio|original|extended|lp|ep|7\"|12\")(?: (?:version|edit|mix))+",
    r"(?:original|edit|explicit|clean|bonus track|bonus|album version)",
    r"(?:the )?(?:official )?(?:music |lyrics? )?(?:video|audio|visualizer)(?: hd| hq| 4k)?",
    r"(?:official|lyrics?|hd|hq)",
    rf"(?:{_YEAR} )?(?:deluxe|expanded|anniversary|special)(?: (?:edition|version))?",
    r"(?:from|taken from) .+",
    rf"{_YEAR}(?: (?:version|mix|edition))?",
)
_ISSUE = "|".join(f"(?:{issue})" for issue in _ISSUES)
_BRACKETED = re.compile(rf"\s*(?:\((?:{_ISSUE})\)|\[(?:{_ISSUE})\])$")
_DASHED = re.compile(rf"\s+-\s+(?:{_ISSUE})$")
_OTHER_ARTISTS = re.compile(r"\s*(?:[,;/&+、]|[\(\[]?\b(?:and|x|vs|with|feat|ft|featuring)\b).*$")
_GUESTS = re.compile(r"\s+[\(\[]?(?:feat|ft|featuring)\b\.?\s.*$")


@lru_cache(maxsize=512)
def key(text: str) -> str:
    """`text` for exact comparison.

    >>> key("Don’t  Look – Back") == key("don't look - back")
    True
    """
    if text.isascii():  # as most names are; it takes a tenth of the time
        return " ".join(text.replace("`", "'").lower().split())
    wide = unicodedata.normalize("NFKC", text.translate(_ALIKE))  # NFKC takes ´ apart
    folded = wide.translate(_ALIKE).casefold().translate(_ALIKE)
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", folded)).strip()


def search_key(text: object) -> str:
    """`text` for a search in many texts. It takes a few µs, and remembers nothing.

    >>> search_key("bjork") in search_key("Björk Guðmundsdóttir")
    True
    """
    parted = unicodedata.normalize("NFKD", str(text)).casefold().replace(" \u0301", "'")  # was ´
    plain = _TO_FOLD.sub(lambda mark: _PLAIN.get(mark[0], ""), parted)
    return unicodedata.normalize("NFC", " ".join(plain.split()))


def plain_title(title_key: str) -> str:
    """A key of a title without its decorations; one that is nothing else stays whole.

    >>> plain_title(key("Slow Harbour (Live) - Remastered 2011"))
    'slow harbour'
    """
    plain = title_key
    while True:
        shorter = _GUESTS.sub("", _BRACKETED.sub("", _DASHED.sub("", plain))).strip()
        if shorter == plain or not shorter:
            return plain
        plain = shorter


def plain_artist(artist_key: str) -> str:
    """A key of an artist without guests.

    >>> plain_artist(key("Mira Holt feat. Björn Ål"))
    'mira holt'
    """
    return _GUESTS.sub("", artist_key).strip() or artist_key


@lru_cache(maxsize=512)
def loose_names(artist: str, title: str) -> tuple[str, str]:
    """Returns what a track is compared by if the time of a play says the rest: the first of several
    artists, and the title without decorations. Programs write the other artists in many ways.

    >>> loose_names("Mira Holt, Okto", "Fern") == loose_names("Mira Holt", "Fern (feat. Okto)")
    True
    """
    artist_key = key(artist)
    return _OTHER_ARTISTS.sub("", artist_key) or artist_key, plain_title(key(title))


def track_keys(artist: str, title: str) -> dict[str, str]:
    """Returns what a track is compared by, as named values."""
    artist_key, title_key = key(artist), key(title)
    return {
        "artist_key": artist_key,
        "title_key": title_key,
        "plain_artist": plain_artist(artist_key),
        "plain_title": plain_title(title_key),
    }
