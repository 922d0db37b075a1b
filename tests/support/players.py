"""States of a player, to put questions to the rules of the tracker."""

from scrobblerd.core.model import Moment, Status, Track
from scrobblerd.tracking.ongoing_play import Mark, OngoingPlay
from scrobblerd.tracking.player_state import Counter, Identity, Playback, PlayerState

START = Moment(500.0, 700.0, 1_790_000_000.0)
BEGIN = Mark(START, 40.0)

SONG = Track(title="Slow Harbour", artist="The Paper Lanterns", album="Tidewater", length=200.0)


def mark(seconds: float) -> Mark:
    """So many seconds after the start, if the player played all the time."""
    return Mark(START.moved(seconds), 40.0 + seconds)


def listening(heard: float, track: Track = SONG, name: str = "mpv") -> PlayerState:
    """A player that plays `track`, and has played so many seconds of it."""
    counter = Counter(START.moved(heard), clock=40.0 + heard)
    player = PlayerState(Identity(name), counter, Playback(Status.PLAYING))
    player.tags.newest = player.tags.accepted = track
    player.play = OngoingPlay(track, BEGIN, seen=True)
    player.play.expect_end()
    player.position.begin(0.0, BEGIN.clock)
    return player


def saw_positions(player: PlayerState, *positions: float) -> PlayerState:
    """A player whose Position was read as this."""
    for position in positions:
        player.position.note(position, player.counter.clock)
    return player
