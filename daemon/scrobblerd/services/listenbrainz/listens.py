"""Reads the listens that ListenBrainz shows, and deletes them (docs/protocol.md §12.12).

Both bounds are exclusive. With both of them a page has the oldest listens between them, newest
first; with one of them, or a lower bound before the first listen, a page may be short or empty
although there are more.
"""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from ...core.model import Session
from ...core.values import as_dict, as_int, as_list
from ..base import Fault, Listen, ListensPage, Remedy, Reply
from ..bodies import as_json
from ..paging import MAX_SECOND, Walk, listens_of, text_of
from .answers import error_of
from .api import ListensApi

PAGE_LISTENS = 300
"""What is asked for at once: 1,000 would hold the event loop for 20 ms."""

MAX_PAGE_LISTENS = 1000
"""What the server gives at once."""

OLDEST = 1_033_430_400
"""UNIX seconds, 2002-10-01: the server takes nothing from before that."""


class Reader(Protocol):
    """Reads and deletes the listens at one kind of server, as `Service` has it."""

    async def listens(
        self, session: Session, since: int, until: int, cursor: str
    ) -> ListensPage | Reply:
        """Returns a page of listens."""
        ...

    async def delete_listen(self, session: Session, listen: Listen) -> Reply:
        """Deletes a listen."""
        ...


class ListenBrainzReader:
    """The `Reader` of ListenBrainz."""

    def __init__(self, api: ListensApi) -> None:
        self._api = api

    async def listens(
        self, session: Session, since: int, until: int, cursor: str
    ) -> ListensPage | Reply:
        """Returns a page of listens, from the oldest on."""
        walk = Walk(self._api.server.label, max(since, OLDEST), until, falls=False)
        position = walk.position(cursor)
        count = MAX_PAGE_LISTENS if position.repeats else PAGE_LISTENS
        after = position.second - 1
        if position.repeats > 1:  # of that second there is no more to have
            after += 1
        before = min(until, MAX_SECOND) + 1
        if before - after < 2:
            return ListensPage()
        reply = await between(self._api, session, after, before, count)
        if not reply.ok:
            return reply
        entries = entries_in(reply.body)
        listens = await listens_of(entries, listen_of)
        return walk.page(position, listens, has_more=True if len(entries) >= count else None)

    async def delete_listen(self, session: Session, listen: Listen) -> Reply:
        """Deletes a listen, which the server does within about an hour. It says "ok" to any."""
        if not listen.id:
            words = f"{self._api.server.label} has not said what it calls the listen"
            return Reply(Remedy.NOTHING, message=words, reached=False)
        document = {"listened_at": listen.listened_at, "recording_msid": listen.id}
        return await self._api.post("delete-listen", session.key, as_json(document))


async def between(
    api: ListensApi, session: Session, after: int, before: int, count: int | None = None
) -> Reply:
    """Reads `count` listens between two seconds, both exclusive; None = as many as the server
    gives if it is asked for no number."""
    counted = {} if count is None else {"count": count}
    query = urlencode({"min_ts": after, "max_ts": before, **counted})
    path = f"user/{quote(session.username, safe='')}/listens?{query}"
    reply = await api.get(path, session.key, has_entries)
    if reply.status == 404 and error_of(reply.body):
        return Reply(Remedy.NOTHING, reply.code, reply.status, _words(reply, api), Fault.UNKNOWN)
    return reply


def _words(reply: Reply, api: ListensApi) -> str:
    return f"{api.server.label} says: {error_of(reply.body)}"


def has_entries(body: Mapping[str, Any]) -> bool:
    """Whether the body has a list of listens."""
    return isinstance(as_dict(body.get("payload")).get("listens"), list)


def entries_in(body: Mapping[str, Any]) -> list[Any]:
    """Returns the entries of a page of listens."""
    return as_list(as_dict(body.get("payload")).get("listens"))


def listen_of(entry: Mapping[str, Any]) -> Listen:
    """Returns the listen of an entry."""
    metadata = as_dict(entry.get("track_metadata"))
    info = as_dict(metadata.get("additional_info"))
    return Listen(
        listened_at=as_int(entry.get("listened_at")),
        artist=text_of(metadata.get("artist_name")),
        track=text_of(metadata.get("track_name")),
        album=text_of(metadata.get("release_name")),
        id=text_of(entry.get("recording_msid")),
        client=text_of(info.get("submission_client")) or text_of(info.get("listening_from")),
    )
