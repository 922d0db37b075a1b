"""What one account takes of the plays that count, and how. Pure.

An account only leaves out: what does not count by the rules of all is sent to nobody.
"""

from dataclasses import dataclass, field, replace

from . import program_of
from .filters import Filters, rejection_reason
from .model import Play, Scrobble
from .rules import as_scrobble, matches_player

NO_FILTERS = Filters(presets=(), ignore_file_types=(), ignore_urls=())
"""Leaves nothing out."""


@dataclass(frozen=True, slots=True)
class AccountRules:
    """What the user decided about the plays of one account.

    `players`: only these, () = all; `not_players`: not these. `send_duration`: whether the length
    is told. `mbid`: what the tag of a track's MusicBrainz id names: "recording", "track", or "off"
    if it is not to be told.
    """

    players: tuple[str, ...] = ()
    not_players: tuple[str, ...] = ()
    filters: Filters = field(default_factory=lambda: NO_FILTERS)
    send_duration: bool = True
    mbid: str = "recording"


@dataclass(frozen=True, slots=True)
class Recipient:
    """An account that plays go to. `username`: who is logged in there, "" = nobody yet;
    `own_second`: whether no two plays there may begin in one second."""

    account_id: int
    username: str
    rules: AccountRules = field(default_factory=AccountRules)
    own_second: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why an account does not take a play. `code`: the PlayReason of a rule about tracks, "" = a
    rule about players; `detail`: what goes with the code, or the player."""

    code: str
    detail: str


def why_left_out(rules: AccountRules, play: Play) -> LeftOut | None:
    """Returns why the account does not take a play; None if it does."""
    names = (play.player, program_of(play.player), play.player_name)
    is_other_player = rules.players and not matches_player(rules.players, names)
    if is_other_player or matches_player(rules.not_players, names):
        return LeftOut("", play.player)
    reason = rejection_reason(rules.filters, play.track)
    return LeftOut(reason.code, reason.detail) if reason else None


def scrobble_for(rules: AccountRules, play: Play) -> Scrobble | None:
    """Returns what the account is sent of a play; None if it does not take it."""
    return None if why_left_out(rules, play) else as_taken(rules, as_scrobble(play))


def as_taken(rules: AccountRules, scrobble: Scrobble) -> Scrobble:
    """Returns a scrobble as the account is sent it."""
    if not rules.send_duration:
        scrobble = replace(scrobble, duration=None)
    if rules.mbid != "recording":
        details = replace(
            scrobble.details, track_mbid=scrobble.mbid if rules.mbid == "track" else ""
        )
        scrobble = replace(scrobble, mbid="", details=details)
    return scrobble
