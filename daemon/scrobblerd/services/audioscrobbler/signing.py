"""Turns what is asked for into the signed form of a request, always into the same one. Pure.

This is not OAuth: a request is signed with MD5 over its sorted parameters and the shared secret
(last.fm/api/authspec §8).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...core.model import ApiAccess, Scrobble

_NAMES = {
    "artist": "artist",
    "track": "track",
    "album": "album",
    "album_artist": "albumArtist",
    "track_number": "trackNumber",
    "mbid": "mbid",
    "duration": "duration",
}
"""What the protocol calls the fields of a scrobble."""

UNSIGNED = frozenset({"format", "callback", "api_sig"})


def sign(params: Mapping[str, str], secret: str) -> str:
    """Returns the `api_sig` of `params`: MD5 of names and raw values in byte order of the names."""
    names = sorted(name for name in params if name not in UNSIGNED)
    base = "".join(name + params[name] for name in names) + secret
    return hashlib.md5(base.encode()).hexdigest()


def signed_form(
    method: str, params: Mapping[str, object], access: ApiAccess, session_key: str = ""
) -> dict[str, str]:
    """Returns the final form of a request: None and "" left out, all else text, signed."""
    everything = {"method": method, "api_key": access.key, "sk": session_key, **params}
    form = {name: _wire(value) for name, value in everything.items() if value not in (None, "")}
    return form | {"api_sig": sign(form, access.secret), "format": "json"}


def _wire(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value).encode("utf-8", "ignore").decode()


def without_short_duration(scrobble: Scrobble, least: int) -> Scrobble:
    """Returns a scrobble that says no duration of fewer than `least` seconds."""
    is_short = scrobble.duration is not None and scrobble.duration < least
    return replace(scrobble, duration=None) if is_short else scrobble


def scrobble_params(scrobbles: Sequence[Scrobble]) -> dict[str, object]:
    """Returns the parameters of `track.scrobble`, in array notation also for a single one."""
    names = _NAMES | {"timestamp": "timestamp"}
    return {
        f"{name}[{index}]": getattr(scrobble, field)
        for index, scrobble in enumerate(scrobbles)
        for field, name in names.items()
    }


def now_playing_params(scrobble: Scrobble) -> dict[str, object]:
    """Returns the parameters of `track.updateNowPlaying`; it takes no timestamp."""
    return {name: getattr(scrobble, field) for field, name in _NAMES.items()}
