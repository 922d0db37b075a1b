"""user.getRecentTracks as Last.fm answers it: what plays now, then what was played."""

from datetime import UTC, datetime
from urllib.parse import quote_plus

from lab.lastfm_answers import ApiError, Tree
from lab.lastfm_service import Call, LastFm

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


def get_recent_tracks(lastfm: LastFm, call: Call) -> Tree:
    """user.getRecentTracks: one page. Private profiles are shown to their own users."""
    user = lastfm.known_user(call.params["user"])
    if user in lastfm.private and call.user != user:
        raise ApiError(17)
    limit = min(int(call.params.get("limit", DEFAULT_LIMIT)), MAX_LIMIT)
    page = int(call.params.get("page", 1))
    plays = lastfm.shown(user, call.params)
    tracks = [
        _track(play.artist, play.track, play.album, play.timestamp)
        for play in plays[(page - 1) * limit : page * limit]
    ]
    if playing := [announced for announced in lastfm.now_playing if announced.user == user][-1:]:
        now = _track(playing[0].artist, playing[0].track, playing[0].album)
        tracks.insert(0, {**now, "@attr": {"nowplaying": "true"}})
    pages = -(-len(plays) // limit)
    counts = {"totalPages": pages, "page": page, "perPage": limit, "total": len(plays)}
    return {
        "recenttracks": {
            "track": tracks[0] if lastfm.single_as_object and len(tracks) == 1 else tracks,
            "@attr": {"user": user, **{name: str(count) for name, count in counts.items()}},
        }
    }


def _track(artist: str, track: str, album: str, second: int | None = None) -> Tree:
    url = f"https://www.last.fm/music/{quote_plus(artist)}"
    date: Tree = {}
    if second is not None:
        text = datetime.fromtimestamp(second, UTC).strftime("%d %b %Y, %H:%M")
        date = {"date": {"uts": str(second), "#text": text}}
    return {
        "artist": {"mbid": "", "#text": artist},
        "streamable": "0",
        "image": [{"size": "small", "#text": "https://example.invalid/34s/x.png"}],
        "mbid": "",
        "album": {"mbid": "", "#text": album},
        "name": track,
        "url": f"{url}/_/{quote_plus(track)}",
        **date,
    }
