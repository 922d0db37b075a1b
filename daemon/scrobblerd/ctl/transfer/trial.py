"""Remembers the plays of a trial, of which scrobblerd keeps none."""

from array import array
from bisect import bisect_left, insort

from ...core.matching import loose_names
from ...core.model import Scrobble
from ...history_files.same_play import apart

MAX_APART_SECONDS = 600
"""No two files tell the start of a play further apart."""

_LENGTH_BITS, _KIND_BITS = 16, 8
_START = 1 << (_LENGTH_BITS + _KIND_BITS)


class Trial:
    """Which plays an import would have taken in before. Takes some 30 bytes of memory a play."""

    def __init__(self) -> None:
        self._plays: dict[int, array[int]] = {}
        self._kinds: list[str] = []

    def is_known(self, play: Scrobble, kind: str) -> bool:
        """Returns whether a play came before, from any file, and remembers it. `kind` is that of
        its file."""
        if kind not in self._kinds:
            self._kinds.append(kind)
        names = hash(loose_names(play.artist, play.track))
        plays = self._plays.setdefault(names, array("q"))
        first = bisect_left(plays, (play.timestamp - MAX_APART_SECONDS) * _START)
        end = bisect_left(plays, (play.timestamp + MAX_APART_SECONDS) * _START, first)
        if any(self._is_same(play, kind, plays[place]) for place in range(first, end)):
            return True
        length = min(play.duration or 0, (1 << _LENGTH_BITS) - 1)
        number = self._kinds.index(kind)
        insort(plays, play.timestamp * _START + (length << _KIND_BITS) + number)
        return False

    def _is_same(self, play: Scrobble, kind: str, there: int) -> bool:
        start, rest = divmod(there, _START)
        length, number = divmod(rest, 1 << _KIND_BITS)
        longest = float(length or play.duration or 0) or None
        return abs(start - play.timestamp) < apart(longest, kind, self._kinds[number])
