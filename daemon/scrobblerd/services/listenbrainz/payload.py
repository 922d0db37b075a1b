"""Makes the JSON of a submission, always the same bytes of the same row. Pure.

The client's version is left out: a row may be sent again by a newer one. It is in the User-Agent.

ListenBrainz takes two listens for one if second, artist, title, album and length are the same, so
these must not change between two attempts. A key without a value is left out: null is an error.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ...core.model import Scrobble
from ...core.rules import is_browser
from ...core.text import MAX_WIRE_CHARACTERS, for_wire
from ..bodies import as_json
from .profiles import Profile

MAX_DURATION_SECONDS = 24 * 86400
"""A listen that says it is longer is refused (listenbrainz-server, `validate_listen`)."""

CLIENT = "scrobblerd"

SERVICES: Mapping[str, str] = {
    **{
        name: name
        for name in (
            *("archive.org", "bandcamp.com", "deezer.com", "jamendo.com", "mixcloud.com"),
            *("music.apple.com", "music.youtube.com", "qobuz.com", "soundcloud.com"),
            *("spotify.com", "tidal.com", "youtube.com"),
        )
    },
    "youtu.be": "youtube.com",
    "youtube-nocookie.com": "youtube.com",
}
"""Domain of a page → the domain that ListenBrainz calls the service by."""

_MBID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_AUDIO = re.compile(
    r"\.(aac|aiff?|asx|flac|m3u8?|m4a|m4s|mka|mkv|mp[234]|mpd|og[agv]|ogg|opus|pls|ts|wav|webm|wma"
    r"|xspf)$|/;|/stream(\.\w+)?$",
    re.IGNORECASE,
)
"""The end of a path that leads to audio or to a list of it, and not to a page."""
_PRIVATE = re.compile(r"(^|\.)(localhost|local|lan|home|internal|home\.arpa)$|^[^.]*$|^[\d.]+$|:")
"""Hosts that nobody else can reach, and addresses instead of names."""


def submission(rows: Sequence[Scrobble], profile: Profile) -> bytes:
    """Returns the body that submits scrobbles: one as `single`, several as `import`."""
    listens = [
        {"listened_at": row.timestamp, "track_metadata": metadata(row, profile)} for row in rows
    ]
    return _document("single" if len(listens) == 1 else "import", listens)


def announcement(scrobble: Scrobble, profile: Profile) -> bytes:
    """Returns the body that says what plays now; a time in it would be an error."""
    return _document("playing_now", [{"track_metadata": metadata(scrobble, profile)}])


def _document(kind: str, listens: Sequence[Mapping[str, Any]]) -> bytes:
    return as_json({"listen_type": kind, "payload": listens})


def metadata(scrobble: Scrobble, profile: Profile) -> dict[str, Any]:
    """Returns the `track_metadata` of a scrobble."""
    return _known(
        {
            "artist_name": for_wire(scrobble.artist),
            "track_name": for_wire(scrobble.track),
            "release_name": for_wire(scrobble.album),
            "additional_info": _additional_info(scrobble, profile),
        }
    )


def _additional_info(scrobble: Scrobble, profile: Profile) -> dict[str, Any]:
    details = scrobble.details
    page = page_of(details.url, details.player)
    artists: dict[str, Any] = {}
    if profile.all_artists:
        artists["artist_names"] = [name for each in details.artists if (name := for_wire(each))]
        artists["albumartist"] = for_wire(scrobble.album_artist)
    number = scrobble.track_number
    return _known(
        {
            **artists,
            "artist_mbids": _mbids(details.artist_mbids),
            "release_mbid": mbid_of(details.album_mbid),
            "recording_mbid": mbid_of(scrobble.mbid),
            "track_mbid": mbid_of(details.track_mbid),
            "tracknumber": str(number) if number else "",
            profile.duration: _duration(scrobble.duration, profile),
            "media_player": for_wire(details.player),
            "submission_client": CLIENT,
            "music_service": service_of(page),
            "origin_url": page,
        }
    )


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _duration(seconds: int | None, profile: Profile) -> int | None:
    if seconds is None or not 0 < seconds <= MAX_DURATION_SECONDS:
        return None
    return seconds if profile.duration == "duration" else seconds * 1000


def mbid_of(text: str) -> str:
    """Returns an MBID as the server has it; "" if it is none, which would be refused."""
    return text.lower() if _MBID.fullmatch(text) else ""


def _mbids(texts: Sequence[str]) -> list[str]:
    """Returns all MBIDs or none: a part of them would name too few artists."""
    mbids = [mbid_of(text) for text in texts]
    return mbids if all(mbids) else []


# -- where the music is ---------------------------------------------------------------------------


def page_of(url: str, player: str) -> str:
    """Returns the page that a track was played on; "" if `url` is not one that others may see.

    Files, streams and servers at home are left out, and all that may hold a secret: a login in the
    address, and the query of a page that no known music service has.
    """
    if len(url) > MAX_WIRE_CHARACTERS:
        return ""
    try:
        parts = urlsplit(for_wire(url))
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or parts.username is not None or port is not None:
        return ""
    if _PRIVATE.search(host) or _AUDIO.search(parts.path):
        return ""
    if _service_at(host):
        return parts._replace(fragment="").geturl()
    return parts._replace(query="", fragment="").geturl() if is_browser([player]) else ""


def service_of(page: str) -> str:
    """Returns the domain of the music service that has a page; "" if it is none that is known."""
    return _service_at(urlsplit(page).hostname or "")


def _service_at(host: str) -> str:
    labels = host.split(".")
    domains = (".".join(labels[start:]) for start in range(len(labels)))
    return next((SERVICES[domain] for domain in domains if domain in SERVICES), "")
