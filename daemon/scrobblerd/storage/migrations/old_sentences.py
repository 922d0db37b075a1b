"""Reads the sentences that the second shape of the database kept, once, for the third migration.

They are those of that version, and do not change any more; `core.wording` has today's.
"""

import ast
import re
import time
from functools import lru_cache

from ...core.model import PlayReason

_OUTCOME = re.compile(
    r"; (?:(sent) (?:at an unknown time|(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d))"
    r"|taken out of the queue by hand)$"
)
_RULE = re.compile(r" \((\[(?:filters|players)\] [^()]*)\)$")

_PATTERNS = (
    (PlayReason.UNCLEAR, r"the player changed track without a word; .*"),
    (PlayReason.OFF, r"scrobbling was off or paused; .*"),
    (PlayReason.NO_ARTIST, "the player gave no artist"),
    (PlayReason.NO_TITLE, "the player gave no title"),
    (PlayReason.TOO_SHORT, r"the track is .* s long, only (.*) s and longer count"),
    (PlayReason.SKIPPED, "skipped by hand"),
    (PlayReason.ANNOUNCE_ONLY, "this player is only announced"),
    (PlayReason.DUPLICATE, "(.*) reported the same play, and that one counted"),
    (PlayReason.SITE, "the site (.*) is ignored"),
    (PlayReason.FILE_TYPE, "files of type (.*) are ignored"),
    (PlayReason.GENRE, "the genre (.*) is ignored"),
    (PlayReason.ADDRESS, "its address or id matches (.*)"),
    (PlayReason.ARTIST, "its artist matches (.*)"),
    (PlayReason.TITLE, "its title matches (.*)"),
    (PlayReason.ALBUM, "its album matches (.*)"),
    (PlayReason.NO_ALBUM, "it names no album"),
    (PlayReason.SHORTER, "it is shorter than (.*) s"),
    (PlayReason.LONGER, "it is longer than (.*) s"),
)
_QUOTED = (PlayReason.ADDRESS, PlayReason.ARTIST, PlayReason.TITLE, PlayReason.ALBUM)
_FIGURES = re.compile(r"heard \d.* s(?: of \d.* s)?, needed \d.* s")
_HEARD = {"counted": PlayReason.HEARD, "not_heard": PlayReason.NOT_HEARD}


@lru_cache(maxsize=8)
def _parsed(verdict_bytes: bytes, words: bytes) -> tuple[PlayReason, str, str]:
    """Returns code, detail and rule; a sentence that is not known is the detail itself."""
    verdict, sentence = _text(verdict_bytes), _text(words)
    if verdict == "counted":
        sentence = _OUTCOME.sub("", sentence)
    if verdict in _HEARD and _FIGURES.fullmatch(sentence):
        return _HEARD[verdict], "", ""
    rule = _RULE.search(sentence)
    plain = sentence[: rule.start()] if rule else sentence
    for code, pattern in _PATTERNS:
        if match := re.fullmatch(pattern, plain, re.DOTALL):
            detail = "".join(match.groups())
            return code, _unquoted(detail) if code in _QUOTED else detail, rule[1] if rule else ""
    return PlayReason.OTHER, sentence, ""


def _text(stored: bytes | None) -> str:
    """Returns any stored value as text that SQLite takes: an error here would stop every start."""
    return (stored or b"").decode(errors="replace")


def _unquoted(detail: str) -> str:
    try:
        return str(ast.literal_eval(detail)).encode(errors="replace").decode()
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return detail


def old_code(verdict: bytes, words: bytes) -> str:
    """Returns the code of the sentence."""
    return str(_parsed(verdict, words)[0])


def old_detail(verdict: bytes, words: bytes) -> str:
    """Returns what goes with the code."""
    return _parsed(verdict, words)[1]


def old_rule(verdict: bytes, words: bytes) -> str:
    """Returns the rule that the sentence names."""
    return _parsed(verdict, words)[2]


def old_outcome(words: bytes) -> str:
    """Returns `sent` or `dropped` if that was appended to the sentence, else ""."""
    found = _OUTCOME.search(_text(words))
    return "" if found is None else (found[1] or "dropped")


def old_outcome_at(words: bytes) -> float | None:
    """Returns when it was sent, UNIX seconds."""
    found = _OUTCOME.search(_text(words))
    if found is None or not found[2]:
        return None
    try:
        return time.mktime(time.strptime(found[2], "%Y-%m-%d %H:%M:%S"))
    except (ValueError, OverflowError):
        return None
