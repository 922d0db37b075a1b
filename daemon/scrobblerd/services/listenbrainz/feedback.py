"""Reads what ListenBrainz says of recordings that were heard or are loved. Pure.

A love hangs on the id of a recording. The id of a now-playing is none: the server gives one that it
never keeps.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...core.model import Loved
from ...core.text import for_wire, normalise
from ...core.values import as_dict, as_int, as_list
from ..base import LovedPage
from .payload import CLIENT

MAX_PAGE_LOVES = 1000
"""The most loves that a page holds."""


@dataclass(frozen=True, slots=True)
class TrackIds:
    """The ids of a recording: MusicBrainz's and ListenBrainz's own; "" = unknown."""

    mbid: str = ""
    msid: str = ""

    def wanted(self, loved: bool) -> dict[str, str]:
        """Returns the keys that name it: the better one for a love, both to take one back."""
        ids = {"recording_mbid": self.mbid, "recording_msid": self.msid}
        known = {name: value for name, value in ids.items() if value}
        return dict(list(known.items())[:1]) if loved else known


def ids_in(body: Mapping[str, Any], artist: str, title: str) -> list[TrackIds]:
    """Returns the ids of a track in a page of listens or of loves: first those of listens that we
    sent, for another program may have sent the same play; then the newest."""
    wanted = (normalise(for_wire(artist)), normalise(for_wire(title)))
    return [
        ids
        for entry in sorted(_entries(body), key=_is_foreign)
        if tuple(map(normalise, _names(entry))) == wanted and (ids := _ids(entry)) != TrackIds()
    ]


def looked_up(body: Mapping[str, Any]) -> list[TrackIds]:
    """Returns the id in an answer to metadata/lookup; [] if nothing matched."""
    mbid = _text(body.get("recording_mbid"))
    return [TrackIds(mbid)] if mbid else []


def loved_page(body: Mapping[str, Any], user: str) -> LovedPage:
    """Returns a page of loves. Those whose names the server did not look up have their id alone."""
    entries = list(_entries(body))
    total = as_int(body.get("total_count"), -1)
    return LovedPage(
        tracks=tuple(loved for entry in entries if (loved := _loved(entry))),
        entries=len(entries),
        user=user,
        total=total if total >= 0 else None,
        pages=-(-total // MAX_PAGE_LOVES) if total >= 0 else None,
    )


def _loved(entry: Mapping[str, Any]) -> Loved | None:
    names, ids, at = _names(entry), _ids(entry), as_int(entry.get("created"))
    if all(names):
        return Loved(*names, at=at, mbid=ids.mbid)
    recording = ids.mbid or ids.msid
    return Loved("", "", at=at, mbid=ids.mbid, recording=recording) if recording else None


def _entries(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    payload = as_dict(body.get("payload"))
    for entry in as_list(payload.get("listens")) + as_list(body.get("feedback")):
        yield as_dict(entry)


def _is_foreign(entry: Mapping[str, Any]) -> bool:
    info = as_dict(as_dict(entry.get("track_metadata")).get("additional_info"))
    return info.get("submission_client") != CLIENT


def _names(entry: Mapping[str, Any]) -> tuple[str, str]:
    metadata = as_dict(entry.get("track_metadata"))
    return _text(metadata.get("artist_name")), _text(metadata.get("track_name"))


def _ids(entry: Mapping[str, Any]) -> TrackIds:
    mapping = as_dict(as_dict(entry.get("track_metadata")).get("mbid_mapping"))
    mbid = _text(entry.get("recording_mbid")) or _text(mapping.get("recording_mbid"))
    return TrackIds(mbid, _text(entry.get("recording_msid")))


def _text(value: object) -> str:
    return for_wire(value) if isinstance(value, str) else ""
