"""Compares plays that an account was sent with the listens that its service shows. Pure.

| finding | rule |
|---|---|
| shown | one of its names, and it begins within NEAR_SECONDS; the nearest listen is its own |
| changed | it has no listen, and one of the same second resembles it, or came from us |
| missing | it has none of both |
| deleted | a listen that is left, which what is being deleted would have for `changed` |
| doubled | a listen that is left has the names of a play that has its own, within NEAR_SECONDS |
| foreign | all other listens |

If a service has one play a second and cleans names, a play is known by its second alone. A listen
is that of one play at most. So two plays never share a listen, and none takes that of another that
is nearer to it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from ..core.matching import key, plain_artist, plain_title
from ..core.submission import Cause
from ..services.base import Listen
from ..storage.reconciliation.sent_plays import Names, SentPlay

NEAR_SECONDS = 2
"""Seconds by which the start of a listen may be off: some clients and relays round, or move plays
that begin in one second."""

OUR_CLIENT = "scrobblerd"
"""What services call us, if they tell which program sent a listen."""


@dataclass(frozen=True, slots=True)
class Doubled:
    """A play that is there twice: `first` is the listen that is taken for its own."""

    play: SentPlay
    first: Listen
    second: Listen

    @property
    def cause(self) -> Cause:
        """Why it is."""
        is_same_second = self.first.listened_at == self.second.listened_at
        if self.second.client not in ("", OUR_CLIENT):
            return Cause.COPIED if is_same_second else Cause.OTHER_PROGRAM
        return Cause.SAME_SECOND if is_same_second else Cause.SHIFTED


Pair = tuple[SentPlay, Listen]
Item = TypeVar("Item")


@dataclass(slots=True)
class Comparison:
    """What became of plays and listens: each of them is in one of the lists. `changed` are shown
    under other names than those that were sent, and `deleted` are shown still."""

    shown: list[Pair] = field(default_factory=list[Pair])
    changed: list[Pair] = field(default_factory=list[Pair])
    missing: list[SentPlay] = field(default_factory=list[SentPlay])
    deleted: list[Listen] = field(default_factory=list[Listen])
    doubled: list[Doubled] = field(default_factory=list[Doubled])
    foreign: list[Listen] = field(default_factory=list[Listen])


def compare(
    plays: Sequence[SentPlay],
    listens: Sequence[Listen],
    *,
    deleted: Sequence[SentPlay] = (),
    one_a_second: bool = False,
) -> Comparison:
    """Compares plays with listens of the same stretch of time. `deleted`: what was sent, and is to
    be deleted or is just being; `one_a_second`: whether the service has one play a second, and
    cleans names."""
    comparison = Comparison()
    if one_a_second:
        own = _assigned(_same_second(plays, listens))
    else:
        own = _assigned(_near(plays, listens))
    comparison.shown = [(plays[play], listens[listen]) for play, listen in own]
    plays, listens = _left(plays, own, 0), _left(listens, own, 1)
    if not one_a_second:
        plain = cache(_plain)  # of a crowded second each name is needed for each other one
        known = [*plays, *deleted]
        alike = _assigned(
            pair for pair in _same_second(known, listens) if _resembles(*pair[2:], plain)
        )
        pairs = [(known[play], listens[listen]) for play, listen in alike if play < len(plays)]
        comparison.changed = pairs
        comparison.deleted = [listens[listen] for play, listen in alike if play >= len(plays)]
        plays, listens = _left(plays, alike, 0), _left(listens, alike, 1)
    comparison.missing = [play for play in plays if play.is_awaited]
    _sort_out(comparison, listens)
    return comparison


Candidate = tuple[int, int, SentPlay, Listen]
"""The places of a play and of a listen in their lists, and both."""


def _near(plays: Sequence[SentPlay], listens: Sequence[Listen]) -> Iterable[Candidate]:
    """Yields each play with each listen of its names that begins within NEAR_SECONDS."""
    places = _by(listens, lambda listen: (*_key(listen.artist, listen.track), listen.listened_at))
    for place, play in enumerate(plays):
        second = play.scrobble.timestamp
        for names in play.names:
            for near in range(second - NEAR_SECONDS, second + NEAR_SECONDS + 1):
                for other in places.get((*names, near), ()):
                    yield place, other, play, listens[other]


def _same_second(plays: Sequence[SentPlay], listens: Sequence[Listen]) -> Iterable[Candidate]:
    """Yields each play with each listen of its second."""
    places = _by(listens, lambda listen: listen.listened_at)
    for place, play in enumerate(plays):
        for other in places.get(play.scrobble.timestamp, ()):
            yield place, other, play, listens[other]


def _by(listens: Sequence[Listen], what: Callable[[Listen], object]) -> dict[object, list[int]]:
    places: dict[object, list[int]] = defaultdict(list)
    for place, listen in enumerate(listens):
        places[what(listen)].append(place)
    return places


def _assigned(candidates: Iterable[Candidate]) -> list[tuple[int, int]]:
    """Gives each play one listen at most, and each listen to one play: the best pairs first."""
    taken_plays, taken_listens = set[int](), set[int]()
    pairs = list[tuple[int, int]]()
    for *_, play, listen in sorted((*_rank(each), each[0], each[1]) for each in candidates):
        if play not in taken_plays and listen not in taken_listens:
            taken_plays.add(play)
            taken_listens.add(listen)
            pairs.append((play, listen))
    return pairs


def _rank(candidate: Candidate) -> tuple[int, bool, bool, bool, int]:
    """Returns how well a listen fits a play, the best first. Of two listens of one second, that is
    ours which says so, or which has the album."""
    _, _, play, listen = candidate
    sent = play.scrobble
    return (
        abs(listen.listened_at - sent.timestamp),
        listen.client != OUR_CLIENT,
        _key(listen.artist, listen.track) != _key(sent.artist, sent.track),
        key(listen.album) != key(sent.album),
        sent.timestamp,
    )


def _resembles(play: SentPlay, listen: Listen, plain: Callable[[str, str], Names]) -> bool:
    """Decides whether a listen can be a play under other names: it came from us, or one of its two
    names is as it was, but for decorations and what stands before or behind it."""
    if listen.client == OUR_CLIENT:
        return True
    shown = plain(listen.artist, listen.track)
    return any(
        _contains(one, other)
        for names in play.names
        for one, other in zip(plain(*names), shown, strict=True)
    )


def _plain(artist: str, track: str) -> Names:
    artist_key, title_key = _key(artist, track)
    return plain_artist(artist_key), plain_title(title_key)


def _contains(one: str, other: str) -> bool:
    """Whether all words of one name are in the other, one after another."""
    return f" {one} " in f" {other} " or f" {other} " in f" {one} "


def _sort_out(comparison: Comparison, listens: Sequence[Listen]) -> None:
    """Decides which of the listens that are left show a play a second time."""
    own: dict[tuple[str, str, int], Pair] = {}
    for play, listen in (*comparison.shown, *comparison.changed):
        for names in play.names | {_key(listen.artist, listen.track)}:
            own.setdefault((*names, listen.listened_at), (play, listen))
    nearest_first = sorted(range(-NEAR_SECONDS, NEAR_SECONDS + 1), key=abs)
    for listen in listens:
        names = _key(listen.artist, listen.track)
        near = ((*names, listen.listened_at + apart) for apart in nearest_first)
        play, first = next((own[each] for each in near if each in own), (None, None))
        if play and first:
            comparison.doubled.append(Doubled(play, first, listen))
        else:
            comparison.foreign.append(listen)


def _left(items: Sequence[Item], pairs: Iterable[tuple[int, int]], side: int) -> list[Item]:
    taken = {pair[side] for pair in pairs}
    return [item for place, item in enumerate(items) if place not in taken]


def _key(artist: str, track: str) -> Names:
    return key(artist), key(track)
