"""Reads `.scrobbler.log` as Rockbox and its relatives write it: Audioscrobbler's format
for portable players, 1.0 and 1.1."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import tzinfo
from typing import BinaryIO

from ..core.model import Scrobble
from .entries import EARLIEST_STAMP, Entry, LeftOut, UnreadableFile, judged
from .streams import lines
from .times import local_to_utc

UNTAGGED = "<Untagged>"
"""What Rockbox writes for a tag that is missing."""


def read(stream: BinaryIO, zone: tzinfo | None) -> Iterator[Entry]:
    """Yields the entries. `zone`: of the device if the file does not say it; None = not known.
    Raises UnreadableFile, also if there is a time of which the zone is not known."""
    is_utc = False
    for number, line in enumerate(lines(stream), 1):
        text = line.rstrip("\r\n")
        if text.startswith("#"):
            is_utc = text.strip() == "#TZ/UTC" if text.startswith("#TZ/") else is_utc
        elif text.strip():
            entry = _entry(number, text)
            yield entry if is_utc or entry.play is None else _in_utc(entry, zone)


def _entry(number: int, text: str) -> Entry:
    fields = text.split("\t")
    if not 7 <= len(fields) <= 8:
        return Entry(number, why=LeftOut.BROKEN)
    artist, album, track, place, seconds, rating, stamp = (each.strip() for each in fields[:7])
    if rating == "S":
        return Entry(number, why=LeftOut.SKIPPED)
    if rating != "L":
        return Entry(number, why=LeftOut.BROKEN)
    play = Scrobble(
        artist="" if artist == UNTAGGED else artist,
        track="" if track == UNTAGGED else track,
        timestamp=_number(stamp),
        album="" if album == UNTAGGED else album,
        track_number=_number(place) or None,
        mbid=fields[7].strip() if len(fields) > 7 else "",
        duration=_number(seconds) or None,
    )
    return judged(number, play)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _in_utc(entry: Entry, zone: tzinfo | None) -> Entry:
    assert entry.play is not None
    if zone is None:
        raise UnreadableFile(
            "its times are local ones of the device: say by --timezone where that was, such as"
            " Europe/Berlin"
        )
    play = entry.play
    stamp = local_to_utc(play.timestamp, zone)
    if stamp < EARLIEST_STAMP:
        return Entry(entry.number, why=LeftOut.NO_TIME)
    return judged(entry.number, replace(play, timestamp=stamp))
