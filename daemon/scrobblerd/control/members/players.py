"""Members of our interface about players, and what the rules make of tracks."""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, replace
from typing import cast

from ...config.runtime_settings import RuntimeSettings
from ...core import wording
from ...core.errors import InvalidArgument
from ...core.events import Seen
from ...core.filters import correct_tags, corrections, rejection_reason
from ...core.model import PlayReason, Reason, Track
from ...core.publisher import Alert, AlertKind, SendAlert
from ...core.rules import (
    Rules,
    announce_only_rule,
    has_tags,
    is_browser,
    is_too_short,
    needed,
    player_rejection,
    rules_of,
)
from ...core.text import for_people, for_wire
from ...core.values import UInt32
from ...tracking.tracker import Tracker
from ..signatures import method

TEXTS = ("title", "artist", "album", "album_artist", "url", "trackid")

TRACK_TYPES = {**dict.fromkeys(TEXTS, "s"), "length": "d", "genres": "as", "player": "s"}
"""What TestFilter and CheckTrack take; any type of number is taken as a length (seconds)."""


@dataclass(frozen=True, slots=True)
class TrackCheck:
    """What the rules make of a track."""

    counts: bool
    title: str
    artist: str
    needed: float
    enabled: bool
    reason: str
    code: str
    detail: str
    rule: str
    changes: list[tuple[str, str, str, str]]


class PlayersMembers:
    """Players."""

    def __init__(
        self,
        tracker: Tracker,
        settings: RuntimeSettings,
        wake: Callable[[], None],
        left_out: Callable[[], list[Seen]],
        alert: SendAlert,
    ) -> None:
        """`left_out` gives the players that the tracker does not hear of."""
        self._tracker = tracker
        self._settings = settings
        self._wake = wake
        self._left_out = left_out
        self._alert = alert

    @method("players")
    async def ListPlayers(self) -> list[Seen]:
        """Every player on the bus, and whether it is listened to.

        player: its bus name without `org.mpris.MediaPlayer2.`
        identity, desktop_entry: what it calls itself
        status: `Playing`, `Paused` or `Stopped`; "" = it has just gone, or there are too many
        wanted: whether it is listened to
        rule: the rules about it and what they say, or that you left it out, or that there are too
            many; "" = none
        """
        return [*self._tracker.seen(), *self._left_out()]

    @method("words", entries=TRACK_TYPES)
    async def TestFilter(self, track: dict[str, object]) -> str:
        """What the rules would make of a track, and after how many seconds it would count. Any of
        these may be left out:

        title, artist, album, album_artist: its tags
        url, trackid: its address and id, as MPRIS has them
        length: in seconds; any type of number
        genres: a list of texts
        player: the player that plays it, by its name in `ListPlayers`, or a program's

        words: the answer

        Errors: InvalidArgument.
        """
        check = await self.CheckTrack(track)
        who = f"{for_people(check.title) or 'no title'} by {for_people(check.artist) or 'nobody'}"
        changes = "".join(f"; {wording.of_change(*each)}" for each in check.changes)
        if not check.counts:
            return f"ignored: {who}: {check.reason}{changes}"
        off = "" if check.enabled else " (but scrobbling is off)"
        return f"counts: {who}, after {check.needed:g} s{off}{changes}"

    @method("answer", entries=TRACK_TYPES)
    async def CheckTrack(self, track: dict[str, object]) -> TrackCheck:
        """What the rules would make of a track, for programs. It takes what `TestFilter` takes.

        counts: whether it would count
        title, artist: its tags, after the rewrites of the rules
        needed: seconds of it that it takes to count; 0 if it does not
        enabled: whether scrobbling is on at all
        reason: why it would not count, in words; "" if it would
        code, detail, rule: the same for programs, as in `Current`, or `player` = that one is not
            listened to; "" if it would
        changes: what the rules made of its tags, in turn: the tag, before, after, and the rule

        Errors: InvalidArgument.
        """
        given, player = _track(track), str(track.get("player", ""))
        names = self._tracker.names_of(player)
        rules, in_browser = rules_of(self._settings.rules, names), is_browser(names)
        tags = correct_tags(rules.filters, given, in_browser)
        changes = [astuple(each) for each in corrections(rules.filters, given, in_browser)]
        against = _reason_against_player(rules, player, names) or _reason_against(rules, tags)
        reason, words = against or (None, "")
        return TrackCheck(
            counts=reason is None,
            title=tags.title,
            artist=tags.artist,
            needed=0.0 if reason else needed(rules, tags.length),
            enabled=rules.enabled,
            reason=words,
            code=str(reason.code) if reason else "",
            detail=reason.detail if reason else "",
            rule=reason.rule if reason else "",
            changes=changes,
        )

    @method("title")
    async def Skip(self, player: str) -> str:
        """Let what is playing not count.

        player: its name in `ListPlayers`, or a program's, such as `mpv`; "" = all that play
        title: what will not count; several are joined by commas

        Errors: InvalidArgument.
        """
        titles = self._tracker.skip(player)
        if not titles:
            which = f"{player!r:.60} plays nothing" if player else "nothing plays"
            raise InvalidArgument(f"{which} that could still be skipped")
        return self._decided(titles, "Skipped: {} will not be scrobbled")

    @method("title")
    async def Unskip(self, player: str) -> str:
        """Take back `Skip`: what was skipped and still plays, or is paused, counts as if it had
        never been skipped. If it has ended, it stays skipped.

        player: as in `Skip`; "" = all that were skipped
        title: what counts again; several are joined by commas

        Errors: InvalidArgument.
        """
        titles = self._tracker.unskip(player)
        if not titles:
            which = f"{player!r:.60} plays nothing" if player else "nothing plays"
            raise InvalidArgument(f"{which} that was skipped; what has ended stays skipped")
        return self._decided(titles, "Not skipped any more: {} counts again")

    def _decided(self, titles: list[str], words: str) -> str:
        """Tells of plays on which the user has decided. Returns their titles."""
        self._wake()
        title = ", ".join(titles)
        self._alert(Alert(AlertKind.SKIPPED, words.format(title)))
        return title

    @method()
    async def IgnorePlayer(self, player: str) -> None:
        """Leave a player out from now on, whatever config.toml says. What it plays counts no more.

        player: its name in `ListPlayers`, or a program's, such as `mpv`; a pattern, too

        Errors: InvalidArgument.
        """
        await self._settings.ignore_player(player)

    @method("rule")
    async def ListenToPlayer(self, player: str) -> str:
        """Take `IgnorePlayer` back.

        player: as in `IgnorePlayer`
        rule: the rule of config.toml by which it is left out all the same; "" = none

        Errors: InvalidArgument.
        """
        names = self._tracker.names_of(player)
        await self._settings.listen_to_player(*names)
        return player_rejection(self._settings.rules, names)

    @method()
    async def Pause(self, seconds: UInt32) -> None:
        """Let nothing count for a while. Plays go to the history as `disabled`. If private mode is
        on, it stays on, and ends then.

        seconds: for how long; 0 = until `Resume`
        """
        await self._settings.pause(float(seconds) if seconds else float("inf"))

    @method()
    async def PausePrivately(self, seconds: UInt32) -> None:
        """Begin private mode: what is playing is not recorded, announced or shown, `Current` is
        empty, and `NowPlaying` and `Scrobble` answer `disabled`. A play that has counted by then
        ends; one that has not is forgotten. The track that is playing when private mode ends is
        not recorded; the next one is. It outlasts a restart.

        seconds: for how long; 0 = until `Resume`
        """
        await self._settings.pause(float(seconds) if seconds else float("inf"), privately=True)

    @method()
    async def Resume(self) -> None:
        """End a pause, or private mode."""
        await self._settings.resume()


def _reason_against_player(
    rules: Rules, player: str, names: tuple[str, ...]
) -> tuple[Reason, str] | None:
    """Returns why what a player plays would not count, and that in words; None if it would."""
    if rejection := player_rejection(rules, names) if player else "":
        reason = Reason(PlayReason.PLAYER, player, rejection)
    elif rule := announce_only_rule(rules, names):
        reason = Reason(PlayReason.ANNOUNCE_ONLY, rule=rule)
    else:
        return None
    return reason, wording.of_rule(reason)


def _reason_against(rules: Rules, track: Track) -> tuple[Reason, str] | None:
    """Returns why a track would not count, and that in words; None if it would."""
    if not has_tags(track):
        missing = PlayReason.NO_ARTIST if track.title else PlayReason.NO_TITLE
        return Reason(missing), "title and artist are needed"
    if reason := rejection_reason(rules.filters, track):
        return reason, wording.of_rule(reason)
    if is_too_short(rules, track.length):
        least = f"{rules.minimum_track_seconds:g}"
        words = f"tracks shorter than {least} s do not count"
        return Reason(PlayReason.TOO_SHORT, least), words
    return None


def _track(values: Mapping[str, object]) -> Track:
    track = Track()
    for name, value in values.items():
        if name in TEXTS and isinstance(value, str):
            track = replace(track, **{name: for_wire(value)})
        elif name == "player" and isinstance(value, str):
            continue
        elif name == "length" and isinstance(value, int | float) and value > 0:
            track = replace(track, length=float(value))
        elif name == "genres" and isinstance(value, list):
            genres = tuple(str(genre) for genre in cast("list[object]", value))
            track = replace(track, genres=genres)
        else:
            raise InvalidArgument(
                f"{name}: not known, or of the wrong type; there are the texts {', '.join(TEXTS)}"
                " and player, the number length (seconds) and the list genres"
            )
    return replace(track, artists=(track.artist,)) if track.artist else track
