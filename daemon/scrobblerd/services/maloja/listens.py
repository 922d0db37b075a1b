"""Reads the listens that Maloja shows, by its own API (docs/protocol.md §12.12).

It counts whole days, in its own time zone, which nothing tells; and for a page it reads all that
come before it. So the last day is set back with each page, instead of asking for page after page.
What it has has no id, and can only be deleted by who is logged in on its pages.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from ...core.model import Session
from ...core.values import as_dict, as_int, as_list
from ..base import Listen, ListensPage, Reply, not_deleted
from ..listenbrainz.profiles import MALOJA
from ..paging import Walk, listens_of, text_of

PAGE_LISTENS = 300
"""What is asked for at once, about 60 KB."""

ZONES = timedelta(days=1)
"""No time zone is further from UTC."""

_CLIENT = "client:"
"""What stands before the name of an API key where Maloja says who sent a play."""


class MalojaReader:
    """The `Reader` of Maloja. `scrobbles` returns the answer to a query of its method `scrobbles`,
    which needs no key."""

    def __init__(self, scrobbles: Callable[[str], Awaitable[Reply]]) -> None:
        self._scrobbles = scrobbles

    async def listens(
        self, session: Session, since: int, until: int, cursor: str
    ) -> ListensPage | Reply:
        """Returns a page of listens, from the newest on."""
        walk = Walk(MALOJA.label, max(since, 0), until)
        if walk.since > walk.until:
            return ListensPage()
        position = walk.position(cursor)
        query = days(walk.since, position.second) | {"max": PAGE_LISTENS, "page": position.repeats}
        reply = await self._scrobbles(urlencode(query, safe="/"))
        if not reply.ok:
            return reply
        entries = as_list(reply.body.get("list"))
        listens = await listens_of(entries, listen_of)
        return walk.page(position, listens, has_more=len(entries) >= PAGE_LISTENS)

    async def delete_listen(self, session: Session, listen: Listen) -> Reply:
        """Does nothing."""
        return not_deleted(MALOJA.label)


def days(since: int, until: int) -> dict[str, object]:
    """Returns the days of a query that surely have two seconds in them."""
    return {"from": f"{_day(since) - ZONES:%Y/%m/%d}", "to": f"{_day(until) + ZONES:%Y/%m/%d}"}


def _day(second: int) -> date:
    return datetime.fromtimestamp(max(second, 2 * 86400), UTC).date()


def listen_of(play: Mapping[str, Any]) -> Listen:
    """Returns the listen of a play."""
    track = as_dict(play.get("track"))
    names = [text_of(name) for name in as_list(track.get("artists"))]
    return Listen(
        listened_at=as_int(play.get("time")),
        artist=", ".join(filter(None, names)),
        track=text_of(track.get("title")),
        album=text_of(as_dict(track.get("album")).get("albumtitle")),
        client=text_of(play.get("origin")).removeprefix(_CLIENT),
    )
