"""Reads what user.getRecentTracks says (docs/protocol.md §12.12). Pure."""

from collections.abc import Mapping
from typing import Any

from ...core.values import as_dict, as_int, as_list
from ..base import Listen
from ..paging import text_of
from .answers import text_of as element_text


def entries_in(body: Mapping[str, Any]) -> list[Any] | None:
    """Returns the entries of an answer that are plays; None if it has no list, which says nothing.
    What plays now is none, though GNU FM gives it a time."""
    tracks = as_dict(body.get("recenttracks")).get("track")
    if not isinstance(tracks, list | dict):
        return [] if total_in(body) == 0 else None
    return [track for track in as_list(tracks) if not _plays_now(as_dict(track))]


def total_in(body: Mapping[str, Any]) -> int:
    """Returns how many plays there are in the stretch, -1 = the service does not say."""
    recent = as_dict(body.get("recenttracks"))
    return as_int((as_dict(recent.get("@attr")) or recent).get("total"), -1)


def _plays_now(track: Mapping[str, Any]) -> bool:
    flag = as_dict(track.get("@attr")).get("nowplaying", track.get("nowplaying"))
    return flag in ("true", "1", True)


def has_more(body: Mapping[str, Any], page: int, entries: int, asked: int) -> bool | None:
    """Returns whether there are more plays behind `entries` on a page of `asked`; None = the
    service does not say. GNU FM says no total, and counts pages of all that a user has."""
    total = total_in(body)
    if total >= 0:
        return total > (page - 1) * asked + entries
    return True if entries >= asked else None


def listen_of(track: Mapping[str, Any]) -> Listen:
    """Returns the listen of an entry."""
    return Listen(
        listened_at=as_int(as_dict(track.get("date")).get("uts")),
        artist=text_of(element_text(track.get("artist"))),
        track=text_of(element_text(track.get("name"))),
        album=text_of(element_text(track.get("album"))),
    )
