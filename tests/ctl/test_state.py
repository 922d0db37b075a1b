"""What is on the page of the dashboard: which row is chosen, and what it stands for."""

import time
from typing import Any

import pytest

from scrobblerd.ctl.dashboard.state import Look, State

PLAYERS: list[dict[str, Any]] = [
    {
        "player": name,
        "title": name,
        "artist": "",
        "start": 1,
        "heard": 5.0,
        "length": 9.0,
        "rate": 0,
    }
    for name in ("mpv", "vlc")
]
PLAYS: list[dict[str, Any]] = [{"id": 9}, {"id": 8}]


def look(*players: dict[str, Any]) -> Look:
    """What the daemon told now."""
    return Look({"players": list(players)}, PLAYS, time.monotonic() * 1e6)


def test_arrows_walk_over_players_and_plays_and_stay_at_both_ends() -> None:
    state = State(look(*PLAYERS))
    way = [("player", "mpv"), ("player", "vlc"), ("play", 9), ("play", 8), ("play", 8)]
    for row in way:
        state.choose(1)
        assert state.chosen == row
    for row in [("play", 9), ("player", "vlc"), ("player", "mpv"), ("player", "mpv")]:
        state.choose(-1)
        assert state.chosen == row


def test_up_begins_at_the_first_row() -> None:
    state = State(look(*PLAYERS))
    state.choose(-1)
    assert state.chosen == ("player", "mpv")


def test_what_is_chosen_stays_so_if_others_come_and_go() -> None:
    state = State(look(*PLAYERS), chosen=("player", "vlc"))
    state.look = look(PLAYERS[1])
    assert (state.player() or {})["player"] == "vlc"
    state.choose(1)
    assert state.play() == {"id": 9}


def test_a_chosen_row_that_has_gone_stands_for_nothing_and_arrows_begin_anew() -> None:
    state = State(look(), chosen=("player", "vlc"))
    assert (state.player(), state.play()) == (None, None)
    state.choose(1)
    assert state.chosen == ("play", 9)


@pytest.mark.parametrize("step", [1, -1])
def test_nothing_can_be_chosen_where_there_is_nothing(step: int) -> None:
    for state in (State(), State(Look({"players": []}, [], 0.0))):
        state.choose(step)
        assert state.chosen is None


def test_what_was_heard_goes_on_between_two_looks() -> None:
    moving = PLAYERS[0] | {"rate": 2.0, "length": 1000.0}
    past = Look({"players": [moving]}, [], (time.monotonic() - 10) * 1e6)
    assert past.players[0]["heard"] == pytest.approx(25.0, abs=1.0)
    assert past.plays_now
    assert not look(*PLAYERS).plays_now
