"""GetStats, Diagnose, Reload: what can be asked of the daemon as a whole."""

import asyncio

import pytest
import tomli_w

from lab.dbus import ReplyError
from lab.lastfm import StandIn
from lab.player import FakePlayer
from lab.scrobbler import Scrobbler
from tests.support.daemon_bench import Bench, started
from tests.support.stats_samples import put_plays

pytest_plugins = ["tests.support.fixtures.daemon"]

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


async def found(scrobbler: Scrobbler) -> dict[str, tuple[bool, str, str]]:
    """What each check found."""
    [findings] = await scrobbler.call("Diagnose")
    return {one["check"]: (one["ok"], one["message"], one["remedy"]) for one in findings}


async def test_a_healthy_daemon_is_told_to_be_well(scrobbler: Scrobbler) -> None:
    findings = await found(scrobbler)
    assert {check for check, (ok, *_) in findings.items() if not ok} <= {"disk"}
    assert findings["login"] == (True, "logged in as quiet_otter", "")
    assert list(findings) == [
        *("keys", "login", "server", "queue", "players", "database", "disk", "clock", "unit"),
        "library",
    ]


async def test_what_is_not_well_has_a_remedy(scrobbler: Scrobbler, lastfm: StandIn) -> None:
    lastfm.stop()
    await scrobbler.call("Disconnect")
    findings = await found(scrobbler)
    assert findings["login"][:2] == (False, "nobody is logged in")
    assert findings["server"][0] is False
    assert "can't be reached" in findings["server"][1]
    assert all(remedy for ok, _, remedy in findings.values() if not ok)


@started(configured=False, login=False)
async def test_without_keys_that_is_said(scrobbler: Scrobbler) -> None:
    assert (await found(scrobbler))["keys"][0] is False


def rewrite(bench: Bench, **tables: object) -> None:
    """Another config.toml."""
    lastfm = {
        "api_key": bench.lastfm.api_key,
        "api_secret": bench.lastfm.secret,
        "api_url": bench.lastfm.api_url,
        "auth_url": bench.lastfm.auth_url,
    }
    bench.daemon.config_path.write_text(tomli_w.dumps({"lastfm": lastfm, **tables}))


async def test_a_changed_configuration_is_in_force_after_a_reload(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    rewrite(bench, scrobble={"scrobble_threshold": 75}, limits={"requests_per_day": 7})
    elsewhere = "https://auth.example/"
    written = bench.daemon.config_path.read_text().replace(bench.lastfm.auth_url, elsewhere)
    bench.daemon.config_path.write_text(written)
    await scrobbler.call("Reload")
    assert await scrobbler.changed("ScrobbleThreshold") == 75
    assert (await scrobbler.call("GetAuthUrl"))[0].startswith(elsewhere)
    [status] = await scrobbler.call("GetQueueStatus")
    assert status["requests_limit"] == 7


async def test_after_a_reload_what_plays_is_announced_only_where_that_is_wanted(
    bench: Bench, scrobbler: Scrobbler
) -> None:
    quick = {"settle_ms": 50}
    rewrite(bench, scrobble={**quick, "now_playing": False})
    await scrobbler.call("Reload")
    async with await FakePlayer.start(bench.bus.address, "demo") as player:
        await player.play("Fern", ["Mira Holt"], length=200.0)
        assert (await scrobbler.changed("Current"))[0]["title"] == "Fern"
        rewrite(bench, scrobble={**quick, "now_playing": True})
        await scrobbler.call("Reload")
        await player.play("Moss", ["Mira Holt"], length=200.0)
        heard = bench.lastfm.wait_for
        assert await asyncio.to_thread(heard, lambda seen: bool(seen.now_playing))
    assert [seen.track for seen in bench.lastfm.now_playing] == ["Moss"]


async def test_a_broken_configuration_changes_nothing(bench: Bench, scrobbler: Scrobbler) -> None:
    before = await scrobbler.get("ScrobbleThreshold")
    rewrite(bench, scrobble={"scrobble_threshold": 75, "settel_ms": 5})
    with pytest.raises(ReplyError, match="did you mean settle_ms"):
        await scrobbler.call("Reload")
    assert await scrobbler.get("ScrobbleThreshold") == before


@started(configured=False, login=False)
async def test_keys_that_came_later_are_taken_up(bench: Bench, scrobbler: Scrobbler) -> None:
    rewrite(bench)
    await scrobbler.call("Reload")
    [settings] = await scrobbler.call("GetSettings")
    assert settings["configured"] is True
    assert len(await scrobbler.call("GetAuthUrl")) == 2
