"""Decides when a player's newest tags have come to rest, and which track they belong to. Pure.

Players change a track in pieces, and mix the tags of two tracks for up to 0.7 s (Elisa 22.12,
Mopidy 3.4, Lollypop 1.4, Firefox ESR 153): only tags that have been quiet are believed.
"""

from dataclasses import dataclass

from ..core.model import Track
from ..core.rules import Rules, has_tags
from ..core.text import normalise
from .identity import same_tags
from .ongoing_play import Mark

SETTLE_LIMIT_SECONDS = 3.0
"""Tags that never come to rest are accepted after this time, if title and artist are there."""


@dataclass(frozen=True, slots=True)
class SkippedTrack:
    """A track with all its tags that was left before it was accepted, and when."""

    track: Track
    left_at: Mark


@dataclass(slots=True)
class Settling:
    """New tags that are not accepted yet.

    `changed_at`: since when the next play counts. `seen`: a signal told of the change; it was not
    found by a reading. `ended_at`: when the accepted track was over. `last_tag_change`:
    CLOCK_MONOTONIC seconds.
    """

    changed_at: Mark
    seen: bool
    ended_at: Mark
    last_tag_change: float
    skipped_track: SkippedTrack | None = None

    def restart(self, now: Mark, seen: bool) -> None:
        """The player begins to play only now: the next play begins here."""
        self.changed_at, self.seen, self.last_tag_change = now, seen, now.at.mono


@dataclass(slots=True)
class Tags:
    """What a player says of its track: `newest` is the last Metadata, `accepted` the track of the
    last play, and `settling` is set while they may differ."""

    newest: Track | None = None
    accepted: Track | None = None
    settling: Settling | None = None

    def take(self, track: Track, now: Mark, seen: bool) -> bool:
        """Takes Metadata. Returns whether the tags differ from those before."""
        before, self.newest = self.newest, track
        if before is not None and same_tags(before, track):
            return False
        settling = self.settling
        if settling is None:
            self.settle(now, seen)
            return True
        settling.last_tag_change = now.at.mono
        self._leave_skipped_track(settling, before, now)
        return True

    def settle(self, now: Mark, seen: bool) -> None:
        """Begins to wait until the tags have come to rest."""
        self.settling = Settling(now, seen, ended_at=now, last_tag_change=now.at.mono)

    def _leave_skipped_track(self, settling: Settling, before: Track | None, now: Mark) -> None:
        """Pieces of one track belong to its first change. A whole track that was only skipped over
        does not lend its time to the next one."""
        track, accepted = self.newest, self.accepted.title if self.accepted else ""
        if before and has_tags(before) and normalise(before.title) != normalise(accepted):
            settling.skipped_track = SkippedTrack(before, now)
        skipped = settling.skipped_track
        if skipped and track and has_tags(track):
            if normalise(skipped.track.title) != normalise(track.title):
                settling.changed_at, settling.seen = skipped.left_at, True
            settling.skipped_track = None


def settled_at(rules: Rules, tags: Tags, stopped: bool) -> float | None:
    """Returns when the newest tags are accepted (CLOCK_MONOTONIC seconds); None if never."""
    settling, track = tags.settling, tags.newest
    if settling is None or track is None:
        return None
    if stopped and not track.title:
        # Empty Metadata while Stopped: on the way to the next track (SMPlayer 22.7, Chromium 156),
        # or the end of the list (Audacious 4.2, Strawberry 1.0, cmus 2.10, mpDris2 0.9).
        return None
    quiet = settling.last_tag_change + rules.settle
    if not has_tags(track):
        return quiet
    return min(quiet, settling.changed_at.at.mono + SETTLE_LIMIT_SECONDS)
