"""Reads plays of exports that are JSON: a value of each becomes an entry. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ..core.codec import StateError
from ..core.model import Details, Scrobble
from ..core.rules import Rules, is_too_short, needed
from ..core.values import as_dict, as_int, as_list
from .entries import Entry, LeftOut, judged
from .times import moment
from .writing import from_values

Values = dict[str, Any]


def _ours(number: int, values: Values, _rules: Rules) -> Entry:
    try:
        return judged(number, from_values(values))
    except StateError:
        return Entry(number, why=LeftOut.BROKEN)


def _listenbrainz(number: int, values: Values, _rules: Rules) -> Entry:
    """`mbid_mapping`, `inserted_at` and `recording_msid` are the server's own, and left out."""
    metadata = as_dict(values.get("track_metadata"))
    additional = as_dict(metadata.get("additional_info"))
    milliseconds = as_int(additional.get("duration_ms"))
    play = Scrobble(
        artist=_text(metadata.get("artist_name")),
        track=_text(metadata.get("track_name")),
        timestamp=as_int(values.get("listened_at")),
        album=_text(metadata.get("release_name")),
        album_artist=_text(additional.get("albumartist") or additional.get("release_artist_name")),
        track_number=_first_number(additional.get("tracknumber")),
        mbid=_text(additional.get("recording_mbid")),
        duration=milliseconds // 1000 or as_int(additional.get("duration")) or None,
        details=Details(
            artists=_texts(additional.get("artist_names")),
            album_mbid=_text(additional.get("release_mbid")),
            artist_mbids=_texts(additional.get("artist_mbids")),
            url=_text(additional.get("origin_url")),
            player=_text(additional.get("media_player")),
        ),
    )
    return judged(number, play)


def _pano(number: int, values: Values, _rules: Rules) -> Entry:
    if values.get("event") not in (None, "scrobble"):
        return Entry(number, why=LeftOut.NOT_HEARD)  # such as a love
    play = Scrobble(
        artist=_text(values.get("artist")),
        track=_text(values.get("track")),
        timestamp=as_int(values.get("timeMs")) // 1000,
        album=_text(values.get("album")),
        album_artist=_text(values.get("albumArtist")),
        duration=as_int(values.get("durationMs")) // 1000 or None,
        details=Details(player=_text(values.get("mediaPlayerName"))),
    )
    return judged(number, play)


def _spotify(number: int, values: Values, rules: Rules) -> Entry:
    """The extended history. `ts` is the end, `ms_played` what was heard. The length of a track is
    only known if it was heard to its end."""
    heard = as_int(values.get("ms_played")) / 1000
    if values.get("episode_name") or values.get("audiobook_title"):
        return Entry(number, why=LeftOut.NOT_MUSIC)
    if values.get("incognito_mode"):
        return Entry(number, why=LeftOut.PRIVATE)
    is_whole = values.get("reason_end") == "trackdone"
    if is_too_short(rules, heard) or (not is_whole and heard < needed(rules, None)):
        return Entry(number, why=LeftOut.NOT_HEARD)
    play = Scrobble(
        artist=_text(values.get("master_metadata_album_artist_name")),
        track=_text(values.get("master_metadata_track_name")),
        timestamp=_begin(values.get("ts"), heard),
        album=_text(values.get("master_metadata_album_album_name")),
        duration=int(heard) if is_whole else None,
        details=Details(
            heard=int(heard),
            player="Spotify",
            url=_text(values.get("spotify_track_uri")),
        ),
    )
    return judged(number, play)


def _spotify_account(number: int, values: Values, rules: Rules) -> Entry:
    """The history of a year, which knows neither how a track ended nor how long it is. So the
    shortest time after which any track counts has to do, as it does for Spotify itself."""
    heard = as_int(values.get("msPlayed")) / 1000
    if values.get("podcastName") or values.get("episodeName"):
        return Entry(number, why=LeftOut.NOT_MUSIC)
    if heard < rules.minimum_seconds:
        return Entry(number, why=LeftOut.NOT_HEARD)
    play = Scrobble(
        artist=_text(values.get("artistName")),
        track=_text(values.get("trackName")),
        timestamp=_begin(values.get("endTime"), heard),
        details=Details(heard=int(heard), player="Spotify"),
    )
    return judged(number, play)


def _begin(end: Any, heard: float) -> int:
    stamp, _ = moment(_text(end))
    return int(stamp - heard) if stamp else 0


def _lastfm(number: int, values: Values, _rules: Rules) -> Entry:
    """A track of user.getRecentTracks, as the exporters of ghan and others keep it."""
    if as_dict(values.get("@attr")).get("nowplaying"):
        return Entry(number, why=LeftOut.NOT_HEARD)
    artist, album = as_dict(values.get("artist")), as_dict(values.get("album"))
    stamp, _ = moment(str(as_dict(values.get("date")).get("uts")))
    play = Scrobble(
        artist=_text(artist.get("#text") or artist.get("name")),
        track=_text(values.get("name")),
        timestamp=stamp,
        album=_text(album.get("#text")),
        mbid=_text(values.get("mbid")),
        details=Details(
            album_mbid=_text(album.get("mbid")),
            artist_mbids=_texts([artist.get("mbid")]),
        ),
    )
    return judged(number, play)


def _lastfmstats(number: int, values: Values, _rules: Rules) -> Entry:
    """An export of lastfmstats.com, of which times are milliseconds, or one like it."""
    stamp, _ = moment(str(values.get("date")))
    play = Scrobble(
        artist=_text(values.get("artist")),
        track=_text(values.get("track")),
        timestamp=stamp,
        album=_text(values.get("album")),
    )
    return judged(number, play)


def _maloja(number: int, values: Values, _rules: Rules) -> Entry:
    track = as_dict(values.get("track"))
    album = as_dict(track.get("album"))
    artists = _texts(track.get("artists"))
    play = Scrobble(
        artist=", ".join(artists),
        track=_text(track.get("title")),
        timestamp=as_int(values.get("time")),
        album=_text(album.get("albumtitle") or album.get("name")),
        album_artist=", ".join(_texts(album.get("artists"))),
        duration=as_int(track.get("length")) or None,
        details=Details(
            artists=artists if len(artists) > 1 else (), heard=as_int(values.get("duration"))
        ),
    )
    return judged(number, play)


def _koito(number: int, values: Values, _rules: Rules) -> Entry:
    track, album = as_dict(values.get("track")), as_dict(values.get("album"))
    all_artists = [as_dict(each) for each in as_list(values.get("artists"))]
    all_artists.sort(key=lambda each: not each.get("is_primary"))
    artists = tuple(name for each in all_artists if (name := _alias(each)))
    mbids = _texts([each.get("mbid") for each in all_artists])
    stamp, _ = moment(_text(values.get("listened_at")))
    play = Scrobble(
        artist=", ".join(artists),
        track=_alias(track),
        timestamp=stamp,
        album=_alias(album),
        mbid=_text(track.get("mbid")),
        duration=as_int(track.get("duration")) or None,
        details=Details(
            artists=artists if len(artists) > 1 else (),
            album_mbid=_text(album.get("mbid")),
            artist_mbids=mbids if len(mbids) == len(artists) else (),
            player=_text(values.get("client")),
        ),
    )
    return judged(number, play)


def _alias(named: Values) -> str:
    """Returns the name that Koito shows."""
    aliases = [as_dict(each) for each in as_list(named.get("aliases"))]
    aliases.sort(key=lambda each: not each.get("is_primary"))
    return _text(aliases[0].get("alias")) if aliases else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    many = cast("list[Any]", value) if isinstance(value, list) else []
    return tuple(text for each in many if (text := _text(each)))


def _first_number(value: Any) -> int | None:
    """Returns the number of a track, which may be "3/12"."""
    return as_int(_text(value).partition("/")[0] or value) or None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of JSON: what its values have, by which it is known, and how they become entries."""

    name: str
    keys: frozenset[str]
    entry: Callable[[int, Values, Rules], Entry]


KINDS = (
    Kind("listenbrainz", frozenset({"listened_at", "track_metadata"}), _listenbrainz),
    Kind("koito", frozenset({"listened_at", "track", "artists"}), _koito),
    Kind("spotify", frozenset({"ts", "ms_played"}), _spotify),
    Kind("spotify-account", frozenset({"endTime", "msPlayed"}), _spotify_account),
    Kind("lastfm", frozenset({"artist", "name", "mbid"}), _lastfm),
    Kind("lastfm", frozenset({"artist", "track", "date"}), _lastfmstats),
    Kind("maloja", frozenset({"time", "track"}), _maloja),
    Kind("pano", frozenset({"timeMs", "track", "artist"}), _pano),
    Kind("scrobblerd", frozenset({"timestamp", "track", "artist"}), _ours),
)


def plays_of(value: Any) -> Sequence[Any]:
    """Returns the plays that a value of a list is: itself, or those of a page of Last.fm's, which
    gives one track without a list."""
    page = as_dict(value)
    if "track" not in page or page.keys() - {"track", "@attr"}:
        return [value]
    tracks: Any = page["track"]
    return cast("list[Any]", tracks) if isinstance(tracks, list) else [tracks]


def kind_of(value: Any) -> Kind | None:
    """Returns the kind of a value; None if it is of none."""
    keys = as_dict(value).keys()
    return next((kind for kind in KINDS if kind.keys <= keys), None)


def entry_of(number: int, kind: Kind, value: Any, rules: Rules) -> Entry:
    """Returns the entry that a value is. `rules`: as `Reading` has them."""
    if not isinstance(value, dict):
        return Entry(number, why=LeftOut.BROKEN)
    return kind.entry(number, cast("Values", value), rules)
