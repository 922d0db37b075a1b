"""player_machine.py: what one player says, and what its state becomes. The cases are in cases/."""

from dataclasses import replace

import pytest

from scrobblerd.core.events import (
    Changed,
    Effect,
    Event,
    Identified,
    Read,
    ReadFailed,
    Seeked,
    Snapshot,
    Vanished,
)
from scrobblerd.core.model import Status, Track, Verdict
from scrobblerd.core.rules import Rules
from scrobblerd.tracking.player_machine import PlayerMachine
from scrobblerd.tracking.player_state import (
    Counter,
    Identity,
    Phase,
    PlayerState,
    ReadReason,
    TrackerState,
)
from tests.support.players import SONG, START, listening, mark

FERN = Track(title="Fern", artist="Mira Holt", length=180.0)


class Bench:
    """One player, and what its machine wants."""

    def __init__(self, player: PlayerState, rules: Rules | None = None) -> None:
        self.player, self.effects = player, list[Effect]()
        self.state = TrackerState("boot-1", {player.name: player})
        self.machine = PlayerMachine(self.state, rules or Rules(), player, self.effects)

    def hears(self, *events: Event) -> "Bench":
        """The player says something."""
        for event in events:
            self.machine.handle(event)
        return self

    def at(self, seconds: float) -> "Bench":
        """Time has passed."""
        self.machine.wake(mark(seconds).at)
        return self

    @property
    def reads(self) -> list[str]:
        """Why it was read."""
        return [effect.why for effect in self.effects if isinstance(effect, Read)]


def says(seconds: float, status: Status | None = None, track: Track | None = None) -> Changed:
    return Changed("mpv", mark(seconds).at, status, track)


def is_read(seconds: float, track: Track = SONG, position: float | None = None) -> Snapshot:
    return Snapshot("mpv", mark(seconds).at, Status.PLAYING, track, position=position)


def idle() -> Bench:
    return Bench(PlayerState(Identity("mpv"), Counter(START, clock=40.0)))


# -- phases ---------------------------------------------------------------------------------------


def test_a_track_that_plays_settles_and_is_listened_to():
    bench = idle().hears(says(0, Status.PLAYING, SONG))
    assert bench.player.phase is Phase.SETTLING
    bench.at(1)
    assert bench.player.phase is Phase.LISTENING
    assert bench.player.play and bench.player.play.begin == mark(0)


def test_empty_tags_that_rest_end_the_play():
    bench = Bench(listening(50)).hears(says(50, track=Track(trackid="/none"))).at(51)
    assert bench.player.phase is Phase.IDLE


def test_a_stop_that_lasts_ends_the_play_where_it_began():
    bench = Bench(listening(50)).hears(says(50, Status.STOPPED)).at(50.9)
    assert bench.player.phase is Phase.LISTENING
    bench.at(51)
    assert (bench.player.phase, bench.player.playback.stop_seen_at) == (Phase.IDLE, None)


def test_a_stop_that_does_not_last_is_none():
    bench = Bench(listening(50)).hears(says(50, Status.STOPPED), says(50.5, Status.PLAYING)).at(52)
    assert bench.player.phase is Phase.LISTENING


@pytest.mark.parametrize("event", [says(55), is_read(55)])
def test_a_player_that_vanished_is_as_it_was_when_it_comes_back(event: Event):
    bench = Bench(listening(50)).hears(Vanished("mpv", mark(50).at))
    assert bench.player.phase is Phase.GONE
    bench.hears(Identified("mpv", mark(54).at, ":1.9"))
    assert bench.player.phase is Phase.GONE
    assert bench.hears(event).player.phase is Phase.LISTENING


def test_a_player_that_stays_away_is_forgotten():
    bench = Bench(listening(50)).hears(Vanished("mpv", mark(50).at)).at(59.9)
    assert bench.state.players != {}
    bench.at(60)
    assert bench.state.players == {}


def test_a_vanishing_that_is_said_twice_gives_no_more_time():
    bench = Bench(listening(50)).hears(Vanished("mpv", mark(50).at), Vanished("mpv", mark(55).at))
    assert bench.player.absence and bench.player.absence.return_deadline == mark(60).at.mono


# -- readings -------------------------------------------------------------------------------------


def test_the_player_is_read_when_its_play_is_due_and_decided_by_the_answer():
    bench = Bench(listening(99)).at(100)
    assert (bench.reads, bench.player.reading is None) == ([ReadReason.DUE], False)
    bench.hears(is_read(100.1))
    assert bench.player.play and bench.player.play.verdict is Verdict.COUNTED
    assert bench.player.reading is None


@pytest.mark.parametrize("fails", [True, False])
def test_a_reading_that_fails_or_is_not_answered_decides_too(fails: bool):
    bench = Bench(listening(99)).at(100)
    if fails:
        bench.hears(ReadFailed("mpv", mark(100.1).at))
    else:
        bench.at(102)
    assert bench.player.play and bench.player.play.verdict is Verdict.COUNTED


def test_a_track_found_changed_ends_the_play_as_unclear():
    bench = Bench(listening(99)).at(100).hears(is_read(100.1, FERN))
    assert bench.player.play is None
    assert bench.player.phase is Phase.SETTLING


def test_a_reading_that_a_player_leaves_open_is_no_question_to_the_next_owner():
    bench = Bench(listening(99)).at(100).hears(Vanished("mpv", mark(100.5).at))
    bench.hears(Identified("mpv", mark(103).at, ":1.9"), is_read(103, FERN)).at(104)
    assert bench.player.play and bench.player.play.track == FERN


def test_a_player_is_read_again_after_a_suspend_but_not_twice():
    bench = Bench(listening(50))
    bench.machine.read_again()
    bench.machine.read_again()
    assert bench.reads == [ReadReason.RESUME]


def test_a_muted_player_that_is_heard_again_is_read():
    bench = Bench(listening(50), Rules(count_muted=False))
    bench.hears(Changed("mpv", mark(50).at, volume=0.0), Changed("mpv", mark(60).at, volume=1.0))
    assert bench.reads == [ReadReason.RESUME]
    assert bench.player.counter.clock == 90.0


# -- repeats --------------------------------------------------------------------------------------


def test_a_seek_is_asked_for_and_a_no_ends_the_suspicion():
    bench = Bench(listening(50)).hears(Seeked("mpv", mark(50).at)).at(51)
    assert bench.reads == [ReadReason.REPEAT]
    bench.hears(is_read(51.1, position=30.0))
    assert bench.player.repeat is None


def test_an_answer_within_the_settle_window_leaves_the_suspicion():
    bench = Bench(listening(99.5)).hears(Seeked("mpv", mark(99.9).at)).at(100)
    assert bench.reads == [ReadReason.DUE]
    bench.hears(is_read(100.2, position=100.0))
    assert bench.player.repeat is not None


def test_mere_repetition_is_only_suspected_if_a_replay_is_possible():
    early, late = Bench(listening(50)), Bench(listening(150))
    early.hears(says(50, Status.PLAYING, SONG))
    late.hears(says(150, Status.PLAYING, SONG))
    assert early.player.repeat is None
    assert late.player.repeat and late.player.repeat.strong_hint


def test_a_strong_hint_strengthens_a_suspicion():
    bench = Bench(listening(150)).hears(Seeked("mpv", mark(150).at), says(150.1, Status.PLAYING))
    assert bench.player.repeat and bench.player.repeat.strong_hint
    assert bench.player.repeat.suspected_at == mark(150)


# -- pauses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pause", "announced"), [(10.0, True), (10.1, False)])
def test_after_a_long_pause_the_play_is_announced_again(pause: float, announced: bool):
    player = listening(50)
    assert player.play is not None
    player.play.announced = True
    bench = Bench(player, Rules(enabled=False)).hears(says(50, Status.PAUSED))
    bench.hears(says(50 + pause, Status.PLAYING))
    assert player.play.announced is announced


def test_a_pause_goes_on_when_it_is_said_again():
    bench = Bench(listening(50)).hears(says(50, Status.PAUSED), says(55, Status.PAUSED))
    assert bench.player.playback.paused_at == mark(50).at.mono
    bench.hears(says(60, Status.PLAYING))
    assert bench.player.playback.paused_at is None


def test_a_track_picked_while_paused_begins_with_playing():
    player = listening(50)
    player.playback.status = Status.PAUSED
    bench = Bench(player).hears(says(60, track=FERN), says(60.4, Status.PLAYING)).at(61.4)
    assert bench.player.play and bench.player.play.track == FERN
    assert bench.player.play.begin.at == mark(60.4).at


def test_tags_that_are_new_at_every_reading_part_no_play():
    bench = Bench(listening(50))
    bench.machine.read_again()
    bench.hears(is_read(50.1, replace(SONG, album="Elsewhere")))
    assert bench.player.phase is Phase.LISTENING
    assert bench.player.play and bench.player.play.track.album == "Elsewhere"
