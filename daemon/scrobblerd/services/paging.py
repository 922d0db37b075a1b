"""Goes through a list of listens that is ordered by time, page by page, and gives each one once.

A page begins with the second at which the one before ended, for others of that second may be left;
what was given of it is taken out. So nothing is lost or given twice if listens come or go
meanwhile, which shifts numbered pages, nor if many share a second, as after an import.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from ..core.text import for_wire
from ..core.values import as_dict
from .base import Listen, ListensPage, Remedy, Reply

MAX_SECOND = 2**32 - 2
"""UNIX seconds: servers trip over later ones."""

MAX_REPEATS = 20
"""Pages one after the other that may not come further: more are a list without an end."""

MAX_GIVEN = 5000
"""Listens of one second: more are a list without an end."""


MAX_NAME_CHARACTERS = 64
"""Of what tells a listen from others in a cursor."""

DIGEST_BYTES = 16
"""Of what is longer: no two of a second have the same."""

LISTENS_BEFORE_PAUSE = 100
"""Entries of a page that are read before others may work."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a list was read. All listens beyond `second` were given, and those of that second
    whose names are in `given`. `repeats`: how many pages from there on did not come further."""

    second: int
    repeats: int = 0
    given: tuple[str, ...] = ()

    @property
    def cursor(self) -> str:
        """The position as `position_of` takes it."""
        return json.dumps([self.second, self.repeats, self.given], ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Walk:
    """The way through the listens from `since` to `until`, both inclusive, in UNIX seconds; newest
    first if it `falls`. `label` is what people call the service."""

    label: str
    since: int
    until: int
    falls: bool = True

    def position(self, cursor: str) -> Position:
        """Returns where the page begins that a cursor names, "" = the first one."""
        if not cursor:
            return Position(min(self.until, MAX_SECOND) if self.falls else max(self.since, 0))
        second, repeats, given = json.loads(cursor)
        return Position(second, repeats, tuple(given))

    def page(
        self, position: Position, shown: Iterable[Listen], *, has_more: bool | None
    ) -> ListensPage | Reply:
        """Returns the listens of a page that are new. `has_more`: whether the service says that
        there are others behind it; None = it does not say, so a page without a new one is the
        last."""
        given = Counter(position.given)
        new: list[Listen] = []
        for listen in shown:
            if not self._is_ahead(position, listen):
                continue
            if listen.listened_at == position.second and given[name_of(listen)]:
                given[name_of(listen)] -= 1
            else:
                new.append(listen)
        if has_more is False or not (new or has_more):
            return ListensPage(tuple(new))
        onward = self._behind(position, new)
        if onward.repeats > MAX_REPEATS or len(onward.given) > MAX_GIVEN:
            words = f"{self.label}: the list of what it has does not end"
            return Reply(Remedy.RETRY_FEW, message=words)
        return ListensPage(tuple(new), onward.cursor)

    def _is_ahead(self, position: Position, listen: Listen) -> bool:
        if not self.since <= listen.listened_at <= self.until:
            return False
        if self.falls:
            return listen.listened_at <= position.second
        return listen.listened_at >= position.second

    def _behind(self, position: Position, new: list[Listen]) -> Position:
        """Returns the position behind the new listens of a page."""
        seconds = [listen.listened_at for listen in new] or [position.second]
        end = min(seconds) if self.falls else max(seconds)
        names = tuple(name_of(listen) for listen in new if listen.listened_at == end)
        if end != position.second:
            return Position(end, given=names)
        return Position(end, position.repeats + 1, position.given + names)


def name_of(listen: Listen) -> str:
    """Returns what tells a listen from others of its second: its id, or its names; a digest if that
    is long, as thousands of them make a cursor."""
    name = listen.id or f"{listen.artist}\n{listen.track}\n{listen.album}\n{listen.client}"
    if len(name) <= MAX_NAME_CHARACTERS:
        return name
    return blake2b(name.encode(errors="replace"), digest_size=DIGEST_BYTES).hexdigest()


async def listens_of(
    entries: Iterable[object], read: Callable[[dict[str, Any]], Listen]
) -> list[Listen]:
    """Returns the listens of a page. `read` makes one of an entry, whatever that is; what has no
    time or lacks a name is left out."""
    listens: list[Listen] = []
    for number, entry in enumerate(entries):
        if number % LISTENS_BEFORE_PAUSE == 0:
            await asyncio.sleep(0)
        listen = read(as_dict(entry))
        if listen.listened_at > 0 and listen.artist and listen.track:
            listens.append(listen)
    return listens


def text_of(value: object) -> str:
    """Returns a text of a service as it may be kept; "" if it is none."""
    return for_wire(value) if isinstance(value, str) else ""
