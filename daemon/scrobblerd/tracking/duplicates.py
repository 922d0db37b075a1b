"""Decides whether two players report one play: one song, one play. Pure.

Names of one owner or process are one player (VLC 3.0 has two names), and only one of them speaks.
Players of different processes may report the same song too (a browser and plasma-browser-
integration): the play that falls due first counts, with the richest tags of all, and the others are
duplicates. Players that play different songs, or the same one at different times, all count.
"""

import math
from collections.abc import Iterable, Iterator, Mapping

from ..core.model import Track
from .identity import same_song
from .ongoing_play import Mark
from .player_state import CountedPlay, PlayerState, TrackerState

MIN_OVERLAP_SECONDS = 2.0
"""Two plays must share so much time to be one."""

MAX_REMEMBERED_PLAYS = 16
"""Plays that counted; more players than this do not play the same song at once."""


def same_play(players: Iterable[PlayerState], player: PlayerState) -> list[PlayerState]:
    """Returns the other players that report the same song now, and speak."""
    play = player.play
    return [
        other
        for other in players
        if other is not player
        and play is not None
        and other.play is not None
        and not other.play.silent
        and same_song(other.play.track, play.track)
    ]


def is_other_name(player: PlayerState, of: PlayerState) -> bool:
    """Decides whether a player is another name of one, and reports the same song."""
    if player is of or player.play is None or of.play is None:
        return False
    is_same_program = player.identity.is_same_program(of.identity)
    return is_same_program and same_song(player.play.track, of.play.track)


def already_counted(
    counted: Iterable[CountedPlay], players: Mapping[str, PlayerState], player: PlayerState
) -> CountedPlay | None:
    """Returns the play of another player that this one repeats, if there is one."""
    play, now = player.play, player.counter.as_of.mono
    if play is None:
        return None
    for other in counted:
        begin = max(other.begin, play.begin.at.mono)
        end = min(_heard_until(other, players, now), now)
        overlaps = other.player != player.name and end - begin > MIN_OVERLAP_SECONDS
        if overlaps and same_song(other.track, play.track):
            return other
    return None


def may_be_repeated(state: TrackerState) -> list[CountedPlay]:
    """Returns the plays that counted, without those that were over before anything began that is
    not judged yet."""
    begins = [stopped.play.begin for stopped in state.stopped]
    for player in state.players.values():
        begins += _begins(player)
    first = min((begin.at.mono for begin in begins), default=math.inf)
    lasting = [play for play in state.counted if play.end is None or play.end > first]
    return lasting[-MAX_REMEMBERED_PLAYS:]


def _begins(player: PlayerState) -> Iterator[Mark]:
    """When its plays began that are not judged yet, or may go on, and when the next one does."""
    if player.play:
        yield player.play.begin
    if player.interrupted:
        yield player.interrupted.play.begin
    if player.tags.settling:
        yield player.tags.settling.changed_at
    if player.playback.repeated_at:
        yield player.playback.repeated_at


def _heard_until(counted: CountedPlay, players: Mapping[str, PlayerState], now: float) -> float:
    """When the play was last to be heard: what is paused does not overlap."""
    if counted.end is not None:
        return counted.end
    other = players.get(counted.player)
    paused_at = other.playback.paused_at if other else None
    return now if paused_at is None else paused_at


def richest(tracks: Iterable[Track]) -> Track:
    """Returns the track with the most tags; the first of equals."""
    return max(tracks, key=_richness)


def _richness(track: Track) -> int:
    tags = (track.album, track.album_artist, track.number, track.mbid, track.length)
    return sum(bool(tag) for tag in tags) + max(0, len(track.artists) - 1)
