"""Keeps what players play in private mode from the rest of the daemon. Pure.

While it is on, events lose their tags on the way to the tracker. So nothing behind this module
knows what plays: no play begins, and there is nothing to record, to show or to send. What plays on
after it stays hidden until the player changes track. Names are held in memory only.
"""

from dataclasses import dataclass, replace

from ..core.events import Changed, Event, Snapshot, Vanished
from ..core.model import Status, Track
from ..core.text import normalise
from ..tracking.identity import completes, same_track
from ..tracking.player_machine import RETURN_SECONDS

MAX_TRACKS_REMEMBERED = 512
"""Of so many players, twice as many as are followed. Of more, the one that has said nothing for
the longest time is forgotten."""


@dataclass(slots=True)
class _Known:
    """The newest track of a player, as it says it. `left_at`: when a hidden one was stopped, or its
    player left the bus (CLOCK_MONOTONIC seconds); None = it goes on."""

    track: Track
    is_hidden: bool
    left_at: float | None = None


class PrivateMode:
    """What is hidden of each player."""

    def __init__(self, is_on: bool) -> None:
        """`is_on`: the daemon starts in private mode."""
        self.is_on = is_on
        self._known: dict[str, _Known] = {}

    def begin(self) -> None:
        """Private mode begins. What plays now plays on in it."""
        self.is_on = True
        for known in self._known.values():
            known.is_hidden = True

    def end(self) -> None:
        """Private mode ends. What plays now stays hidden until its player changes track."""
        self.is_on = False

    def filtered(self, event: Event) -> Event:
        """Returns what the tracker may know of an event."""
        track = event.track if isinstance(event, Changed | Snapshot) else None
        if known := self._known.pop(event.player, None):
            self._known[event.player] = known  # the last that is forgotten
        if known and known.is_hidden and not self.is_on:
            if _has_ended(known, event):
                self._remember(event.player, track or known.track)
                is_again = isinstance(event, Changed) and track is None
                return replace(event, track=known.track) if is_again else event
        elif track is not None:
            self._remember(event.player, track)
        known = self._known.get(event.player)
        if known is None or not known.is_hidden:
            return event
        _note_end(known, event)
        return replace(event, track=Track()) if track is not None else event

    def _remember(self, player: str, track: Track) -> None:
        if player in self._known and not track.title:
            return  # Firefox and Chromium leave all tags out for a moment
        self._known[player] = _Known(track, is_hidden=self.is_on)
        while len(self._known) > MAX_TRACKS_REMEMBERED:
            del self._known[next(iter(self._known))]


def _has_ended(hidden: _Known, event: Event) -> bool:
    """Whether what a player played in private mode is over: another track has begun, or the same
    one after a stop that lasted."""
    if not isinstance(event, Changed | Snapshot):
        return False
    track, left_at = event.track, hidden.left_at
    if track is not None and track.title and not _may_be_same(hidden.track, track):
        return True
    is_back = left_at is not None and event.at.mono - left_at > RETURN_SECONDS
    return is_back and event.status is Status.PLAYING


def _note_end(hidden: _Known, event: Event) -> None:
    """Notes when the track was stopped, or its player left; or that it goes on."""
    status = event.status if isinstance(event, Changed | Snapshot) else None
    if status is Status.PLAYING:
        hidden.left_at = None
    elif isinstance(event, Vanished) or status is Status.STOPPED:
        hidden.left_at = event.at.mono if hidden.left_at is None else hidden.left_at


def _may_be_same(hidden: Track, track: Track) -> bool:
    """Whether a track may be the hidden one. Tags come late, and mixtures of two tracks before the
    next one, so the title alone is enough."""
    is_same = same_track(hidden, track) or completes(hidden, track)
    return is_same or normalise(hidden.title) == normalise(track.title)
