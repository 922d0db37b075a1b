"""Pure: the verdict on a play, and a play as a frozen value for others."""

from dataclasses import replace

from ..core.filters import refusal
from ..core.model import Current, Play, Verdict
from ..core.rules import (
    END_TOLERANCE,
    Rules,
    has_tags,
    is_file,
    is_too_short,
    needed,
    needed_on_air,
    only_announced,
)
from .player_state import HAIR, Listening, Mark, Player

ONLY_ANNOUNCED = "this player is only announced ([players] announce_only)"


def need(rules: Rules, play: Listening) -> float:
    """Seconds of track time that this play needs, or needed when it was decided."""
    return needed(rules, play.length) if play.needed is None else play.needed


def can_count(rules: Rules, play: Listening) -> bool:
    """Whether this play could count at all."""
    if not has_tags(play.track) or is_too_short(rules, play.length):
        return False
    return not refusal(rules.filters, play.track)


def foreseen(rules: Rules, play: Listening) -> Verdict:
    """What the verdict will be however long it is heard; LISTENING where that matters."""
    if play.decided:
        return play.verdict
    if not has_tags(play.track):
        return Verdict.NO_TAGS
    if refusal(rules.filters, play.track):
        return Verdict.UNWANTED
    return Verdict.TOO_SHORT if is_too_short(rules, play.length) else Verdict.LISTENING


def judge(
    rules: Rules, player: Player, play: Listening, mark: Mark, replaced: bool
) -> tuple[Verdict, str]:
    """The verdict on a play that ends at `mark`; `replaced` = by another track, or by itself."""
    heard, wanted = play.heard(mark.clock), need(rules, play)
    if play.length is None and play.seen and replaced and not is_file(play.track):
        wanted = min(wanted, needed_on_air(rules, mark.at.mono - play.begin.at.mono))
    elif replaced and player.near_end(mark.clock):
        wanted -= END_TOLERANCE
    verdict = foreseen(rules, play)
    if verdict is not Verdict.LISTENING:
        pass
    elif heard + HAIR * max(1.0, player.rate) < wanted:
        verdict = Verdict.NOT_HEARD
    else:
        verdict = Verdict.COUNTED if rules.enabled else Verdict.DISABLED
    return verdict, reason(rules, play, verdict, heard)


def reason(rules: Rules, play: Listening, verdict: Verdict, heard: float) -> str:
    """The verdict in words for people."""
    of = f" of {play.length:.0f} s" if play.length else ""
    wanted = need(rules, play)
    digits = 1 if heard < wanted and f"{heard:.0f}" == f"{wanted:.0f}" else 0
    figures = f"heard {heard:.{digits}f} s{of}, needed {wanted:.{digits}f} s"
    if verdict is Verdict.UNCLEAR:
        return f"the player changed track without a word; {figures} at the most"
    if verdict is Verdict.DISABLED:
        return f"scrobbling was off or paused; {figures}"
    return _in_general(rules, play, verdict) or figures


def _in_general(rules: Rules, play: Listening, verdict: Verdict) -> str:
    """Why it is so, however much of it is heard; "" where that matters."""
    length, least = play.length or 0.0, rules.minimum_track_seconds
    places = 1 if f"{length:.0f}" == f"{least:.0f}" else 0
    return {
        Verdict.NO_TAGS: f"the player gave no {'artist' if play.track.title else 'title'}",
        Verdict.UNWANTED: refusal(rules.filters, play.track),
        Verdict.TOO_SHORT: f"the track is {length:.{places}f} s long,"
        f" only {least:.{places}f} s and longer count",
    }.get(verdict, "")


def _as_it_stands(rules: Rules, player: Player, play: Listening) -> tuple[Verdict, str]:
    """What becomes of a play that goes on, and why it does not count; LISTENING where that is
    open. Otherwise than `foreseen`, a pause may end before the play does."""
    verdict = foreseen(rules, play)
    if verdict is Verdict.LISTENING and not rules.enabled:
        verdict = Verdict.DISABLED
    elif verdict is Verdict.LISTENING and only_announced(rules, player.names):
        return Verdict.UNWANTED, ONLY_ANNOUNCED
    if verdict is Verdict.DISABLED:
        return verdict, "scrobbling is off or paused"
    return verdict, play.words or _in_general(rules, play, verdict)


def frozen(
    rules: Rules, player: str, play: Listening, mark: Mark, verdict: Verdict, words: str
) -> Play:
    """A play of `player` as a value, as it stands at `mark`."""
    begin = play.begin.at
    return Play(
        key=f"{player} {begin.wall:.3f} {begin.boot:.3f}",
        player=player,
        track=replace(play.track, length=play.length),
        start=begin,
        heard=play.heard(mark.clock),
        needed=need(rules, play),
        verdict=verdict,
        reason=words,
        live=play.length is None,
    )


def current(rules: Rules, player: Player) -> Current | None:
    """What the player is at, None where it is at nothing."""
    play = player.play
    if play is None or play.silent:
        return None
    verdict, words = _as_it_stands(rules, player, play)
    return Current(
        player=player.name,
        status=str(player.status),
        artist=play.track.artist,
        title=play.track.title,
        album=play.track.album,
        start=int(play.begin.at.wall),
        length=play.length or 0.0,
        needed=need(rules, play),
        heard=play.heard(player.clock),
        rate=player.speed,
        as_of=player.as_of.mono,
        verdict=str(verdict),
        reason=words,
    )
