"""What can be asked about players: which there are, what the rules make of a track, skip, pause."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from ...config.runtime_settings import Preferences
from ...core import wording
from ...core.errors import InvalidArgument
from ...core.events import Seen
from ...core.filters import correct_tags, rejection_reason
from ...core.model import PlayReason, Reason, Track
from ...core.rules import Rules, has_tags, is_too_short, needed
from ...core.text import for_people, for_wire
from ...tracking.tracker import Tracker
from ..answers import TrackCheck

TEXTS = ("title", "artist", "album", "album_artist", "url", "trackid")

TRACK_TYPES = {**dict.fromkeys(TEXTS, "s"), "length": "d", "genres": "as"}
"""What TestFilter and CheckTrack take; any type of number is taken as a length (seconds)."""


class PlayersOperations:
    """Players. Every method raises only errors of `errors`."""

    def __init__(
        self, tracker: Tracker, preferences: Preferences, wake: Callable[[], None]
    ) -> None:
        self._tracker = tracker
        self._preferences = preferences
        self._wake = wake

    async def list_players(self) -> list[Seen]:
        """Returns every player on the bus."""
        return self._tracker.seen()

    async def skip(self, player: str) -> str:
        """Lets what `player` plays ("" = all that play) not count. Returns the titles."""
        titles = self._tracker.skip(player)
        if not titles:
            which = f"{player!r:.60} plays nothing" if player else "nothing plays"
            raise InvalidArgument(f"{which} that could still be skipped")
        self._wake()
        return ", ".join(titles)

    async def pause(self, seconds: int) -> None:
        """Lets nothing count for `seconds`; 0 = until `resume`."""
        await self._preferences.pause(float(seconds) if seconds else float("inf"))

    async def resume(self) -> None:
        """Lets plays count again."""
        await self._preferences.resume()

    async def test_filter(self, values: Mapping[str, object]) -> str:
        """Returns what the rules would make of a track, in words."""
        check = await self.check_track(values)
        who = f"{for_people(check.title) or 'no title'} by {for_people(check.artist) or 'nobody'}"
        if not check.counts:
            return f"ignored: {who}: {check.reason}"
        off = "" if check.enabled else " (but scrobbling is off)"
        return f"counts: {who}, after {check.needed:g} s{off}"

    async def check_track(self, values: Mapping[str, object]) -> TrackCheck:
        """Returns what the rules would make of a track."""
        rules = self._preferences.rules
        track = correct_tags(rules.filters, _track(values))
        against = _reason_against(rules, track)
        reason, words = against or (None, "")
        return TrackCheck(
            counts=reason is None,
            title=track.title,
            artist=track.artist,
            needed=0.0 if reason else needed(rules, track.length),
            enabled=rules.enabled,
            reason=words,
            code=str(reason.code) if reason else "",
            detail=reason.detail if reason else "",
            rule=reason.rule if reason else "",
        )


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
        elif name == "length" and isinstance(value, int | float) and value > 0:
            track = replace(track, length=float(value))
        elif name == "genres" and isinstance(value, list):
            genres = tuple(str(genre) for genre in cast("list[object]", value))
            track = replace(track, genres=genres)
        else:
            raise InvalidArgument(
                f"{name}: not known, or of the wrong type; there are the texts {', '.join(TEXTS)},"
                " the number length (seconds) and the list genres"
            )
    return replace(track, artists=(track.artist,)) if track.artist else track
