"""What a player answers, as values: metadata, and a position that runs with a clock."""

import pytest
from dbus_next.signature import Variant

from lab.mpris import PlayerState, bus_name, root_properties, status, tags


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


def test_the_position_runs_while_playing(playing: Player) -> None:
    playing.now += 7.25
    assert playing.position == 7.25


def test_the_position_stands_while_stopped(player: Player) -> None:
    player.now += 7
    assert player.position == 0


def test_the_position_stands_while_paused(playing: Player) -> None:
    playing.now += 7
    playing.set(status("Paused"))
    playing.now += 100
    assert playing.position == 7


def test_the_position_runs_on_after_a_pause(playing: Player) -> None:
    playing.now += 7
    playing.set(status("Paused"))
    playing.now += 100
    playing.set(status("Playing"))
    playing.now += 3
    assert playing.position == 10


def test_the_position_runs_with_the_rate(playing: Player) -> None:
    playing.now += 10
    playing.set({"Rate": Variant("d", 1.5)})
    playing.now += 10
    assert playing.position == 25


def test_the_position_stands_at_rate_zero(playing: Player) -> None:
    playing.set({"Rate": Variant("d", 0.0)})
    playing.now += 10
    assert playing.position == 0


def test_the_position_runs_on_from_where_it_is_put(playing: Player) -> None:
    playing.position = 60
    playing.now += 2
    assert playing.position == 62


def test_new_metadata_leaves_the_position(playing: Player) -> None:
    playing.now += 7
    playing.set({"Metadata": Variant("a{sv}", {})})
    assert playing.position == 7


def test_a_fixed_position_stands_whatever_plays(playing: Player) -> None:
    playing.fixed_position = 3.0
    playing.now += 7
    assert playing.position == 3


def test_without_a_rate_the_position_runs_at_one(playing: Player) -> None:
    del playing.properties["Rate"]
    playing.position = 0
    playing.now += 7
    assert playing.position == 7


def test_a_rate_of_a_wrong_type_counts_as_one(playing: Player) -> None:
    playing.set({"Rate": Variant("s", "fast")})
    playing.now += 7
    assert playing.position == 7


@pytest.mark.parametrize("odd", [Variant("i", 1), Variant("s", "playing")])
def test_with_any_other_status_the_position_stands(playing: Player, odd: Variant) -> None:
    playing.set({"PlaybackStatus": odd})
    playing.now += 7
    assert playing.position == 0


def test_without_a_status_the_position_stands(playing: Player) -> None:
    del playing.properties["PlaybackStatus"]
    playing.position = 0
    playing.now += 7
    assert playing.position == 0
