"""The keys of the dashboard: the command behind each, and what it answers."""

from typing import Any

import pytest

from scrobblerd.ctl.arguments.tree import parser
from scrobblerd.ctl.dashboard.actions import command
from scrobblerd.ctl.dashboard.keys import KEYS
from scrobblerd.ctl.dashboard.state import Chosen, Look, State
from scrobblerd.ctl.errors import Failure

PLAYER: dict[str, Any] = {
    "player": "mpv",
    "artist": "Mira Holt",
    "title": "Fern",
    "length": 200.0,
    "start": 100,
    "heard": 10.0,
    "rate": 1.0,
    "code": "open",
    "loved": False,
}
PLAY: dict[str, Any] = {"id": 7, "artist": "Paper Lanterns", "title": "Slow Harbour"}


def state(*players: dict[str, Any], chosen: Chosen | None = None, paused_until: int = 0) -> State:
    """What is on a page."""
    settings = {"paused_until": paused_until}
    return State(Look({"players": list(players), "settings": settings}, [PLAY], 0.0), chosen)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("l", ["love", "--", "Mira Holt", "Fern"]),
        ("s", ["skip", "--", "mpv"]),
        ("p", ["pause"]),
        ("r", ["queue", "retry"]),
        ("e", ["explain"]),
    ],
)
def test_each_key_is_a_command_about_what_plays(key: str, words: list[str]) -> None:
    assert command(key, state(PLAYER)) == words


@pytest.mark.parametrize(
    ("key", "now", "words"),
    [
        ("l", state(PLAYER | {"loved": True}), ["unlove", "--", "Mira Holt", "Fern"]),
        ("s", state(PLAYER | {"code": "skipped"}), ["skip", "--undo", "--", "mpv"]),
        ("p", state(PLAYER, paused_until=-1), ["resume"]),
    ],
)
def test_the_same_key_takes_it_back(key: str, now: State, words: list[str]) -> None:
    assert command(key, now) == words


def test_a_past_play_is_unloved_if_it_is_known_to_be_loved() -> None:
    unlove = ["unlove", "--", "Paper Lanterns", "Slow Harbour"]
    now = state(chosen=("play", 7))
    now.loves["Paper Lanterns", "Slow Harbour"] = True
    assert command("l", now) == unlove
    same = PLAYER | {"artist": "Paper Lanterns", "title": "Slow Harbour", "loved": True}
    assert command("l", state(same, chosen=("play", 7))) == unlove
    now = state(same | {"loved": False}, chosen=("play", 7))
    now.loves["Paper Lanterns", "Slow Harbour"] = True  # and was unloved elsewhere since then
    assert command("l", now)[0] == "love"


def test_keys_are_about_the_row_that_is_chosen() -> None:
    other = PLAYER | {"player": "vlc", "title": "Moss", "start": 50, "rate": 0.0}
    now = state(PLAYER, other, chosen=("player", "vlc"))
    assert command("s", now) == ["skip", "--", "vlc"]
    assert command("l", now) == ["love", "--", "Mira Holt", "Moss"]
    now = state(PLAYER, chosen=("play", 7))
    assert command("l", now) == ["love", "--", "Paper Lanterns", "Slow Harbour"]
    assert command("e", now) == ["explain", "7"]
    with pytest.raises(Failure, match="ended"):
        command("s", now)


def test_without_a_chosen_row_it_is_the_player_that_began_last_of_those_that_play() -> None:
    paused = PLAYER | {"player": "vlc", "start": 500, "rate": 0.0}
    older = PLAYER | {"player": "mpd", "start": 50}
    assert command("s", state(older, PLAYER, paused))[-1] == "mpv"
    assert command("s", state(paused))[-1] == "vlc"


@pytest.mark.parametrize("key", ["l", "s"])
def test_nothing_can_be_done_about_nothing(key: str) -> None:
    with pytest.raises(Failure, match="nothing is playing"):
        command(key, state())
    with pytest.raises(Failure, match="nothing is playing"):
        command(key, state(PLAYER | {"title": "", "artist": ""}))


def test_a_track_without_an_artist_is_not_loved() -> None:
    with pytest.raises(Failure, match="without artist"):
        command("l", state(PLAYER | {"artist": ""}))


@pytest.mark.parametrize("key", ["l", "s", "p", "r", "e"])
def test_no_key_starts_a_daemon_that_does_not_run(key: str) -> None:
    with pytest.raises(Failure, match="not running"):
        command(key, State())


@pytest.mark.parametrize("name", ["--all", "-h", "[red]", "a b", "夜"])
def test_no_name_of_a_track_is_an_option(name: str) -> None:
    player = PLAYER | {"artist": name, "title": name}
    options = parser().parse_args(command("l", state(player)))
    assert (options.artist, options.track) == (name, name)
    options = parser().parse_args(command("s", state(PLAYER | {"player": name})))
    assert options.player == name


def test_every_key_has_a_name_and_a_meaning() -> None:
    assert all(name and meaning for name, meaning in KEYS.values())
