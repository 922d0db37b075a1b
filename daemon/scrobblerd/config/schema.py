"""The options of config.toml as data: their defaults, allowed values and meanings.

`python -m tools.docs` makes of them all that is written about them: config.example.toml,
docs/configuration.md, scrobblerd.toml(5). In a meaning, words of the file stand in backticks.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from ..core.errors import FixTheFile
from ..core.filters import DEFAULT_PRESETS
from ..core.rules import THRESHOLD_RANGE, Rules
from ..core.submission import Limits
from .options import Option, check_known, check_options

API_URL = "https://ws.audioscrobbler.com/2.0/"
AUTH_URL = "https://www.last.fm/api/auth/"

TABLES: Mapping[str, str] = {
    "lastfm": "The API key, the server, and whether anything is sent at all.",
    "scrobble": "When a play counts: when `scrobble_threshold` per cent of the track were heard,"
    " or `maximum_seconds` of it, whichever comes first, but never under `minimum_seconds`.",
    "players": "Which players are listened to. The lists are patterns (`*` and `?`) over a player's"
    " bus name without `org.mpris.MediaPlayer2.`, its Identity or its desktop entry, in any case."
    " `scrobblerctl players` shows what each rule does.",
    "filters": "Which tracks are wanted, and how their tags are put right before anything else sees"
    " them. `scrobblerctl test-filter` tries the rules on a track.",
    "library": "Your own music, which loved tracks are matched with.",
    "limits": "What is spent on Last.fm. Scrobbles go first: when few requests are left of a day"
    " (of UTC), nothing is announced any more and scrobbles wait to fill a request. Nothing is"
    " lost.",
    "network": "How Last.fm is reached.",
    "session": "Where the key of your login is kept. docs/secrets.md has more.",
    "notifications": "Messages on the desktop, by `org.freedesktop.Notifications`. They are left"
    " out if there is no desktop.",
    "log": "What `journalctl --user -u scrobblerd` shows.",
}
"""What each table is about, in the order of OPTIONS."""

_RULES, _LIMITS = Rules(), Limits()

OPTIONS: Mapping[str, Mapping[str, Option]] = {
    "lastfm": {
        "api_key": Option(
            "",
            "The API key, from https://www.last.fm/api/account/create. It is better kept in"
            " `lastfm.toml` beside this file, where `scrobblerctl login` puts it.",
            secret=True,
        ),
        "api_secret": Option("", "The shared secret that belongs to the API key.", secret=True),
        "api_url": Option(API_URL, "Where requests go: for another server of Last.fm's protocol."),
        "auth_url": Option(
            AUTH_URL, "The page on which you allow access, of the same server as `api_url`."
        ),
        "insecure_http": Option(
            False,
            "Whether `api_url` may begin with `http://` if the server is neither this computer nor"
            " on the local network. Everybody on the way can then read your login.",
        ),
        "enabled": Option(True, "Whether plays are scrobbled. What is set over D-Bus wins."),
        "loved_mirror": Option(
            False,
            "Whether an import takes the mark from tracks that are not loved at Last.fm any more.",
        ),
    },
    "scrobble": {
        "scrobble_threshold": Option(
            _RULES.scrobble_threshold,
            "How much of a track must be heard, in per cent. What is set over D-Bus wins.",
            bounds=THRESHOLD_RANGE,
            clamped=True,
        ),
        "minimum_seconds": Option(
            _RULES.minimum_seconds,
            "No play counts that was heard for less, in seconds.",
            bounds=(0, 3600),
        ),
        "maximum_seconds": Option(
            _RULES.maximum_seconds,
            "Every play counts that was heard for so long, in seconds, even if the length of the"
            " track is not known.",
            bounds=(1, 86400),
        ),
        "minimum_track_seconds": Option(
            _RULES.minimum_track_seconds,
            "Shorter tracks never count, in seconds; Last.fm takes none under 30.",
            bounds=(0, 3600),
        ),
        "stream_minimum_seconds": Option(
            _RULES.stream_minimum_seconds,
            "A title on a radio stream that was there from its beginning to its end is judged by"
            " that time, and needs at least this, in seconds.",
            bounds=(1, 86400),
        ),
        "now_playing": Option(True, "Whether Last.fm is told what plays now."),
        "count_muted": Option(
            _RULES.count_muted,
            "Whether what plays at volume 0 is heard. If not, it is as if the player paused.",
        ),
        "settle_ms": Option(
            int(_RULES.settle * 1000),
            "How long a player's tags must rest before they are believed, in milliseconds: real"
            " players send mixtures of two tracks for up to 0.7 s.",
            bounds=(50, 10_000),
        ),
    },
    "players": {
        "allow": Option(
            list(_RULES.allow),
            "Listen to these players and to no others, even if `deny` names them. An empty list"
            " leaves it to `deny`.",
        ),
        "deny": Option(
            list(_RULES.deny),
            "Never listen to these. The phones of KDE Connect, GSConnect and Valent are left out by"
            " default.",
        ),
        "announce_only": Option(
            list(_RULES.announce_only),
            "Announce what these play, but never count it: for players that show what plays on"
            " another device, which scrobbles it itself (Spotify Connect).",
        ),
        "ask": Option(
            False,
            "Whether the desktop tells once of each new player, with a button that leaves it out."
            " What you leave out so is listed by `scrobblerctl players`, and comes back by"
            " `scrobblerctl players --listen NAME`. Players that a rule here names are not new.",
        ),
    },
    "filters": {
        "presets": Option(
            list(DEFAULT_PRESETS),
            "Ready-made rules, added to yours. What never counts: `ads` (Spotify's), `video-files`"
            " (mkv, mp4 and their kin), `video-sites` (YouTube but not YouTube Music, Netflix,"
            " Twitch and others), `podcasts` (by genre or address). What is taken off titles:"
            " `remastered`, `official-video`, `explicit`, `featured` and `live` marks; off artists:"
            ' `topic`, which is " - Topic" in every player. A list that you write replaces the'
            " default.",
        ),
        "ignore_hosts": Option(
            [], "Tracks from these sites, and all sites below them, never count."
        ),
        "ignore_file_types": Option(
            [], "Files with these endings never count; they are written without the dot."
        ),
        "ignore_genres": Option([], "Tracks of these genres never count, in any case."),
        "ignore_urls": Option(
            [],
            "Tracks never count if one of these regular expressions is found in their address or"
            " id, in any case.",
        ),
        "ignore_artist": Option(
            [],
            "Tracks never count if one of these regular expressions is found in the artist, in any"
            " case.",
        ),
        "ignore_title": Option([], "The same for the title."),
        "ignore_album": Option([], "The same for the album."),
        "minimum_length": Option(
            0.0,
            "Shorter tracks never count, in seconds; 0 = no bound. A track whose length is not"
            " known is not judged by it.",
            bounds=(0, 86400),
        ),
        "maximum_length": Option(
            0.0, "Longer tracks never count, in seconds; 0 = no bound.", bounds=(0, 604800)
        ),
        "require_album": Option(False, "Whether tracks without an album never count."),
        "rewrites": Option(
            [],
            "Tags put right, one after the other: what matches the regular expression `pattern` in"
            " `field` (`title`, `artist`, `album` or `album_artist`) becomes `replacement`, as in"
            " Python's re.sub.",
            of_tables=True,
        ),
        "artist": Option(
            "first",
            "Which artist to send of several: the `first`, all `joined` with `artist_separator`, or"
            " the `album_artist`, or the `composer`. If there is none such, it is the first.",
            choices=("first", "joined", "album_artist", "composer"),
        ),
        "artist_separator": Option(", ", "What stands between joined artists."),
        "split_titles": Option(
            "never",
            'Whether "Artist - Title" in the title of a track without an artist is taken apart:'
            " `never`, only on `streams` (radio), or `always`. With `always` a stream's title is"
            " taken apart even if there is an artist, which is the station's name then.",
            choices=("never", "streams", "always"),
        ),
        "strip_topic": Option(
            True,
            'Whether the artist "Name - Topic" in a browser is the artist "Name": YouTube calls'
            " the channel of an artist's own songs so.",
        ),
    },
    "library": {
        "folders": Option(
            [], "Music folders whose tags `scrobblerctl library scan` reads; ~ is your home."
        ),
    },
    "limits": {
        "requests_per_second": Option(
            _LIMITS.requests_per_second,
            "Requests a second at the most; 0 = no limit.",
            bounds=(0, 100),
        ),
        "requests_per_day": Option(
            _LIMITS.requests_per_day,
            "Requests a day at the most, about plays and loved tracks; 0 = no limit. Logins and"
            " imports are not counted.",
            bounds=(0, 1_000_000),
        ),
        "scrobbles_per_day": Option(
            _LIMITS.scrobbles_per_day,
            "Scrobbles a day at the most; 0 = no limit.",
            bounds=(0, 1_000_000),
        ),
    },
    "network": {
        "proxy": Option(
            "system",
            "The proxy that requests go through: that of the environment (`system`: `http_proxy`,"
            " `https_proxy`, `all_proxy` and `no_proxy`), `none`, or an address such as"
            " `http://proxy.example:3128` or `socks5://127.0.0.1:9050`. SOCKS5 needs"
            " the Python package socksio. docs/troubleshooting.md has more.",
        ),
    },
    "session": {
        "store": Option(
            "file",
            "The key is kept in `session.toml`, which you alone can read (`file`), or in your"
            " keyring (`secret-service`: GNOME Keyring, KWallet, KeePassXC), for which"
            " the Python package secretstorage is needed. After a change it moves by itself.",
            choices=("file", "secret-service"),
        ),
    },
    "notifications": {
        "show": Option(
            "errors",
            "What is shown: nothing (`off`); `errors`, which are what only you can mend (the login"
            " has expired, Last.fm rejects scrobbles or its limit of the day is reached, the"
            " database is in trouble); or `all`, which is each scrobble, love and skip too.",
            choices=("off", "errors", "all"),
        ),
    },
    "log": {
        "level": Option(
            "info",
            "How much is said: `debug`, `info`, `warning` or `error`. Secrets never are.",
            choices=("debug", "info", "warning", "error"),
        ),
    },
}
"""The options of each table, by table and key."""


Tables = dict[str, dict[str, Any]]
"""Table name → key → value, all keys of the schema."""


def check_tables(path: Path, content: dict[str, Any]) -> Tables:
    """Returns the values of all keys, with defaults for those that `content` does not have.

    Raises FixTheFile if a table or key is unknown, or a value is not allowed.
    """
    for name, table in content.items():
        check_known(path, f"[{name}]", name, OPTIONS)
        if not isinstance(table, dict):
            raise FixTheFile(f"{path}: {name} must be a table; write [{name}] on a line of its own")
        for key in cast("dict[str, Any]", table):
            check_known(path, f"[{name}] {key}", key, OPTIONS[name])
    return {
        name: check_options(path, f"[{name}]", options, content.get(name, {}))
        for name, options in OPTIONS.items()
    }
