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
    "scrobble": "When a play counts: after `scrobble_threshold` per cent of the track, or after"
    " `maximum_seconds` of it, whichever comes first, but never before `minimum_seconds`.",
    "players": "Which players are listened to. The lists have names of players, with `*` and `?`"
    " as wildcards. A name is compared with the player's bus name (without"
    " `org.mpris.MediaPlayer2.`), its Identity and its desktop entry; upper or lower case makes"
    " no difference. `scrobblerctl players` shows the names, and what each rule does.",
    "filters": "Which tracks are scrobbled, and how their tags are corrected first. `scrobblerctl"
    " test-filter` tries your rules on a track.",
    "library": "Your own music files, in which loved tracks are looked up.",
    "limits": "How much is sent to Last.fm. Scrobbles go first: when few requests are left for the"
    " day (in UTC), what is playing is no longer announced, and scrobbles wait until they fill a"
    " request. Nothing is lost.",
    "network": "How Last.fm is reached.",
    "session": "Where your login is kept. docs/secrets.md has more.",
    "notifications": "Messages on the desktop. Without a desktop there are none.",
    "log": "What `journalctl --user -u scrobblerd` shows.",
}
"""What each table is about, in the order of OPTIONS."""

_RULES, _LIMITS = Rules(), Limits()

OPTIONS: Mapping[str, Mapping[str, Option]] = {
    "lastfm": {
        "api_key": Option(
            "",
            "The API key, from https://www.last.fm/api/account/create. It is better kept in"
            " `lastfm.toml` beside this file, where `scrobblerctl login` writes it.",
            secret=True,
        ),
        "api_secret": Option("", "The shared secret that belongs to the API key.", secret=True),
        "api_url": Option(
            API_URL,
            "The address of the server; change it to use another server that speaks Last.fm's"
            " protocol.",
        ),
        "auth_url": Option(
            AUTH_URL,
            "The page on which you allow access; it belongs to the same server as `api_url`.",
        ),
        "insecure_http": Option(
            False,
            "Whether `api_url` may begin with `http://` if the server is neither this computer nor"
            " on the local network. Everybody on the way can then read your login.",
        ),
        "enabled": Option(
            True, "Whether plays are scrobbled. `scrobblerctl settings enabled` wins over this."
        ),
        "loved_mirror": Option(
            False,
            "Whether `scrobblerctl loved import` also unmarks tracks that you no longer love at"
            " Last.fm.",
        ),
    },
    "scrobble": {
        "scrobble_threshold": Option(
            _RULES.scrobble_threshold,
            "How much of a track must be heard, in per cent. `scrobblerctl settings"
            " scrobble_threshold` wins over this.",
            bounds=THRESHOLD_RANGE,
            clamped=True,
        ),
        "minimum_seconds": Option(
            _RULES.minimum_seconds,
            "A play that was heard for less never counts, in seconds.",
            bounds=(0, 3600),
        ),
        "maximum_seconds": Option(
            _RULES.maximum_seconds,
            "A play that was heard for this long always counts, in seconds, even if the length of"
            " the track is not known.",
            bounds=(1, 86400),
        ),
        "minimum_track_seconds": Option(
            _RULES.minimum_track_seconds,
            "Tracks that are shorter never count, in seconds; Last.fm takes none under 30.",
            bounds=(0, 3600),
        ),
        "stream_minimum_seconds": Option(
            _RULES.stream_minimum_seconds,
            "A title on a radio stream that was seen from beginning to end is judged by its time"
            " on air, and needs at least this, in seconds.",
            bounds=(1, 86400),
        ),
        "now_playing": Option(True, "Whether what is playing is announced to Last.fm."),
        "count_muted": Option(
            _RULES.count_muted,
            "Whether it counts as heard when a player plays at volume 0. If not, it is treated as"
            " a pause.",
        ),
        "settle_ms": Option(
            int(_RULES.settle * 1000),
            "How long a player's tags must stay the same before they are believed, in"
            " milliseconds: some players mix up the tags of two tracks for up to 0.7 s.",
            bounds=(50, 10_000),
        ),
    },
    "players": {
        "allow": Option(
            list(_RULES.allow),
            "Listen only to these players, even if `deny` names them. If the list is empty, `deny`"
            " decides.",
        ),
        "deny": Option(
            list(_RULES.deny),
            "Never listen to these. By default they are phones, as KDE Connect, GSConnect and"
            " Valent show them.",
        ),
        "announce_only": Option(
            list(_RULES.announce_only),
            "Announce what these play, but never scrobble it: for players that only show what"
            " plays on another device, when that device scrobbles it itself (Spotify Connect).",
        ),
        "ask": Option(
            False,
            "Whether a notification tells you once of each new player, with a button to ignore it."
            " `scrobblerctl players` lists what you ignore, and `scrobblerctl players --listen"
            " NAME` takes it back. Players that a rule here names are not new.",
        ),
    },
    "filters": {
        "presets": Option(
            list(DEFAULT_PRESETS),
            "Ready-made rules that are added to yours. These never count: `ads` (Spotify's),"
            " `video-files` (mkv, mp4 and the like), `video-sites` (Netflix, Twitch, YouTube and"
            " others, but not YouTube Music), `podcasts` (by genre or address). These remove"
            " such marks from titles, and some from albums too: `remastered`, `official-video`,"
            ' `explicit`, `featured` and `live`; and `topic` removes " - Topic" from artists in'
            " every player. A list that you write replaces the default.",
        ),
        "ignore_hosts": Option(
            [], "Tracks from these sites, and all sites below them, never count."
        ),
        "ignore_file_types": Option(
            [], "Files with these endings never count; write them without the dot."
        ),
        "ignore_genres": Option([], "Tracks of these genres never count, in upper or lower case."),
        "ignore_urls": Option(
            [],
            "Tracks never count if one of these regular expressions is found in their address or"
            " id, in upper or lower case.",
        ),
        "ignore_artist": Option(
            [],
            "Tracks never count if one of these regular expressions is found in the artist, in"
            " upper or lower case.",
        ),
        "ignore_title": Option([], "The same for the title."),
        "ignore_album": Option([], "The same for the album."),
        "minimum_length": Option(
            0.0,
            "Tracks that are shorter never count, in seconds; 0 = no limit. It does not apply to"
            " tracks of unknown length.",
            bounds=(0, 86400),
        ),
        "maximum_length": Option(
            0.0, "Tracks that are longer never count, in seconds; 0 = no limit.", bounds=(0, 604800)
        ),
        "require_album": Option(False, "Whether tracks without an album never count."),
        "rewrites": Option(
            [],
            "Corrections of tags, applied in this order: what matches the regular expression"
            " `pattern` in `field` (`title`, `artist`, `album` or `album_artist`) becomes"
            " `replacement`, as in Python's re.sub.",
            of_tables=True,
        ),
        "artist": Option(
            "first",
            "Which artist to send if there are several: the `first`, all of them `joined` by"
            " `artist_separator`, the `album_artist` or the `composer`. If there is no such artist,"
            " it is the first.",
            choices=("first", "joined", "album_artist", "composer"),
        ),
        "artist_separator": Option(", ", "The text between joined artists."),
        "split_titles": Option(
            "never",
            'Whether "Artist - Title" in the title of a track without an artist is split: `never`,'
            " only on `streams` (radio), or `always`. With `always` the title of a stream is split"
            " even if it has an artist, which is then the name of the station.",
            choices=("never", "streams", "always"),
        ),
        "strip_topic": Option(
            True,
            'Whether the artist "Name - Topic" in a browser becomes the artist "Name": YouTube'
            " gives such names to the channels with an artist's own songs.",
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
            "Most requests per second; 0 = no limit.",
            bounds=(0, 100),
        ),
        "requests_per_day": Option(
            _LIMITS.requests_per_day,
            "Most requests per day, for plays and loved tracks; 0 = no limit. Logins and imports"
            " are not counted.",
            bounds=(0, 1_000_000),
        ),
        "scrobbles_per_day": Option(
            _LIMITS.scrobbles_per_day,
            "Most scrobbles per day; 0 = no limit.",
            bounds=(0, 1_000_000),
        ),
    },
    "network": {
        "proxy": Option(
            "system",
            "The proxy for requests: that of the environment (`system`: `http_proxy`,"
            " `https_proxy`, `all_proxy` and `no_proxy`), `none`, or an address such as"
            " `http://proxy.example:3128` or `socks5://127.0.0.1:9050`. SOCKS5 needs"
            " the Python package socksio. docs/troubleshooting.md has more.",
        ),
    },
    "session": {
        "store": Option(
            "file",
            "The session key of your login is kept in `session.toml`, which only you can read"
            " (`file`), or in your keyring (`secret-service`: GNOME Keyring, KWallet, KeePassXC),"
            " which needs the Python package secretstorage. If you change this, the key moves by"
            " itself.",
            choices=("file", "secret-service"),
        ),
    },
    "notifications": {
        "show": Option(
            "errors",
            "What is shown: nothing (`off`); `errors`, about what you should know or put right"
            " (the login has expired, Last.fm rejects scrobbles or its daily limit is reached, the"
            " database is in trouble); or `all`, which adds each scrobble, love and skip.",
            choices=("off", "errors", "all"),
        ),
    },
    "log": {
        "level": Option(
            "info",
            "How much is logged: `debug`, `info`, `warning` or `error`. Secrets never are.",
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
