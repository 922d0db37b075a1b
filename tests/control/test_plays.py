"""GetStats: figures of what was heard."""

import pytest

from lab.dbus import ReplyError
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import Bench
from tests.support.stats_samples import put_plays

PLAYS = [
    # title, artist, player, start, heard, verdict
    ("Fern", "Mira Holt", "mpv", 1_790_000_000, 120.0, "counted"),
    ("Fern", "Mira Holt", "vlc", 1_790_100_000, 60.5, "counted"),
    ("Moss", "Mira Holt", "mpv", 1_790_100_300, 10.0, "not_heard"),
    ("Slow Harbour", "The Paper Lanterns", "mpv", 1_790_100_600, 200.0, "counted"),
]


TWICE_FIREFOX = [
    ("Fern", "Mira Holt", f"firefox.instance_1_{number}", 1_790_000_000, 60.0, "counted")
    for number in (42, 77)
]


async def test_what_was_listened_to_is_told_in_figures(bench: Bench, scrobbler: Scrobbler) -> None:
    put_plays(bench, PLAYS)
    [figures] = await scrobbler.call("GetStats", "x", 0)
    assert (figures["plays"], figures["counted"], figures["heard"]) == (4, 3, 390.5)
    assert figures["verdicts"] == [["counted", 3], ["not_heard", 1]]
    assert figures["artists"] == [["Mira Holt", 2, 190.5], ["The Paper Lanterns", 1, 200.0]]
    assert figures["tracks"][0] == ["Fern", "Mira Holt", 2, 180.5]
    assert figures["players"] == [["mpv", 2, 330.0], ["vlc", 1, 60.5]]
    assert [counted for _day, counted, _heard in figures["days"]] == [1, 2]


async def test_figures_begin_where_asked(bench: Bench, scrobbler: Scrobbler) -> None:
    put_plays(bench, PLAYS)
    [figures] = await scrobbler.call("GetStats", "x", 1_790_100_300)
    assert (figures["plays"], figures["counted"]) == (2, 1)
    with pytest.raises(ReplyError, match="since: must be"):
        await scrobbler.call("GetStats", "x", -1)


async def test_a_program_is_one_player_however_often_it_runs(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    put_plays(bench, TWICE_FIREFOX)
    [figures] = await scrobbler.call("GetStats", "x", 0)
    assert figures["players"] == [["firefox", 2, 120.0]]
