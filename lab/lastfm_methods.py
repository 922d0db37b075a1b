"""Last.fm's methods, one function each: state and a checked call in, the answer's tree out."""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote_plus

from lab.lastfm_answers import TOKEN_NOT_ISSUED, TOO_MANY_SCROBBLES, ApiError, Ignored, Tree
from lab.lastfm_service import (
    DAY_SECONDS,
    TOKEN_SECONDS,
    Call,
    LastFm,
    Loved,
    Method,
    NowPlaying,
    Scrobble,
)
from lab.recent_tracks import get_recent_tracks

BATCH_MAX = 50
PAST_SECONDS = 14 * DAY_SECONDS

KEPT: Ignored = (0, "")
TOO_OLD: dict[str, Ignored] = {
    "code 3": (3, "Timestamp was too old"),
    "code 1": (1, ""),
    "vanishes": KEPT,
}
NOBODY = {"unknown", "[unknown]", "unknown artist", "[unknown artist]"}

BLANK_PROFILE: Tree = {"realname": "", "country": "None", "gender": "n", "type": "user"}

COMMON = {"method", "api_key", "api_sig", "sk", "format"}
TRACK_FIELDS = {"artist", "track", "album", "albumArtist", "trackNumber", "mbid", "duration"}
NOW_PLAYING_FIELDS = TRACK_FIELDS | {"context"}
SCROBBLE_FIELDS = TRACK_FIELDS | {"context", "timestamp", "chosenByUser", "streamId"}

Fields = dict[str, str]
"""One play's parameters, without the index."""


def get_token(lastfm: LastFm, _call: Call) -> Tree:
    """auth.getToken: issues a token."""
    return {"token": lastfm.issue_token()}


def get_session(lastfm: LastFm, call: Call) -> Tree:
    """auth.getSession: exchanges an approved token, once."""
    name = call.params["token"]
    token = lastfm.tokens.get(name)
    if token is None or token.consumed:
        raise ApiError(4, TOKEN_NOT_ISSUED)
    if lastfm.now() - token.issued_at > TOKEN_SECONDS:
        raise ApiError(lastfm.expired_token_code)
    if not token.approved_by:
        raise ApiError(14)
    lastfm.consume(name)
    key = lastfm.login(token.approved_by)
    return {"session": {"subscriber": 0, "name": token.approved_by, "key": key}}


def update_now_playing(lastfm: LastFm, call: Call) -> Tree:
    """track.updateNowPlaying: keeps it, unless it is filtered."""
    fields = {n: v for n, v in call.params.items() if n not in COMMON}
    _refuse_strangers(fields, NOW_PLAYING_FIELDS)
    verdict = call.ignored.get(0, _filtered(fields))
    if verdict[0] == 0:
        lastfm.now_playing.append(
            NowPlaying(
                at=time.monotonic(),
                user=call.user,
                artist=fields["artist"],
                track=fields["track"],
                album=fields.get("album", ""),
                duration=_whole(fields.get("duration")),
                params=dict(call.params),
            )
        )
    return {"nowplaying": _echo(fields, verdict)}


def scrobble(lastfm: LastFm, call: Call) -> Tree:
    """track.scrobble: judges a play or a batch, item by item."""
    items = plays_of(call.params)
    for fields in items:
        _check_play(fields)
    cap = lastfm.daily_cap
    if cap is not None and lastfm.scrobbled_today(call.user) >= cap:
        raise ApiError(29, TOO_MANY_SCROBBLES)
    results: list[Tree] = []
    accepted = 0
    for index, fields in enumerate(items):
        verdict = call.ignored.get(index) or _take(lastfm, call.user, fields)
        accepted += verdict[0] == 0
        results.append({**_echo(fields, verdict), "timestamp": fields["timestamp"]})
    return {
        "scrobbles": {
            "scrobble": results[0] if len(results) == 1 else results,
            "@attr": {"ignored": len(results) - accepted, "accepted": accepted},
        }
    }


def love(lastfm: LastFm, call: Call) -> Tree:
    """track.love: adds a track. If it is loved already, its first date stays."""
    loved = lastfm.loved_by(call.user)
    if not any(_same(track, call) for track in loved):
        loved.append(Loved(call.params["artist"], call.params["track"], int(lastfm.now())))
    return {}


def unlove(lastfm: LastFm, call: Call) -> Tree:
    """track.unlove: removes a track, if it is loved."""
    loved = lastfm.loved_by(call.user)
    loved[:] = [track for track in loved if not _same(track, call)]
    return {}


def get_loved_tracks(lastfm: LastFm, call: Call) -> Tree:
    """user.getLovedTracks: returns one page, newest first."""
    per_page = min(_bounded(call, "limit", 50, 1000), lastfm.page_size_max)
    page = _bounded(call, "page", 1, 1_000_000)
    user = lastfm.known_user(call.params["user"])
    newest_first = lastfm.loved[user][::-1]
    pages = -(-len(newest_first) // per_page)
    if page > max(pages, 1) and lastfm.past_end_is_error:
        raise ApiError(6, "no such page")
    shown = [_loved_track(loved) for loved in newest_first[(page - 1) * per_page : page * per_page]]
    counts = {"totalPages": pages, "page": page, "perPage": per_page, "total": len(newest_first)}
    return {
        "lovedtracks": {
            "track": shown[0] if lastfm.single_as_object and len(shown) == 1 else shown,
            "@attr": {"user": user, **{name: str(count) for name, count in counts.items()}},
        }
    }


def get_info(lastfm: LastFm, call: Call) -> Tree:
    """user.getInfo: describes `user`, or else the user of the session key."""
    if not (asked := call.params.get("user") or call.user):
        raise ApiError(6)
    user = lastfm.known_user(asked)
    return {
        "user": {
            **BLANK_PROFILE,
            **dict.fromkeys(("subscriber", "age", "playlists", "bootstrap"), "0"),
            "name": user,
            "url": f"https://www.last.fm/user/{quote_plus(user)}",
            "playcount": str(sum(s.user == user for s in lastfm.scrobbles)),
            "image": [{"size": "small", "#text": ""}],
            "registered": {"unixtime": "1561177193", "#text": 1561177193},
        }
    }


METHODS: dict[str, Method] = {
    "auth.gettoken": Method(get_token, signed=True),
    "auth.getsession": Method(get_session, ("token",), signed=True),
    "track.updatenowplaying": Method(
        update_now_playing, ("artist", "track"), signed=True, needs_session=True, write=True
    ),
    "track.scrobble": Method(scrobble, signed=True, needs_session=True, write=True),
    "track.love": Method(love, ("artist", "track"), signed=True, needs_session=True, write=True),
    "track.unlove": Method(
        unlove, ("artist", "track"), signed=True, needs_session=True, write=True
    ),
    "user.getlovedtracks": Method(get_loved_tracks, ("user",)),
    "user.getrecenttracks": Method(get_recent_tracks, ("user",)),
    "user.getinfo": Method(get_info),
}
"""By lower-case name, since Last.fm does not mind the case."""


def plays_of(params: Mapping[str, str]) -> list[Fields]:
    """Returns the plays of a request in order. What Last.fm is not known to accept is error 6."""
    items: dict[int, Fields] = {}
    bare: Fields = {}
    for name, value in params.items():
        indexed = re.fullmatch(r"(\w+)\[(0|[1-9][0-9]{0,3})\]", name)
        if indexed:
            items.setdefault(int(indexed[2]), {})[indexed[1]] = value
        elif name not in COMMON:
            bare[name] = value
    if bare and items:
        raise ApiError(6, "Invalid parameters - Indexed and bare names in one request")
    plays = items or {0: bare}
    if len(plays) > BATCH_MAX:
        raise ApiError(6, f"Invalid parameters - More than {BATCH_MAX} scrobbles")
    if set(plays) != set(range(len(plays))):
        raise ApiError(6, "Invalid parameters - The indices have a gap")
    return [plays[index] for index in range(len(plays))]


def _check_play(fields: Fields) -> None:
    _refuse_strangers(fields, SCROBBLE_FIELDS)
    if not all(fields.get(name) for name in ("artist", "track", "timestamp")):
        raise ApiError(6)
    _whole(fields["timestamp"])


def _refuse_strangers(fields: Fields, known: set[str]) -> None:
    """Raises error 6 for an unknown name. Last.fm would ignore a misspelt one; a test must not."""
    if strangers := sorted(fields.keys() - known):
        raise ApiError(6, f"Invalid parameters - Unknown: {', '.join(strangers)}")
    _whole(fields.get("duration"))


def _whole(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ApiError(6, "Invalid parameters - Not a whole number")
    return int(text)


def _take(lastfm: LastFm, user: str, fields: Fields) -> Ignored:
    """Judges a play, and stores it if it is accepted."""
    now = lastfm.now()
    play = _play(user, fields, now)
    if (verdict := _filtered(fields)) != KEPT:
        return verdict
    if play.timestamp < now - PAST_SECONDS:
        return TOO_OLD[lastfm.too_old]
    if play.timestamp > now + lastfm.future_seconds:
        return (4, "Timestamp was too new")
    cap = lastfm.daily_cap
    if cap is not None and lastfm.stores(play) and lastfm.scrobbled_today(user) >= cap:
        return (5, "Daily scrobble limit exceeded")
    lastfm.store(play)
    return KEPT


def _filtered(fields: Fields) -> Ignored:
    """Applies Last.fm's filters: blank parameters, names of nobody, lengths under 30 s."""
    length = _whole(fields.get("duration"))
    reasons: tuple[tuple[bool, Ignored], ...] = (
        ("" in fields.values(), (1, "")),
        (fields["artist"].casefold() in NOBODY, (1, "Artist was ignored")),
        (fields.get("albumArtist") == "VA", (1, "")),
        (length is not None and length < 30, (1, "")),
    )
    return next((verdict for applies, verdict in reasons if applies), KEPT)


def _play(user: str, fields: Fields, now: float) -> Scrobble:
    return Scrobble(
        user=user,
        artist=fields["artist"],
        track=fields["track"],
        timestamp=int(fields["timestamp"]),
        album=fields.get("album", ""),
        album_artist=fields.get("albumArtist", ""),
        track_number=fields.get("trackNumber", ""),
        mbid=fields.get("mbid", ""),
        duration=_whole(fields.get("duration")),
        chosen_by_user=fields.get("chosenByUser", ""),
        stored_at=now,
    )


def _echo(fields: Fields, verdict: Ignored) -> Tree:
    """Returns an item of an answer. An album that was not sent has no `#text`."""
    album: Tree = {"corrected": "0"}
    if fields.get("album"):
        album["#text"] = fields["album"]
    return {
        "artist": {"corrected": "0", "#text": fields["artist"]},
        "album": album,
        "track": {"corrected": "0", "#text": fields["track"]},
        "ignoredMessage": {"code": str(verdict[0]), "#text": verdict[1]},
        "albumArtist": {"corrected": "0", "#text": fields.get("albumArtist", "")},
    }


def _same(loved: Loved, call: Call) -> bool:
    asked = (call.params["artist"].casefold(), call.params["track"].casefold())
    return (loved.artist.casefold(), loved.track.casefold()) == asked


def _bounded(call: Call, name: str, default: int, most: int) -> int:
    text = call.params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise ApiError(6, f"{name} param out of bounds (1-{most})")
    return int(text)


def _loved_track(loved: Loved) -> Tree:
    url = f"https://www.last.fm/music/{quote_plus(loved.artist)}"
    return {
        "artist": {"url": url, "name": loved.artist, "mbid": ""},
        "date": {
            "uts": str(loved.at),
            "#text": datetime.fromtimestamp(loved.at, UTC).strftime("%d %b %Y, %H:%M"),
        },
        "mbid": "",
        "url": f"{url}/_/{quote_plus(loved.track)}",
        "name": loved.track,
        "image": [{"size": "small", "#text": "https://example.invalid/34s/x.png"}],
        "streamable": {"fulltrack": "0", "#text": "0"},
    }
