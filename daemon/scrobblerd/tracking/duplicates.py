"""Pure: one song, one play, whoever reports it.

Names of one owner or process are one player (VLC has two names), and only one of them speaks.
Players of different processes may report the same song too (a browser and its desktop integration):
then the play that falls due first counts, with the richest tags of all, and the others are
duplicates. Players that play different songs, or the same one at different times, all count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..core.model import Track
from .identity import same_song
from .player_state import Player

OVERLAP = 2.0
"""Seconds that two plays must share to be one."""

REMEMBERED = 16
"""Plays that counted lately; more players than this do not play the same song at once."""


@dataclass(slots=True)
class Counted:
    """A play that counted: who reported it, and its time on air (CLOCK_MONOTONIC seconds)."""

    player: str
    track: Track
    begin: float
    end: float | None = None  # None while it is on


def is_same_player(one: Player, other: Player) -> bool:
    """Whether two names are one program."""
    same_process = bool(one.process) and one.process == other.process
    return same_process or (bool(one.owner) and one.owner == other.owner)


def reporting(players: Iterable[Player], player: Player) -> list[Player]:
    """The other players that report the same song at the same time, and speak."""
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


def already_counted(
    counted: Iterable[Counted], players: Mapping[str, Player], player: Player
) -> Counted | None:
    """The play of another player that this one repeats, None where there is none."""
    play, now = player.play, player.as_of.mono
    if play is None:
        return None
    for other in counted:
        begin = max(other.begin, play.begin.at.mono)
        end = min(_sounding_until(other, players, now), now)
        overlap = other.player != player.name and end - begin > OVERLAP
        if overlap and same_song(other.track, play.track):
            return other
    return None


def _sounding_until(counted: Counted, players: Mapping[str, Player], now: float) -> float:
    """When the play was last to be heard: what is paused does not overlap."""
    other = players.get(counted.player)
    if counted.end is not None:
        return counted.end
    return now if other is None or other.paused is None else other.paused


def richest(tracks: Iterable[Track]) -> Track:
    """The track with the most to say; the first of equals."""
    return max(tracks, key=_richness)


def _richness(track: Track) -> int:
    said = (track.album, track.album_artist, track.number, track.mbid, track.length)
    return sum(bool(value) for value in said)
