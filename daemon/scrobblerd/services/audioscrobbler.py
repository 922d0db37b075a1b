"""The Audioscrobbler 2.0 protocol, pure: signing, and what an answer means.

This is not OAuth: a request is signed with MD5 over its sorted parameters and the shared secret
(last.fm/api/authspec §8). Failures are told in the body; the HTTP status is only a hint, because
Last.fm wraps transient errors in 400 and sends errors with 200.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from ..core.model import Scrobble
from ..core.submission import QueueRow, RowOutcome, RowState
from ..core.text import for_people
from ..core.values import as_dict, as_int, as_list
from .base import Remedy, Reply
from .payload import error_code, parse, text_of

UNSIGNED = frozenset({"format", "callback", "api_sig"})

FUTURE_WAIT = 3600.0
"""Seconds before a scrobble that Last.fm calls "in the future" is tried once more."""

RATE_WAIT = 60.0
"""Seconds to be quiet after a rate limit that names no time."""


LONGEST_WAIT = 86400.0
"""Seconds for which a server may ask to be left alone."""


class Kind(StrEnum):
    """What a request is for; the same error asks for different things."""

    WRITE = "write"
    AUTH = "auth"
    READ = "read"


class Transport(StrEnum):
    """How far a request came."""

    ANSWERED = "answered"
    UNSENT = "unsent"  # certainly not stored: DNS, connect, TLS
    UNKNOWN = "unknown"  # a time-out or a reset after bytes were sent: maybe stored


@dataclass(frozen=True, slots=True)
class Raw:
    """What came back: transport outcome, HTTP status and body, Retry-After in seconds (0 = none).
    `said` is the transport's own word, for people."""

    transport: Transport
    status: int = 0
    body: bytes = field(default=b"", repr=False)
    retry_after: float = 0.0
    said: str = ""


_STOP = (Remedy.STOP, Remedy.STOP, Remedy.STOP)
_RETRY = (Remedy.RETRY, Remedy.RETRY, Remedy.RETRY)
_UNDEFINED = (Remedy.RETRY_FEW, Remedy.RETRY, Remedy.RETRY)
_DROP_STOP_STOP = (Remedy.DROP, Remedy.STOP, Remedy.STOP)
_LOGIN = (Remedy.REAUTH, Remedy.RESTART, Remedy.REAUTH)

ERRORS: Mapping[int, tuple[Remedy, Remedy, Remedy]] = {
    # code: write, auth, read
    2: _STOP,  # invalid service
    3: _STOP,  # invalid method
    4: _LOGIN,  # authentication failed; token not issued
    5: _STOP,  # invalid format
    6: (Remedy.DROP, Remedy.STOP, Remedy.NOTHING),  # parameter missing or bad; not found
    7: (Remedy.DROP, Remedy.STOP, Remedy.NOTHING),  # invalid resource
    8: _RETRY,  # operation failed
    9: (Remedy.REAUTH, Remedy.RESTART, Remedy.REAUTH),  # invalid session key
    10: _STOP,  # invalid API key
    11: _RETRY,  # service offline
    12: _STOP,  # subscribers only
    13: _STOP,  # invalid signature
    14: (Remedy.REAUTH, Remedy.POLL, Remedy.REAUTH),  # token not authorised
    15: (Remedy.DROP, Remedy.RESTART, Remedy.NOTHING),  # token expired
    16: _RETRY,  # temporarily unavailable
    17: (Remedy.REAUTH, Remedy.STOP, Remedy.REAUTH),  # login required
    26: _STOP,  # API key suspended
    27: _STOP,  # deprecated
    29: _RETRY,  # rate limit; see _meaning for its other sense
} | dict.fromkeys((18, 20, 21, 22, 23, 24, 25), _DROP_STOP_STOP)  # the dead radio's
"""What each error code asks for; a code that is not here is not defined (_UNDEFINED)."""

IGNORED: Mapping[int, str] = {
    1: "artist filtered",
    2: "track filtered",
    3: "too old",
    4: "in the future",
    5: "daily limit reached",
}
"""Why Last.fm ignores a scrobble (`ignoredMessage` code). In practice nearly all is told as 1."""


# -- signing --------------------------------------------------------------------------------------


def sign(params: Mapping[str, str], secret: str) -> str:
    """The `api_sig` of `params`: MD5 of names and raw values in byte order of the names."""
    names = sorted(name for name in params if name not in UNSIGNED)
    base = "".join(name + params[name] for name in names) + secret
    return hashlib.md5(base.encode()).hexdigest()


def build(
    method: str, params: Mapping[str, object], api_key: str, secret: str, session_key: str = ""
) -> dict[str, str]:
    """The final form of a request: None and "" left out, all else text, signed."""
    everything = {"method": method, "api_key": api_key, "sk": session_key, **params}
    form = {name: _wire(value) for name, value in everything.items() if value not in (None, "")}
    return form | {"api_sig": sign(form, secret), "format": "json"}


def _wire(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value).encode("utf-8", "ignore").decode()


def scrobble_params(scrobbles: Sequence[Scrobble]) -> dict[str, object]:
    """The parameters of `track.scrobble`, in array notation also for one."""
    fields = {
        "artist": "artist",
        "track": "track",
        "timestamp": "timestamp",
        "album": "album",
        "album_artist": "albumArtist",
        "track_number": "trackNumber",
        "mbid": "mbid",
        "duration": "duration",
    }
    return {
        f"{name}[{index}]": getattr(scrobble, field)
        for index, scrobble in enumerate(scrobbles)
        for field, name in fields.items()
    }


def now_playing_params(scrobble: Scrobble) -> dict[str, object]:
    """The parameters of `track.updateNowPlaying`; it takes no timestamp."""
    return {
        "artist": scrobble.artist,
        "track": scrobble.track,
        "album": scrobble.album,
        "albumArtist": scrobble.album_artist,
        "trackNumber": scrobble.track_number,
        "mbid": scrobble.mbid,
        "duration": scrobble.duration,
    }


# -- answers --------------------------------------------------------------------------------------


def classify(kind: Kind, raw: Raw, expected: str) -> Reply:
    """What an answer asks for. `expected` is the key that a good body has ("" = any)."""
    if raw.transport is not Transport.ANSWERED:
        unsent = raw.transport is Transport.UNSENT
        words = f"Last.fm can't be reached ({for_people(raw.said)})"
        return Reply(Remedy.RETRY, message=words, reached=not unsent)
    body = parse(raw.body)
    if body is not None and (code := error_code(body)):
        return _meaning(kind, code, raw, body)
    ok = 200 <= raw.status < 300
    if body is not None and (expected in body if expected else ok and "error" not in body):
        return Reply(Remedy.DONE, status=raw.status, body=body)
    if not raw.body and ok and not expected:
        return Reply(Remedy.DONE, status=raw.status)
    return _by_status(raw)


def wait_asked(header: str, now: float) -> float:
    """Seconds that a Retry-After asks for, which gives them as such or as a date (RFC 9110
    §10.2.3); 0 = none. `now` is UNIX seconds."""
    if header.isascii() and header.isdigit():
        seconds = float(header)
    else:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - now
        except (ValueError, OverflowError):
            return 0.0
    return max(0.0, min(seconds, LONGEST_WAIT))


def _meaning(kind: Kind, code: int, raw: Raw, body: Mapping[str, Any]) -> Reply:
    said = text_of(body.get("message")) or text_of(as_dict(body.get("error")))
    words = for_people(said) or f"error {code}"
    remedy = dict(zip(Kind, ERRORS.get(code, _UNDEFINED), strict=True))[kind]
    wait = raw.retry_after
    if code == 29:
        # Told apart by the text alone: the rate of requests, or the account's cap of scrobbles.
        if kind is Kind.WRITE and "scrobbles" in words.lower():
            remedy = Remedy.HOLD
        wait = wait or RATE_WAIT
    message = f"Last.fm says: {words} (error {code})"
    return Reply(remedy, code, raw.status, message, wait=wait, body=dict(body))


def _by_status(raw: Raw) -> Reply:
    """No body that could be read: HTTP's word is all there is."""
    status, wait = raw.status, raw.retry_after
    words = f"Last.fm's answer could not be read (HTTP {status})"
    if status in (413, 414):
        remedy = Remedy.HALVE
    elif status in (403, 406):
        remedy = Remedy.BLOCKED
        words = f"Last.fm's front end refuses requests from here (HTTP {status})"
    elif status == 429:
        remedy, wait = Remedy.RETRY, wait or RATE_WAIT
    elif 300 <= status < 400 or status == 511 or (status == 200 and b"<html" in raw.body.lower()):
        remedy = Remedy.RETRY
        words = f"HTTP {status} instead of an answer: is this a network that wants a login?"
    elif 400 <= status < 500 and status not in (408, 425):
        remedy = Remedy.STOP
        words = f"HTTP {status}: is api_url right?"
    else:
        remedy = Remedy.RETRY
    return Reply(remedy, 0, status, words, wait=wait)


# -- verdicts on scrobbles ------------------------------------------------------------------------


def verdicts(body: Mapping[str, Any], rows: Sequence[QueueRow]) -> tuple[RowOutcome, ...] | None:
    """One verdict per row from the answer to `track.scrobble`; None where it does not fit."""
    items = [as_dict(item) for item in as_list(as_dict(body.get("scrobbles")).get("scrobble"))]
    if len(items) != len(rows):
        stamped = {as_int(item.get("timestamp")): item for item in items}
        items = [stamped.get(row.scrobble.timestamp, {}) for row in rows]
    if any(_code(item) < 0 for item in items):
        return None
    return tuple(_verdict(item, row) for item, row in zip(items, rows, strict=True))


def _code(item: Mapping[str, Any]) -> int:
    """Why the item was ignored, 0 where it was not, -1 where the answer does not say."""
    return as_int(_ignored(item).get("code"), -1)


def _ignored(item: Mapping[str, Any]) -> dict[str, Any]:
    lowered = {key.lower(): value for key, value in item.items()}
    return as_dict(lowered.get("ignoredmessage"))


def _verdict(item: Mapping[str, Any], row: QueueRow) -> RowOutcome:
    code = _code(item)
    if code == 0:
        return RowOutcome(row, RowState.SENT)
    said = for_people(text_of(_ignored(item)))
    words = "ignored by Last.fm: " + (said or IGNORED.get(code, f"code {code}"))
    if code == 5:
        return RowOutcome(row, RowState.PENDING, code, words)
    if code == 4 and row.answer_code != 4:
        return RowOutcome(row, RowState.PENDING, code, words, FUTURE_WAIT)
    return RowOutcome(row, RowState.REJECTED, code, words)
