"""Writes times, counts, tracks and verdicts for people, and reads values of the command line."""

import re
from argparse import ArgumentTypeError
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from ...core.text import clock as clock  # noqa: PLC0414 # part of what is written here
from ...core.text import count as count  # noqa: PLC0414 # likewise
from ...core.text import isolated
from ...core.text import named as named  # noqa: PLC0414 # likewise

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"(\d+)\s*(min|[smhdw])\s*", re.IGNORECASE | re.ASCII)
_MAX_DURATION_SECONDS = 2**32 - 1
"""The largest number of the D-Bus type "u": about 136 years."""

SOON_SECONDS = 600
"""Before something that ends so soon, people want to know the second."""

VERDICTS = {
    "listening": ("playing", "cyan"),
    "counted": ("counted", "green"),
    "not_heard": ("heard too little", "yellow"),
    "too_short": ("too short", "dim"),
    "no_tags": ("no tags", "yellow"),
    "unclear": ("unclear", "yellow"),
    "disabled": ("off or paused", "dim"),
    "unwanted": ("filtered", "dim"),
    "duplicate": ("duplicate", "dim"),
}
"""What people read for each verdict, and its style (of rich)."""

_REASONS = {
    "no_artist": "no artist",
    "no_title": "no title",
    "skipped": "skipped",
    "announce_only": "only announced",
    "off": "off",
    "paused": "paused",
}
"""What people read instead for the code of a reason, or for how scrobbling was off."""

STATES = {
    "pending": "waiting",
    "queued": "waiting",
    "left_out": "left out",
    "there": "was there",
    **{state: state for state in ("held", "rejected", "expired", "sent", "ignored", "dropped")},
}
"""What people read for each state of a row, and for what else becomes of a play."""

STYLES = {
    **dict.fromkeys(("sent", "taken"), "green"),
    "waiting": "cyan",
    "held": "yellow",
    **dict.fromkeys(("rejected", "ignored", "expired"), "red"),
    **dict.fromkeys(("dropped", "left out", "was there"), "dim"),
}
"""Their styles."""


def because(word: tuple[str, str], reason: str) -> list[tuple[str, str]]:
    """Writes a word, which has a style, and the reason; one that says the word itself is enough.

    >>> because(("skipped", "dim"), "skipped by you")
    [('skipped by you', 'dim')]
    >>> because(("filtered", "dim"), "it names no album")
    [('filtered', 'dim'), (': it names no album', 'dim')]
    """
    named, style = word
    if named in reason:
        return [(reason, style)]
    return [word, (f": {reason}", "dim")] if reason else [word]


def moment(stamp: float, now: float) -> str:
    """Writes UNIX seconds as local time: only as much as is needed to tell it from `now`."""
    try:
        at, today = datetime.fromtimestamp(stamp), datetime.fromtimestamp(now)
    except (ValueError, OverflowError, OSError):  # no calendar has it
        return "?"
    if at.date() == today.date():
        return f"{at:%H:%M}"
    if timedelta() < today - at < timedelta(days=6):
        return f"{at:%a %H:%M}"
    return f"{at:%Y-%m-%d %H:%M}"


def until(stamp: float, now: float) -> str:
    """Writes when something ends, in UNIX seconds, as local time; with seconds if that is soon."""
    seconds = f":{int(stamp) % 60:02}" if stamp - now <= SOON_SECONDS else ""
    return moment(stamp, now) + seconds


def verdict(name: str, code: str = "", detail: str = "") -> tuple[str, str]:
    """Returns a verdict as people read it, and its style; `code` and `detail` say why. An unknown
    one stays as it is."""
    label, style = VERDICTS.get(name, (name.replace("_", " "), ""))
    return _REASONS.get(detail if code == "off" else code, label), style


def unsent(code: str) -> tuple[str, str]:
    """Returns what became of a play that counted and that no account has had, and its style."""
    words = {"imported": "imported", "by_hand": "by hand"}.get(code)
    return (words, "dim") if words else ("not sent", "yellow")


def state(name: str, code: str = "") -> tuple[str, str]:
    """Returns the state of a row as people read it, and its style; `code` says why. An unknown one
    stays as it is."""
    word = "ignored" if (name, code) == ("rejected", "ignored") else STATES.get(name, name)
    return word, STYLES.get(word, "")


def event(status: str) -> tuple[str, str]:
    """Returns what a signal says of a play, in the same words. There `held` means that it is not
    sent yet, whatever for."""
    return state("pending" if status == "held" else status)


def track(title: str, artist: str) -> str:
    """Returns a track's name for a sentence, each of its names `isolated`."""
    by = f" by {isolated(artist)}" if artist else ""
    return (isolated(title) or "a track without a title") + by


def seconds(text: str) -> int:
    """Reads a duration, in seconds: "90", "45s", "30m", "1h30m", "2d", "1w".

    >>> seconds("1h30m"), seconds("90")
    (5400, 90)
    """
    whole = text.strip()
    plain = whole.isascii() and whole.isdigit()
    duration = int(whole[:12]) if plain else _parts(whole)
    if not 0 < duration <= _MAX_DURATION_SECONDS:
        raise ArgumentTypeError(f"{text!r:.40} is no duration; write 90s, 30m, 1h30m, 2d or 1w")
    return duration


def length(text: str) -> int:
    """Reads the length of a track, in seconds, also as players show it.

    >>> length("3:20"), length("1:00:00"), length("45s")
    (200, 3600, 45)
    """
    hours, _, rest = text.rpartition(":")[0].rpartition(":")
    if ":" not in text:
        return seconds(text)
    parts = [hours or "0", rest, text.rpartition(":")[2]]
    if not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        raise ArgumentTypeError(f"{text!r:.40} is no length; write 3:20, 200s or 3m20s")
    return seconds(str(int(parts[0]) * 3600 + int(parts[1]) * 60 + int(parts[2])))


def switch(text: str) -> bool:
    """Reads on or off, in the words that people use."""
    if (word := text.lower()) in ("on", "true", "yes", "1"):
        return True
    if word in ("off", "false", "no", "0"):
        return False
    raise ArgumentTypeError(f"{text!r:.40} is neither on nor off")


def address(text: str) -> str:
    """Reads the address of a server. An error does not show it: it may be a token."""
    with suppress(ValueError):  # such as of "https://[x"
        parts = urlsplit(text)
        if parts.scheme in ("https", "http") and parts.hostname and text.isprintable():
            return text
    raise ArgumentTypeError("that is no address; write https://music.example.org")


def number(text: str) -> int:
    """Reads a whole number of 0 or more."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise ArgumentTypeError(f"{text!r:.40} is no whole number of 0 or more")


def bar(part: float, width: int, full: str = "█", rest: str = "·") -> tuple[str, str]:
    """Returns both pieces of a bar of `width` cells, of which `part` (0 to 1) is full."""
    done = round(width * min(max(part, 0.0), 1.0))
    return full * done, rest * (width - done)


def _parts(text: str) -> int:
    """Reads "1h30m"; returns 0 if it is no duration."""
    if not text or _PART.sub("", text):
        return 0
    return sum(int(number[:12]) * _UNITS[unit.lower()] for number, unit in _PART.findall(text))
