"""Decides when two plays of the same track are one, told by different files. Pure.

A play is known by its names (`core/matching` compares them) and the second of its start. One that
the daemon heard itself, or that comes from another kind of file, may have another second there: so
the same track is the same play if it began before that one can have ended.
"""

from ..core.rules import Rules, needed

UNKNOWN_LENGTH_SECONDS = 60.0
"""How far the starts of one play may be apart if nobody knows how long the track is."""

MINUTE_KINDS = frozenset({"csv-minutes", "spotify-account"})
"""Kinds of file that know the minute only."""

MINUTE_SECONDS = 60.0


def apart(length: float | None, kind: str, other: str | None) -> float:
    """Returns how many seconds after a play another one of the same track begins at the earliest.
    `length` of the track in seconds, None = unknown; `kind`: of the file that one is from; `other`:
    of the other's, None = it is from no file."""
    if kind == other:
        return 1.0  # a file tells its own plays apart
    least = MINUTE_SECONDS if {kind, other} & MINUTE_KINDS else 0.0
    if length is None:
        return UNKNOWN_LENGTH_SECONDS
    return max(least, length if other is None else needed(Rules(), length))
