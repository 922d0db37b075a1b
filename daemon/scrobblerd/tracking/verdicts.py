"""Decides whether a play counts, and makes frozen values of plays for others. Pure."""

from dataclasses import replace

from ..core.events import Current
from ..core.filters import rejection_reason
from ..core.model import OffDetail, Play, PlayReason, Reason, Verdict
from ..core.rules import (
    END_TOLERANCE_SECONDS,
    Rules,
    announce_only_rule,
    has_tags,
    is_too_short,
    needed,
    needed_on_air,
)
from .identity import is_file
from .ongoing_play import Mark, OngoingPlay
from .player_state import TIMER_TOLERANCE_SECONDS, Identity, PlayerState

MAX_PREROLL_SECONDS = 60.0
"""What a browser plays for so long may be an advertisement before a song; few songs are so short,
and they are decided at their end."""


def only_announced(rules: Rules, player: PlayerState) -> Reason | None:
    """Returns why what a player plays is announced, but never counts; None if it may count."""
    rule = announce_only_rule(rules, player.identity.names)
    return Reason(PlayReason.ANNOUNCE_ONLY, rule=rule) if rule else None


def need(rules: Rules, play: OngoingPlay) -> float:
    """Returns the seconds of track time that this play needs, or needed when it was decided."""
    decided = play.decision.needed if play.decision else None
    return needed(rules, play.length) if decided is None else decided


def length_without_carry(rules: Rules, play: OngoingPlay) -> float | None:
    """Returns the length that the track has if the player counts on through changes of track, which
    is not known yet; None if it can't. Files have lengths of their own."""
    carry, length = play.lengths.carry, play.track.length
    if carry is None or carry.is_proved or length is None or is_file(play.track):
        return None
    own = length - carry.position
    return None if is_too_short(rules, own) else own


def can_count(rules: Rules, play: OngoingPlay) -> bool:
    """Whether this play could count at all."""
    if not has_tags(play.track) or is_too_short(rules, play.length):
        return False
    return not rejection_reason(rules.filters, play.track)


def may_be_advertisement(player: PlayerState) -> bool:
    """Whether what plays may be an advertisement before the song that its tags name."""
    length = player.play.length if player.play else None
    return length is not None and length <= MAX_PREROLL_SECONDS and player.identity.is_browser


def foreseen(rules: Rules, play: OngoingPlay) -> Verdict:
    """Returns the verdict that the play gets however long it is heard; LISTENING if the time
    matters."""
    if play.decision:
        return play.decision.verdict
    if not has_tags(play.track):
        return Verdict.NO_TAGS
    if rejection_reason(rules.filters, play.track):
        return Verdict.UNWANTED
    return Verdict.TOO_SHORT if is_too_short(rules, play.length) else Verdict.LISTENING


def judge(
    rules: Rules, player: PlayerState, play: OngoingPlay, mark: Mark, replaced: bool
) -> tuple[Verdict, Reason]:
    """Returns the verdict on a play that ends at `mark`, and why. `replaced`: by another track, or
    by itself."""
    heard, wanted = play.heard(mark.clock), need(rules, play)
    if play.length is None and play.seen and replaced and not is_file(play.track):
        wanted = min(wanted, needed_on_air(rules, mark.at.mono - play.begin.at.mono))
    elif replaced and player.near_end(mark.clock):
        wanted -= END_TOLERANCE_SECONDS
    verdict = foreseen(rules, play)
    if verdict is not Verdict.LISTENING:
        pass
    elif heard + TIMER_TOLERANCE_SECONDS * max(1.0, player.counter.rate) < wanted:
        verdict = Verdict.NOT_HEARD
    else:
        verdict = Verdict.COUNTED if rules.enabled else Verdict.DISABLED
    return verdict, reason(rules, play, verdict)


def reason(rules: Rules, play: OngoingPlay, verdict: Verdict) -> Reason:
    """Returns why a play has this verdict. What another rule decided before stays the reason."""
    if play.decision and play.decision.reason:
        return play.decision.reason
    match verdict:
        case Verdict.NO_TAGS:
            return Reason(PlayReason.NO_ARTIST if play.track.title else PlayReason.NO_TITLE)
        case Verdict.TOO_SHORT:
            return Reason(PlayReason.TOO_SHORT, f"{rules.minimum_track_seconds:g}")
        case Verdict.UNWANTED:
            return rejection_reason(rules.filters, play.track) or Reason(PlayReason.OTHER)
        case Verdict.DISABLED:
            return Reason(PlayReason.OFF, OffDetail.PAUSED if rules.paused else OffDetail.OFF)
        case _:
            return Reason(_OF_VERDICT.get(verdict, PlayReason.OTHER))


_OF_VERDICT = {
    Verdict.LISTENING: PlayReason.OPEN,
    Verdict.COUNTED: PlayReason.HEARD,
    Verdict.NOT_HEARD: PlayReason.NOT_HEARD,
    Verdict.UNCLEAR: PlayReason.UNCLEAR,
}
"""The verdicts that have one reason only."""


def _as_it_stands(rules: Rules, player: PlayerState, play: OngoingPlay) -> tuple[Verdict, Reason]:
    """Returns what becomes of a play that goes on, and why; LISTENING if that is open. Unlike
    `foreseen` it considers that scrobbling is off, which may end before the play does."""
    verdict = foreseen(rules, play)
    if verdict is Verdict.LISTENING and not rules.enabled:
        verdict = Verdict.DISABLED
    elif verdict is Verdict.LISTENING and (why := only_announced(rules, player)):
        return Verdict.UNWANTED, why
    return verdict, reason(rules, play, verdict)


def frozen(
    rules: Rules, player: Identity, play: OngoingPlay, mark: Mark, verdict: Verdict, reason: Reason
) -> Play:
    """Returns a play of `player` as a value, as it is at `mark`."""
    begin = play.begin.at
    return Play(
        key=f"{player.name} {begin.wall:.3f} {begin.boot:.3f}",
        player=player.name,
        track=replace(play.track, length=play.length),
        start=begin,
        heard=play.heard(mark.clock),
        needed=need(rules, play),
        verdict=verdict,
        reason=reason,
        live=play.length is None,
        player_name=player.display_name,
    )


def current(rules: Rules, player: PlayerState) -> Current | None:
    """Returns what the player is at; None if it is at nothing, or another name speaks for it."""
    play = player.play
    if play is None or play.silent:
        return None
    verdict, why = _as_it_stands(rules, player, play)
    return Current(
        player=player.name,
        status=str(player.playback.status),
        artist=play.track.artist,
        title=play.track.title,
        album=play.track.album,
        start=int(play.begin.at.wall),
        length=play.length or 0.0,
        needed=need(rules, play),
        heard=play.heard(player.counter.clock),
        rate=player.speed,
        as_of=player.counter.as_of.mono,
        verdict=str(verdict),
        reason=why,
        mbid=play.track.mbid,
    )
