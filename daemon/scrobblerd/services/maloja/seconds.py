"""Looks which seconds have a play at a Maloja.

That is asked before a play is sent, and not left to the answer. Maloja (3.2.3 to 3.2.9) keeps the
ids that it made for track, artists and album of a play even if it refuses it for its second, and
there is nothing behind them. What is sent next with one of these names would be stored as another
track, or as none that can be read.
"""

import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ...core.model import Scrobble
from ...core.text import normalise
from ...core.values import as_dict, as_int, as_list
from ..base import Reply
from .listens import days
from .payload import artists_of

MAX_PAGE_PLAYS = 100
"""Plays that are read at once, about 20 KB; the newest come first."""

FRESH_SECONDS = 60.0
"""Seconds for which what was read is believed: other clients send plays, too."""

DAY_SECONDS = 86400


@dataclass(frozen=True, slots=True)
class StoredPlay:
    """A play that is there: who sent it, as Maloja calls its clients, and its names, normalised."""

    origin: str
    title: str
    artists: frozenset[str]

    def is_of(self, scrobble: Scrobble) -> bool:
        """Whether it is of the same track. Maloja takes guests out of titles."""
        title = normalise(scrobble.track)
        same = title.startswith(self.title) or self.title.startswith(title)
        return same and self._shares_artist(scrobble)

    def resembles(self, scrobble: Scrobble) -> bool:
        """Whether it may be the same play, of which its user has changed the title or an artist."""
        return self.title == normalise(scrobble.track) or self._shares_artist(scrobble)

    def _shares_artist(self, scrobble: Scrobble) -> bool:
        return not self.artists.isdisjoint(map(normalise, artists_of(scrobble)))


class Seconds:
    """The plays that were read last. `read` returns the answer to a query of `scrobbles`."""

    def __init__(self, read: Callable[[str], Awaitable[Reply]]) -> None:
        self._read = read
        self._plays: dict[int, StoredPlay] = {}  # by their seconds
        self._known = range(0)  # in which all plays are known
        self._read_at = 0.0  # CLOCK_MONOTONIC

    def origin_of(self, second: int) -> str:
        """Returns who sent the play of a second, if that was read; else ""."""
        play = self._plays.get(second)
        return play.origin if play else ""

    async def play_at(self, second: int, *, again: bool = False) -> StoredPlay | Reply | None:
        """Returns the play that has a second; None if none has it, a Reply if that can't be read.
        `again`: read it now."""
        is_fresh = time.monotonic() < self._read_at + FRESH_SECONDS
        if again or not (is_fresh and second in self._known):
            reply = await self._look(second)
            if not reply.ok:
                return reply
        return self._plays.get(second)

    async def _look(self, second: int) -> Reply:
        """Reads the day of a second, in UTC, from its end to that second."""
        midnight = second - second % DAY_SECONDS
        read_at, plays = time.monotonic(), dict[int, StoredPlay]()
        for page in itertools.count():
            query = days(midnight, midnight) | {"max": MAX_PAGE_PLAYS, "page": page}
            reply = await self._read(urlencode(query, safe="/"))
            if not reply.ok:
                return reply
            found = [as_dict(each) for each in as_list(reply.body.get("list"))]
            plays |= {as_int(play.get("time")): _play(play) for play in found}
            if len(found) < MAX_PAGE_PLAYS or as_int(found[-1].get("time")) < second:
                self._plays, self._read_at = plays, read_at
                self._known = range(second, midnight + DAY_SECONDS)
                return reply
        raise AssertionError


def _play(shown: Mapping[str, Any]) -> StoredPlay:
    track = as_dict(shown.get("track"))
    names = [_text(name) for name in as_list(track.get("artists"))]
    return StoredPlay(
        origin=_text(shown.get("origin")),
        title=normalise(_text(track.get("title"))),
        artists=frozenset(map(normalise, names)),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def origin_of_refused(body: Mapping[str, Any]) -> str:
    """Returns who we are to Maloja, by the body of a refusal, which has the play; "" = unknown."""
    return _text(as_dict(as_dict(body.get("error")).get("value")).get("origin"))
