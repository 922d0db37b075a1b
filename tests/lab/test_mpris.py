"""What a player answers, as values: metadata, and a position that runs with a clock."""

from collections.abc import Sequence

import pytest
from dbus_next.signature import Variant

from lab.mpris import PlayerState, Properties, bus_name, root_properties, status, tags


class Player(PlayerState):
    """A player whose clock stands still until it is told to go on, in seconds."""

    def __init__(self) -> None:
        super().__init__(root_properties("Lab"))
        self.now = 1000.0
        self.clock = lambda: self.now
        self.position = 0.0


@pytest.fixture
def player() -> Player:
    return Player()


@pytest.fixture
def playing(player: Player) -> Player:
    player.set(status("Playing"))
    return player


def test_the_prefix_is_added_once() -> None:
    assert bus_name(bus_name("vlc")) == "org.mpris.MediaPlayer2.vlc"


def test_tags_hold_only_what_is_given() -> None:
    assert tags(title="Song") == {"xesam:title": Variant("s", "Song")}


def test_empty_tags_are_given_tags() -> None:
    assert set(tags(title="", artist=[], length=0)) == {
        "xesam:title",
        "xesam:artist",
        "mpris:length",
    }


def test_a_length_is_sent_in_microseconds() -> None:
    assert tags(length=29.988)["mpris:length"] == Variant("x", 29_988_000)


PLAY, PAUSE = status("Playing"), status("Paused")
FASTER, STILL = {"Rate": Variant("d", 1.5)}, {"Rate": Variant("d", 0.0)}
ODD_RATE = {"Rate": Variant("s", "fast")}


@pytest.mark.parametrize(
    ("steps", "position"),
    [
        ((7,), 0),
        ((PLAY, 7.25), 7.25),
        ((PLAY, 7, PAUSE, 100), 7),
        ((PLAY, 7, PAUSE, 100, PLAY, 3), 10),
        ((PLAY, 10, FASTER, 10), 25),
        ((PLAY, STILL, 10), 0),
        ((PLAY, ODD_RATE, 7), 7),
        ((PLAY, 7, {"Metadata": Variant("a{sv}", {})}), 7),
        ((PLAY, {"PlaybackStatus": Variant("i", 1)}, 7), 0),
        ((PLAY, {"PlaybackStatus": Variant("s", "playing")}, 7), 0),
    ],
)
def test_the_position_runs_with_the_rate_while_playing_and_stands_otherwise(
    player: Player, steps: Sequence[float | Properties], position: float
) -> None:
    for step in steps:
        if isinstance(step, dict):
            player.set(step)
        else:
            player.now += step
    assert player.position == position


def test_the_position_runs_on_from_where_it_is_put(playing: Player) -> None:
    playing.position = 60
    playing.now += 2
    assert playing.position == 62


def test_a_fixed_position_stands_whatever_plays(playing: Player) -> None:
    playing.fixed_position = 3.0
    playing.now += 7
    assert playing.position == 3


@pytest.mark.parametrize(("missing", "position"), [("Rate", 7), ("PlaybackStatus", 0)])
def test_without_a_rate_it_runs_at_one_and_without_a_status_it_stands(
    playing: Player, missing: str, position: float
) -> None:
    del playing.properties[missing]
    playing.position = 0
    playing.now += 7
    assert playing.position == position
