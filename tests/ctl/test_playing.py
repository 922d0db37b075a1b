"""The players of Current: what was heard up to now, and which of them is meant."""

import time
from typing import Any

import pytest

from scrobblerd.ctl.playing import foremost, heard_now


def player(name: str = "vlc", **values: Any) -> dict[str, Any]:
    """A player as Current has it, which said so just now."""
    usual = {"start": 1, "heard": 5.0, "length": 9.0, "rate": 0, "as_of": time.monotonic() * 1e6}
    return {"player": name, **usual, **values}


@pytest.mark.parametrize(
    ("values", "heard"),
    [
        ({}, 5.0),
        ({"rate": 1.0, "length": 0.0, "as_of": 0}, None),  # as long as the machine runs
        ({"rate": 1.0, "as_of": 0}, 9.0),  # no more than its length
        ({"rate": 1.0, "as_of": 0, "heard": 12.0}, 12.0),  # unless it was heard again
        ({"rate": 1.0, "as_of": 1e18}, 5.0),  # of a clock that is ahead
    ],
)
def test_what_plays_was_heard_until_now(values: dict[str, Any], heard: float | None) -> None:
    shown = heard_now(player(**values))
    assert "as_of" not in shown
    assert shown["heard"] == pytest.approx(heard or 5.0 + time.monotonic(), abs=0.5)


@pytest.mark.parametrize(
    ("players", "name"),
    [
        ([player("mpv", start=2), player("vlc", start=1, rate=1)], "vlc"),
        ([player("mpv", start=2), player("vlc", start=1)], "mpv"),
        ([player("mpv", start=1, rate=1), player("vlc", start=2, rate=0.5)], "vlc"),
    ],
)
def test_what_plays_goes_before_what_paused_and_the_later_before_the_earlier(
    players: list[dict[str, Any]], name: str
) -> None:
    for several in (players, players[::-1]):
        assert (foremost(several) or {})["player"] == name


def test_none_is_meant_if_there_are_none() -> None:
    assert foremost([]) is None
