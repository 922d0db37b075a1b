"""The verdict on a play at its end, and the words for it."""

from dataclasses import replace

import pytest

from scrobblerd.core import wording
from scrobblerd.core.events import Current
from scrobblerd.core.filters import Filters
from scrobblerd.core.model import Moment, PlayReason, Reason, Status, Track, Verdict
from scrobblerd.core.rules import Rules
from scrobblerd.tracking import position
from scrobblerd.tracking.ongoing_play import Decision, Lengths, Mark, OngoingPlay
from scrobblerd.tracking.player_state import Counter, Identity, Playback, PlayerState
from scrobblerd.tracking.verdicts import can_count, current, frozen, judge, need, reason

RULES = Rules()
OFF = Rules(enabled=False)
START = Moment(500.0, 700.0, 1_790_000_000.25)
BEGIN = Mark(START, 40.0)

SONG = Track(title="Slow Harbour", artist="The Paper Lanterns", album="Tidewater", length=215.0)
SHORT = replace(SONG, length=29.0)
STREAM = replace(SONG, length=None)
UNTITLED = replace(SONG, title="")
NOBODYS = replace(SONG, artist="")


def playing(
    track: Track, heard: float, place: float | None = None, seen: bool = True
) -> PlayerState:
    """A player that has played so many seconds of `track`, and stands at `place` in it."""
    counter = Counter(START.moved(heard), clock=40.0 + heard)
    player = PlayerState(
        Identity("mpv", display_name="mpv Media Player"), counter, Playback(Status.PLAYING)
    )
    player.play = OngoingPlay(track, BEGIN, seen)
    position.take(player, place)
    return player


def judged(rules: Rules, player: PlayerState, replaced: bool) -> Verdict:
    """The verdict on what `player` plays, if that ended now."""
    assert player.play is not None
    return judge(rules, player, player.play, player.mark(), replaced)[0]


def in_words(play: OngoingPlay, verdict: Verdict, heard: float, rules: Rules = RULES) -> str:
    """Why `play` has this verdict, after `heard` seconds."""
    why = reason(rules, play, verdict)
    return wording.of_reason(why, heard, need(rules, play), play.length or 0.0)


@pytest.mark.parametrize(
    ("track", "heard", "verdict"),
    [
        (SONG, 107.4, Verdict.NOT_HEARD),
        (SONG, 107.5, Verdict.COUNTED),
        (SONG, 107.4995, Verdict.COUNTED),  # a timer may wake a hair before its time
        (SONG, 9999.0, Verdict.COUNTED),
        (SHORT, 29.0, Verdict.TOO_SHORT),
        (UNTITLED, 200.0, Verdict.NO_TAGS),
        (NOBODYS, 200.0, Verdict.NO_TAGS),
        (STREAM, 239.9, Verdict.NOT_HEARD),
        (STREAM, 240.0, Verdict.COUNTED),
    ],
)
def test_play_counts_when_enough_was_heard_of_it(track: Track, heard: float, verdict: Verdict):
    assert judged(RULES, playing(track, heard), replaced=False) is verdict


@pytest.mark.parametrize(
    ("rate", "heard", "verdict"),
    [
        (1.0, 107.4985, Verdict.NOT_HEARD),
        (0.5, 107.4992, Verdict.COUNTED),
        (3.0, 107.4975, Verdict.COUNTED),
        (3.0, 107.4965, Verdict.NOT_HEARD),
    ],
)
def test_a_hair_is_a_thousandth_of_a_second_of_real_time(
    rate: float, heard: float, verdict: Verdict
):
    player = playing(SONG, heard)
    player.counter.rate = rate
    assert judged(RULES, player, replaced=False) is verdict


def test_play_that_would_count_is_disabled_while_scrobbling_is_off():
    assert judged(OFF, playing(SONG, 150.0), replaced=False) is Verdict.DISABLED
    assert judged(OFF, playing(SONG, 15.0), replaced=False) is Verdict.NOT_HEARD


@pytest.mark.parametrize(
    ("heard", "place", "replaced", "verdict"),
    [
        (104.5, 212.0, True, Verdict.COUNTED),
        (104.4, 212.0, True, Verdict.NOT_HEARD),
        (104.5, 211.9, True, Verdict.NOT_HEARD),
        (104.5, 212.0, False, Verdict.NOT_HEARD),  # stopped there, so no natural end
    ],
)
def test_three_seconds_are_let_off_at_a_natural_end(
    heard: float, place: float, replaced: bool, verdict: Verdict
):
    assert judged(RULES, playing(SONG, heard, place), replaced) is verdict


@pytest.mark.parametrize(
    ("heard", "seen", "replaced", "verdict"),
    [
        (60.0, True, True, Verdict.COUNTED),
        (59.9, True, True, Verdict.NOT_HEARD),
        (150.0, False, True, Verdict.NOT_HEARD),  # met half-way
        (150.0, True, False, Verdict.NOT_HEARD),  # switched off
        (240.0, False, False, Verdict.COUNTED),
    ],
)
def test_stream_title_seen_from_beginning_to_end_is_judged_by_its_time_on_air(
    heard: float, seen: bool, replaced: bool, verdict: Verdict
):
    assert judged(RULES, playing(STREAM, heard, seen=seen), replaced) is verdict


@pytest.mark.parametrize(
    ("track", "verdict"),
    [
        (SONG, "listening"),
        (SHORT, "too_short"),
        (UNTITLED, "no_tags"),
        (replace(SONG, genres=("Podcast",)), "unwanted"),
    ],
)
def test_what_can_never_count_says_so_while_it_plays(track: Track, verdict: str):
    rules = Rules(filters=Filters(ignore_genres=("podcast",)))
    shown = current(rules, playing(track, 5.0))
    assert shown is not None
    assert shown.verdict == verdict


def test_file_of_unknown_length_is_no_stream():
    local = replace(STREAM, url="file:///music/a.flac")
    assert judged(RULES, playing(local, 150.0), replaced=True) is Verdict.NOT_HEARD


def test_stream_title_heard_in_part_needs_half_of_its_time_on_air():
    player = playing(STREAM, 100.0)
    player.counter.as_of = START.moved(202.0)
    assert judged(RULES, player, replaced=True) is Verdict.NOT_HEARD
    player.counter.as_of = START.moved(200.0)
    assert judged(RULES, player, replaced=True) is Verdict.COUNTED


@pytest.mark.parametrize("verdict", [Verdict.COUNTED, Verdict.UNCLEAR])
def test_verdict_once_given_stands(verdict: Verdict):
    player = playing(SONG, 5.0)
    assert player.play is not None
    player.play.decision = Decision(verdict)
    assert judged(OFF, player, replaced=True) is verdict


def test_a_length_that_lacks_a_little_is_told_with_a_digit():
    play = OngoingPlay(replace(SHORT, length=29.7), BEGIN, seen=True)
    words = "the track is 0:29 long, only 0:30 and longer count"
    assert in_words(play, Verdict.TOO_SHORT, 29.0) == words
    words = "the track is 0:29.7 long, only 0:29.8 and longer count"
    rules = replace(RULES, minimum_track_seconds=29.8)
    assert in_words(play, Verdict.TOO_SHORT, 29.0, rules) == words


@pytest.mark.parametrize(
    ("track", "verdict", "words"),
    [
        (SONG, Verdict.COUNTED, "heard 1:50 of 3:35, needed 1:47"),
        (SONG, Verdict.NOT_HEARD, "heard 1:50 of 1:47 needed; the track is 3:35 long"),
        (STREAM, Verdict.NOT_HEARD, "heard 1:50 of 4:00 needed"),
        (UNTITLED, Verdict.NO_TAGS, "the player gave no title"),
        (NOBODYS, Verdict.NO_TAGS, "the player gave no artist"),
        (SHORT, Verdict.TOO_SHORT, "the track is 0:29 long, only 0:30 and longer count"),
        (
            SONG,
            Verdict.DISABLED,
            "scrobbling was switched off; heard 1:50 of 3:35, needed 1:47",
        ),
        (
            SONG,
            Verdict.UNCLEAR,
            "the player changed track without a word; heard at most 1:50 of 3:35, needed 1:47",
        ),
    ],
)
def test_verdict_comes_with_its_reason_in_words(track: Track, verdict: Verdict, words: str):
    assert in_words(OngoingPlay(track, BEGIN, seen=True), verdict, 110.2) == words


def test_reason_shows_tenths_where_whole_seconds_would_look_the_same():
    play = OngoingPlay(STREAM, BEGIN, seen=True)
    assert in_words(play, Verdict.NOT_HEARD, 239.7) == "heard 3:59 of 4:00 needed"
    rules = replace(RULES, maximum_seconds=239.9)
    words = in_words(play, Verdict.NOT_HEARD, 239.7, rules)
    assert words == "heard 3:59.7 of 3:59.9 needed"


def test_live_stream_whose_length_grows_has_none():
    play = OngoingPlay(replace(SONG, length=50.0), BEGIN, seen=True, lengths=Lengths(is_live=True))
    assert need(RULES, play) == 240.0


@pytest.mark.parametrize(
    ("track", "can"), [(SONG, True), (STREAM, True), (SHORT, False), (NOBODYS, False)]
)
def test_only_a_tagged_track_of_some_length_can_count(track: Track, can: bool):
    assert can_count(RULES, OngoingPlay(track, BEGIN, seen=True)) is can


@pytest.mark.parametrize(("track", "live"), [(SONG, False), (STREAM, True)])
def test_play_is_frozen_as_it_stands(track: Track, live: bool):
    player = playing(track, 12.5)
    assert player.play is not None
    why = Reason(PlayReason.NOT_HEARD)
    play = frozen(RULES, player.identity, player.play, player.mark(), Verdict.NOT_HEARD, why)
    assert (play.key, play.player) == ("mpv 1790000000.250 700.000", "mpv")
    assert play.player_name == "mpv Media Player"
    assert (play.track, play.start, play.live) == (track, START, live)
    assert (play.heard, play.needed) == (12.5, need(RULES, OngoingPlay(track, BEGIN, seen=True)))
    assert (play.verdict, play.reason) == (Verdict.NOT_HEARD, why)


def test_current_says_what_is_on_and_how_to_go_on_counting():
    player = playing(SONG, 12.5)
    player.counter.rate = 1.5
    assert current(RULES, player) == Current(
        player="mpv",
        status="Playing",
        artist="The Paper Lanterns",
        title="Slow Harbour",
        album="Tidewater",
        start=1_790_000_000,
        length=215.0,
        needed=107.5,
        heard=12.5,
        rate=1.5,
        as_of=512.5,
        verdict="listening",
        reason=Reason(PlayReason.OPEN),
    )


@pytest.mark.parametrize(
    ("rules", "track", "verdict", "why"),
    [
        (RULES, SONG, "listening", ""),
        (OFF, SONG, "disabled", "is switched off; scrobblerctl settings enabled on"),
        (Rules(enabled=False, paused=True), SONG, "disabled", "is paused; scrobblerctl resume"),
        (Rules(announce_only=("mpv",)), SONG, "unwanted", "announce_only"),
        (RULES, SHORT, "too_short", "0:29 long"),
        (OFF, NOBODYS, "no_tags", "no artist"),
    ],
)
def test_what_would_not_count_as_things_stand_is_told_meanwhile(
    rules: Rules, track: Track, verdict: str, why: str
):
    shown = current(rules, playing(track, 12.5))
    assert shown is not None
    assert shown.verdict == verdict
    assert why in wording.of_current(shown)
    assert bool(wording.of_current(shown)) is bool(why)


def test_unknown_length_is_shown_as_0():
    shown = current(RULES, playing(STREAM, 12.5))
    assert shown is not None
    assert (shown.length, shown.needed) == (0.0, 240.0)


def test_player_that_is_at_nothing_shows_nothing():
    assert current(RULES, PlayerState(Identity("mpv"), Counter(START))) is None


def test_player_that_another_name_speaks_for_shows_nothing():
    player = playing(SONG, 12.5)
    assert player.play is not None
    player.play.silent = True
    assert current(RULES, player) is None
