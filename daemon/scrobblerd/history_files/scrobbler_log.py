"""Reads `.scrobbler.log` as Rockbox and its relatives write it: Audioscrobbler's format
for portable players, 1.0 and 1.1."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import tzinfo
from typing import BinaryIO

from ..core.model import Scrobble
from .entries import EARLIEST_STAMP, Entry, LeftOut, Reading, UnreadableFile, judged, shifted
from .streams import lines
from .times import local_to_utc

UNTAGGED = "<untagged>"
"""What Rockbox writes for a tag that is missing, in any case: by its versions <Untagged> or
<UNTAGGED>."""

UNKNOWN_LENGTH_SECONDS = 200
"""How long a play of a player without a clock takes if its length is not known."""


def read(stream: BinaryIO, reading: Reading) -> Iterator[Entry]:
    """Yields the entries. Plays without a time are taken to have been played one after the other,
    up to the moment that is given, which is not shifted. Raises UnreadableFile, also if there is a
    time of which the zone is not known."""
    until = reading.clockless_until
    begin = until - _clockless_seconds(stream) if until else 0
    is_utc = False
    for number, text in _texts(stream):
        if text.startswith("#"):
            is_utc = text.strip() == "#TZ/UTC" if text.startswith("#TZ/") else is_utc
            if isinstance(_play(text), Scrobble):
                yield Entry(number, why=LeftOut.COMMENT)
            continue
        play = _play(text)
        if isinstance(play, LeftOut):
            yield Entry(number, why=play)
        elif play.timestamp < EARLIEST_STAMP:
            yield judged(number, replace(play, timestamp=begin))
            begin += _seconds(play) if begin else 0
        else:
            entry = judged(number, play)
            is_known = is_utc or entry.play is None
            in_utc = entry if is_known else _in_utc(number, play, reading.zone)
            yield shifted(in_utc, reading.shift)


def _texts(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines(stream), 1):
        if line.strip():
            yield number, line.rstrip("\r\n")


def _clockless_seconds(stream: BinaryIO) -> int:
    """Returns how long all plays without a time took, and goes back to the beginning."""
    plays = (_play(text) for _, text in _texts(stream) if not text.startswith("#"))
    total = sum(
        _seconds(play)
        for play in plays
        if isinstance(play, Scrobble) and play.timestamp < EARLIEST_STAMP
    )
    stream.seek(0)
    return total


def _seconds(play: Scrobble) -> int:
    return play.duration or UNKNOWN_LENGTH_SECONDS


def _play(text: str) -> Scrobble | LeftOut:
    """Returns the play of a line, or why there is none."""
    fields = text.split("\t")
    if not 7 <= len(fields) <= 8:
        return LeftOut.BROKEN
    artist, album, track, place, seconds, rating, stamp = (each.strip() for each in fields[:7])
    if rating == "S":
        return LeftOut.SKIPPED
    if rating != "L":
        return LeftOut.BROKEN
    return Scrobble(
        artist=_tag(artist),
        track=_tag(track),
        timestamp=_number(stamp),
        album=_tag(album),
        track_number=_number(place) or None,
        mbid=fields[7].strip() if len(fields) > 7 else "",
        duration=_number(seconds) or None,
    )


def _tag(text: str) -> str:
    return "" if text.lower() == UNTAGGED else text


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _in_utc(number: int, play: Scrobble, zone: tzinfo | None) -> Entry:
    if zone is None:
        raise UnreadableFile(
            "its times are local ones of the device: say by --timezone where that was, such as"
            " Europe/Berlin"
        )
    return judged(number, replace(play, timestamp=local_to_utc(play.timestamp, zone)))
