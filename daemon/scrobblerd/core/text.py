"""Pure rules for text: comparing names, and making foreign text safe to send, log and show.

Raw text is what is sent; normalised text is only ever compared.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote_from_bytes

MAX_WIRE_CHARACTERS = 1000
"""Characters kept of any tag: longer ones are not music, and a 10 MB title must not be stored."""

_FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_SPACES = re.compile(r"\s+")
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Control characters, lone surrogates and noncharacters: the XML and JSON of no server takes them.
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_VALUE = r"[\w%+/.~-]"
_PARAMETER = re.compile(rf"""\b(sk|token|api_sig)(["' ]*[=:]["' ]*){_VALUE}+""")
_UNSHOWABLE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_BIDI}]")


@lru_cache(maxsize=512)
def normalise(text: str) -> str:
    """`text` as it is compared: NFKC, case folded, white space folded to single spaces.

    >>> normalise("  STRASSE\\u3000") == normalise("straße")
    True
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", folded)).strip()


def folded(text: object) -> str:
    """Returns `text` as `normalise` does, without remembering it: for a search of many texts."""
    return normalise.__wrapped__(str(text))


def for_wire(text: str) -> str:
    """Returns `text` as it may be sent: no control characters, white space folded, at most
    MAX_WIRE_CHARACTERS long.

    >>> for_wire(" a\\n b\\x00 ")
    'a b'
    """
    shorter = text[: MAX_WIRE_CHARACTERS * 4]
    return _SPACES.sub(" ", _UNSENDABLE.sub(" ", shorter)).strip()[:MAX_WIRE_CHARACTERS].rstrip()


def for_people(text: str, limit: int = 200) -> str:
    """`text` as a log or terminal may show it: one line, no control or direction marks.

    >>> for_people("a\\x1b[31mb\\u202ec")
    'a [31mb c'
    """
    shown = _SPACES.sub(" ", _UNSHOWABLE.sub(" ", text[: limit * 4])).strip()
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def track_named(title: str, artist: str, limit: int = 200) -> str:
    """A track in a sentence, each of its names as `for_people` has it.

    >>> track_named("Fern", "Mira Holt")
    'Fern by Mira Holt'
    """
    by = f" by {for_people(artist, limit)}" if artist else ""
    return (for_people(title, limit) or "a track without a title") + by


def discreet(words: str, secrets: Iterable[str]) -> str:
    """Another's words without these secrets, whole or cut off, and without the values of secret
    parameters.

    >>> discreet("no session 0123456789ab, api_sig=ff&x=1", ["0123456789abcdef"])
    'no session …, api_sig=…&x=1'
    """
    for secret in secrets:
        words = re.sub(f"{re.escape(secret[:8])}{_VALUE}*", "…", words)
    return _PARAMETER.sub(r"\1\2…", words)


def printable(text: str) -> str:
    """`text` as a terminal may show it, its spaces as they are.

    >>> printable("a\\x1b[31m  b\\u202ec")
    'a [31m  b c'
    """
    return _UNSHOWABLE.sub(" ", text)


def escaped(json: str) -> str:
    """A JSON text whose control and direction marks stand in it as \\uXXXX; line breaks stay.

    >>> escaped('"a\\u202e"')
    '"a\\\\u202e"'
    """
    return _UNSHOWABLE.sub(lambda mark: _escape(mark[0]), json)


def _escape(character: str) -> str:
    return character if character == "\n" else f"\\u{ord(character):04x}"


def spreadsheet_cell(value: object) -> object:
    """Returns a value for a table that a spreadsheet opens: a text that it would take for a formula
    gets an apostrophe before it (owasp.org/www-community/attacks/CSV_Injection)."""
    return f"'{value}" if isinstance(value, str) and value[:1] in _FORMULA_MARKS else value


def file_url(path: bytes) -> str:
    """Returns the file: URL of an absolute path. Names need not be UTF-8."""
    return "file://" + quote_from_bytes(path, safe="/!$&'()*+,;=:@")
