"""Pure rules for text: comparing names, and making foreign text safe to send, log and show.

Raw text is what is sent; normalised text is only ever compared.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
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

MAX_MARKS = 32
"""Code points of one character that is kept whole. More are no writing."""

_ZERO_WIDTH_JOINER = "\u200d"
_JOINS_BEFORE = re.compile(
    # joiners, skin tones, tags, vowels and ends of Hangul syllables, marks of halfwidth katakana
    "[\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u1160-\u11ff\uff9e\uff9f]"
)
_FLAG_HALVES = re.compile("[\U0001f1e6-\U0001f1ff]+$")

FSI, PDI = "\u2068", "\u2069"
"""Around a name they keep its direction from its neighbours: FIRST STRONG ISOLATE and POP
DIRECTIONAL ISOLATE of UAX #9."""

_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
"""The blocks of writing that runs from right to left."""

_IS_RTL = re.compile(f"[{_RTL}]")
_TO_ISOLATE = re.compile(
    f"{FSI}([^{_BIDI}]*){PDI}"  # as `isolated` has marked it
    rf"""|[(\["'«]*[{_RTL}](?:(?:(?![{_BIDI}])[\W\d_{_RTL}])*[{_RTL}])?[)\]"'»!?…]*"""
)


@lru_cache(maxsize=512)
def normalise(text: str) -> str:
    """`text` as it is compared: NFKC, case folded, white space folded to single spaces.

    >>> normalise("  STRASSE\\u3000") == normalise("straße")
    True
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", folded)).strip()


def count(number: int, noun: str, plural: str = "") -> str:
    """Writes a number with its noun.

    >>> count(1, "play"), count(1234, "play")
    ('1 play', '1,234 plays')
    """
    return f"{number:,} {named(number, noun, plural)}"


def named(number: int, noun: str, plural: str = "") -> str:
    """Returns the noun, or other words, that a number goes with.

    >>> named(1, "play"), named(0, "play"), named(2, "was", "were")
    ('play', 'plays', 'were')
    """
    return noun if number == 1 else plural or f"{noun}s"


def for_wire(text: str) -> str:
    """Returns `text` as it may be sent: no control characters, white space folded, at most
    MAX_WIRE_CHARACTERS long.

    >>> for_wire(" a\\n b\\x00 ")
    'a b'
    """
    if text.isprintable() and "  " not in text and len(text) <= MAX_WIRE_CHARACTERS:
        return text.strip()  # as most are; it takes a fifth of the time
    shorter = text[: MAX_WIRE_CHARACTERS * 4]
    return _SPACES.sub(" ", _UNSENDABLE.sub(" ", shorter)).strip()[:MAX_WIRE_CHARACTERS].rstrip()


def for_people(text: str, limit: int = 200) -> str:
    """`text` as a log or terminal may show it: one line, no control or direction marks.

    >>> for_people("a\\x1b[31mb\\u202ec")
    'a [31mb c'
    """
    shown = _SPACES.sub(" ", _UNSHOWABLE.sub(" ", text[: limit * 4])).strip()
    return shown if len(shown) <= limit else whole(shown, limit - 1) + "…"


def track_named(title: str, artist: str, limit: int = 200) -> str:
    """A track in a sentence, each of its names as `for_people` has it.

    >>> track_named("Fern", "Mira Holt")
    'Fern by Mira Holt'
    """
    by = f" by {for_people(artist, limit)}" if artist else ""
    return (for_people(title, limit) or "a track without a title") + by


def clock(seconds: float, tenths: bool = False) -> str:
    """A length as players show it. All that people read is rounded here: down, but not what is a
    few hundredths of a second short, since a timer is no more exact than that.

    >>> clock(187.4), clock(3723), clock(119.97), clock(59.62, tenths=True)
    ('3:07', '1:02:03', '2:00', '0:59.6')
    """
    try:
        whole, tenth = divmod(max(0, round(seconds * 10)), 10)
    except (ValueError, OverflowError):  # a disk got it wrong
        return "?"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    shown = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"{shown}.{tenth}" if tenths else shown


def apart(less: float, more: float) -> tuple[str, str]:
    """Writes two lengths: with tenths if whole seconds would look the same, though the first one is
    less."""
    if not less < more or clock(less) != clock(more):
        return clock(less), clock(more)
    if clock(less, tenths=True) == clock(more, tenths=True):
        less = more - 0.1
    return clock(less, tenths=True), clock(more, tenths=True)


def too_little(heard: float, needed: float) -> str:
    """Says that a play was not heard for long enough; both are seconds."""
    heard_for, needed_for = apart(heard, needed)
    return f"heard {heard_for} of {needed_for} needed"


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


def whole(text: str, limit: int) -> str:
    """The beginning of `text`, at most `limit` code points long, without a part of a character: an
    accent stays with its letter, and a family of emoji together.

    >>> whole("nai\\u0308ve", 3)
    'na'
    """
    end = limit
    while limit - MAX_MARKS < end < len(text) and _belongs_before(text, end):
        end -= 1
    return text[: end if end > limit - MAX_MARKS else limit]


def characters(text: str) -> list[str]:
    """Splits `text` into what people see as characters.

    >>> [len(each) for each in characters("nai\\u0308")]
    [1, 1, 2]
    """
    split: list[str] = []
    for at, mark in enumerate(text):
        if split and len(split[-1]) < MAX_MARKS and _belongs_before(text, at):
            split[-1] += mark
        else:
            split.append(mark)
    return split


def _belongs_before(text: str, at: int) -> bool:
    """Whether the code point at `at` is of one character with the one before: UAX #29, as far as
    names of tracks need it."""
    if at <= 0:
        return False
    mark = text[at]
    if unicodedata.category(mark)[0] == "M" or _JOINS_BEFORE.match(mark):
        return True
    if _FLAG_HALVES.match(mark):
        halves = _FLAG_HALVES.search(text, max(0, at - 2 * MAX_MARKS), at)
        return halves is not None and len(halves[0]) % 2 == 1
    return text[at - 1] == _ZERO_WIDTH_JOINER


def isolated(name: str) -> str:
    """A name for a sentence or a row of a table: between marks if some of it runs from right to
    left. `pieces` finds it there.

    >>> isolated("Fern"), isolated("שרך") == f"{FSI}שרך{PDI}"
    ('Fern', True)
    """
    return f"{FSI}{printable(name)}{PDI}" if _IS_RTL.search(name) else name


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The parts of `text` as a terminal may show them, each with whether it has to be isolated from
    the rest: what `isolated` has marked, and what runs from right to left anyway."""
    at = 0
    for match in _TO_ISOLATE.finditer(text):
        if match.start() > at:
            yield printable(text[at : match.start()]), False
        part = match[0] if match[1] is None else match[1]
        yield printable(part), bool(_IS_RTL.search(part))
        at = match.end()
    if at < len(text):
        yield printable(text[at:]), False


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
