"""What always holds of the tracker, whatever players say and in whatever order."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrobblerd.core import wording
from scrobblerd.core.codec import StateError, dump, load
from scrobblerd.core.events import Changed, Event, Identified, ReadFailed, Snapshot, Vanished
from scrobblerd.core.model import Moment, Play, PlayReason, Reason, Status, Track, Verdict
from scrobblerd.core.rules import END_TOLERANCE_SECONDS, PlayerRules, Rules, matches_player
from scrobblerd.tracking.player_state import (
    Absence,
    CountedPlay,
    Reading,
    ReadReason,
    RepeatSuspicion,
    TrackerState,
)
from scrobblerd.tracking.tracker import MAX_NAMES_REMEMBERED, Tracker
from tests.support.paths import OLD_JOURNAL
from tests.support.players import SONG, listening, mark
from tests.support.timeline import MONO, OTHER, PLAYING, STOPPED, Timeline, long

OWNERS = {"mpv": ":1.5", "vlc": ":1.7", "vlc.instance7": ":1.7"}
ALWAYS_THE_SAME = settings(deadline=None, derandomize=True, max_examples=40, database=None)
TINY = 0.01
"""Seconds by which sums of floats may differ."""

Position = Callable[[float], float | None]
POSITIONS: list[Position] = [
    lambda t: None,
    lambda t: 0.0,
    lambda t: t % 200,
    lambda t: (t * 37) % 300 - 20,
]


@dataclass
class Ledger(Timeline):
    """A timeline that keeps its own account of how long each player said that it was playing."""

    accounts: dict[str, list[tuple[float, float, float]]] = field(
        default_factory=dict[str, list[tuple[float, float, float]]]
    )
    """Per player: from when on, the seconds of track time until then, the speed from then on."""

    said: dict[str, tuple[Status, float]] = field(default_factory=dict[str, tuple[Status, float]])

    def tell(self, event: Event) -> "Ledger":
        status, rate = self.said.get(event.player, (STOPPED, 1.0))
        if isinstance(event, Changed | Snapshot):
            status = event.status or status
            rate = rate if event.rate is None else event.rate
            self.said[event.player] = status, rate
        elif isinstance(event, Vanished):
            self.said[event.player] = status, max(rate, 1.0)  # it may come back with any
        if isinstance(event, Changed | Snapshot | Vanished):
            playing = status is PLAYING and not isinstance(event, Vanished)
            entry = (self.t, self.played(event.player, self.t), rate if playing else 0.0)
            self.accounts.setdefault(event.player, [(0.0, 0.0, 0.0)]).append(entry)
        return super().tell(event)

    def played(self, player: str, t: float) -> float:
        """Seconds of track time that `player` said to have played until second `t`."""
        entries = self.accounts.get(player, [(0.0, 0.0, 0.0)])
        since, until_then, speed = next(entry for entry in reversed(entries) if entry[0] <= t)
        return until_then + (t - since) * speed

    def speed(self, player: str, t: float) -> float:
        """How fast `player` said to play at some time at second `t`."""
        entries = self.accounts.get(player, [])
        before = [entry for entry in entries if entry[0] < t][-1:]
        return max((entry[2] for entry in entries if entry in before or entry[0] == t), default=0.0)

    def appears(self, player: str) -> None:
        """The name appears, and is read."""
        self.starts(player, OWNERS[player]).is_read(player)

    def fails(self, player: str) -> None:
        """A reading fails."""
        self.tell(ReadFailed(player, self.now))


@dataclass(frozen=True)
class World:
    """The rules, and what the players answer to readings."""

    rules: Rules
    position: Position
    loop: str | None
    answers: bool
    delay: float

    def line(self) -> Ledger:
        """A timeline in this world."""
        return Ledger(self.rules, "mpv", {}, self.position, self.loop, self.answers, self.delay)


Step = tuple[str, tuple[object, ...]]
"""What to call on a timeline, and with what."""

Steps = list[tuple[float, Step]]
"""Steps, each after so many seconds."""

TRACKS = st.builds(
    Track,
    title=st.sampled_from(["", "Fern", "FERN", "Ebb"]),
    artist=st.sampled_from(["", "Mira Holt", "Mira Holt"]),
    album=st.sampled_from(["", "Understorey"]),
    length=st.sampled_from([None, 1.0, 20.0, 29.97, 45.0, 200.0, 600.0]),
    url=st.sampled_from(["", "file:///1", "https://radio.example/"]),
)


def steps_of(player: str) -> st.SearchStrategy[Step]:
    """One thing that `player` may do."""
    status, track = st.none() | st.sampled_from(list(Status)), st.none() | TRACKS
    rate = st.none() | st.sampled_from([0.0, 0.5, 1.0, 2.0])
    own, none = st.just(player), st.none()
    return st.one_of(
        st.tuples(st.just("says"), st.tuples(status, track, rate, none, own)),
        st.tuples(st.just("becomes"), st.tuples(status, track, own)),
        st.tuples(st.sampled_from(["seeks", "vanishes", "appears", "fails"]), st.tuples(own)),
        st.just(("sleeps", (3600.0,))),
        st.just(("sets_clock", (-7200.0,))),
    )


WAITS = st.sampled_from([0.0, 0.0, 0.1, 0.5, 1.1, 3.0, 9.0, 11.0, 45.0, 130.0, 260.0])
STEPS = st.lists(st.tuples(WAITS, st.sampled_from(list(OWNERS)).flatmap(steps_of)), max_size=25)
WORLDS = st.builds(
    World,
    rules=st.sampled_from([Rules(), Rules(scrobble_threshold=100), Rules(enabled=False)]),
    position=st.sampled_from(POSITIONS),
    loop=st.sampled_from([None, "None", "Track"]),
    answers=st.sampled_from([True, True, False]),
    delay=st.sampled_from([0.0, 0.0, 0.3, 1.8]),
)


def run(line: Timeline, steps: Sequence[tuple[float, Step]]) -> None:
    """Do the steps, each after its wait."""
    for wait, (step, words) in steps:
        line.at(line.t + wait)
        getattr(line, step)(*words)


def lived(world: World, steps: Steps) -> Ledger:
    """The timeline after these steps, when all players have left and their plays have ended."""
    line = world.line()
    run(line, steps)
    leave(line)
    return line


def leave(line: Timeline) -> None:
    """All players leave, and their plays end."""
    line.at(line.t + 5)
    for player in OWNERS:
        line.vanishes(player)
    line.at(line.t + 20)


# -- plays ----------------------------------------------------------------------------------------


@given(WORLDS, STEPS)
@ALWAYS_THE_SAME
def test_no_more_is_heard_than_was_played(world: World, steps: Steps) -> None:
    line = lived(world, steps)
    for play in line.ended:
        before = line.played(play.player, play.start.mono - MONO)
        assert play.heard <= line.played(play.player, line.t) - before + TINY
    for player in OWNERS:
        heard = sum(play.heard for play in line.ended if play.player == player)
        assert heard <= line.played(player, line.t) + TINY


@given(WORLDS, STEPS)
@ALWAYS_THE_SAME
def test_a_play_is_due_once_and_when_it_was_heard(world: World, steps: Steps) -> None:
    line = lived(world, steps)
    keys = [play.key for _, play in line.due]
    assert len(keys) == len(set(keys))
    for t, play in line.due:
        assert play.start.mono - MONO <= t + TINY
        assert play.verdict is Verdict.COUNTED
        assert play.track.title
        assert play.track.artist
        let_off = END_TOLERANCE_SECONDS if play.track.length else play.needed - 60.0
        assert play.heard >= play.needed - let_off - TINY
    assert line.rules.enabled or not keys


@given(WORLDS, STEPS)
@ALWAYS_THE_SAME
def test_every_play_ends_with_a_verdict_and_its_reason(world: World, steps: Steps) -> None:
    line = lived(world, steps)
    counted = {play.key for play in line.ended if play.verdict is Verdict.COUNTED}
    assert counted == {play.key for _, play in line.due}
    assert all(
        wording.of_play(play) and play.verdict is not Verdict.LISTENING for play in line.ended
    )
    assert line.tracker.current() == []
    assert line.tracker.next_wake() is None


@given(WORLDS, STEPS)
@ALWAYS_THE_SAME
def test_what_is_announced_is_what_can_count(world: World, steps: Steps) -> None:
    line = lived(world, steps)
    for t, play in line.announced:
        assert play.track.title
        assert play.track.artist
        assert play.track.length is None or play.track.length >= 29.95
        assert line.speed(play.player, t) > 0
    assert line.rules.enabled or not line.announced


# -- wakes ----------------------------------------------------------------------------------------


@given(WORLDS, STEPS)
@ALWAYS_THE_SAME
def test_a_wake_is_for_something(world: World, steps: Steps) -> None:
    line = world.line()
    run(line, steps)
    assert line.wakes <= 6 * (len(steps) + len(line.ended) + 1)
    assert len(line.reads) <= 3 * (len(steps) + len(line.ended) + 1)
    line.at(line.t + 100)
    wake = line.tracker.next_wake()
    assert wake is None or wake > line.now.mono - TINY


@given(
    st.lists(st.sampled_from([31.0, 45.5, 200.0, 600.0, 5000.0, None]), min_size=1, max_size=8),
    st.sampled_from(POSITIONS[:3]),
)
@ALWAYS_THE_SAME
def test_a_calm_player_costs_a_handful_of_wakes_a_track(
    lengths: list[float | None], position: Position
) -> None:
    line = Timeline(position=position)
    for number, length in enumerate(lengths):
        line.says(PLAYING, replace(long(length), title=f"Track {number}"))
        line.at(line.t + (length or 900.0))
    line.says(STOPPED).at(line.t + 100)
    assert line.wakes <= 4 * len(lengths) + 1
    assert len(line.reads) <= 2 * len(lengths)


# -- the journal ----------------------------------------------------------------------------------


def outcome(plays: Sequence[Play]) -> list[tuple[str, str, float, str]]:
    """What became of plays."""
    return [(play.key, play.track.title, round(play.heard, 2), str(play.verdict)) for play in plays]


@given(WORLDS, STEPS, STEPS)
@ALWAYS_THE_SAME
def test_a_restart_is_no_more_than_names_that_blink(
    world: World, before: Steps, after: Steps
) -> None:
    through, anew = world.line(), world.line()
    for line in (through, anew):
        run(line, before)
        line.take(line.tracker.wake(line.now))
        if line is anew:
            line.restarts()
        else:
            for player in OWNERS:
                line.vanishes(player)
        for player in line.truth:
            line.appears(player)
        run(line, after)
        leave(line)
    assert outcome(anew.ended) == outcome(through.ended)
    assert outcome([play for _, play in anew.due]) == outcome([play for _, play in through.due])


@given(WORLDS, STEPS, STEPS)
@ALWAYS_THE_SAME
def test_a_kill_invents_nothing(world: World, before: Steps, after: Steps) -> None:
    line = world.line()
    run(line, before)
    if line.journal:
        line.restarts(after=2.0, killed=True)
    for player in line.truth:
        line.appears(player)
    run(line, after)
    leave(line)
    keys = [play.key for _, play in line.due]
    assert len(keys) == len(set(keys))
    for player in OWNERS:
        heard = {play.key: play.heard for play in line.ended if play.player == player}
        assert sum(heard.values()) <= line.played(player, line.t) + TINY


def test_a_play_that_is_not_skipped_any_more_counts_as_if_it_never_was() -> None:
    for undone_at in (20.0, 150.0):
        line = Timeline().starts().says(PLAYING, SONG).at(10)
        assert line.tracker.skip("mpv") == [SONG.title]
        assert line.tracker.unskip("vlc") == []
        line.at(undone_at)
        assert line.tracker.unskip("mpv") == [SONG.title]
        assert line.tracker.unskip("mpv") == []
        line.take(line.tracker.wake(line.now))
        line.at(200).says(STOPPED).at(210)
        assert line.due_at == [max(100.0, undone_at)]
        assert line.history == [(SONG.title, 200.0, "counted")]


def test_nothing_but_a_skip_is_taken_back() -> None:
    line = Timeline(player="mpv").starts().says(PLAYING, SONG).at(150)
    assert line.tracker.skip("mpv") == []
    assert line.tracker.unskip("") == []
    assert line.tracker.skip("nobody") == []


def test_a_skip_means_the_player_of_that_name_and_its_other_names() -> None:
    line = Timeline()
    for name, owner, track in (
        *(("vlc", ":1.5", SONG), ("vlc.instance7", ":1.5", SONG)),
        *(("vlc.instance8", ":1.8", OTHER), ("mpv", ":1.9", SONG)),
    ):
        line.starts(name, owner=owner).says(PLAYING, track, player=name)
    line.at(10)
    assert line.tracker.skip("vlc") == [SONG.title]
    skipped = {each.player: each.verdict for each in line.tracker.current()}
    assert skipped == {"vlc": "unwanted", "vlc.instance8": "listening", "mpv": "listening"}
    line.at(300)
    assert line.scrobbled == [(OTHER.title, 0.0), (SONG.title, 0.0)]


def test_a_play_that_counted_keeps_what_it_needed_whatever_the_rules_become() -> None:
    line = Timeline()
    line.starts().says(PLAYING, long(200.0)).at(150.0)
    line.tracker.rules = Rules(scrobble_threshold=100)
    line.vanishes().at(300.0)
    [play] = line.ended
    assert (play.verdict, play.needed) == (Verdict.COUNTED, 100.0)
    assert wording.of_play(play).endswith("needed 1:40")


def whole() -> TrackerState:
    """A state in which every value is there."""
    player = listening(50)
    player.absence = Absence(mark(40), 560.0, restored_from=530.0, is_over=True)
    player.reading = Reading(550.0, ReadReason.DUE)
    player.repeat = RepeatSuspicion(mark(49), strong_hint=True)
    player.tags.settle(mark(49), seen=True)
    return TrackerState("boot-1", {"mpv": player}, [CountedPlay("mpv", SONG, 500.0)])


def kept(state: TrackerState) -> Any:
    """The state as the database gives it back."""
    return json.loads(json.dumps(dump(state), allow_nan=False))


def test_every_value_comes_back():
    assert load(TrackerState, kept(whole())) == whole()


@given(WORLDS, STEPS)
@ALWAYS_THE_SAME
def test_whatever_players_say_is_kept_and_comes_back(world: World, steps: Steps):
    line = world.line()
    run(line, steps)
    state = line.tracker.dump()
    assert dump(load(TrackerState, json.loads(json.dumps(state, allow_nan=False)))) == state


@pytest.mark.parametrize("key", ["boot_id", "players"])
def test_a_state_of_odd_types_is_refused(key: str):
    with pytest.raises(StateError, match=f"TrackerState.{key}"):
        load(TrackerState, kept(whole()) | {key: 7})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("play", {}),
        ("counter", None),
        ("reading", {"asked_at": 1.0}),
        ("repeat", {"strong_hint": True}),
        ("absence", {"vanished_at": None, "return_deadline": 1.0}),
        ("position", {"value": float("inf")}),
        ("gone", None),
    ],
)
def test_half_a_value_is_refused(field: str, value: object):
    state = kept(whole())
    state["players"]["mpv"][field] = value
    with pytest.raises(StateError, match=field):
        load(TrackerState, state)


def test_a_player_under_another_name_is_refused():
    state = kept(whole())
    state["players"]["vlc"] = state["players"].pop("mpv")
    with pytest.raises(StateError, match=r"players\.vlc is called 'mpv'"):
        load(TrackerState, state)


def test_a_journal_of_the_form_of_0_1_0_is_refused_and_costs_no_more_than_the_play_in_progress():
    line = Timeline()
    with pytest.raises(StateError):
        line.tracker.restore(json.loads(OLD_JOURNAL.read_text(encoding="utf-8")), line.now)
    line.starts().says(PLAYING, SONG).at(110)
    assert (line.scrobbled, line.due_at) == ([("Slow Harbour", 0.0)], [100.0])


def test_a_refused_state_leaves_the_tracker_as_it_was():
    tracker = Tracker(Rules(), "boot-1")
    before = tracker.dump()
    with pytest.raises(StateError):
        tracker.restore(kept(whole()) | {"counted": [{}]}, Moment(1.0, 1.0, 1.0))
    assert (tracker.dump(), tracker.next_wake()) == (before, None)


# -- tables [players.NAME] ------------------------------------------------------------------------

PATIENT = PlayerRules("mpv", scrobble_threshold=90)
QUIET = PlayerRules("vlc*", now_playing=False)
SHOWN = PlayerRules("spotify", announce_only=True)
TABLES = Rules(players=(PATIENT, QUIET, SHOWN))


def test_a_player_needs_what_its_table_says() -> None:
    line = Timeline(TABLES).starts().says(PLAYING, SONG).at(20)
    [shown] = line.tracker.current()
    assert (shown.needed, shown.verdict) == (180.0, "listening")
    assert line.at(179).due == []
    assert line.at(181).due_at == [180.0]
    assert line.due[0][1].needed == 180.0
    other = Timeline(TABLES, player="cmus").starts().says(PLAYING, SONG).at(120)
    assert other.due_at == [100.0]


def test_a_play_that_lacks_what_its_table_says_does_not_count() -> None:
    line = Timeline(TABLES).starts().says(PLAYING, SONG).at(150).says(STOPPED).at(160)
    assert (line.due, line.history) == ([], [("Slow Harbour", 150.0, "not_heard")])
    assert line.ended[0].needed == 180.0


def test_a_player_that_is_not_announced_counts_all_the_same() -> None:
    line = Timeline(TABLES, player="vlc.instance7").starts().says(PLAYING, SONG).at(120)
    assert (line.announced, line.due_at) == ([], [100.0])
    line.tracker.rules = Rules()
    line.says(track=OTHER).at(130)
    assert line.announcements == [(120.0, "Slow Harbour"), (121.0, "Fern")]


def test_a_player_that_is_only_announced_never_counts_and_the_table_is_named() -> None:
    line = Timeline(TABLES, player="spotify").starts().says(PLAYING, SONG).at(150)
    assert line.announcements == [(1.0, "Slow Harbour")]
    assert line.tracker.current()[0].reason.rule == "[players.spotify] announce_only"
    line.says(STOPPED).at(160)
    assert (line.due, line.history) == ([], [("Slow Harbour", 150.0, "unwanted")])
    assert line.ended[0].reason == Reason(
        PlayReason.ANNOUNCE_ONLY, rule="[players.spotify] announce_only"
    )


def test_other_tables_hold_from_now_on_and_what_is_decided_stays() -> None:
    line = Timeline(TABLES).starts().says(PLAYING, SONG).at(120)
    line.tracker.rules = Rules(players=(replace(PATIENT, scrobble_threshold=100),))
    assert line.tracker.current()[0].needed == 200.0
    line.tracker.rules = Rules()
    assert line.tracker.current()[0].needed == 100.0
    line.at(121)
    line.tracker.rules = TABLES
    assert (len(line.due), line.tracker.current()[0].needed) == (1, 100.0)


def test_a_table_holds_after_a_restart() -> None:
    line = Timeline(TABLES).starts().says(PLAYING, SONG).at(120).restarts()
    line.starts().is_read().at(170)
    assert line.due == []
    assert line.at(190).due_at == [180.0]


def test_a_player_is_told_with_its_table() -> None:
    line = Timeline(TABLES).starts().starts("cmus", ":1.9")
    assert {each.player: (each.wanted, each.rule) for each in line.tracker.seen()} == {
        "mpv": (True, "[players.mpv] scrobble_threshold = 90"),
        "cmus": (True, ""),
    }


def test_rules_of_many_players_are_found_once_for_each() -> None:
    tracker, at = Tracker(TABLES), Timeline().now
    for number in range(2 * MAX_NAMES_REMEMBERED):
        tracker.handle(Changed(f"mpv{number}", at, PLAYING, SONG))
    assert tracker.next_wake() is not None
    line = Timeline(TABLES).starts().says(PLAYING, SONG).at(1)
    matched = matches_player.cache_info()
    line.at(60).says(PLAYING).at(70)
    after = matches_player.cache_info()
    assert after.misses == matched.misses


def test_a_player_that_is_not_there_has_the_names_that_its_name_tells() -> None:
    line = Timeline().starts("vlc.instance7")
    line.tell(Identified("mpv", line.now, ":1.8", 0, "mpv Media Player", "mpv"))
    assert line.tracker.names_of("mpv") == ("mpv", "mpv", "mpv Media Player", "mpv")
    assert line.tracker.names_of("vlc.instance9") == ("vlc.instance9", "vlc", "", "")
