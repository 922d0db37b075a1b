"""Rules: when a play counts, and which players are wanted. Pure.

Numbers a user may set are fields of `Rules`; the others are constants with their reason.
"""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from .filters import Filters
from .model import Details, Play, Scrobble, Track
from .text import normalise

THRESHOLD_RANGE = (25, 100)
"""Per cent; a scrobble_threshold outside is clamped."""

END_TOLERANCE_SECONDS = 3.0
"""Players change track this early (gapless, crossfade) and report positions this late."""

PHONES = ("kdeconnect.*", "gsconnect.*", "valent", "valent.*", "valent_*")
"""What shows the players of a phone: KDE Connect, GSConnect (GSConnect.<device><app>) and Valent
(Valent, Valent_<number>). The phone usually scrobbles on its own."""

BROWSERS = (
    *("firefox*", "librewolf*", "waterfox*", "floorp*", "zen*", "mozilla firefox*"),
    *("chromium*", "chrome*", "google*chrome*", "brave*", "vivaldi*", "opera*", "*edge*"),
    *("plasma-browser-integration*", "epiphany*", "org.gnome.epiphany*", "falkon*"),
)
"""Players that show pages of the web, by any of their names."""

MAX_MATCHES_REMEMBERED = 64
"""Answers whether a pattern matches a player; the same ones are asked for at every event."""


@dataclass(frozen=True, slots=True)
class PlayerRules:
    """What the table [players.NAME] decides for the players that NAME, a pattern, fits; None = as
    for all. Seconds, but for `scrobble_threshold`, which is per cent."""

    name: str
    scrobble_threshold: int | None = None
    minimum_seconds: float | None = None
    maximum_seconds: float | None = None
    now_playing: bool | None = None
    announce_only: bool | None = None

    @property
    def table(self) -> str:
        """The table as it stands in config.toml."""
        bare = re.fullmatch(r"[A-Za-z0-9_-]+", self.name)
        return f"[players.{self.name}]" if bare else f'[players."{self.name}"]'

    @property
    def decided(self) -> dict[str, Any]:
        """What it decides, by name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)[1:]}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def rule(self) -> str:
        """Where the user finds it, and what it says."""
        values = (f"{name} = {str(value).lower()}" for name, value in self.decided.items())
        return f"{self.table} {', '.join(values)}"

    def over(self, rules: "Rules") -> "Rules":
        """Returns `rules` as they are for these players."""
        announced = {None: rules.announce_only, True: (self.name,), False: ()}
        decided = self.decided | {"announce_only": announced[self.announce_only]}
        return replace(rules, **decided, players=(self,))


@dataclass(frozen=True, slots=True)
class Rules:
    """What the user set. Seconds, but for `scrobble_threshold`, which is per cent. `paused`: it is
    not enabled only because of a pause. `private`: nothing is recorded at all."""

    enabled: bool = True
    paused: bool = False
    private: bool = False
    scrobble_threshold: int = 50
    minimum_seconds: float = 30.0
    maximum_seconds: float = 240.0
    minimum_track_seconds: float = 30.0
    stream_minimum_seconds: float = 60.0
    settle: float = 1.0
    count_muted: bool = True
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = PHONES
    announce_only: tuple[str, ...] = ()
    now_playing: bool = True
    players: tuple[PlayerRules, ...] = ()
    ignored: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)


def clamp_threshold(percent: int) -> int:
    """Moves `percent` into THRESHOLD_RANGE."""
    low, high = THRESHOLD_RANGE
    return max(low, min(high, percent))


def needed(rules: Rules, length: float | None) -> float:
    """Returns the seconds of track time that must be heard; `length` None = unknown."""
    if length is None:
        return rules.maximum_seconds
    share = length * rules.scrobble_threshold / 100
    return max(rules.minimum_seconds, min(share, rules.maximum_seconds))


def needed_on_air(rules: Rules, on_air: float) -> float:
    """Returns the seconds that a stream title must be heard; all of its `on_air` was seen."""
    return max(rules.stream_minimum_seconds, needed(rules, on_air))


def is_too_short(rules: Rules, length: float | None) -> bool:
    """Whether the track is shorter than counts at all. 29.988 s is 30.0 s."""
    return length is not None and round(length, 1) < rules.minimum_track_seconds


def whole_seconds(length: float | None) -> int | None:
    """Returns the length of a scrobble, in seconds, rounded down; None = unknown."""
    return int(length or 0.0) or None


def as_scrobble(play: Play) -> Scrobble:
    """Returns what is sent of a play."""
    track = play.track
    return Scrobble(
        artist=track.artist,
        track=track.title,
        timestamp=int(play.start.wall),
        album=track.album,
        album_artist=track.album_artist if track.album_artist != track.artist else "",
        track_number=track.number,
        mbid=track.mbid,
        duration=whole_seconds(track.length),
        details=Details(
            artists=track.artists,
            album_mbid=track.album_mbid,
            artist_mbids=track.artist_mbids,
            url=track.url,
            player=play.player_name,
        ),
    )


def has_tags(track: Track) -> bool:
    """Whether there is enough to scrobble: a title and an artist."""
    return bool(track.title and track.artist)


def wants_player(rules: Rules, names: Iterable[str]) -> bool:
    """Whether a player is listened to, by any of its names (bus name, Identity, desktop entry).

    `ignored` and `deny` refuse what they match; a non-empty `allow` refuses all that it does not
    match. What `allow` names outright is wanted even if `deny` would refuse it.
    """
    return not player_rejection(rules, names)


def player_rejection(rules: Rules, names: Iterable[str]) -> str:
    """Returns why a player of these names is not listened to, with the rule; "" if it is."""
    names = tuple(names)
    for name in rules.ignored:
        if matches_player((name,), names):
            return f"left out by you: scrobblerctl players --listen {shlex.quote(name)}"
    if rules.allow:
        return "" if matches_player(rules.allow, names) else "[players] allow does not name it"
    denied = next((glob for glob in rules.deny if matches_player((glob,), names)), "")
    return f"[players] deny has {denied!r}" if denied else ""


def rules_of(rules: Rules, names: Iterable[str]) -> Rules:
    """Returns the rules for a player of these names: what the first table [players.NAME] that fits
    it decides comes before what holds for all."""
    own = _own_rules(rules, tuple(names))
    return own.over(rules) if own else rules


def _own_rules(rules: Rules, names: tuple[str, ...]) -> PlayerRules | None:
    return next((each for each in rules.players if matches_player((each.name,), names)), None)


def announce_only_rule(rules: Rules, names: Iterable[str]) -> str:
    """Returns the rule by which what a player plays is announced, but never counts: it shows what
    plays elsewhere. "" if there is none."""
    names = tuple(names)
    own = _own_rules(rules, names)
    if own and own.announce_only is not None:
        return f"{own.table} announce_only" if own.announce_only else ""
    return "[players] announce_only" if matches_player(rules.announce_only, names) else ""


def player_rule(rules: Rules, names: Iterable[str]) -> str:
    """Returns the rules about a player, and what they say; "" if there are none."""
    names = tuple(names)
    if rejection := player_rejection(rules, names):
        return rejection
    own, announced = _own_rules(rules, names), announce_only_rule(rules, names)
    if own is None or not own.decided:
        return announced
    is_listed = announced and own.announce_only is None
    return f"{own.rule}; {announced}" if is_listed else own.rule


def is_browser(names: Iterable[str]) -> bool:
    """Whether a player of these names is a browser."""
    return matches_player(BROWSERS, tuple(names))


@lru_cache(maxsize=MAX_MATCHES_REMEMBERED)
def matches_player(globs: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether one of the patterns fits a player of these names."""
    folded = [normalise(name) for name in names if name]
    return any(fnmatchcase(name, normalise(glob)) for name in folded for glob in globs)
