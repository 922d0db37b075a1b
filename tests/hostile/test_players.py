"""Players that say anything, in any order: no exception, no invented time, a state that is kept."""

import json
import math
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrobblerd.core import PREFIX, wording
from scrobblerd.core.events import Due, Effect, Ended, NowPlaying, Read
from scrobblerd.core.model import Moment, Play
from scrobblerd.core.rules import Rules, as_scrobble
from scrobblerd.dbus.names import DBUS, PROPERTIES
from scrobblerd.mpris.watcher import PLAYER, Answer, Call, Signal, WatcherOutput
from scrobblerd.pipeline import line
from scrobblerd.tracking.tracker import Tracker
from tests.hostile.fuzzing import fuzz, texts, unsafe
from tests.hostile.test_tags import TAGS, VALUES, is_sendable
from tests.support.watcher_dialogue import Talk

NAMES = ("mpv", "vlc", "vlc.instance7", "playerctld", "firefox.instance_1_4")
OWNERS = (":1.5", ":1.7", ":1.9", DBUS, "")

SONGS = st.fixed_dictionaries(
    {
        "xesam:title": st.sampled_from(["Fern", "Slow Harbour", "fern ", "Fern (live)"]) | texts(),
        "xesam:artist": st.sampled_from([["Mira Holt"], "Mira Holt", []]) | VALUES,
    },
    optional={
        "mpris:length": st.sampled_from([0, 1, 40_000_000, 180_000_000, 2**63 - 1]) | VALUES,
        "xesam:url": st.sampled_from(["file:///a", "file:///b", "http://[::1", "/a"]) | VALUES,
        "mpris:trackid": VALUES,
    },
)
PROPERTIES_SAID = st.fixed_dictionaries(
    {},
    optional={
        "PlaybackStatus": st.sampled_from(["Playing", "Paused", "Stopped"]) | VALUES,
        "Metadata": SONGS | TAGS | VALUES,
        "Rate": st.sampled_from([1.0, 0.0, -1.0, 1e308, 1e-308, 5e-324]) | VALUES,
        "Position": st.sampled_from([0, -1, 2**63 - 1, -(2**63), 10**6, 1e308]) | VALUES,
        "LoopStatus": st.sampled_from(["Track", "None"]) | VALUES,
        "Volume": st.sampled_from([0.0, 1.0]) | VALUES,
        "Identity": VALUES,
    },
)
WAITS = st.sampled_from([0.0, 0.01, 0.5, 1.0, 3.0, 10.0, 100.0, 4000.0, 1e6]) | st.floats(0, 1e4)


@st.composite
def _signal(draw: st.DrawFn) -> Signal:
    """A signal as the bus lets it through: its body has the types of its signature."""
    sender = draw(st.sampled_from(OWNERS))
    kind = draw(st.sampled_from(["changed", "changed", "seeked", "names"]))
    if kind == "names":
        name = PREFIX + draw(st.sampled_from(NAMES))
        body: list[object] = [name, draw(st.sampled_from(OWNERS)), draw(st.sampled_from(OWNERS))]
        return Signal(DBUS, DBUS, "NameOwnerChanged", body)
    if kind == "seeked":
        return Signal(sender, PLAYER, "Seeked", [draw(st.integers(-(2**63), 2**63 - 1))])
    invalidated = draw(st.sampled_from([[], ["Metadata"], ["PlaybackStatus", "\x1b"]]))
    body = [PLAYER, draw(PROPERTIES_SAID), invalidated]
    return Signal(sender, PROPERTIES, "PropertiesChanged", body)


ANSWERS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.just([]),
    PROPERTIES_SAID.map(lambda said: [said]),
    VALUES.map(lambda value: [value]),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["signal", "answer", "pass", "restart", "sleep"]), _signal(), ANSWERS, WAITS
    ),
    min_size=5,
    max_size=40,
)

RULES = st.builds(
    Rules,
    enabled=st.booleans(),
    scrobble_threshold=st.integers(25, 100),
    minimum_seconds=st.sampled_from([0.0, 30.0, 3600.0]),
    maximum_seconds=st.sampled_from([1.0, 240.0, 86400.0]),
    minimum_track_seconds=st.sampled_from([0.0, 30.0]),
    settle=st.sampled_from([0.05, 1.0, 10.0]),
    count_muted=st.booleans(),
)


class World(Talk):
    """Watcher and tracker as the daemon joins them, on virtual time."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self.rules, self.mono, self.slept = rules, 1000.0, 0.0
        self.plays: list[Play] = []
        self.due: list[str] = []
        self.tracker = Tracker(rules, "boot-1")
        self.take(self.watcher.start())
        names: list[object] = [[PREFIX + name for name in NAMES]]
        self.take(self.watcher.handle_reply(self.open.pop(), names, self.now))
        for call in list(self.open):
            self.replied([OWNERS[len(self.open) % 3]], call)

    @property
    def now(self) -> Moment:
        """The moment it is."""
        return Moment(self.mono, self.mono + self.slept, 1_790_000_000.0 + self.mono)

    def take(self, news: WatcherOutput) -> Self:
        """What the watcher says goes to the tracker; what it asks waits for an answer."""
        super().take(news)
        for event in self.news():
            self.perform(self.tracker.handle(event))
        return self

    def perform(self, effects: list[Effect]) -> None:
        """What the tracker says is written down, sent and shown."""
        for effect in effects:
            match effect:
                case Read(player):
                    self.take(self.watcher.read(player))
                case Due(play) | Ended(play) | NowPlaying(play):
                    self.keep(play)
                    if isinstance(effect, Due):
                        assert play.key not in self.due
                        self.due.append(play.key)
                case _:
                    pass

    def keep(self, play: Play) -> None:
        """A play is fit to be stored, sent and logged, and was not heard longer than it is."""
        self.plays.append(play)
        assert math.isfinite(play.heard)
        assert 0 <= play.heard <= (play.track.length or math.inf) + 0.001
        assert math.isfinite(play.needed)
        assert play.track.length is None or math.isfinite(play.track.length)
        assert 0 < as_scrobble(play).timestamp < 2**40
        assert not unsafe(line(play)), line(play)
        assert is_sendable(wording.of_play(play))

    def replied(self, answer: Answer, call: Call | None = None) -> None:
        """An answer to the oldest call, or to this one."""
        call = call or (self.open[0] if self.open else None)
        if call is not None:
            self.open.remove(call)
            self.take(self.watcher.handle_reply(call, answer, self.now))

    def passes(self, seconds: float) -> None:
        """Time passes; what falls due meanwhile is done."""
        until, wakes = self.mono + seconds, 0
        while (wake := self.tracker.next_wake()) is not None and wake <= until and wakes < 60:
            assert not math.isnan(wake)
            wakes += 1
            self.mono = max(self.mono, wake)
            self.perform(self.tracker.wake(self.now))
        self.mono = until

    def restart(self) -> None:
        """The daemon ends and begins again with what the journal holds."""
        state = json.loads(json.dumps(self.tracker.dump()))
        self.tracker = Tracker(self.rules, "boot-1")
        self.perform(self.tracker.restore(state, self.now))
        self.perform(self.tracker.wake(self.now))

    def look(self) -> None:
        """What others see of it at any moment."""
        json.dumps(self.tracker.dump())
        for one in self.tracker.current():
            figures = (one.length, one.needed, one.heard, one.rate, one.as_of)
            assert all(map(math.isfinite, figures)), one
            assert abs(one.start) < 2**40
            assert all(map(is_sendable, (one.title, one.artist, one.album)))
        for seen in self.tracker.seen():
            assert all(map(is_sendable, (seen.player, seen.identity, seen.desktop_entry)))
        wake = self.tracker.next_wake()
        assert wake is None or math.isfinite(wake)


@fuzz(150)
@given(RULES, STEPS)
def test_whatever_players_say_is_survived_and_nothing_invented(
    rules: Rules, steps: list[tuple[str, Signal, Answer, float]]
) -> None:
    world = World(rules)
    for kind, signal, answer, seconds in steps:
        match kind:
            case "signal":
                world.take(world.watcher.handle_signal(signal, world.now))
            case "answer":
                world.replied(answer)
            case "restart":
                world.restart()
            case "sleep":
                world.slept += seconds
            case _:
                world.passes(seconds)
        world.look()
    world.passes(10_000)
    world.look()


@pytest.mark.parametrize("rate", [1e6, 1e18, 1e300, 1.7e308, -1e308, 1e-308, 5e-324])
@pytest.mark.parametrize("length", [{}, {"mpris:length": 180_000_000}], ids=["live", "song"])
def test_a_rate_that_no_player_has_spoils_nothing_after_it(
    rate: float, length: dict[str, int]
) -> None:
    world = World(Rules())
    world.owner("mpv", "", ":mpv")
    fern = {"xesam:title": "Fern", "xesam:artist": ["Mira Holt"], **length}
    world.says(":mpv", {"PlaybackStatus": "Playing", "Metadata": fern, "Rate": rate}).look()
    for seconds in (0.5, 2.0, 100.0):
        world.passes(seconds)
        world.look()
    world.restart()
    world.says(":mpv", {"Rate": 1.0}).look()
    harbour = fern | {"xesam:title": "Slow Harbour", "mpris:length": 100_000_000}
    world.says(":mpv", {"Metadata": harbour}).look()
    world.passes(90)
    world.says(":mpv", {"PlaybackStatus": "Stopped"}).look()
    world.passes(60)
    plays = [play for play in world.plays if play.track.title == "Slow Harbour"]
    assert round(plays[-1].heard) == 90
