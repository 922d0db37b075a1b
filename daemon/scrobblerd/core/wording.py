"""Makes sentences of codes. Nothing else does, and nothing ever reads a sentence back."""

from .events import Current
from .model import Play, PlayReason, Reason
from .text import for_people

_CHANGED = "the player changed track without a word"

_PLAYS = {
    PlayReason.NO_ARTIST: "the player gave no artist",
    PlayReason.NO_TITLE: "the player gave no title",
    PlayReason.SKIPPED: "skipped by hand",
    PlayReason.ANNOUNCE_ONLY: "this player is only announced",
    PlayReason.DUPLICATE: "{detail} reported the same play, and that one counted",
    PlayReason.SITE: "the site {detail} is ignored",
    PlayReason.FILE_TYPE: "files of type {detail} are ignored",
    PlayReason.GENRE: "the genre {detail} is ignored",
    PlayReason.ADDRESS: "its address or id matches '{detail}'",
    PlayReason.ARTIST: "its artist matches '{detail}'",
    PlayReason.TITLE: "its title matches '{detail}'",
    PlayReason.ALBUM: "its album matches '{detail}'",
    PlayReason.NO_ALBUM: "it names no album",
    PlayReason.SHORTER: "it is shorter than {detail} s",
    PlayReason.LONGER: "it is longer than {detail} s",
}
"""What is said without the figures of the play."""


def of_play(play: Play) -> str:
    """Says why a play has its verdict."""
    return of_reason(play.reason, play.heard, play.needed, play.track.length or 0.0)


def of_current(current: Current) -> str:
    """Says why what plays now does not count; "" if it does, or still may."""
    match current.reason.code:
        case PlayReason.OPEN | PlayReason.HEARD:
            return ""
        case PlayReason.OFF:
            return "scrobbling is off or paused"
        case _:
            return of_reason(current.reason, current.heard, current.needed, current.length)


def of_reason(reason: Reason, heard: float, needed: float, length: float) -> str:
    """Says why a play has its verdict; `heard`, `needed` and `length` are seconds, 0 = unknown."""
    figures = _figures(heard, needed, length)
    match reason.code:
        case PlayReason.OPEN | PlayReason.HEARD | PlayReason.NOT_HEARD:
            return figures
        case PlayReason.UNCLEAR:
            return f"{_CHANGED}; {figures} at the most"
        case PlayReason.OFF:
            return f"scrobbling was off or paused; {figures}"
        case PlayReason.TOO_SHORT:
            return _too_short(length, reason.detail)
        case PlayReason.OTHER:
            return for_people(reason.detail) or figures
        case _:
            return of_rule(reason)


def of_rule(reason: Reason) -> str:
    """Says which rule decided, and where the user finds it."""
    words = _PLAYS.get(reason.code, str(reason.code))
    rule = f" ({reason.rule})" if reason.rule else ""
    return for_people(words.format(detail=for_people(reason.detail)) + rule, 400)


def _figures(heard: float, needed: float, length: float) -> str:
    """With tenths if whole seconds would look the same."""
    of = f" of {length:.0f} s" if length else ""
    digits = 1 if heard < needed and f"{heard:.0f}" == f"{needed:.0f}" else 0
    return f"heard {heard:.{digits}f} s{of}, needed {needed:.{digits}f} s"


def _too_short(length: float, least: str) -> str:
    try:
        shortest = float(least)
    except ValueError:  # a disk got it wrong
        return f"the track is {length:.0f} s long, only longer ones count"
    digits = 1 if f"{length:.0f}" == f"{shortest:.0f}" else 0
    return f"the track is {length:.{digits}f} s long, only {shortest:.{digits}f} s and longer count"
