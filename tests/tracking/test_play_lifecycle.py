"""play_lifecycle.py: plays begin, are announced, decided and ended."""

from dataclasses import dataclass, field, replace

import pytest

from scrobblerd.core.events import Due, Effect, Ended, Journal, NowPlaying
from scrobblerd.core.model import PlayReason, Status, Track, Verdict
from scrobblerd.core.rules import Rules
from scrobblerd.tracking.ongoing_play import Decision
from scrobblerd.tracking.play_lifecycle import PlayLifecycle
from scrobblerd.tracking.player_state import Identity, PlayerState, PositionWitness, TrackerState
from tests.support.players import SONG, listening, mark

FERN = Track(title="Fern", artist="Mira Holt", length=180.0)


@dataclass
class Bench:
    """Players of one tracker, and what their plays led to."""

    rules: Rules = field(default_factory=Rules)
    state: TrackerState = field(default_factory=lambda: TrackerState("boot-1"))
    effects: list[Effect] = field(default_factory=list[Effect])

    def plays(self, player: PlayerState) -> PlayLifecycle:
        """The plays of `player`, which is on the bus from now on."""
        self.state.players[player.name] = player
        return PlayLifecycle(self.state, self.rules, player, self.effects)

    @property
    def announced(self) -> list[str]:
        """The titles that were announced."""
        return [each.play.track.title for each in self.effects if isinstance(each, NowPlaying)]

    @property
    def due(self) -> list[str]:
        """The titles that counted."""
        return [each.play.track.title for each in self.effects if isinstance(each, Due)]

    @property
    def ended(self) -> list[tuple[str, Verdict, PlayReason]]:
        """The plays that ended, and why they count or not."""
        plays = [each.play for each in self.effects if isinstance(each, Ended)]
        return [(play.track.title, play.verdict, play.reason.code) for play in plays]


def idle(name: str = "mpv", owner: str = "") -> PlayerState:
    """A player that plays something, of which no play has begun."""
    player = replace(listening(0, name=name), play=None, position=PositionWitness())
    player.identity = Identity(name, owner)
    return player


# -- begin and announce ---------------------------------------------------------------------------


def test_a_play_begins_is_announced_and_kept():
    bench, player = Bench(), idle()
    bench.plays(player).begin(mark(0), SONG, seen=True)
    assert player.play is not None
    assert (player.play.track, player.play.end, player.tags.accepted) == (SONG, 241.0, SONG)
    assert (player.position.value, player.position.at_clock) == (0.0, 40.0)
    assert bench.announced == ["Slow Harbour"]
    assert bench.effects[-1] == Journal()


def test_a_play_that_was_met_half_way_tells_no_position():
    bench, player = Bench(), idle()
    bench.plays(player).begin(mark(0), SONG, seen=False)
    assert player.position.value is None


@pytest.mark.parametrize(
    ("rules", "status", "track"),
    [
        (Rules(enabled=False), Status.PLAYING, SONG),
        (Rules(), Status.PAUSED, SONG),
        (Rules(), Status.PLAYING, replace(SONG, artist="")),
        (Rules(), Status.PLAYING, replace(SONG, length=20.0)),
        (Rules(deny=("mpv",)), Status.PLAYING, SONG),
    ],
    ids=["off", "paused", "no artist", "too short", "denied"],
)
def test_what_does_not_play_or_cannot_count_is_not_announced(
    rules: Rules, status: Status, track: Track
):
    bench, player = Bench(rules), idle()
    player.playback.status = status
    bench.plays(player).begin(mark(0), track, seen=True)
    assert bench.announced == []


def test_a_play_is_announced_once():
    bench, player = Bench(), idle()
    plays = bench.plays(player)
    plays.begin(mark(0), SONG, seen=True)
    plays.announce()
    assert bench.announced == ["Slow Harbour"]


def test_the_shortest_name_of_a_program_speaks():
    bench = Bench()
    long, short = idle("vlc.instance7", ":1.7"), idle("vlc", ":1.7")
    bench.plays(long).begin(mark(0), SONG, seen=True)
    bench.plays(short).begin(mark(0), SONG, seen=True)
    assert long.play and short.play
    assert (long.play.silent, short.play.silent) == (True, False)
    assert bench.announced == ["Slow Harbour"]


def test_a_name_that_decided_speaks_on():
    bench = Bench()
    long, short = idle("vlc.instance7", ":1.7"), idle("vlc", ":1.7")
    bench.plays(long).begin(mark(0), SONG, seen=True)
    assert long.play is not None
    long.play.decision = Decision(Verdict.COUNTED)
    bench.plays(short).begin(mark(0), SONG, seen=True)
    assert short.play is not None
    assert (long.play.silent, short.play.silent) == (False, True)


# -- due ------------------------------------------------------------------------------------------


def test_a_play_that_was_heard_enough_counts_and_keeps_what_it_needed():
    bench, player = Bench(), listening(100)
    bench.plays(player).due()
    assert player.play is not None
    assert player.play.decision == Decision(Verdict.COUNTED, needed=100.0)
    assert (bench.due, [each.player for each in bench.state.counted]) == (["Slow Harbour"], ["mpv"])


def test_a_play_whose_length_grew_meanwhile_is_not_decided():
    bench, player = Bench(), listening(100, replace(SONG, length=300.0))
    bench.plays(player).due()
    assert player.play is not None
    assert (player.play.decision, bench.due) == (None, [])


@pytest.mark.parametrize(
    ("rules", "verdict", "code"),
    [
        (Rules(enabled=False), Verdict.DISABLED, None),
        (Rules(announce_only=("mpv",)), Verdict.UNWANTED, PlayReason.ANNOUNCE_ONLY),
    ],
)
def test_a_play_that_a_rule_decides_does_not_count(
    rules: Rules, verdict: Verdict, code: PlayReason | None
):
    bench, player = Bench(rules), listening(100)
    bench.plays(player).due()
    assert player.play is not None
    decision = player.play.decision
    assert decision is not None
    assert (decision.verdict, decision.reason and decision.reason.code) == (verdict, code)
    assert bench.due == []


def test_a_play_that_another_player_counted_is_a_duplicate():
    bench, first, second = Bench(), listening(100), listening(100, name="chromium")
    bench.plays(first).due()
    bench.plays(second).due()
    assert second.play is not None
    assert second.play.verdict is Verdict.DUPLICATE
    assert bench.due == ["Slow Harbour"]


def test_the_richest_tags_of_all_players_are_sent_with_the_players_own_length():
    bench, poor = Bench(), listening(100, replace(SONG, album="", length=199.0))
    rich = listening(90, replace(SONG, number=3), name="chromium")
    bench.plays(rich)
    bench.plays(poor).due()
    sent = next(each.play.track for each in bench.effects if isinstance(each, Due))
    assert (sent.album, sent.number, sent.length) == ("Tidewater", 3, 199.0)


def test_only_the_last_plays_that_counted_are_remembered():
    bench = Bench()
    for number in range(20):
        player = listening(100, replace(SONG, title=f"Song {number}"), name=f"player{number}")
        bench.plays(player).due()
    assert [each.track.title for each in bench.state.counted] == [f"Song {n}" for n in range(4, 20)]


# -- end ------------------------------------------------------------------------------------------


def test_a_play_ends_with_its_verdict_and_is_off_the_air():
    bench, player = Bench(), listening(120)
    plays = bench.plays(player)
    plays.due()
    assert plays.end(mark(120)) is Verdict.COUNTED
    assert bench.ended == [("Slow Harbour", Verdict.COUNTED, PlayReason.HEARD)]
    assert (player.play, bench.state.counted[0].end) == (None, mark(120).at.mono)
    assert bench.due == ["Slow Harbour"]


def test_a_play_that_is_enough_only_at_its_natural_end_counts_there():
    bench, player = Bench(Rules(minimum_seconds=201.0)), listening(200)
    assert bench.plays(player).end(mark(200), replaced=True) is Verdict.COUNTED
    assert bench.due == ["Slow Harbour"]


@pytest.mark.parametrize("quiet", ["silent", "denied"])
def test_nothing_is_told_of_a_play_that_nobody_wants_or_another_name_tells_of(quiet: str):
    bench = Bench(Rules(deny=("mpv",)) if quiet == "denied" else Rules())
    player, other = listening(120), listening(120, name="mp")
    assert player.play is not None
    player.play.silent = quiet == "silent"
    player.identity = replace(player.identity, owner=":1.5")
    other.identity = replace(other.identity, owner=":1.5")
    bench.plays(other)
    bench.plays(player).end(mark(120))
    assert bench.effects == [Journal()]


def test_a_silent_name_speaks_up_when_the_other_is_gone():
    bench, player = Bench(), listening(120)
    assert player.play is not None
    player.play.silent = True
    bench.plays(player).end(mark(120))
    assert bench.due == ["Slow Harbour"]


# -- again and replaced ---------------------------------------------------------------------------


def test_a_replay_is_the_next_play():
    bench, player = Bench(), listening(205)
    bench.plays(player).again(mark(200))
    assert player.play is not None
    assert (player.play.begin, player.play.seen) == (mark(200), True)
    assert bench.ended == [("Slow Harbour", Verdict.COUNTED, PlayReason.HEARD)]


def test_a_track_begun_again_while_paused_is_no_play_yet():
    bench, player = Bench(), listening(205)
    player.playback.status = Status.PAUSED
    bench.plays(player).again(mark(200))
    assert player.play is None


def test_a_play_that_was_interrupted_for_a_moment_goes_on():
    bench, player = Bench(), listening(50)
    plays = bench.plays(player)
    player.tags.newest = FERN
    plays.replace(mark(50), mark(50), seen=True)
    player.advance(mark(52).at)
    player.tags.newest = SONG
    plays.replace(mark(52), mark(52), seen=True)
    assert player.play is not None
    assert (player.play.track, player.play.begin.at) == (SONG, mark(0).at)
    assert player.play.heard(player.counter.clock) == 50.0


@pytest.mark.parametrize(("heard", "seconds"), [(50, 4.0), (120, 2.0)])
def test_a_play_that_was_interrupted_for_long_or_counted_begins_anew(heard: float, seconds: float):
    bench, player = Bench(), listening(heard)
    plays = bench.plays(player)
    if heard > 100:
        plays.due()
    player.tags.newest = FERN
    plays.replace(mark(heard), mark(heard), seen=True)
    player.advance(mark(heard + seconds).at)
    player.tags.newest = SONG
    plays.replace(mark(heard + seconds), mark(heard + seconds), seen=True)
    assert player.play is not None
    assert player.play.begin.at == mark(heard + seconds).at
