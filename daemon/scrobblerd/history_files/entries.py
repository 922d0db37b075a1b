"""What a file of plays has: entries, each of them a play, or the reason why it is left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from enum import StrEnum

from ..core.model import Scrobble
from ..core.rules import Rules

EARLIEST_STAMP = 946_684_800
"""UNIX seconds, 2000-01-01: an earlier time comes from a device without a clock."""


class UnreadableFile(Exception):
    """A file can't be read, or not to its end, for this reason. Nothing of it is to be used."""


class NoPlays(UnreadableFile):
    """A file is empty, or has an empty list."""


class CutOff(UnreadableFile):
    """A file ends in the middle of a list. What came before is whole."""


class LeftOut(StrEnum):
    """Why an entry is left out; the whole set."""

    BROKEN = "broken"
    CUT_OFF = "cut_off"
    COMMENT = "comment"
    NO_ARTIST = "no_artist"
    NO_TRACK = "no_track"
    NO_TIME = "no_time"
    SKIPPED = "skipped"
    NOT_HEARD = "not_heard"
    NOT_MUSIC = "not_music"
    PRIVATE = "private"


REASONS: Mapping[str, str] = {
    LeftOut.BROKEN: "is no entry of this format",
    LeftOut.CUT_OFF: "is not whole, or missing: the file ends in the middle",
    LeftOut.COMMENT: "is a play, but begins with # as a comment",
    LeftOut.NO_ARTIST: "names no artist",
    LeftOut.NO_TRACK: "names no track",
    LeftOut.NO_TIME: "says no time, or one before 2000: the player had no clock",
    LeftOut.SKIPPED: "was skipped",
    LeftOut.NOT_HEARD: "was not heard long enough",
    LeftOut.NOT_MUSIC: "is no music",
    LeftOut.PRIVATE: "was heard in a private session",
}
"""Each reason in words, as they follow on the entry's number."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file does not say itself. `zone`: of times that name none, None = not known.
    `clockless_until`: when the last play of a player without a clock ended, UNIX seconds, 0 = its
    plays are left out. `rules`: by which plays count of which the file only says how long they were
    heard. `shift`: how many seconds later the plays began than the file says, for its clock was
    wrong."""

    zone: tzinfo | None = None
    clockless_until: int = 0
    rules: Rules = field(default_factory=Rules)
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a file. `number`: of its line, or of the entry if the format has no lines;
    `part`: which file of an archive, "" = the file itself. `why` is None if there is a `play`."""

    number: int
    play: Scrobble | None = None
    why: LeftOut | None = None
    part: str = ""


def judged(number: int, play: Scrobble) -> Entry:
    """Returns the entry of a play, which is left out if it lacks a name or a time."""
    if not play.artist.strip():
        return Entry(number, why=LeftOut.NO_ARTIST)
    if not play.track.strip():
        return Entry(number, why=LeftOut.NO_TRACK)
    if play.timestamp < EARLIEST_STAMP:
        return Entry(number, why=LeftOut.NO_TIME)
    return Entry(number, play)


def shifted(entry: Entry, seconds: int) -> Entry:
    """Returns the entry of a play that began so many seconds later."""
    if entry.play is None or not seconds:
        return entry
    later = replace(entry.play, timestamp=entry.play.timestamp + seconds)
    return judged(entry.number, later)
