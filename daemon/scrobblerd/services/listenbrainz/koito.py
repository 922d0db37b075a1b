"""Reads the listens that Koito shows, and deletes them, by its own API (docs/protocol.md §12.12).

Koito (f7dc41c) shows the listens of all its users, newest first, and not who sent them. Both bounds
are inclusive, and 0 is no bound.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from ...core.model import Session
from ...core.values import as_dict, as_int, as_list
from ..base import Listen, ListensPage, Remedy, Reply
from ..paging import Walk, listens_of, text_of
from .api import ListensApi

PATH = "/apis/web/v1/listens"

MAX_PAGE_LISTENS = 500
"""What it gives at once. Who asks for more gets 100."""


class KoitoReader:
    """The `Reader` of Koito."""

    def __init__(self, api: ListensApi) -> None:
        self._api = api

    async def listens(
        self, session: Session, since: int, until: int, cursor: str
    ) -> ListensPage | Reply:
        """Returns a page of listens, from the newest on."""
        walk = Walk(self._api.server.label, max(since, 1), until)
        if walk.since > walk.until:
            return ListensPage()
        position = walk.position(cursor)
        query = {
            "from": walk.since,
            "to": position.second + 1,  # it may have parts of a second
            "limit": MAX_PAGE_LISTENS,
            "page": position.repeats + 1,
        }
        path = f"{PATH}?{urlencode(query)}"
        reply = await self._api.get(path, session.key, has_items)
        if not reply.ok:
            return reply
        entries = as_list(reply.body.get("items"))
        listens = await listens_of(entries, listen_of)
        return walk.page(position, listens, has_more=reply.body["has_next_page"])

    async def delete_listen(self, session: Session, listen: Listen) -> Reply:
        """Deletes a listen. It says "done" to any."""
        if not listen.id:
            words = f"{self._api.server.label} has not said what it calls the track"
            return Reply(Remedy.NOTHING, message=words, reached=False)
        query = urlencode({"track_id": listen.id, "unix": listen.listened_at})
        return await self._api.delete(f"{PATH}?{query}", session.key)


def has_items(body: Mapping[str, Any]) -> bool:
    """Whether the body has a list of listens."""
    return isinstance(body.get("items"), list) and isinstance(body.get("has_next_page"), bool)


def listen_of(entry: Mapping[str, Any]) -> Listen:
    """Returns the listen of an entry. Its id is that of the track."""
    track = as_dict(entry.get("track"))
    names = (text_of(as_dict(artist).get("name")) for artist in as_list(track.get("artists")))
    return Listen(
        listened_at=_second(entry.get("time")),
        artist=", ".join(filter(None, names)),
        track=text_of(track.get("title")),
        id=str(as_int(track.get("id")) or ""),
    )


def _second(time: object) -> int:
    """Returns the UNIX seconds of a time with its zone, 0 = it is none."""
    try:
        moment = datetime.fromisoformat(time) if isinstance(time, str) else None
        return int(moment.timestamp()) if moment and moment.tzinfo else 0
    except (ValueError, OverflowError):
        return 0
