"""GNU FM, which Libre.fm runs, as a profile of the stand-in for Last.fm.

    with StandIn(profile=LIBREFM) as librefm:
        ...

Its answers are those that GNU FM at ea59671 gave; `tests/lab/transcripts` has them.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

from lab.lastfm_answers import ApiError, Ignored, Tree, error_reply
from lab.lastfm_methods import get_token, plays_of
from lab.lastfm_service import Call, LastFm, Loved, Method, NowPlaying, Profile, Scrobble
from lab.reply import TEXT_TYPE, Reply

OLDEST = 1009000000  # 2001-12-22
FUTURE_SECONDS = 300
MAX_NAME_BYTES = 255

KEPT: Ignored = (0, "")

TEXTS = {
    4: "Invalid authentication token supplied",
    14: "This token has not yet been authorised",
}


def error(error: ApiError, as_json: bool) -> Reply:
    """Returns an error, always with status 200. Error 7 comes from another layer than the others
    do, so its JSON has another shape."""
    told = ApiError(error.code, TEXTS.get(error.code), status=200)
    return error_reply(told, "xml" if not as_json else "gnu" if told.code == 7 else "json")


def get_session(lastfm: LastFm, call: Call) -> Tree:
    """auth.getSession: 14 for a token that is not approved, unknown or used."""
    name = call.params.get("token")
    if not name:
        raise ApiError(4)
    token = lastfm.tokens.get(name)
    if token is None or token.consumed or not token.approved_by:
        raise ApiError(14)
    lastfm.consume(name)
    user = token.approved_by
    return {"session": {"name": user, "key": lastfm.login(user), "subscriber": 0}}


def scrobble(lastfm: LastFm, call: Call) -> Tree:
    """track.scrobble: judges a batch item by item. All its numbers are strings."""
    items = plays_of(call.params)
    if not all(fields.keys() >= {"artist", "track", "timestamp"} for fields in items):
        raise ApiError(6)
    results: list[Tree] = []
    for index, fields in enumerate(items):
        stamp = fields["timestamp"] if fields["timestamp"].isdigit() else "0"
        verdict = call.ignored.get(index) or _take(lastfm, call.user, fields, int(stamp))
        results.append(_echo(fields, verdict, timestamp=stamp))
    kept = sum(item["ignoredMessage"]["code"] == "0" for item in results)
    return {
        "scrobbles": {
            "scrobble": results[0] if len(results) == 1 else results,
            "@attr": {"accepted": str(kept), "ignored": str(len(results) - kept)},
        }
    }


def update_now_playing(lastfm: LastFm, call: Call) -> Tree:
    """track.updateNowPlaying: keeps it."""
    names = ("artist", "track", "album", "albumArtist")
    fields = {name: call.params.get(name, "") for name in names}
    lastfm.now_playing.append(
        NowPlaying(
            at=lastfm.now(),
            user=call.user,
            artist=fields["artist"],
            track=fields["track"],
            album=fields["album"],
            duration=_seconds(call.params),
            params=dict(call.params),
        )
    )
    return {"nowplaying": _echo(fields, call.ignored.get(0, KEPT))}


def love(lastfm: LastFm, call: Call) -> Tree:
    """track.love: 7 if the track was never scrobbled, or is loved already."""
    name = (call.params["artist"], call.params["track"])
    loved = lastfm.loved_by(call.user)
    known = any((play.artist, play.track) == name for play in lastfm.scrobbles)
    if not known or any((track.artist, track.track) == name for track in loved):
        raise ApiError(7)
    loved.append(Loved(*name, int(lastfm.now())))
    return {}


def unlove(lastfm: LastFm, call: Call) -> Tree:
    """track.unlove: 7 if the track is not loved."""
    loved = lastfm.loved_by(call.user)
    name = (call.params["artist"], call.params["track"])
    left = [track for track in loved if (track.artist, track.track) != name]
    if len(left) == len(loved):
        raise ApiError(7)
    loved[:] = left
    return {}


def get_loved_tracks(lastfm: LastFm, call: Call) -> Tree:
    """user.getLovedTracks: the numbers stand beside the list, not under `@attr`."""
    user = _known_user(lastfm, call)
    newest_first = lastfm.loved[user][::-1]
    page, per_page = int(call.params.get("page", "1")), int(call.params.get("limit", "50"))
    tracks = [
        {"name": loved.track, "artist": {"name": loved.artist}, "date": _date(loved.at)}
        for loved in newest_first[(page - 1) * per_page : page * per_page]
    ]
    shown: Tree = {"track": tracks[0] if len(tracks) == 1 else tracks} if tracks else {"#text": ""}
    pages = -(-len(newest_first) // per_page)
    counts = {"page": page, "perPage": per_page, "totalPages": pages, "total": len(newest_first)}
    return {"lovedtracks": {**shown, "user": user, **{n: str(c) for n, c in counts.items()}}}


def get_recent_tracks(lastfm: LastFm, call: Call) -> Tree:
    """user.getRecentTracks: on the first page, what plays comes first, with a date, and in any
    stretch of time. No total is said, and no number of pages of that stretch."""
    user = _known_user(lastfm, call)
    page, limit = int(call.params.get("page", "1")), int(call.params.get("limit", "10"))
    plays = lastfm.shown(user, call.params)[(page - 1) * limit : page * limit]
    if not plays:
        raise ApiError(7)
    tracks = [_recent(play.timestamp, play.artist, play.track, play.album) for play in plays]
    playing = [announced for announced in lastfm.now_playing if announced.user == user][-1:]
    if playing and page == 1:
        now = playing[0]
        shown = _recent(int(now.at), now.artist, now.track, now.album)
        tracks.insert(0, {**shown, "@attr": {"nowplaying": "true"}})
    attributes = {"user": user, "page": str(page), "perPage": str(limit), "totalPages": "0"}
    return {"recenttracks": {"track": tracks, "@attr": attributes}}


def remove_scrobble(lastfm: LastFm, call: Call) -> Tree:
    """library.removeScrobble: 7 if there is no such play."""
    wanted = (call.user, *(call.params[name] for name in ("artist", "track", "timestamp")))
    if not lastfm.remove(lambda it: (it.user, it.artist, it.track, str(it.timestamp)) == wanted):
        raise ApiError(7)
    return {}


def get_info(lastfm: LastFm, call: Call) -> Tree:
    """user.getInfo: asks for `user`; a session key is not enough."""
    user = _known_user(lastfm, call)
    blank = dict.fromkeys(("realname", "homepage", "location", "bio", "playcount"), "")
    moments = dict.fromkeys(("profile_created", "profile_updated"), "Thu Jan  1 00:00:00 1970")
    return {"user": {"name": user, **blank, **moments, "image": [], "url": f"/user/{user}"}}


METHODS: dict[str, Method] = {
    "auth.gettoken": Method(get_token),
    "auth.getsession": Method(get_session),
    "track.updatenowplaying": Method(
        update_now_playing, ("artist", "track"), needs_session=True, write=True
    ),
    "track.scrobble": Method(scrobble, needs_session=True, write=True),
    "track.love": Method(love, ("artist", "track"), needs_session=True, write=True),
    "track.unlove": Method(unlove, ("artist", "track"), needs_session=True, write=True),
    "user.getlovedtracks": Method(get_loved_tracks, ("user",)),
    "user.getrecenttracks": Method(get_recent_tracks, ("user",)),
    "user.getinfo": Method(get_info, ("user",)),
    "library.removescrobble": Method(
        remove_scrobble, ("artist", "track", "timestamp"), needs_session=True, write=True
    ),
}

GNUFM = Profile(METHODS, error, checks_key=False, moved="/2.0")
LIBREFM = replace(GNUFM, json_type=TEXT_TYPE)


def _take(lastfm: LastFm, user: str, fields: Mapping[str, str], stamp: int) -> Ignored:
    """Judges a play, and stores it if it is accepted. Codes 3 and 4 are not Last.fm's."""
    play = Scrobble(
        user=user,
        artist=_cut(fields["artist"]),
        track=_cut(fields["track"]),
        timestamp=stamp,
        album=_cut(fields.get("album", "")),
        duration=_seconds(fields),
        stored_at=lastfm.now(),
    )
    reasons: tuple[tuple[bool, Ignored], ...] = (
        (not play.artist, (1, "Artist was ignored")),
        (stamp > lastfm.now() + FUTURE_SECONDS, (3, "Timestamp is too new")),
        (stamp < OLDEST, (4, "Timestamp is too old")),
        (not lastfm.stores(play), (91, "Already scrobbled")),
    )
    verdict = next((verdict for applies, verdict in reasons if applies), KEPT)
    if verdict == KEPT:
        lastfm.store(play)
    return verdict


def _echo(fields: Mapping[str, str], verdict: Ignored, **more: str) -> Tree:
    """Returns an item of an answer. A name that is cut counts as corrected."""
    tree: Tree = {}
    for name in ("track", "artist", "album", "albumArtist"):
        sent = fields.get(name, "")
        tree[name] = {"#text": _cut(sent), "corrected": str(int(_cut(sent) != sent))}
    return {**tree, **more, "ignoredMessage": {"#text": verdict[1], "code": str(verdict[0])}}


def _cut(name: str) -> str:
    return name.encode()[:MAX_NAME_BYTES].decode(errors="ignore")


def _seconds(fields: Mapping[str, str]) -> int | None:
    return int(float(fields.get("duration") or 0)) or None


def _known_user(lastfm: LastFm, call: Call) -> str:
    if call.params["user"] not in lastfm.loved:
        raise ApiError(7)
    return call.params["user"]


def _recent(stamp: int, artist: str, track: str, album: str) -> Tree:
    return {
        "artist": {"#text": artist, "mbid": ""},
        "name": track,
        "mbid": "",
        "album": {"#text": album, "mbid": ""},
        "url": f"/track.php?artist={quote(artist)}&album={quote(album)}&track={quote(track)}",
        "date": _date(stamp),
        "streamable": "",
    }


def _date(stamp: int) -> Tree:
    text = datetime.fromtimestamp(stamp, UTC).strftime("%d %b %Y %H:%M GMT")
    return {"#text": text, "uts": str(stamp)}
